//! Headers: a short list is kept. A header nobody needs is no reason to keep nothing at all, so the others are dropped, and
//! their names noted.

use http::HeaderMap;

use crate::place::{Part, Place, Refusal, Why};
use crate::replace::Replacements;
use crate::vendor::Vendor;

/// What is done with a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Header {
    /// A value from a small alphabet; anything else is refused.
    Plain,
    /// The same, and a fixture should insist on it: the version of the API.
    Version,
    /// A time as HTTP has it; anything else is refused.
    Date,
    /// The media type; a boundary becomes ours.
    MediaType,
    /// The scheme and what proves it.
    Authorization,
    /// An id of the vendor.
    Id,
    /// The id of an exchange: the vendor's in an answer, and the user's own word in a request.
    ExchangeId,
    /// What the user has chosen.
    Reference,
    /// A part of what proves who is asking.
    Secret,
    /// A web address.
    Url,
}

impl Header {
    /// Whether a fixture should insist on it. Others depend on the client, or are made anew for each request.
    const fn is_insisted(self) -> bool {
        matches!(self, Self::Version | Self::Authorization | Self::Secret)
    }
}

/// The headers of everybody that are kept, in lower case. Each vendor has some of its own.
const KEPT: &[(&str, Header)] = &[
    ("accept", Header::Plain),
    ("authorization", Header::Authorization),
    ("content-type", Header::MediaType),
    ("date", Header::Date),
    ("idempotency-key", Header::Reference),
    ("location", Header::Url),
    ("request-id", Header::ExchangeId),
    ("retry-after", Header::Plain),
    ("x-request-id", Header::ExchangeId),
    ("x-total-count", Header::Plain),
];

fn known(vendor: Vendor, name: &str) -> Option<Header> {
    let mut all = KEPT.iter().chain(vendor.table().headers);
    all.find(|(listed, _)| *listed == name)
        .map(|(_, header)| *header)
}

/// Whether a fixture should insist on this header of a request.
pub(crate) fn is_insisted(vendor: Vendor, name: &str) -> bool {
    known(vendor, name).is_some_and(Header::is_insisted)
}

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

/// `Tue, 03 Oct 2024 15:25:02 GMT`
fn is_date(value: &str) -> bool {
    let form = "Aaa, 00 Aaa 0000 00:00:00 GMT";
    value.len() == form.len()
        && value
            .bytes()
            .zip(form.bytes())
            .all(|(byte, form)| match form {
                b'0' => byte.is_ascii_digit(),
                b'A' => byte.is_ascii_uppercase(),
                b'a' => byte.is_ascii_lowercase(),
                form => byte == form,
            })
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
        let Some(header) = known(vendor, name) else {
            if !dropped.iter().any(|dropped| dropped == name) {
                dropped.push(name.to_owned());
            }
            continue;
        };
        let refused = || Place::Header(part, name.to_owned()).refused(Why::NotAWord);
        let value = value.to_str().map_err(|_| refused())?;
        let new = match header {
            Header::Plain | Header::Version if is_plain(value) => value.to_owned(),
            Header::Date if is_date(value) => value.to_owned(),
            Header::Plain | Header::Version | Header::Date => return Err(refused()),
            Header::MediaType => media_type(value).ok_or_else(refused)?,
            Header::Authorization => replacements.authorization(value),
            Header::ExchangeId if part == Part::Request => replacements.reference(value),
            Header::Id | Header::ExchangeId => replacements.id(value),
            Header::Url => replacements.web_address(value, vendor.table()),
            Header::Secret => replacements.secret(value),
            Header::Reference => replacements.reference(value),
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
