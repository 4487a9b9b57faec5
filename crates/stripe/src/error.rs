//! The vendor's errors, as advice to the caller.
//!
//! <https://docs.stripe.com/api/errors> and <https://docs.stripe.com/error-codes>, read 2026-11-20.

use http::{HeaderMap, StatusCode};
use idv_core::{Error, ErrorKind, Kind, Mapped, Unreadable};

use crate::map::{self, Site};
use crate::wire::{self, Expandable};

/// What the caller can do about an error: an [`ErrorKind`] before the details are known.
#[derive(Clone, Copy)]
enum Advice {
    InvalidCredentials,
    InvalidConfig,
    InvalidInput,
    NotFound,
    Conflict,
    /// A conflict that goes away by itself.
    Busy,
    RateLimited,
    Unavailable,
    Rejected,
}

impl Advice {
    /// One sentence about it.
    const fn message(self) -> &'static str {
        match self {
            Self::InvalidCredentials => "the vendor does not accept the API key for this",
            Self::InvalidConfig => "the vendor does not accept the settings of the account",
            Self::InvalidInput => "the vendor refuses an input",
            Self::NotFound => "the vendor has no such object",
            Self::Conflict => "the vendor refuses it in the present state",
            Self::Busy => "the vendor is still at work on the same thing",
            Self::RateLimited => "the vendor has had too many calls",
            Self::Unavailable => "the vendor is down or broken",
            Self::Rejected => "the vendor refused",
        }
    }
}

/// A word of the vendor and what it advises.
struct Row {
    raw: &'static str,
    rule: &'static str,
    advice: Advice,
}

macro_rules! rows {
    ($table:literal: $($raw:literal => $advice:ident;)+) => { &[ $(
        Row { raw: $raw, rule: concat!($table, ".", $raw), advice: Advice::$advice },
    )+ ] };
}

/// By `code`: the narrower word.
static CODE: &[Row] = rows! { "error":
    "resource_missing" => NotFound;
    // An object is locked by another call. It comes with status 429 and is no rate limit.
    "lock_timeout" => Busy;
    "idempotency_key_in_use" => Busy;
    "rate_limit" => RateLimited;
    "api_key_expired" => InvalidCredentials;
    "platform_api_key_expired" => InvalidCredentials;
    "secret_key_required" => InvalidCredentials;
    "livemode_mismatch" => InvalidConfig;
    "parameter_missing" => InvalidInput;
    "parameter_unknown" => InvalidInput;
    "parameter_invalid_empty" => InvalidInput;
    "parameters_exclusive" => InvalidInput;
    "url_invalid" => InvalidInput;
    "email_invalid" => InvalidInput;
};

/// By `type`: the wider word.
static TYPE: &[Row] = rows! { "error_type":
    // A key used again with other parameters: trying again cannot help.
    "idempotency_error" => Conflict;
    "invalid_request_error" => InvalidInput;
    "api_error" => Unavailable;
    "card_error" => Rejected;
    "rate_limit" => RateLimited;
};

/// The rule of an error of which neither word is in a row.
const UNLISTED: &str = "error.*";

pub(crate) fn rows() -> impl Iterator<Item = &'static str> {
    let rows = CODE.iter().chain(TYPE).map(|row| row.rule);
    rows.chain([UNLISTED])
}

/// The vendor's words for the types of errors, for the comparison with its description.
pub(crate) fn types() -> impl Iterator<Item = &'static str> {
    TYPE.iter().map(|row| row.raw)
}

fn find(rows: &'static [Row], raw: &wire::Text<'_>) -> Option<&'static Row> {
    let raw = raw.get()?;
    rows.iter().find(|row| row.raw == raw)
}

/// With the vendor's details: the field of a refused input, the code of a refusal.
fn kind(
    advice: Advice,
    detail: Option<&wire::ErrorDetail<'_>>,
    retry_after_secs: Option<u64>,
) -> ErrorKind {
    let text = |text: &wire::Text<'_>| text.get().map(idv_core::label);
    match advice {
        Advice::InvalidCredentials => ErrorKind::InvalidCredentials,
        Advice::InvalidConfig => ErrorKind::InvalidConfig,
        Advice::InvalidInput => ErrorKind::InvalidInput {
            field: detail.and_then(|detail| text(&detail.param)),
        },
        Advice::NotFound => ErrorKind::NotFound,
        Advice::Conflict | Advice::Busy => ErrorKind::Conflict,
        Advice::RateLimited => ErrorKind::RateLimited { retry_after_secs },
        Advice::Unavailable => ErrorKind::Unavailable,
        Advice::Rejected => ErrorKind::ProviderRejected {
            code: detail.and_then(|detail| text(&detail.code).or_else(|| text(&detail.error_type))),
        },
    }
}

