//! Words of a vendor's as an index can hold them.

use std::borrow::Cow;
use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

/// A word to search or to tell apart by: itself, if it is short and printable ASCII; else what is left of it then, with
/// a short hash of the whole. A vendor may send words of any length and with any characters, and an index holds neither.
#[must_use]
pub fn short_word(word: &str) -> Cow<'_, str> {
    let label = idv_core::label(word);
    if label == word {
        return Cow::Borrowed(word);
    }
    let mut short = format!("{label}~");
    for byte in Sha256::digest(word.as_bytes()).iter().take(8) {
        // Writing to a string cannot fail.
        let _ = write!(short, "{byte:02x}");
    }
    Cow::Owned(short)
}

#[cfg(test)]
mod tests {
    use super::short_word;

    #[test]
    fn a_usual_word_stays_as_it_is() {
        assert_eq!(short_word("unknown:on hold"), "unknown:on hold");
    }

    #[test]
    fn other_words_become_short_and_printable_and_stay_different() {
        let long = |end| format!("{}{end}", "x".repeat(5000));
        let words = [long("a"), long("b"), "a\0".to_owned(), "a\u{1}".to_owned()];
        let short: std::collections::BTreeSet<_> =
            words.iter().map(|w| short_word(w).into_owned()).collect();
        assert_eq!(short.len(), words.len());
        assert!(short.iter().all(|w| w.len() <= 81));
        assert!(
            short
                .iter()
                .all(|w| w.bytes().all(|b| b.is_ascii_graphic()))
        );
    }
}
