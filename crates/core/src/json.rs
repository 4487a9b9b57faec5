//! The one place where bytes become typed JSON.
//!
//! An error of `serde_json` quotes the value it did not like, and that value may be a person's name. So nobody
//! else decodes: here only the category, the line and the column of a failure survive.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer as _, IgnoredAny, MapAccess, Visitor};

/// Bytes that could not be read as what they should be. Safe to show: it holds no part of the input.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unreadable {
    /// Not JSON at all, or cut off.
    #[error("not JSON (line {line}, column {column})")]
    NotJson {
        /// Line of the first fault, from 1.
        line: usize,
        /// Column of the first fault, from 1.
        column: usize,
    },
    /// JSON, but a value has another type than expected, or one that must be there is missing.
    #[error("JSON of an unexpected shape (line {line}, column {column})")]
    UnexpectedShape {
        /// Line of the first fault, from 1.
        line: usize,
        /// Column of the first fault, from 1.
        column: usize,
    },
    /// Sound JSON, but nothing this provider sends.
    #[error("JSON, but not of this provider: {why}")]
    NotThisProvider {
        /// What gave it away.
        why: &'static str,
    },
}

/// Decodes one JSON document.
///
/// # Errors
/// [`Unreadable::NotJson`] or [`Unreadable::UnexpectedShape`], with the place and nothing of the content.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that decodes"
)]
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Unreadable> {
    serde_json::from_slice(bytes).map_err(|error| safe(&error))
}

/// Like [`decode`], but borrowing from the bytes.
///
/// # Errors
/// As [`decode`].
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that decodes"
)]
pub fn decode_borrowed<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, Unreadable> {
    serde_json::from_slice(bytes).map_err(|error| safe(&error))
}

/// The text of one member of the top-level object. None if there is no such member, if it is no text, or if the
/// bytes before it are no JSON.
///
/// It reads no further than that member, so that the id of a delivery costs less than reading the delivery. What
/// comes after may be anything: this is no proof that the bytes are JSON.
#[must_use]
pub fn find_text<'a>(bytes: &'a [u8], name: &str) -> Option<Cow<'a, str>> {
    let mut found = None;
    let finder = Finder {
        name,
        found: &mut found,
    };
    // Stopping in the middle is an error to the reader below, and it is the only result it has.
    let _ = serde_json::Deserializer::from_slice(bytes).deserialize_map(finder);
    found
}

struct Finder<'n, 'f, 'a> {
    name: &'n str,
    found: &'f mut Option<Cow<'a, str>>,
}

/// A text, borrowed where it has no escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'a> Visitor<'a> for Finder<'_, '_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(Text(name)) = map.next_key()? {
            if name == self.name {
                let Text(text) = map.next_value()?;
                *self.found = Some(text);
                return Ok(());
            }
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

fn safe(error: &serde_json::Error) -> Unreadable {
    let (line, column) = (error.line(), error.column());
    match error.classify() {
        serde_json::error::Category::Data => Unreadable::UnexpectedShape { line, column },
        _ => Unreadable::NotJson { line, column },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    struct Age {
        #[expect(dead_code, reason = "only its type matters here")]
        age: u8,
    }

    #[test]
    fn a_failure_does_not_quote_the_input() {
        let error = decode::<Age>(br#"{"age":"Jane Doe"}"#).unwrap_err();
        assert_eq!(
            error,
            Unreadable::UnexpectedShape {
                line: 1,
                column: 17
            }
        );
        assert!(!error.to_string().contains("Jane"));
        let error = decode::<Age>(b"Jane Doe").unwrap_err();
        assert!(matches!(error, Unreadable::NotJson { line: 1, .. }));
    }

    #[test]
    fn a_text_is_found_without_reading_further() {
        let found = |text: &'static str| find_text(text.as_bytes(), "id").map(Cow::into_owned);
        assert_eq!(found(r#"{"id":"a"}"#).as_deref(), Some("a"));
        assert_eq!(found(r#"{"x":{"id":"b"},"id":"a","#).as_deref(), Some("a"));
        assert_eq!(found(r#"{"id":"a\u00e9"}"#).as_deref(), Some("aé"));
        assert_eq!(found(r#"{"\u0069d":"a"}"#).as_deref(), Some("a"));
        for nothing in [
            "",
            "{}",
            "[\"id\",\"a\"]",
            "\"id\"",
            r#"{"id":null}"#,
            r#"{"id":1}"#,
            r#"{"id":["a"]}"#,
            r#"{"x":{"id":"b"}}"#,
            r#"{"x" "id":"a"}"#,
        ] {
            assert_eq!(found(nothing), None, "{nothing}");
        }
    }
}
