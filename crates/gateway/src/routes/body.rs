//! Reading a request's body, and JSON out of it.
//!
//! By hand: the framework's own JSON reader repeats what `serde_json` says, and that quotes the client's data.

mod values;

use std::borrow::Cow;
use std::ops::RangeInclusive;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use idv_core::json;
use serde_json::{Map, Value};

use crate::problem::{FieldError, Kind, Problem};

mod budget;

pub(super) use budget::BodyBudget;
use budget::Share;

/// What a client may send.
#[derive(Clone, Debug)]
pub(super) struct BodyLimits {
    /// The largest body, in bytes.
    pub(super) max_bytes: usize,
    /// How long it may take.
    pub(super) timeout: Duration,
    /// All bodies together.
    pub(super) budget: BodyBudget,
}

/// When a client should come back for whose body there is no room, in seconds.
const RETRY_AFTER_SECS: u64 = 1;

/// Reads the whole body, byte for byte. Of one that says beforehand that it is too large, nothing is kept, and one
/// for which there is no room is not begun.
pub(super) async fn read(
    limits: &BodyLimits,
    headers: &HeaderMap,
    body: Body,
) -> Result<Bytes, Problem> {
    let announced = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok())
        .and_then(|length| length.parse::<usize>().ok());
    if announced.is_some_and(|length| length > limits.max_bytes) {
        discard(limits, body).await;
        return Err(Unread::TooLarge.problem(limits));
    }
    if !limits.budget.has_room_for(announced.unwrap_or(1)) {
        return Err(Unread::NoRoom.problem(limits));
    }
    match tokio::time::timeout(limits.timeout, whole(limits, body)).await {
        Ok(Ok(whole)) => Ok(whole),
        Ok(Err(unread)) => Err(unread.problem(limits)),
        Err(_) => Err(Kind::RequestTimeout.into()),
    }
}

/// Why a body could not be read.
enum Unread {
    TooLarge,
    BrokenOff,
    NoRoom,
}

impl Unread {
    fn problem(self, limits: &BodyLimits) -> Problem {
        match self {
            Self::TooLarge => Problem::new(Kind::BodyTooLarge)
                .detail(format!("at most {} bytes are accepted", limits.max_bytes)),
            Self::BrokenOff => Kind::IncompleteBody.into(),
            Self::NoRoom => Problem::new(Kind::Unavailable).retry_after_secs(RETRY_AFTER_SECS),
        }
    }
}

/// Only what has arrived counts towards the budget: whoever announces much and sends little takes nobody's room.
async fn whole(limits: &BodyLimits, body: Body) -> Result<Bytes, Unread> {
    let mut body = Limited::new(body, limits.max_bytes);
    let mut share = Share::of(&limits.budget);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| {
            if error.is::<LengthLimitError>() {
                Unread::TooLarge
            } else {
                Unread::BrokenOff
            }
        })?;
        if let Ok(piece) = frame.into_data() {
            share.add(piece).map_err(|_| Unread::NoRoom)?;
        }
    }
    Ok(share.into_bytes())
}

/// How many times the largest body is read away, for a client that sends too much.
const DISCARDED_BODIES: usize = 4;

/// Reads a body away, within bounds. A client that is cut off while it is still sending sees a broken connection and
/// never learns that its body was too large.
async fn discard(limits: &BodyLimits, mut body: Body) {
    let most = limits.max_bytes.saturating_mul(DISCARDED_BODIES);
    let reading = async {
        let mut read = 0_usize;
        while let Some(Ok(frame)) = body.frame().await {
            read = read.saturating_add(frame.data_ref().map_or(0, Bytes::len));
            if read > most {
                break;
            }
        }
    };
    let _ = tokio::time::timeout(limits.timeout, reading).await;
}

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

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use axum::response::IntoResponse as _;
    use hyper::body::Frame;

    use super::*;

    fn limits() -> BodyLimits {
        BodyLimits {
            max_bytes: 10,
            timeout: Duration::from_millis(50),
            budget: BodyBudget::of_bytes(25),
        }
    }

    /// A client that stops in the middle.
    struct Stuck;

    impl hyper::body::Body for Stuck {
        type Data = Bytes;
        type Error = std::io::Error;

        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
            Poll::Pending
        }
    }

    #[tokio::test]
    async fn a_body_that_never_ends_is_given_up() {
        let problem = read(&limits(), &HeaderMap::new(), Body::new(Stuck)).await;
        assert_eq!(problem.unwrap_err().kind(), Kind::RequestTimeout);
    }

    #[tokio::test]
    async fn the_limit_itself_is_still_accepted() {
        for (bytes, fits) in [(10, true), (11, false)] {
            let body = Body::from(vec![b'x'; bytes]);
            let read = read(&limits(), &HeaderMap::new(), body).await;
            match read {
                Ok(read) => assert!(fits && read.len() == bytes),
                Err(problem) => assert!(!fits && problem.kind() == Kind::BodyTooLarge),
            }
        }
    }

    #[tokio::test]
    async fn bodies_together_have_a_limit_and_make_room_when_they_are_dropped() {
        let limits = limits();
        let ten = || Body::from(vec![b'x'; 10]);
        let mut headers = HeaderMap::new();
        let first = read(&limits, &headers, ten()).await.unwrap();
        let second = read(&limits, &headers, ten()).await.unwrap();
        // One more is begun, for it does not say its size, and given up when there is no room for what comes.
        let problem = read(&limits, &headers, ten()).await.unwrap_err();
        assert_eq!(problem.kind(), Kind::Unavailable);
        // One that says its size is not begun: this one would never end.
        headers.insert(header::CONTENT_LENGTH, "10".parse().unwrap());
        let problem = read(&limits, &headers, Body::new(Stuck)).await.unwrap_err();
        assert_eq!(problem.kind(), Kind::Unavailable);
        assert_eq!(problem.into_response().headers()["retry-after"], "1");

        let still_used = second.slice(2..4);
        drop((first, second));
        assert!(read(&limits, &headers, ten()).await.is_ok());
        assert_eq!(limits.budget.held(), 10, "a slice keeps the whole");
        drop(still_used);
        assert_eq!(limits.budget.held(), 0);
    }

    #[tokio::test]
    async fn a_body_that_was_given_up_holds_nothing() {
        let limits = limits();
        let _ = read(&limits, &HeaderMap::new(), Body::new(Stuck)).await;
        let _ = read(&limits, &HeaderMap::new(), Body::from(vec![b'x'; 11])).await;
        assert_eq!(limits.budget.held(), 0);
    }
}
