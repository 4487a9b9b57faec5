//! Texts of a layout of their own: ids, references, numbers of documents.

use super::draw::Draw;
use super::{Family, Replacements};
use crate::leftover::Weight;
use crate::table::listed_prefix;

const DIGITS: &[u8] = b"0123456789";
const HEX: &[u8] = b"0123456789abcdef";
const LOWER: &[u8] = b"abcdefghijklmnopqrstuvwxyz";
const UPPER: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// The lengths of the groups of a UUID.
const UUID: [usize; 5] = [8, 4, 4, 4, 12];

pub(super) fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    groups.len() == UUID.len()
        && groups.iter().zip(UUID).all(|(group, length)| {
            group.len() == length && group.bytes().all(|byte| byte.is_ascii_hexdigit())
        })
}

fn is_hex(text: &str) -> bool {
    text.len() >= 16
        && text
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Another text of the same layout: digits for digits, letters for letters, and every other sign where it was.
pub(super) fn same_layout(text: &str, draw: &mut Draw<'_>) -> String {
    if is_uuid(text) {
        return another_uuid(text, draw);
    }
    if is_hex(text) {
        return text.chars().map(|_| draw.one_of(HEX)).collect();
    }
    let mut first = true;
    text.chars()
        .map(|c| {
            let drawn = match c {
                '0' if first => '0',
                '0'..='9' if first => draw.one_of(b"123456789"),
                '0'..='9' => draw.one_of(DIGITS),
                'A'..='Z' => draw.one_of(UPPER),
                c if c.is_ascii_lowercase() || (!c.is_ascii() && c.is_alphanumeric()) => {
                    draw.one_of(LOWER)
                }
                c if c.is_ascii() => c,
                _ => '-',
            };
            first = false;
            drawn
        })
        .collect()
}

/// Its version and its variant stay.
fn another_uuid(text: &str, draw: &mut Draw<'_>) -> String {
    let drawn = text.chars().enumerate().map(|(index, c)| match (index, c) {
        (14 | 19, _) | (_, '-') => c,
        (_, 'A'..='F') => draw.one_of(HEX).to_ascii_uppercase(),
        _ => draw.one_of(HEX),
    });
    drawn.collect()
}

impl Replacements {
    /// An id of the vendor. The id of nothing (all zeros) stays, and so does the word that a
    /// vendor gives to the first task of every run.
    pub(crate) fn id(&mut self, id: &str) -> String {
        if id == "start" || id.bytes().all(|byte| matches!(byte, b'0' | b'-')) {
            return id.to_owned();
        }
        // A word in an address (`rate-limits`) may well stand elsewhere.
        if id
            .bytes()
            .any(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
        {
            self.forget(id, Weight::Id);
        }
        // What says which sort of object it is: `vs_`, `idvtmp_`.
        let (kept, rest) = id.split_at(listed_prefix(self.table.id_prefixes, id));
        let drawn = self.once(Family::Opaque, id, |draw| {
            format!("{kept}{}", same_layout(rest, draw))
        });
        self.written(drawn)
    }

    /// What a user has chosen. It may be an e-mail address or a telephone number, and is then replaced as one.
    pub(crate) fn reference(&mut self, reference: &str) -> String {
        // An id that is used as a reference is the same id.
        if let Some(given) = self.given.get(&(Family::Opaque, reference.to_owned())) {
            let given = given.clone();
            self.forget(reference, Weight::Reference);
            return self.written(given);
        }
        if super::contact::is_email(reference) {
            return self.email(reference);
        }
        if super::contact::is_phone(reference) {
            return self.phone(reference);
        }
        self.forget(reference, Weight::Reference);
        let drawn = self.once(Family::Opaque, reference, |draw| {
            same_layout(reference, draw)
        });
        self.written(drawn)
    }

    /// A number in JSON that may be about a person: another of as many digits.
    pub(crate) fn json_number(&mut self, number: &str) -> String {
        self.forget(number, Weight::Person);
        // A zero stands behind the sign only where one stood before: `-02` is no number.
        let (sign, unsigned) = number.split_at(usize::from(number.starts_with('-')));
        let digits = unsigned.split(['e', 'E']).next().unwrap_or(unsigned);
        let drawn = self.once(Family::Number, digits, |draw| same_layout(digits, draw));
        self.written(format!("{sign}{drawn}"))
    }
}
