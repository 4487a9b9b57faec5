//! The vendor's errors, as advice to the caller.
//!
//! <https://plaid.com/docs/errors/> and its pages, read 2026-11-20. The vendor asks to decide by type and code and not
//! by the status of the answer: it says 400 to a wrong secret and 403 to malformed data of a person.

use http::{HeaderMap, StatusCode};
use idv_core::{Error, ErrorKind, Kind, Mapped};

use crate::map::{self, Site};
use crate::wire::{self, Members, Text};

/// What the caller can do about an error: an [`ErrorKind`] before the details are known.
#[derive(Clone, Copy)]
enum Advice {
    InvalidCredentials,
    InvalidConfig,
    /// With the name of the field, where the code tells it.
    InvalidInput(Option<&'static str>),
    NotFound,
    Conflict,
    RateLimited,
    Unavailable,
    Rejected,
}

impl Advice {
    /// One sentence about it.
    const fn message(self) -> &'static str {
        match self {
            Self::InvalidCredentials => "the vendor does not accept the credentials for this",
            Self::InvalidConfig => "the vendor does not accept the settings of the account",
            Self::InvalidInput(_) => "the vendor refuses an input",
            Self::NotFound => "the vendor has no such object",
            Self::Conflict => "the vendor refuses it in the present state",
            Self::RateLimited => "the vendor has had too many calls",
            Self::Unavailable => "the vendor is down or broken",
            Self::Rejected => "the vendor refused",
        }
    }

