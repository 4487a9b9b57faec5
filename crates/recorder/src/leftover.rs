//! The second look: no value that was replaced may be left anywhere, however it is written there.
//!
//! The tables say what to replace. This search does not believe them: it knows every value that was replaced so far, in
//! all the forms in which it might stand, and looks at everything that was *not* made here. One hit, and nothing is kept.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use crate::lookup::Lookup;
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

/// What of a text is seen in base64, wherever it begins there: before it may stand any number of bytes, so that its first
/// one is the first, second or third of a group. The characters in which it meets others are left out.
fn encoded(original: &str) -> Vec<String> {
    let mut found = Vec::new();
    for text in [original.to_owned(), original.to_lowercase()] {
        for (before, met) in [(&b""[..], 0), (b"\0", 2), (b"\0\0", 3)] {
            let bytes = [before, text.as_bytes()].concat();
            let whole = bytes.len() * 8 / 6;
            for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
                let encoded = engine.encode(&bytes);
                let certain = encoded.get(met..whole).unwrap_or_default().to_owned();
                // Fewer may be there by chance.
                if certain.len() >= 6 && !found.contains(&certain) {
                    found.push(certain);
                }
            }
        }
    }
    found
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
        self.needles.push(Needle {
            squeezed: squeezed(&folded),
            encoded: encoded(original.trim()),
            folded: folded.clone(),
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
    pub(crate) fn are_in(&self, text: &str, lookup: &Lookup) -> bool {
        if is_moment(text) {
            return false;
        }
        let folded = text.to_lowercase();
        let readings = decoded(text);
        let lowered: Vec<String> = readings.iter().map(|text| text.to_lowercase()).collect();
        let squeezed = squeezed(&folded);
        self.needles.iter().any(|needle| {
            (needle.is_in(&folded)
                || lowered.iter().any(|reading| needle.is_in(reading))
                || (needle.squeezed.len() >= 8 && squeezed.contains(&needle.squeezed))
                || needle.is_encoded_in(text)
                || readings.iter().any(|reading| needle.is_encoded_in(reading)))
                && !needle.is_everybodys(text, lookup)
        })
    }
}

impl Needle {
    /// True if the needle gives nobody away in this text. Only the tables say so, never what was kept before: the text is
    /// the vendor's own word, or made of such, and the needle is one of them. A person is called so only in a sandbox, and
    /// then only by a word that is known; a secret is never called so.
    fn is_everybodys(&self, text: &str, lookup: &Lookup) -> bool {
        match self.weight {
            Weight::Secret => false,
            Weight::Person => {
                lists(lookup.table.words, &self.folded) && lookup.is_vendors_word(text)
            }
            _ => {
                lookup.is_listed(text)
                    || (lookup.is_listed(&self.folded) && lookup.is_vendors_word(text))
            }
        }
    }

    fn is_encoded_in(&self, text: &str) -> bool {
        self.encoded.iter().any(|encoded| text.contains(encoded))
    }

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

/// The text with what is percent-encoded, escaped or in base64 made readable; nothing if there is nothing of it.
fn decoded(text: &str) -> Vec<String> {
    let mut readings = Vec::new();
    if text.contains(['%', '+']) {
        readings.push(without_percent(text));
    }
    if text.contains('\\') {
        readings.extend(idv_core::json::decode::<String>(format!("\"{text}\"").as_bytes()).ok());
    }
    let is_of_base64 = |c: char| c.is_ascii_alphanumeric() || "+/-_".contains(c);
    for run in text.split(|c| !is_of_base64(c)) {
        // A value of four characters has six of base64; shorter ones are not looked for.
        if run.len() >= 6 {
            let bytes = STANDARD_NO_PAD.decode(run);
            let bytes = bytes.or_else(|_| URL_SAFE_NO_PAD.decode(run));
            readings.extend(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()));
        }
    }
    readings
}

/// As a form or an address means it.
fn without_percent(text: &str) -> String {
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
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lookup::tests::TABLE;
    use crate::table::Table;

    static WORDS: Table = Table {
        words: "clear consider",
        vocabulary: "completed document front report sandbox",
        ..TABLE
    };

    fn found(original: &str, weight: Weight, text: &str) -> bool {
        let mut needles = Needles::default();
        needles.add(original, weight);
        needles.are_in(text, &Lookup::new(&WORDS))
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
    fn a_value_is_found_in_base64_in_every_place_and_alphabet() {
        use base64::engine::general_purpose::{STANDARD, URL_SAFE};
        for original in ["Jörg?>", "Marie", "~~~a??>", "Harlingen"] {
            for (before, after) in [
                ("", ""),
                ("{", "}"),
                ("ab", "c"),
                ("abc", ""),
                ("x: ", "de"),
            ] {
                let whole = format!("{before}{original}{after}");
                for encoded in [STANDARD.encode(&whole), URL_SAFE.encode(&whole)] {
                    let in_an_address = encoded.replace('+', "%2B").replace('/', "%2F");
                    for text in [
                        format!("of {encoded}."),
                        format!("data:image/png;base64,{encoded}"),
                        format!("x{encoded}"),
                        format!("?q={in_an_address}"),
                    ] {
                        assert!(found(original, Weight::Person, &text), "{original}: {text}");
                    }
                }
            }
        }
        assert!(
            found("Rose", Weight::Person, "Um9zZQ=="),
            "whole, four are enough"
        );
        assert!(!found("Harlingen", Weight::Person, "SGFybA=="));
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
        assert!(!found("completed", Weight::Reference, "report.completed"));
        assert!(found("kestrel", Weight::Reference, "kestrel"));
        assert!(found("kestrel", Weight::Reference, "report.kestrel"));
        assert!(found("document.front", Weight::Reference, "document.front"));
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
