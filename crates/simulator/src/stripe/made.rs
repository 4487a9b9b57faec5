//! Ids and numbers that repeat for a seed.

use sha2::{Digest as _, Sha256};

/// Makes ids and numbers out of a seed and what they are for.
#[derive(Clone, Debug, Default)]
pub(super) struct Maker {
    root: String,
    made: u64,
}

/// The letters of the vendor's ids.
const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

impl Maker {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            root: seed.to_string(),
            made: 0,
        }
    }

    /// One for what belongs to something.
    pub(super) fn below(&self, what: &str) -> Self {
        Self {
            root: format!("{}/{what}", self.root),
            made: 0,
        }
    }

    /// A new id with the vendor's prefix, of this many letters after it.
    pub(super) fn id(&mut self, prefix: &str, letters: usize) -> String {
        self.made += 1;
        let made = self.made;
        format!(
            "{prefix}{}",
            self.word(&format!("{prefix} {made}"), letters)
        )
    }

    /// Letters for this; the same for the same.
    pub(super) fn word(&self, what: &str, letters: usize) -> String {
        let mut word = String::with_capacity(letters);
        let mut block = 0_u32;
        while word.len() < letters {
            for byte in self.hash(&format!("{what}#{block}")) {
                if word.len() < letters {
                    let place = usize::from(byte) % LETTERS.len();
                    word.push(char::from(LETTERS.get(place).copied().unwrap_or(b'0')));
                }
            }
            block += 1;
        }
        word
    }

    /// A number for this; the same for the same.
    pub(super) fn number(&self, what: &str) -> u64 {
        let hash = self.hash(what);
        hash.iter()
            .take(8)
            .fold(0, |sum, byte| (sum << 8) | u64::from(*byte))
    }

    fn hash(&self, what: &str) -> [u8; 32] {
        Sha256::digest(format!("{}/{what}", self.root)).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_new_each_time_and_repeat_for_a_seed() {
        let ids = |seed: u64| {
            let mut maker = Maker::new(seed);
            [
                maker.id("vs_1", 23),
                maker.id("vs_1", 23),
                maker.id("evt_1", 23),
            ]
        };
        assert_eq!(ids(7), ids(7));
        assert_ne!(ids(7)[0], ids(7)[1]);
        assert_ne!(ids(7), ids(8));
        assert_eq!(ids(7)[0].len(), 27);
    }
}