    /// With the vendor's details: how long to wait, the code of a refusal.
    fn kind(self, code: Option<&str>, retry_after_secs: Option<u64>) -> ErrorKind {
        match self {
            Self::InvalidCredentials => ErrorKind::InvalidCredentials,
            Self::InvalidConfig => ErrorKind::InvalidConfig,
            Self::InvalidInput(field) => ErrorKind::InvalidInput {
                field: field.map(str::to_owned),
            },
            Self::NotFound => ErrorKind::NotFound,
            Self::Conflict => ErrorKind::Conflict,
            Self::RateLimited => ErrorKind::RateLimited { retry_after_secs },
            Self::Unavailable => ErrorKind::Unavailable,
            Self::Rejected => ErrorKind::ProviderRejected {
                code: code.map(idv_core::label),
            },
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
    ($table:literal: $($raw:literal => $advice:expr;)+) => { {
        use Advice::*;
        &[ $( Row { raw: $raw, rule: concat!($table, ".", $raw), advice: $advice }, )+ ]
    } };
}

/// By `error_code`: the narrower word.
static CODE: &[Row] = rows! { "error_code":
    "MISSING_FIELDS" => InvalidInput(None);
    // Also for personal data in `client_user_id`. The message names the field, and may quote it.
    "INVALID_FIELD" => InvalidInput(None);
    "UNKNOWN_FIELDS" => InvalidInput(None);
    "INVALID_BODY" => InvalidInput(None);
    "INVALID_HEADERS" => InvalidInput(None);
    "INVALID_CONFIGURATION" => InvalidConfig;
    "INCOMPATIBLE_API_VERSION" => InvalidConfig;
    "SANDBOX_ONLY" => InvalidConfig;
    "NOT_FOUND" => NotFound;
    // A route that was removed, not an object.
    "NO_LONGER_AVAILABLE" => InvalidConfig;
    "INVALID_API_KEYS" => InvalidCredentials;
    "UNAUTHORIZED_ENVIRONMENT" => InvalidCredentials;
    "UNAUTHORIZED_ROUTE_ACCESS" => InvalidCredentials;
    // The product is not enabled for the client in this environment.
    "INVALID_PRODUCT" => InvalidCredentials;
    "INVALID_WEBHOOK_VERIFICATION_KEY_ID" => NotFound;
    "INVALID_USER_ID" => InvalidInput(Some("user_id"));
    "USER_NOT_FOUND" => InvalidInput(Some("user_id"));
    "INVALID_USER_IDENTITY_DATA" => InvalidInput(Some("user"));
    "RATE_LIMIT" => RateLimited;
    // The free use is used up. Waiting does not help.
    "CREDITS_EXHAUSTED" => Rejected;
    "INTERNAL_SERVER_ERROR" => Unavailable;
    "PLANNED_MAINTENANCE" => Unavailable;
};

/// By `error_type`: the wider word. Those of other products are in no row.
static TYPE: &[Row] = rows! { "error_type":
    "INVALID_REQUEST" => InvalidInput(None);
    "INVALID_INPUT" => InvalidInput(None);
    "USER_ERROR" => InvalidInput(Some("user"));
    "IDEMPOTENCY_ERROR" => Conflict;
    "RATE_LIMIT_EXCEEDED" => RateLimited;
    "API_ERROR" => Unavailable;
    "INVALID_RESULT" => Rejected;
    "SANDBOX_ERROR" => Rejected;
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

fn find(rows: &'static [Row], raw: Text<'_>) -> Option<&'static Row> {
    let raw = raw.get()?;
    rows.iter().find(|row| row.raw == raw)
}

/// What a code means in answer to one call in particular.
fn by_call(operation: &str, code: Option<&str>, advice: Advice) -> Advice {
    match (operation, code, advice) {
        // Which code the vendor gives for an unknown attempt is not published. A request that holds nothing but an
        // id, and an id of the right form, can have no other field that is wrong.
        ("get_session", Some("INVALID_FIELD"), _) => Advice::NotFound,
        // Only this code says that there is no such key. A page that is not found is a wrong address, and says
        // nothing about any key.
        ("get_webhook_key", code, Advice::NotFound) if code != Some(UNKNOWN_KEY) => {
            Advice::InvalidConfig
        }
        (_, _, advice) => advice,
    }
}

const UNKNOWN_KEY: &str = "INVALID_WEBHOOK_VERIFICATION_KEY_ID";

/// Reads an answer that is no success. Its body may be missing, or not JSON; then the status decides.
pub(crate) fn from_answer(
    operation: &'static str,
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
) -> Error {
    if !status.is_client_error() && !status.is_server_error() {
        // Neither a success nor an error: a redirect, which is not followed.
        let message = "the vendor answered with neither a success nor an error";
        let kind = ErrorKind::BadResponse;
        return Error::new(kind, map::provider_id(), operation, message);
    }
    let json = map::object(body).ok();
    let detail = json.as_ref().map(wire::ErrorBody::of);
    let code = detail.as_ref().map(|detail| detail.error_code);
    let error_type = detail.as_ref().map(|detail| detail.error_type);
    let row = code
        .and_then(|code| find(CODE, code))
        .or_else(|| find(TYPE, error_type?));
    let advice = row.map_or(
        match status.as_u16() {
            401 | 403 => Advice::InvalidCredentials,
            404 => Advice::NotFound,
            409 => Advice::Conflict,
            429 => Advice::RateLimited,
            status if status >= 500 => Advice::Unavailable,
            _ => Advice::Rejected,
        },
        |row| row.advice,
    );
    // A page from something in front of the vendor may come with any status.
    let retry_after_secs = headers
        .get(http::header::RETRY_AFTER)
        .and_then(|value| value.to_str().ok()?.trim().parse().ok());
    let code = code.and_then(Text::get);
    let advice = by_call(operation, code, advice);
    let code = code.or_else(|| error_type?.get());
    let kind = advice.kind(code, retry_after_secs);
    let vendor_request_id = detail.and_then(|detail| detail.request_id.get().map(str::to_owned));
    Error::new(kind, map::provider_id(), operation, advice.message())
        .with_vendor_request_id(vendor_request_id)
}

/// Maps an error body that comes without the status of its answer.
pub(crate) fn translate(body: &wire::ErrorBody<'_>) -> Mapped {
    let site = Site::new("error", "");
    let mut mapped = map::blank(Kind::Error);
    let code = find(CODE, body.error_code).map(|row| (row, "/error_code"));
    let row = code.or_else(|| Some((find(TYPE, body.error_type)?, "/error_type")));
    let (advice, pointer, rule) = match row {
        Some((row, pointer)) => (row.advice, pointer, row.rule),
        None => {
            let (pointer, word) = if body.error_code.is_given() {
                ("/error_code", body.error_code)
            } else {
                ("/error_type", body.error_type)
            };
            mapped.unknown.push(site.unknown(pointer, word.raw()));
            (Advice::Rejected, pointer, UNLISTED)
        }
    };
    let code = body.error_code.get().or_else(|| body.error_type.get());
    mapped.error_kind = Some(advice.kind(code, None));
    let origin = site.origin(pointer, Text::Is(""), rule);
    mapped.origins.insert("/error_kind".into(), origin);
    mapped
}
