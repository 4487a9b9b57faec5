//! Numbers of documents, and numbers that states give to people.

use super::draw::Draw;
use super::opaque::same_layout;
use super::{Family, Replacements};
use crate::leftover::Weight;

/// A number with rules of its own. All others keep their layout and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NumberKind {
    UsSsn,
    BrCpf,
    EsDni,
    Other,
}

impl NumberKind {
    /// By the word the vendor has for it.
    pub(crate) fn from_word(word: Option<&str>) -> Self {
        match word {
            Some("us_ssn" | "us_ssn_last_4" | "ssn") => Self::UsSsn,
            Some("br_cpf") => Self::BrCpf,
            Some("es_dni") => Self::EsDni,
            _ => Self::Other,
        }
    }
}

/// The number without what only helps to read it.
fn plain(number: &str) -> String {
    let plain = number.chars().filter(|c| c.is_alphanumeric());
    plain.flat_map(char::to_uppercase).collect()
}

/// These characters where the number had letters and digits, and the rest as it was.
fn spread(number: &str, characters: &str) -> String {
    let mut characters = characters.chars();
    let spread = number.chars().map(|c| {
        if c.is_alphanumeric() {
            characters.next().unwrap_or('0')
        } else if c.is_ascii() {
            c
        } else {
            '-'
        }
    });
    spread.collect()
}

/// The two check digits of a Brazilian CPF.
fn cpf(nine: &str) -> String {
    let mut digits: Vec<u32> = nine.chars().filter_map(|c| c.to_digit(10)).collect();
    for first_weight in [10_u32, 11] {
        let weights = (2..=first_weight).rev();
        let sum: u32 = digits
            .iter()
            .zip(weights)
            .map(|(digit, weight)| digit * weight)
            .sum();
        digits.push(sum * 10 % 11 % 10);
    }
    digits
        .iter()
        .filter_map(|digit| char::from_digit(*digit, 10))
        .collect()
}

/// The letter of a Spanish DNI.
fn dni(eight: &str) -> String {
    let number: usize = eight.parse().unwrap_or_default();
    let letter = b"TRWAGMYFPDXBNJZSQVHLCKE"
        .get(number % 23)
        .copied()
        .unwrap_or(b'T');
    format!("{eight}{}", char::from(letter))
}

fn digits(draw: &mut Draw<'_>, count: usize) -> String {
    (0..count).map(|_| draw.one_of(b"0123456789")).collect()
}

impl Replacements {
    /// The number of a document.
    pub(crate) fn document_number(&mut self, number: &str) -> String {
        self.id_number(number, NumberKind::Other)
    }

    /// A number of a person.
    pub(crate) fn id_number(&mut self, number: &str, kind: NumberKind) -> String {
        let plain = plain(number);
        self.forget(number, Weight::Person);
        self.forget(&plain, Weight::Person);
        let is_digits = plain.bytes().all(|byte| byte.is_ascii_digit());
        let drawn = match (kind, plain.len()) {
            (NumberKind::UsSsn, 9) if is_digits => self.ssn(&plain),
            (NumberKind::BrCpf, 11) if is_digits => {
                self.once(Family::Number, &plain, |draw| cpf(&digits(draw, 9)))
            }
            (NumberKind::EsDni, 9) => {
                self.once(Family::Number, &plain, |draw| dni(&digits(draw, 8)))
            }
            _ => self.once(Family::Number, &plain, |draw| same_layout(&plain, draw)),
        };
        // Small letters stay small.
        let drawn = if number.chars().any(char::is_uppercase) {
            drawn
        } else {
            drawn.to_lowercase()
        };
        let drawn = spread(number, &drawn);
        self.written(drawn)
    }

    /// Areas from 900 on were never given to anybody, and with a group below 50 they are no taxpayer's number either.
    /// The last four digits are replaced by themselves, so that they agree with where only they are told.
    fn ssn(&mut self, nine: &str) -> String {
        let (front, last_four) = nine.split_at(5);
        self.forget(last_four, Weight::Person);
        let last_four = self.once(Family::Number, last_four, |draw| {
            same_layout(last_four, draw)
        });
        let front = self.once(Family::Number, front, |draw| {
            format!("9{:02}{:02}", draw.below(100), draw.between(1, 49))
        });
        format!("{front}{last_four}")
    }
}
