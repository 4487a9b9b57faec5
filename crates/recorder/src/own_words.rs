//! What may stay as it is: what is the vendor's own by its vocabulary, or by a form that nothing about a person has.
//!
//! A word stays if it is listed. The one word that need not be is what a vendor calls the version of a day.

use jiff::civil::Date;

use crate::class::Class;
use crate::lookup::Lookup;
use crate::moment::{date_and_rest, date_of};
use crate::table::{all_digits, is_version};

/// The first year of which a date is taken for one of the vendor's: nobody who is verified was born since.
const FIRST_YEAR: i16 = 2010;

/// A number with up to nine digits before the point: no telephone number, no number that a state gives to a person.
pub(crate) fn is_number(text: &str) -> bool {
    let (whole, fraction) = parts(text);
    (1..=9).contains(&whole.len()) && all_digits(whole) && fraction.len() <= 20
}

/// A number of up to three digits, or one from 0 to 1.
pub(crate) fn is_small(text: &str) -> bool {
    let (whole, fraction) = parts(text);
    is_number(text) && (matches!(whole, "0" | "1") || (fraction.is_empty() && whole.len() <= 3))
}

/// What is before the point, and what is behind it. A text that is no number has no digits before it.
fn parts(text: &str) -> (&str, &str) {
    let number = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let is_fraction = !fraction.is_empty() && all_digits(fraction);
    match (is_fraction, number.contains('.')) {
        (false, _) => ("", ""),
        (true, true) => (whole, fraction),
        (true, false) => (whole, ""),
    }
}

/// After [`FIRST_YEAR`], or the first second of the Unix epoch, which is none at all.
fn is_late(date: Date) -> bool {
    (FIRST_YEAR..=2100).contains(&date.year()) || date == Date::constant(1970, 1, 1)
}

/// A date or a time after [`FIRST_YEAR`], or seconds since the Unix epoch.
pub(crate) fn is_time(text: &str) -> bool {
    let is_date = |(date, rest): (Date, &str)| rest.is_empty() && is_late(date);
    date_of(text).is_some_and(is_late)
        || date_and_rest(text).is_some_and(is_date)
        || ((1..=10).contains(&text.len()) && all_digits(text))
}

/// `US`, `GBR`, `en`, `en_US`.
fn is_code(text: &str) -> bool {
    let is_upper = |text: &str| text.bytes().all(|byte| byte.is_ascii_uppercase());
    let is_lower = |text: &str| text.bytes().all(|byte| byte.is_ascii_lowercase());
    let is_language = |(language, country): (&str, &str)| {
        language.len() == 2 && is_lower(language) && country.len() == 2 && is_upper(country)
    };
    ((2..=3).contains(&text.len()) && is_upper(text))
        || (text.len() == 2 && is_lower(text))
        || text.split_once(['_', '-']).is_some_and(is_language)
}

/// `2026-08-26.dahlia`: what a vendor calls the version of a day. The words are not known beforehand.
fn is_named_day(text: &str) -> bool {
    let is_word = |word: &str| {
        (3..=12).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_lowercase())
    };
    let date_and_word = date_and_rest(text).filter(|(date, _)| is_late(*date));
    date_and_word.is_some_and(|(_, rest)| rest.strip_prefix('.').is_some_and(is_word))
}

impl Lookup {
    /// A word of the vendor's vocabulary, or such with points, commas, spaces and brackets between them.
    pub(crate) fn is_vendors_word(&self, text: &str) -> bool {
        let is_word =
            |word: &str| word.is_empty() || self.is_listed(word) || is_version(word) || word == "*";
        self.is_listed(text)
            || (text.len() <= 120 && text.split(['.', ',', '[', ']', ':', '/', ' ']).all(is_word))
    }

    /// `3.0`, `trust_index.2.0.0`, `2026-08-26.dahlia`: numbers, words of the vendor's and the name of a day's version.
    fn is_version_of_something(&self, text: &str) -> bool {
        let is_number = |piece: &str| !piece.is_empty() && all_digits(piece);
        let numbers = text.split(['.', '-', '_']).filter(|piece| is_number(piece));
        let is_piece = |piece: &str| {
            self.is_listed(piece)
                || piece
                    .split(['-', '_'])
                    .all(|part| is_number(part) || is_version(part))
        };
        let is_early = date_and_rest(text).is_some_and(|(date, _)| !is_late(date));
        let has_few = numbers.count() <= 3 && text.bytes().filter(u8::is_ascii_digit).count() <= 8;
        let is_numbered = text.bytes().any(|byte| byte.is_ascii_digit());
        is_named_day(text) || (!is_early && has_few && is_numbered && text.split('.').all(is_piece))
    }

    /// True if a place of this class may hold this text or number as it is.
    pub(crate) fn may_stay(&self, class: Class, text: &str) -> bool {
        match class {
            Class::Keep => self.is_vendors_word(text) || is_small(text),
            Class::Number => is_number(text),
            Class::Time => is_time(text) || self.is_listed(text),
            Class::Code => is_code(text) || self.is_listed(text),
            Class::Version => self.is_version_of_something(text),
            _ => false,
        }
    }
}
