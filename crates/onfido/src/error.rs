//! The vendor's errors, as advice to the caller.
//!
//! The vendor's specification names no error types; these are attested by its clients, read 2026-11-20. The set is
//! open.

use http::{HeaderMap, StatusCode};
use idv_core::{Error, ErrorKind, Kind, Mapped, Unreadable};

use crate::map::{self, Site};
use crate::wire::{self, Object, Text};

/// What the caller can do about an error: an [`ErrorKind`] before the details are known.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Advice {
    InvalidCredentials,
    InvalidConfig,
    InvalidInput,
    Unsupported,
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
            Self::InvalidCredentials => "the vendor does not accept the API token for this",
            Self::InvalidConfig => "the vendor does not accept the settings of the account",
            Self::InvalidInput => "the vendor refuses an input",
            Self::Unsupported => "the vendor cannot do this",
            Self::NotFound => "the vendor has no such object",
            Self::Conflict => "the vendor refuses it in the present state",
            Self::RateLimited => "the vendor has had too many calls",
            Self::Unavailable => "the vendor is down or broken",
            Self::Rejected => "the vendor refused",
        }
    }
}

/// A type of error and what it advises.
struct Row {
    raw: &'static str,
    /// The row counts only if this is the refused field.
    field: Option<&'static str>,
    rule: &'static str,
    advice: Advice,
}

macro_rules! rows {
    ($($raw:literal $(+ $field:literal)? => $advice:ident;)+) => { &[ $(
        Row {
            raw: $raw,
            field: rows!(@ $($field)?),
            rule: concat!("error.", $raw $(, "+", $field)?),
            advice: Advice::$advice,
        },
    )+ ] };
    (@) => { None };
    (@ $field:literal) => { Some($field) };
}

/// By `type`. The narrower row of a type comes first.
static TYPE: &[Row] = rows! {
    "bad_request" => InvalidInput;
    // A token of another region.
    "incorrect_base_url" => InvalidConfig;
    "authorization_error" => InvalidCredentials;
    "user_authorization_error" => InvalidCredentials;
    "bad_referrer" => InvalidConfig;
    "expired_token" => InvalidCredentials;
    "account_disabled" => InvalidCredentials;
    "ACCESS_DENIED" => InvalidCredentials;
    "trial_limits_reached" => Rejected;
    "resource_not_found" => NotFound;
    // An applicant whose deletion is scheduled, with all that is theirs.
    "gone" => NotFound;
    // Which workflow is run is a setting, and no input of the application.
    "validation_error" + "workflow_id" => InvalidConfig;
    "validation_error" => InvalidInput;
    "missing_billing_info" => InvalidConfig;
    "missing_documents" => InvalidInput;
    "missing_id_numbers" => InvalidInput;
    "invalid_reports_names" => InvalidInput;
    "report_names_blank" => InvalidInput;
    "report_names_format" => InvalidInput;
    "check_type_deprecated" => Unsupported;
    "document_ids_with_unsupported_report" => InvalidInput;
    "facial_similarity_photo_without_document" => InvalidInput;
    "facial_similarity_video_not_supported" => Unsupported;
    "failed_check_requirements" => InvalidInput;
    "incomplete_checks" => Conflict;
    "rate_limit" => RateLimited;
    "internal_server_error" => Unavailable;
};

/// The rule of an error whose type is in no row, or that has none.
const UNLISTED: &str = "error.*";

pub(crate) fn rows() -> impl Iterator<Item = &'static str> {
    TYPE.iter().map(|row| row.rule).chain([UNLISTED])
}