/// Reads an answer that is no success. The status of the answer comes first: a body may be missing, or not JSON.
pub(crate) fn from_answer(
    operation: &'static str,
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
) -> Error {
    let body: Option<wire::ErrorBody<'_>> = map::object(body).ok();
    let detail = match &body {
        Some(wire::ErrorBody {
            error: Expandable::Full(detail),
            ..
        }) => Some(&**detail),
        _ => None,
    };
    let code = detail.and_then(|detail| find(CODE, &detail.code));
    let error_type = detail.and_then(|detail| find(TYPE, &detail.error_type));
    let worded = code.or(error_type).map(|row| row.advice);
    let advice = match status.as_u16() {
        401 | 403 => Advice::InvalidCredentials,
        404 => Advice::NotFound,
        // A missing object that an input names is an input to be corrected, not a session that is gone.
        400 => match worded {
            None | Some(Advice::NotFound) => Advice::InvalidInput,
            Some(advice) => advice,
        },
        409 => worded
            .filter(|advice| matches!(advice, Advice::Conflict))
            .unwrap_or(Advice::Busy),
        429 => worded
            .filter(|advice| matches!(advice, Advice::Busy))
            .unwrap_or(Advice::RateLimited),
        424 => Advice::Unavailable,
        status if status >= 500 => Advice::Unavailable,
        status if status >= 400 => worded.unwrap_or(Advice::Rejected),
        // Neither a success nor an error: a redirect, which is not followed.
        _ => {
            let message = "the vendor answered with neither a success nor an error";
            return Error::new(
                ErrorKind::BadResponse,
                map::provider_id(),
                operation,
                message,
            );
        }
    };
    let retry_after_secs = headers
        .get(http::header::RETRY_AFTER)
        .and_then(|value| value.to_str().ok()?.trim().parse().ok());
    let kind = kind(advice, detail, retry_after_secs);
    let mut error = Error::new(kind, map::provider_id(), operation, advice.message());
    if matches!(advice, Advice::Busy) {
        error.retryable = true;
        // The call that holds the key may be the first try of this one.
        error.may_have_taken_effect = code.is_some_and(|row| row.raw == "idempotency_key_in_use");
    }
    if error_type.is_some_and(|row| row.raw == "idempotency_error") {
        // The vendor knows the key, so an earlier call with it was carried out, with other parameters.
        error.may_have_taken_effect = true;
    }
    error
}

/// Maps an error body that comes without the status of its answer.
pub(crate) fn translate(bytes: &[u8]) -> Result<Mapped, Unreadable> {
    let body: wire::ErrorBody<'_> = map::object(bytes)?;
    let is_one = matches!(body.error, Expandable::Full(_) | Expandable::Id(_));
    if !is_one || body.object.get().is_some() {
        return Err(map::OF_ANOTHER_KIND);
    }
    let site = Site::new("error", "");
    let mut mapped = map::blank(Kind::Error);
    let (kind, origin) = match &body.error {
        Expandable::Full(detail) => {
            let code = find(CODE, &detail.code).map(|row| (row, "/error/code"));
            let row = code.or_else(|| Some((find(TYPE, &detail.error_type)?, "/error/type")));
            match row {
                Some((row, pointer)) => (
                    kind(row.advice, Some(detail), None),
                    site.origin(pointer, row.rule),
                ),
                None => {
                    let words = [
                        ("/error/code", &detail.code),
                        ("/error/type", &detail.error_type),
                    ];
                    let given = words.into_iter().find(|(_, word)| word.is_given());
                    if let Some((pointer, word)) = given {
                        map::note_unknown(&mut mapped, pointer, word);
                    }
                    let pointer = given.map_or("/error", |(pointer, _)| pointer);
                    let kind = kind(Advice::Rejected, Some(detail), None);
                    (kind, site.origin(pointer, UNLISTED))
                }
            }
        }
        // An error that is a mere sentence, which nobody may read.
        _ => (
            kind(Advice::Rejected, None, None),
            site.origin("/error", UNLISTED),
        ),
    };
    mapped.error_kind = Some(kind);
    mapped.origins.insert("/error_kind".into(), origin);
    Ok(mapped)
}
