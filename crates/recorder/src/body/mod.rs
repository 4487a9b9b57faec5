//! Bodies in the forms in which vendors and their clients send them.

pub(crate) mod form;
pub(crate) mod json;
pub(crate) mod multipart;
pub(crate) mod placeholder;

use serde_json::Value;

use crate::place::{Place, Refusal, Step};

/// A value without members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leaf<'a> {
    Null,
    Flag,
    /// A number as it is written.
    Number(&'a str),
    Text(&'a str),
}

/// Looks at everything in a body, in its order.
pub(crate) trait Visit {
    /// The place, as a refusal names it.
    fn place(&self, path: &[Step]) -> Place;

    /// A member of this name is reached. Another name stands in its place if one is given.
    fn name(&mut self, path: &[Step]) -> Result<Option<String>, Refusal>;

    /// A value. In its place stands what is given: a text for a text, a number for a number.
    fn leaf(
        &mut self,
        path: &[Step],
        tree: &Value,
        leaf: &Leaf<'_>,
    ) -> Result<Option<String>, Refusal>;

    /// An object or a list with nothing in it.
    fn nothing(&mut self, path: &[Step]) -> Result<(), Refusal>;
}

/// What a content type makes of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Json,
    Entries,
    Multipart,
    Text,
    File,
}

/// By its content type; without one, by how it begins.
pub(crate) fn form_of(content_type: Option<&str>, body: &[u8]) -> Form {
    let essence = content_type
        .and_then(|value| value.split(';').next())
        .unwrap_or_default();
    let essence = essence.trim().to_ascii_lowercase();
    let looks_like_json = body
        .trim_ascii_start()
        .first()
        .is_some_and(|first| matches!(first, b'{' | b'['));
    match essence.as_str() {
        "application/x-www-form-urlencoded" => Form::Entries,
        "multipart/form-data" => Form::Multipart,
        essence if essence.ends_with("json") => Form::Json,
        _ if looks_like_json && std::str::from_utf8(body).is_ok() => Form::Json,
        essence
            if essence.starts_with("text/") || essence.ends_with("xml") || essence.is_empty() =>
        {
            if std::str::from_utf8(body).is_ok() {
                Form::Text
            } else {
                Form::File
            }
        }
        _ => Form::File,
    }
}
