//! The second look: no value that was replaced may be left anywhere, however it is written there.
//!
//! The tables say what to replace. This search does not believe them: it knows every value that was replaced so far, in
//! all the forms in which it might stand, and looks at everything that was *not* made here. One hit, and nothing is kept.

use std::collections::{HashMap, HashSet};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use crate::moment::is_moment;
use crate::table::lists;

/// How much a value weighs: how short it may be and still not be overlooked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Weight {
    /// A whole sentence. Short ones are everybody's.
    Text,
    /// A web address.
    Address,
    /// An id of the vendor.
    Id,
    /// A date of a person: may be the day of any time stamp.
    Date,
    /// A user's own word, which may by chance be one of the vendor's words too.
    Reference,
    /// A credential.
    Secret,
    /// About a person.
    Person,
}

impl Weight {
    const fn shortest(self) -> usize {
        match self {
            Self::Text | Self::Address | Self::Id => 12,
            Self::Date => 8,
            Self::Secret | Self::Reference | Self::Person => 4,
        }
    }
}

/// A value that must not be left, in the forms that are looked for.
#[derive(Clone)]
struct Needle {
    folded: String,
    squeezed: String,
    encoded: Vec<String>,
    weight: Weight,
}

/// All of them.
#[derive(Clone, Default)]
pub(crate) struct Needles {
    known: HashMap<String, Weight>,
    needles: Vec<Needle>,
}

fn squeezed(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

impl Needles {
    pub(crate) fn add(&mut self, original: &str, weight: Weight) {
        let folded = original.trim().to_lowercase();
        if folded.chars().count() < weight.shortest() || !folded.chars().any(char::is_alphanumeric)
        {
            return;
        }
        if self
            .known
            .get(&folded)
            .is_some_and(|known| *known >= weight)
        {
            return;
        }
        // In base64 the end depends on what follows: all but the last group is the same wherever it stands at a group.
        let whole_groups = original.trim().as_bytes();
        let whole_groups = whole_groups
            .get(..whole_groups.len() / 3 * 3)
            .unwrap_or_default();
        let encoded = if whole_groups.len() < 6 {
            Vec::new()
        } else {
            vec![
                STANDARD_NO_PAD.encode(whole_groups),
                URL_SAFE_NO_PAD.encode(whole_groups),
            ]
        };
        self.needles.push(Needle {
            squeezed: squeezed(&folded),
            folded: folded.clone(),
            encoded,
            weight,
        });
        self.known.insert(folded, weight);
    }

    pub(crate) const fn len(&self) -> usize {
        self.needles.len()
    }

    /// True if exactly this must not be left.
    pub(crate) fn has(&self, text: &str) -> bool {
        self.known.contains_key(&text.to_lowercase())
    }

    /// True if a value that must not be left stands in this text.
    pub(crate) fn are_in(&self, text: &str, vocabulary: &Vocabulary<'_>) -> bool {
        if is_moment(text) {
            return false;
        }
        let folded = text.to_lowercase();
        let decoded = decoded(text).map(|decoded| decoded.to_lowercase());
        let squeezed = squeezed(&folded);
        let is_kept = vocabulary.kept.contains(text);
        self.needles.iter().any(|needle| {
            !(is_kept && vocabulary.is_everybodys(needle))
                && (needle.is_in(&folded)
                    || decoded
                        .as_ref()
                        .is_some_and(|decoded| needle.is_in(decoded))
                    || (needle.squeezed.len() >= 8 && squeezed.contains(&needle.squeezed))
                    || needle.encoded.iter().any(|encoded| text.contains(encoded)))
        })
    }
}

/// Words that give nobody away where the vendor has written them.
pub(crate) struct Vocabulary<'a> {
    /// The vendor's words that the tables kept.
    pub(crate) kept: &'a HashSet<String>,
    /// Those that are known beforehand, between spaces.
    pub(crate) known: &'a str,
}

impl Vocabulary<'_> {
    /// A user's own word may be a plain word of the vendor's too (`document`). A person is called so only in a sandbox, and
    /// then only by a word that is known.
    fn is_everybodys(&self, needle: &Needle) -> bool {
        let is_plain = needle
            .folded
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        match needle.weight {
            Weight::Secret => false,
            Weight::Person => lists(self.known, &needle.folded),
            _ => is_plain,
        }
    }
}

