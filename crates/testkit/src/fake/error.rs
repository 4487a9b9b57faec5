//! The fake vendor's refusals in our words.

use bytes::Bytes;
use http::Response;
use http::header::RETRY_AFTER;
use idv_core::{Error, ErrorKind, Kind, Mapped, ProviderId, json};

use super::wire::{ErrorBody, ErrorDetail};
use super::{map, provider};

type ToKind = fn(&ErrorDetail) -> ErrorKind;

/// The vendor's words for what went wrong.
const WORDS: &[(&str, &str, ToKind)] = &[
    ("error.bad_key", "bad_key", |_| {
        ErrorKind::InvalidCredentials
    }),
    ("error.bad_setting", "bad_setting", |_| {
        ErrorKind::InvalidConfig
    }),
    ("error.bad_field", "bad_field", |detail| {
        ErrorKind::InvalidInput {
            field: detail.field.clone(),
        }
    }),
    ("error.cannot", "cannot", |detail| ErrorKind::Unsupported {
        capability: detail.field.clone().unwrap_or_default(),
    }),
    ("error.no_such_thing", "no_such_thing", |_| {
        ErrorKind::NotFound
    }),
    ("error.wrong_state", "wrong_state", |_| ErrorKind::Conflict),
    ("error.slow_down", "slow_down", |_| ErrorKind::RateLimited {
        retry_after_secs: None,
    }),
    ("error.refused", "refused", |detail| {
        ErrorKind::ProviderRejected {
            code: detail.word.clone(),
        }
    }),
];

pub(super) fn rules() -> impl Iterator<Item = &'static str> {
    WORDS.iter().map(|row| row.0)
}

pub(super) fn mapped(body: &ErrorBody) -> Mapped {
    let mut mapped = map::new(Kind::Error);
    let (kind, rule) = by_word(&body.error).unwrap_or((
        ErrorKind::ProviderRejected {
            code: body.error.word.clone(),
        },
        None,
    ));
    mapped.error_kind = Some(kind);
    match (rule, &body.error.word) {
        (Some(rule), _) => map::origin(&mut mapped, "/error_kind".to_owned(), "/error/word", rule),
        (None, Some(word)) => mapped.unknown.push(idv_core::UnknownValue {
            pointer: "/error/word".into(),
            value: word.clone(),
        }),
        (None, None) => {}
    }
    mapped
}

fn by_word(detail: &ErrorDetail) -> Option<(ErrorKind, Option<&'static str>)> {
    let word = detail.word.as_deref()?;
    let row = WORDS.iter().find(|row| row.1 == word)?;
    Some((row.2(detail), Some(row.0)))
}

/// An answer that is no success. The body is believed only where the status leaves room for it.
pub(super) fn of_answer(operation: &'static str, answer: &Response<Bytes>) -> Error {
    let status = answer.status().as_u16();
    let word = json::decode::<ErrorBody>(answer.body())
        .ok()
        .and_then(|body| by_word(&body.error))
        .map(|(kind, _)| kind);
    let retry_after_secs = answer
        .headers()
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok()?.parse().ok());
    let kind = match (status, word) {
        (429, _) => ErrorKind::RateLimited { retry_after_secs },
        (500.., _) => ErrorKind::Unavailable,
        (401 | 403, _) => ErrorKind::InvalidCredentials,
        (404, _) => ErrorKind::NotFound,
        (409, _) => ErrorKind::Conflict,
        (400..500, Some(kind)) => kind,
        (400..500, None) => ErrorKind::ProviderRejected { code: None },
        _ => ErrorKind::BadResponse,
    };
    let request_id = answer
        .headers()
        .get("fake-request")
        .and_then(|id| id.to_str().ok().map(str::to_owned));
    Error::new(
        kind,
        ProviderId::from(provider::ID),
        operation,
        "the fake vendor refused",
    )
    .with_vendor_request_id(request_id)
    .with_earlier_try(answer.extensions())
}
