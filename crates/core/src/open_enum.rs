//! Enumerations that survive values nobody has listed yet.

/// What was written before an unlisted value: `unknown:review_pending`.
///
/// The prefix is what keeps the outside from granting anything: a vendor that suddenly sends the raw word
/// `passed` where its table has no such word becomes `unknown:passed`, and reads back as unknown, not as passed.
pub(crate) const UNKNOWN_PREFIX: &str = "unknown:";

/// Declares an enumeration whose last arm keeps any other text.
///
/// Generates `as_word`, `from_word`, `KNOWN`, `Display`, and a string form for serde. Reading never fails on a
/// word nobody listed, and writing then reading gives back the same value, for every text.
macro_rules! open_enum {
    (
        $(#[doc = $doc:literal])*
        $vis:vis enum $name:ident {
            $( $(#[doc = $arm_doc:literal])* $arm:ident = $word:literal ),+ $(,)?
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        $vis enum $name {
            $( $(#[doc = $arm_doc])* $arm, )+
            /// A value nobody has listed, as it was received.
            Unknown(String),
        }

        impl $name {
            /// Every listed value, in the order of declaration.
            pub const KNOWN: &'static [Self] = &[ $( Self::$arm ),+ ];

            /// The stable word for this value: what JSON, the API and the database show.
            /// An unlisted value is written `unknown:<raw>`, in full.
            #[must_use]
            pub fn as_word(&self) -> std::borrow::Cow<'_, str> {
                match self {
                    $( Self::$arm => std::borrow::Cow::Borrowed($word), )+
                    Self::Unknown(raw) => {
                        std::borrow::Cow::Owned(format!("{}{raw}", $crate::open_enum::UNKNOWN_PREFIX))
                    }
                }
            }

            /// Reads a word. Exact and case-sensitive; anything else is `Unknown`, never an error.
            #[must_use]
            pub fn from_word(word: &str) -> Self {
                match word {
                    $( $word => Self::$arm, )+
                    other => {
                        let raw = other.strip_prefix($crate::open_enum::UNKNOWN_PREFIX).unwrap_or(other);
                        Self::Unknown(raw.to_owned())
                    }
                }
            }

            /// True for a value nobody has listed.
            #[must_use]
            pub const fn is_unknown(&self) -> bool {
                matches!(self, Self::Unknown(_))
            }
        }

        /// For people and log lines: the word, an unlisted value cut to 64 printable ASCII characters.
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self {
                    Self::Unknown(raw) => {
                        f.write_str($crate::open_enum::UNKNOWN_PREFIX)?;
                        f.write_str(&$crate::label(raw))
                    }
                    known => f.write_str(&known.as_word()),
                }
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.as_word())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let word = std::borrow::Cow::<'_, str>::deserialize(deserializer)?;
                Ok(Self::from_word(&word))
            }
        }

        #[cfg(feature = "schema")]
        $crate::schema::schema!($name, $crate::schema::open_words(
            &[$($doc),*],
            &[$( ($word, &[$($arm_doc),*]) ),+],
            $crate::open_enum::UNKNOWN_PREFIX,
        ));
    };
}

pub(crate) use open_enum;

/// Makes foreign text safe to show in a log line, a label or a terminal: at most 64 characters, all of them
/// printable ASCII; anything else becomes `?`.
#[must_use]
pub fn label(raw: &str) -> String {
    raw.chars()
        .take(64)
        .map(|c| {
            if c.is_ascii_graphic() || c == ' ' {
                c
            } else {
                '?'
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::label;
    use crate::Status;

    #[test]
    fn a_label_is_short_and_printable() {
        assert_eq!(label("a\r\nb\u{1b}[31m"), "a??b?[31m");
        assert_eq!(label(&"x".repeat(100)).len(), 64);
        assert_eq!(label("é"), "?");
    }

    #[test]
    fn an_unlisted_word_survives_writing_and_reading() {
        for raw in [
            "",
            "review_pending",
            "passed",
            "unknown:passed",
            "Passed",
            " passed",
        ] {
            let value = Status::Unknown(raw.to_owned());
            assert_eq!(Status::from_word(&value.as_word()), value, "{raw:?}");
        }
    }

    #[test]
    fn a_raw_word_that_looks_like_a_pass_never_reads_back_as_one() {
        let json = serde_json::to_string(&Status::Unknown("passed".into())).unwrap();
        assert_eq!(json, r#""unknown:passed""#);
        let back: Status = crate::json::decode(json.as_bytes()).unwrap();
        assert_ne!(back, Status::Passed);
    }
}