fn find(detail: &wire::ErrorDetail<'_>) -> Option<&'static Row> {
    let (raw, field) = (detail.error_type.get()?, field(detail));
    TYPE.iter()
        .find(|row| row.raw == raw && row.field.is_none_or(|wanted| field == Some(wanted)))
}

/// The first field that the vendor complains about. What it says about each is a list or an object.
fn field<'d>(detail: &'d wire::ErrorDetail<'_>) -> Option<&'d str> {
    let complaints = detail.fields.0.iter();
    let mut named = complaints.filter(|(_, complaint)| matches!(complaint, Text::Odd(_)));
    named.next().map(|(name, _)| &**name)
}

/// With the vendor's details: the field of a refused input, the type of a refusal.
fn kind(
    advice: Advice,
    detail: Option<&wire::ErrorDetail<'_>>,
    retry_after_secs: Option<u64>,
) -> ErrorKind {
    let word = || detail.and_then(|detail| detail.error_type.get().map(idv_core::label));
    match advice {
        Advice::InvalidCredentials => ErrorKind::InvalidCredentials,
        Advice::InvalidConfig => ErrorKind::InvalidConfig,
        Advice::InvalidInput => ErrorKind::InvalidInput {
            field: detail.and_then(field).map(idv_core::label),
        },
        Advice::Unsupported => ErrorKind::Unsupported {
            capability: word().unwrap_or_default(),
        },
        Advice::NotFound => ErrorKind::NotFound,
        Advice::Conflict => ErrorKind::Conflict,
        Advice::RateLimited => ErrorKind::RateLimited { retry_after_secs },
        Advice::Unavailable => ErrorKind::Unavailable,
        Advice::Rejected => ErrorKind::ProviderRejected { code: word() },
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
    let detail = body.as_ref().and_then(|body| body.error.get());
    let worded = detail.and_then(find).map(|row| row.advice);
    // With which status a token of another region is refused, is not published.
    let is_setting = worded == Some(Advice::InvalidConfig);
    let advice = match status.as_u16() {
        400..=499 if is_setting => Advice::InvalidConfig,
        401 | 403 => Advice::InvalidCredentials,
        404 | 410 => Advice::NotFound,
        409 => Advice::Conflict,
        429 => Advice::RateLimited,
        // A missing object that an input names is an input to be corrected, not a session that is gone.
        400 | 422 => match worded {
            None | Some(Advice::NotFound | Advice::Unavailable) => Advice::InvalidInput,
            Some(advice) => advice,
        },
        400..=499 => worded.unwrap_or(Advice::Rejected),
        500.. => Advice::Unavailable,
        // Neither a success nor an error: a redirect, which is not followed.
        _ => {
            let message = "the vendor answered with neither a success nor an error";
            let kind = ErrorKind::BadResponse;
            return Error::new(kind, map::provider_id(), operation, message);
        }
    };
    let retry_after_secs = headers
        .get(http::header::RETRY_AFTER)
        .and_then(|value| value.to_str().ok()?.trim().parse().ok());
    let kind = kind(advice, detail, retry_after_secs);
    let id = detail.and_then(|detail| detail.id.get().map(str::to_owned));
    Error::new(kind, map::provider_id(), operation, advice.message()).with_vendor_request_id(id)
}

/// True if the body is an error of this type.
pub(crate) fn has_type(body: &[u8], error_type: &str) -> bool {
    let body: Result<wire::ErrorBody<'_>, _> = map::object(body);
    let detail = body.as_ref().ok().and_then(|body| body.error.get());
    detail.is_some_and(|detail| detail.error_type.get() == Some(error_type))
}

/// Maps an error body that comes without the status of its answer.
pub(crate) fn translate(bytes: &[u8]) -> Result<Mapped, Unreadable> {
    let body: wire::ErrorBody<'_> = map::object(bytes)?;
    let site = Site::new("error", "");
    let mut mapped = map::blank(Kind::Error);
    let detail = body.error.get();
    let (kind, origin) = match (&body.error, detail.and_then(find)) {
        (_, Some(row)) => (
            kind(row.advice, detail, None),
            Some(site.origin("/error/type", row.rule)),
        ),
        (Object::Is(detail), None) => {
            let mut pointer = "/error";
            if detail.error_type.is_given() {
                pointer = "/error/type";
                let unknown = site.unknown(pointer, detail.error_type.raw());
                mapped.unknown.push(unknown);
            }
            let kind = kind(Advice::Rejected, Some(detail), None);
            (kind, Some(site.origin(pointer, UNLISTED)))
        }
        // An error that is a mere sentence, which nobody may read.
        (Object::Odd, None) => (
            kind(Advice::Rejected, None, None),
            Some(site.origin("/error", UNLISTED)),
        ),
        // Another shape altogether, of which somebody says that it is an error.
        (Object::Absent | Object::Null, None) => (kind(Advice::Rejected, None, None), None),
    };
    mapped.error_kind = Some(kind);
    if let Some(origin) = origin {
        mapped.origins.insert("/error_kind".into(), origin);
    }
    Ok(mapped)
}
