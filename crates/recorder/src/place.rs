//! Where in an exchange a value stands. It names places, never values.

use std::fmt;

use crate::body::form::MOST_BRACKETS;

/// A part of what is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// What was asked.
    Request,
    /// What was answered.
    Response,
    /// What the vendor sent of its own accord.
    Webhook,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Request => "request",
            Self::Response => "response",
            Self::Webhook => "webhook",
        })
    }
}

/// One step into a body.
#[derive(Clone, PartialEq, Eq)]
pub enum Step {
    /// A member of an object, or a name of a form.
    Member(String),
    /// An item of a list, counted from 0.
    Item(usize),
}

/// Where a value stands. What is printed of it, for people or for programmers, has no name that reads like a value.
#[derive(Clone, PartialEq, Eq)]
pub enum Place {
    /// In the path of the URL: the number of the segment, counted from 1, and the path as far as it is known.
    Path(usize, String),
    /// An entry of the query, by its name.
    Query(Part, String),
    /// A header, by its name.
    Header(Part, String),
    /// A member of a body: of JSON, of a form, or a part of a multipart body.
    Body(Part, Vec<Step>),
}

/// A name as it may be shown: one that reads like a value (an e-mail address as a key, say) is not.
fn shown(name: &str) -> &str {
    let is_a_name = !name.is_empty()
        && name.len() <= 64
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "_-.,[]".contains(c))
        && name.chars().filter(char::is_ascii_digit).count() < 6;
    if is_a_name { name } else { "…" }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Member(name) => f.write_str(shown(name)),
            Self::Item(index) => write!(f, "{index}"),
        }
    }
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Step({self})")
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Place({self})")
    }
}

impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Refusal({self})")
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(segment, known) => write!(f, "segment {segment} of the path, {known}"),
            Self::Query(part, name) => write!(f, "{part} query {}", shown(name)),
            Self::Header(part, name) => write!(f, "{part} header {}", shown(name)),
            Self::Body(part, steps) => {
                write!(f, "{part} body {}", if steps.is_empty() { "/" } else { "" })?;
                steps.iter().try_for_each(|step| write!(f, "/{step}"))
            }
        }
    }
}

/// Why nothing of an exchange is kept. It names the place and holds no part of what stood there.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {why}")]
pub struct Refusal {
    /// Where.
    pub place: Place,
    /// What is wrong with it.
    pub why: Why,
}

/// What keeps an exchange from being recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Why {
    /// No table says what this place holds.
    #[error("no table says what stands here, so it may be anything")]
    Unclassified,
    /// The table says a plain word or time stands here, and something else does.
    #[error("a plain word, number or time should stand here, and something else does")]
    NotAWord,
    /// A value that was replaced elsewhere still stands here.
    #[error("a value that is replaced elsewhere still stands here")]
    Leftover,
    /// The name of an entry leads deeper than anything does.
    #[error("a name here has more than {MOST_BRACKETS} pairs of brackets")]
    TooDeep,
    /// The answer is longer than what is held as a whole.
    #[error("it is longer than 8 MiB, too long to be looked at")]
    TooLong,
    /// What was written cannot be read to be looked at again.
    #[error("it cannot be read again to be looked at")]
    NotRead,
    /// The bytes are not of the form that the content type promises.
    #[error("the body is not what its content type says")]
    NotOfItsType,
    /// The system gave no random numbers for a test key.
    #[error("no test key can be made: the system gives no random numbers")]
    NoKey,
}

impl Place {
    /// The refusal of what stands here.
    #[must_use]
    pub const fn refused(self, why: Why) -> Refusal {
        Refusal { place: self, why }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_named_and_a_name_that_reads_like_a_value_is_not() {
        let body = |names: &[&str]| {
            let steps = names.iter().map(|name| Step::Member((*name).to_owned()));
            Place::Body(Part::Response, steps.collect()).to_string()
        };
        assert_eq!(
            body(&["data", "new_member"]),
            "response body /data/new_member"
        );
        assert_eq!(body(&["jane@example.com"]), "response body /…");
        assert_eq!(body(&["a", "4915112345678"]), "response body /a/…");
        assert_eq!(body(&[]), "response body /");
        let refusal = Place::Query(Part::Request, "x".to_owned()).refused(Why::Unclassified);
        assert!(refusal.to_string().starts_with("request query x: no table"));
    }
}
