//! Headers: a short list is kept. A header nobody needs is no reason to keep nothing at all, so the others are dropped, and
//! their names noted.

use http::HeaderMap;

use crate::class::{Class, SecretKind};
use crate::place::{Part, Place, Refusal, Why};
use crate::replace::Replacements;
use crate::vendor::Vendor;

/// What is done with a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Header {
    /// A value from a small alphabet; anything else is refused.
    Plain,
    /// The media type; a boundary becomes ours.
    MediaType,
    /// The scheme and what proves it.
    Authorization,
    /// As a member of a body would be treated.
    As(Class),
}

/// Every header that is kept, in lower case.
const KEPT: &[(&str, Header)] = &[
    ("accept", Header::Plain),
    ("authorization", Header::Authorization),
    ("content-type", Header::MediaType),
    ("date", Header::Plain),
    ("idempotency-key", Header::As(Class::Reference)),
    ("idempotent-replayed", Header::Plain),
    ("location", Header::As(Class::Url)),
    ("original-request", Header::As(Class::Id)),
    (
        "plaid-client-id",
        Header::As(Class::Secret(SecretKind::Token)),
    ),
    ("plaid-new-user-api-enabled", Header::Plain),
    ("plaid-secret", Header::As(Class::Secret(SecretKind::Token))),
    ("plaid-version", Header::Plain),
    ("request-id", Header::As(Class::Id)),
    ("retry-after", Header::Plain),
    ("stripe-account", Header::As(Class::Id)),
    ("stripe-rate-limited-reason", Header::Plain),
    ("stripe-should-retry", Header::Plain),
    ("stripe-version", Header::Plain),
    ("x-request-id", Header::As(Class::Id)),
    ("x-total-count", Header::Plain),
];

/// A media type without parameters, or with a character set.
fn media_type(value: &str) -> Option<String> {
    let mut parts = value.split(';').map(str::trim);
    let essence = parts.next()?.to_ascii_lowercase();
    let is_essence = essence.split('/').count() == 2
        && essence.len() <= 80
        && essence
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"/+-.".contains(&byte));
    if !is_essence {
        return None;
    }
    if essence.starts_with("multipart/") {
        return Some(format!(
            "{essence}; boundary={}",
            crate::body::multipart::OURS
        ));
    }
    let charset = parts.find_map(|part| {
        part.split_once('=')
            .filter(|(name, _)| name.eq_ignore_ascii_case("charset"))
    });
    let charset = charset.map(|(_, charset)| charset.trim_matches('"').to_ascii_lowercase());
    Some(
        match charset
            .filter(|charset| matches!(charset.as_str(), "utf-8" | "us-ascii" | "iso-8859-1"))
        {
            Some(charset) => format!("{essence}; charset={charset}"),
            None => essence,
        },
    )
}

fn is_plain(value: &str) -> bool {
    value.len() <= 100
        && value
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b" ,;:=*/.+-_".contains(&byte))
}

/// The headers that are kept, and the names of those that are not.
pub(crate) type Sorted = (Vec<(String, String)>, Vec<String>);

/// Sorts them, and replaces what has to be.
pub(crate) fn replace(
    headers: &HeaderMap,
    part: Part,
    vendor: Vendor,
    replacements: &mut Replacements,
) -> Result<Sorted, Refusal> {
    let (mut kept, mut dropped) = (Vec::new(), Vec::new());
    for (name, value) in headers {
        let name = name.as_str();
        let Some((_, header)) = KEPT.iter().find(|(listed, _)| *listed == name) else {
            if !dropped.iter().any(|dropped| dropped == name) {
                dropped.push(name.to_owned());
            }
            continue;
        };
        let refused = || Place::Header(part, name.to_owned()).refused(Why::NotAWord);
        let value = value.to_str().map_err(|_| refused())?;
        let new = match header {
            Header::Plain if is_plain(value) => value.to_owned(),
            Header::Plain => return Err(refused()),
            Header::MediaType => media_type(value).ok_or_else(refused)?,
            Header::Authorization => replacements.authorization(value),
            Header::As(Class::Id) => replacements.id(value),
            Header::As(Class::Url) => replacements.web_address(value, vendor.table()),
            Header::As(Class::Secret(_)) => replacements.secret(value),
            Header::As(_) => replacements.reference(value),
        };
        kept.push((name.to_owned(), new));
    }
    dropped.sort();
    Ok((kept, dropped))
}

/// The media type of a part of a body.
pub(crate) fn plain_media_type(value: &str) -> String {
    let essence = value.split(';').next().unwrap_or_default();
    media_type(essence).unwrap_or_else(|| "application/octet-stream".to_owned())
}
