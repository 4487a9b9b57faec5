//! What stands in the place of a value: always the same for the same value within one recording, of the same form,
//! and not to be traced back.
//!
//! A replacement is drawn with an HMAC of the value under a key that is made for one recording and never leaves memory.
//! Who has the recording cannot try out names until one fits.

mod address;
mod contact;
mod date;
mod draw;
mod mrz;
mod name;
mod number;
mod opaque;
mod secret;
mod text;
mod web;

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::fmt;

use draw::{Draw, Key};

pub(crate) use date::DateParts;
pub(crate) use draw::NoRandomness;
pub(crate) use mrz::Beside;
pub(crate) use number::NumberKind;
pub(crate) use secret::TestSecrets;

use crate::leftover::{Needles, Weight};
use crate::table::Table;

/// Families of values that share their replacements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Family {
    Word,
    Town,
    Date,
    Email,
    Phone,
    Number,
    Opaque,
    Street,
    Ip,
    Host,
    File,
    Secret,
}

/// The replacements of one recording. It shows nothing of itself.
pub(crate) struct Replacements {
    key: Key,
    given: HashMap<(Family, String), String>,
    taken: HashSet<(Family, String)>,
    counted: HashMap<Family, u32>,
    /// Texts that were made here, as they were written.
    made: HashSet<String>,
    needles: Needles,
    secrets: TestSecrets,
    table: &'static Table,
    /// How many values were replaced so far.
    count: usize,
}

impl fmt::Debug for Replacements {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Replacements(..)")
    }
}

impl Replacements {
    /// With a key from the system.
    pub(crate) fn new(secrets: TestSecrets, table: &'static Table) -> Result<Self, NoRandomness> {
        Ok(Self::with_key(Key::random()?, secrets, table))
    }

    /// With a key of the caller's: for tests that are to come out the same twice.
    pub(crate) fn seeded(seed: [u8; 32], secrets: TestSecrets, table: &'static Table) -> Self {
        Self::with_key(Key::from_seed(seed), secrets, table)
    }

    fn with_key(key: Key, secrets: TestSecrets, table: &'static Table) -> Self {
        Self {
            key,
            given: HashMap::new(),
            taken: HashSet::new(),
            counted: HashMap::new(),
            made: HashSet::new(),
            needles: Needles::default(),
            secrets,
            table,
            count: 0,
        }
    }

    pub(crate) const fn count(&self) -> usize {
        self.count
    }

    pub(crate) const fn needles(&self) -> &Needles {
        &self.needles
    }

    /// True for a text that was made here and is written as a whole.
    pub(crate) fn made(&self, text: &str) -> bool {
        self.made.contains(text)
    }

    /// Notes that this text was made here and is written as it is.
    pub(crate) fn written(&mut self, text: String) -> String {
        self.count += 1;
        self.made.insert(text.clone());
        text
    }

    /// Remembers what must not be left anywhere.
    fn forget(&mut self, original: &str, weight: Weight) {
        self.needles.add(original, weight);
    }

    /// The replacement of a value in its plain form, drawn the first time and the same ever after.
    fn once(
        &mut self,
        family: Family,
        plain: &str,
        make: impl Fn(&mut Draw<'_>) -> String,
    ) -> String {
        let at = (family, plain.to_owned());
        if let Some(given) = self.given.get(&at) {
            return given.clone();
        }
        let mut chosen = String::new();
        // A small space (one digit, say) runs out: then two values share a replacement.
        for attempt in 0..64 {
            chosen = make(&mut self.key.draw(&format!("{family:?}"), plain, attempt));
            let differs = chosen.to_lowercase() != plain.to_lowercase();
            if differs && !self.taken.contains(&(family, chosen.clone())) {
                break;
            }
        }
        self.taken.insert((family, chosen.clone()));
        self.given.insert(at, chosen.clone());
        chosen
    }

    /// The number of this value among those of its family, counted from 1 in the order in which they came.
    fn numbered(&mut self, family: Family, plain: &str, write: impl Fn(u32) -> String) -> String {
        let at = (family, plain.to_owned());
        if let Some(given) = self.given.get(&at) {
            return given.clone();
        }
        let count = self.counted.entry(family).or_default();
        *count += 1;
        let written = write(*count);
        self.given.insert(at, written.clone());
        written
    }
}
