//! Reading JSON out of a request's body.
//!
//! By hand: the framework's own JSON reader repeats what `serde_json` says, and that quotes the client's data.

mod values;

use std::borrow::Cow;
use std::ops::RangeInclusive;

use bytes::Bytes;
use http::{HeaderMap, header};
use idv_core::json;
use serde_json::{Map, Value};

use crate::problem::{FieldError, Kind, Problem};

mod budget;
mod reading;

pub(super) use budget::BodyBudget;
pub(super) use reading::{BodyLimits, read};

/// A JSON object while its fields are read. Every field that cannot be used is collected.
pub(super) struct Fields {
    pointer: String,
    fields: Map<String, Value>,
}

/// The fields that cannot be used.
#[derive(Default)]
pub(super) struct FieldErrors(Vec<FieldError>);

impl FieldErrors {
    pub(super) fn add(&mut self, pointer: impl Into<String>, detail: impl Into<Cow<'static, str>>) {
        self.0.push(FieldError::new(pointer, detail));
    }

    /// The value, if every field of it can be used.
    pub(super) fn finish<T>(self, value: Option<T>) -> Result<T, Problem> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(Problem::new(Kind::InvalidBody).errors(self.0)),
        }
    }
}

impl Fields {
    /// Reads a JSON object. An empty body is an empty object, and so is `null`: the document allows it where a body
    /// may be left out, and elsewhere what must be there is found missing.
    pub(super) fn parse(headers: &HeaderMap, body: &Bytes) -> Result<Self, Problem> {
        let fields = if body.is_empty() {
            Map::new()
        } else {
            require_json(headers)?;
            let value: Value = json::decode(body).map_err(|unreadable| {
                Problem::new(Kind::MalformedJson).detail(unreadable.to_string())
            })?;
            match value {
                Value::Object(fields) => fields,
                Value::Null => Map::new(),
                _ => {
                    let error = FieldError::new("", "it is not an object");
                    return Err(Problem::new(Kind::InvalidBody).errors(vec![error]));
                }
            }
        };
        Ok(Self {
            pointer: String::new(),
            fields,
        })
    }

    fn pointer_to(&self, key: &str) -> String {
        // RFC 6901: "~" and "/" inside a key are escaped.
        format!(
            "{}/{}",
            self.pointer,
            key.replace('~', "~0").replace('/', "~1")
        )
    }

    /// What is there, unless it is `null`.
    fn take(&mut self, key: &str) -> Option<Value> {
        self.fields.remove(key).filter(|value| !value.is_null())
    }

    /// A text of 1 to `max` characters.
    pub(super) fn text(
        &mut self,
        key: &str,
        max: usize,
        errors: &mut FieldErrors,
    ) -> Option<String> {
        match self.take(key)? {
            Value::String(text) if !text.trim().is_empty() && text.chars().count() <= max => {
                Some(text)
            }
            Value::String(_) => {
                errors.add(
                    self.pointer_to(key),
                    format!("it does not have 1 to {max} characters"),
                );
                None
            }
            _ => {
                errors.add(self.pointer_to(key), "it is not text");
                None
            }
        }
    }

    /// A text of 1 to `max` characters, none of which is a control character.
    pub(super) fn line(
        &mut self,
        key: &str,
        max: usize,
        errors: &mut FieldErrors,
    ) -> Option<String> {
        let text = self.text(key, max, errors)?;
        if text.chars().any(char::is_control) {
            errors.add(self.pointer_to(key), "it holds a control character");
            return None;
        }
        Some(text)
    }

    /// A text that `read` makes something of. `expected`: what it should be.
    pub(super) fn parsed<T>(
        &mut self,
        key: &str,
        expected: &'static str,
        errors: &mut FieldErrors,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        const LONGEST: usize = 2048;
        let text = self.text(key, LONGEST, errors)?;
        let value = read(&text);
        if value.is_none() {
            errors.add(self.pointer_to(key), format!("it is not {expected}"));
        }
        value
    }

    /// A whole number within `range`.
    pub(super) fn whole(
        &mut self,
        key: &str,
        range: RangeInclusive<u64>,
        errors: &mut FieldErrors,
    ) -> Option<u64> {
        let number = self.take(key)?.as_u64();
        let number = number.filter(|number| range.contains(number));
        if number.is_none() {
            let (least, most) = range.into_inner();
            errors.add(
                self.pointer_to(key),
                format!("it is not a whole number from {least} to {most}"),
            );
        }
        number
    }

    /// A list of texts, each of which `read` makes something of.
    pub(super) fn list<T>(
        &mut self,
        key: &str,
        expected: &'static str,
        errors: &mut FieldErrors,
        read: impl Fn(&str) -> Option<T>,
    ) -> Vec<T> {
        const MOST: usize = 100;
        let items = match self.take(key) {
            None => return Vec::new(),
            Some(Value::Array(items)) if items.len() <= MOST => items,
            Some(_) => {
                errors.add(
                    self.pointer_to(key),
                    format!("it is not a list of at most {MOST} texts"),
                );
                return Vec::new();
            }
        };
        let mut values = Vec::new();
        for (index, item) in items.iter().enumerate() {
            match item.as_str().and_then(&read) {
                Some(value) => values.push(value),
                None => errors.add(
                    format!("{}/{index}", self.pointer_to(key)),
                    format!("it is not {expected}"),
                ),
            }
        }
        values
    }

    /// An object below.
    pub(super) fn object(&mut self, key: &str, errors: &mut FieldErrors) -> Option<Self> {
        let pointer = self.pointer_to(key);
        match self.take(key)? {
            Value::Object(fields) => Some(Self { pointer, fields }),
            _ => {
                errors.add(pointer, "it is not an object");
                None
            }
        }
    }

    /// Complains that a field is not there.
    pub(super) fn missing(&self, key: &str, errors: &mut FieldErrors) {
        let pointer = self.pointer_to(key);
        if !errors.0.iter().any(|error| error.pointer == pointer) {
            errors.add(pointer, "it is missing");
        }
    }

    /// Complains about every field nobody asked for: a misspelt one would be lost in silence.
    pub(super) fn finish(self, errors: &mut FieldErrors) {
        const LONGEST: usize = 64;
        for key in self.fields.keys() {
            // A key is foreign text too. A long one is no misspelt field, and may be anything.
            if key.chars().count() <= LONGEST {
                errors.add(
                    self.pointer_to(&idv_core::label(key)),
                    "there is no such field",
                );
            } else {
                errors.add(
                    self.pointer.clone(),
                    "it has a field that does not exist here",
                );
            }
        }
    }
}

fn require_json(headers: &HeaderMap) -> Result<(), Problem> {
    let Some(given) = headers.get(header::CONTENT_TYPE) else {
        return Ok(());
    };
    let media_type = given.to_str().unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    if media_type.eq_ignore_ascii_case("application/json")
        || media_type.to_ascii_lowercase().ends_with("+json")
    {
        Ok(())
    } else {
        Err(Problem::new(Kind::UnsupportedMediaType)
            .detail("send it with content-type: application/json"))
    }
}