impl Needle {
    fn is_in(&self, folded: &str) -> bool {
        let is_words = folded
            .chars()
            .all(|c| c.is_alphanumeric() || "_-. ".contains(c));
        if self.folded.chars().count() >= 8 || !is_words {
            return folded.contains(&self.folded);
        }
        // Short ones are parts of many words: `rose` of `prose`. By themselves they are found.
        folded.match_indices(&self.folded).any(|(at, found)| {
            let before = folded
                .get(..at)
                .and_then(|before| before.chars().next_back());
            let after = folded
                .get(at + found.len()..)
                .and_then(|after| after.chars().next());
            let joins = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
            !joins(before) && !joins(after)
        })
    }
}

/// The text with what is percent-encoded, escaped or in base64 made readable; none if there is nothing of it.
fn decoded(text: &str) -> Option<String> {
    if text.contains('%') || text.contains('+') {
        let mut bytes = Vec::new();
        let mut rest = text.as_bytes();
        while let Some((first, after)) = rest.split_first() {
            let pair = after
                .get(..2)
                .and_then(|pair| std::str::from_utf8(pair).ok());
            let byte = pair.and_then(|pair| u8::from_str_radix(pair, 16).ok());
            match (first, byte) {
                (b'%', Some(byte)) => {
                    bytes.push(byte);
                    rest = after.get(2..).unwrap_or_default();
                }
                (b'+', _) => {
                    bytes.push(b' ');
                    rest = after;
                }
                _ => {
                    bytes.push(*first);
                    rest = after;
                }
            }
        }
        return Some(String::from_utf8_lossy(&bytes).into_owned());
    }
    if text.contains('\\') {
        return idv_core::json::decode(format!("\"{text}\"").as_bytes()).ok();
    }
    let plain = text.trim_end_matches('=');
    if plain.len() < 8 {
        return None;
    }
    let bytes = STANDARD_NO_PAD
        .decode(plain)
        .or_else(|_| URL_SAFE_NO_PAD.decode(plain))
        .ok()?;
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(original: &str, weight: Weight, text: &str) -> bool {
        let mut needles = Needles::default();
        needles.add(original, weight);
        let words = ["sandbox", "sandbox_user_document", "harlingen", "consider"];
        let vocabulary = Vocabulary {
            kept: &words.map(str::to_owned).into(),
            known: "clear consider",
        };
        needles.are_in(text, &vocabulary)
    }

    #[test]
    fn a_value_is_found_in_every_form() {
        for text in [
            "Harlingen",
            "he is from HARLINGEN, they say",
            "https://example.com/%48arlingen",
            "Har%6Cingen",
            "SGFybGluZ2Vu",
            "eyJjaXR5IjoiSGFybGluZ2VuIn0",
            "\\u0048arlingen",
            "h-a-r-l-i-n-g-e-n",
        ] {
            assert!(found("Harlingen", Weight::Person, text), "{text}");
        }
        assert!(!found("Harlingen", Weight::Person, "Harling"));
    }

    #[test]
    fn a_short_one_is_found_by_itself_and_not_inside_another_word() {
        assert!(found("Rose", Weight::Person, "rose_1"));
        assert!(found("Rose", Weight::Person, "a rose is"));
        assert!(found("Rose", Weight::Person, "x@prose/rose"));
        assert!(!found("Rose", Weight::Person, "prose"));
        assert!(
            !found("Li", Weight::Person, "li"),
            "three characters are too few to tell"
        );
    }

    #[test]
    fn a_users_word_may_be_the_vendors_word_and_a_persons_may_not() {
        assert!(!found("sandbox", Weight::Reference, "sandbox"));
        assert!(found("sandbox", Weight::Reference, "in the sandbox"));
        assert!(!found(
            "document",
            Weight::Reference,
            "sandbox_user_document"
        ));
        assert!(found("harlingen", Weight::Person, "harlingen"));
        // Whoever is called so in the sandbox gets this result.
        assert!(!found("Consider", Weight::Person, "consider"));
        assert!(found("Consider", Weight::Person, "to consider"));
        assert!(found("sandbox", Weight::Secret, "sandbox"));
    }

    #[test]
    fn the_day_of_a_time_stamp_may_be_the_day_of_a_person() {
        let moment = "2024-10-03T15:25:02Z";
        assert!(!found("2024-10-03", Weight::Date, moment));
        assert!(found("2024-10-03", Weight::Date, "born 2024-10-03"));
    }
}
