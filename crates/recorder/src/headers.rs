//! Headers: a short list is kept. A header nobody needs is no reason to keep nothing at all, so the others are dropped, and
//! their names noted.

use http::HeaderMap;

use crate::class::Class;
use crate::lookup::Lookup;
use crate::own_words::{is_number, is_time};
use crate::place::{Part, Place, Refusal, Why};
use crate::replace::Replacements;
use crate::table::lists;
use crate::vendor::Vendor;

/// What is done with a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Header {
    /// A number or a word of the vendor's; anything else is refused.
    Plain,
    /// The version of the API, on which a fixture should insist; anything else is refused.
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

/// The media types of APIs and of files that are handed in or out.
const MEDIA_TYPES: &str = "\
    application/csv application/javascript application/json application/octet-stream application/pdf \
    application/problem+json application/x-www-form-urlencoded application/xml application/zip image/gif image/heic \
    image/heif image/jpeg image/jpg image/png image/svg+xml image/tiff image/webp multipart/form-data text/csv text/html \
    text/plain text/xml video/mp4 video/quicktime video/webm";

/// A media type without parameters, or with a character set.
fn media_type(value: &str) -> Option<String> {
    let mut parts = value.split(';').map(str::trim);
    let essence = parts.next()?.to_ascii_lowercase();
    if !lists(MEDIA_TYPES, &essence) {
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

/// `Tue, 03 Oct 2024 15:25:02 GMT`, and not a day long ago.
fn is_date(value: &str) -> bool {
    let parts: Vec<&str> = value.split(' ').collect();
    let [weekday, day, month, year, time, "GMT"] = parts.as_slice() else {
        return false;
    };
    let weekdays = ["Mon,", "Tue,", "Wed,", "Thu,", "Fri,", "Sat,", "Sun,"];
    let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let month = months.iter().position(|known| known == month);
    let moment = month.map(|month| format!("{year}-{:02}-{day}T{time}", month + 1));
    weekdays.contains(weekday) && moment.is_some_and(|moment| is_time(&moment))
}

/// The headers that are kept, and the names of those that are not.
pub(crate) type Sorted = (Vec<(String, String)>, Vec<String>);

/// Sorts them, and replaces what has to be.
pub(crate) fn replace(
    headers: &HeaderMap,
    part: Part,
    vendor: Vendor,
    lookup: &Lookup,
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
            Header::Plain if is_number(value) || lookup.is_vendors_word(value) => value.to_owned(),
            Header::Version if lookup.may_stay(Class::Version, value) => value.to_owned(),
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
