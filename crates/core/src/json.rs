//! The one place where bytes become typed JSON.
//!
//! An error of `serde_json` quotes the value it did not like, and that value may be a person's name. So nobody
//! else decodes: here only the category, the line and the column of a failure survive.

use serde::de::DeserializeOwned;

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
pub fn decode_borrowed<'a, T: serde::Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, Unreadable> {
    serde_json::from_slice(bytes).map_err(|error| safe(&error))
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
}
