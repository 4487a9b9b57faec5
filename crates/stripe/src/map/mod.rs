//! The vendor's objects in our words. The tables are in `tables`; here is how an object is told from another.

mod person;
mod report;
mod session;
pub(crate) mod tables;

use std::borrow::Cow;

use idv_core::json::decode_borrowed;
use idv_core::{Kind, Mapped, Origin, Part, ProviderId, SessionId, UnknownValue, Unreadable, json};

pub(crate) use person::document_word;

use crate::wire::{self, Object};
use crate::{error, webhook};

/// The short name of this provider.
pub(crate) fn provider_id() -> ProviderId {
    ProviderId::new("stripe")
}

/// A result without content.
pub(crate) fn blank(kind: Kind) -> Mapped {
    Mapped::new(provider_id(), kind, tables::MAPPING_VERSION)
}

/// The name of every row of every mapping table of this crate.
///
/// Each can be met as [`Origin::rule`]; a `*` stands for a value that is in no row.
#[must_use]
pub fn mapping_rows() -> Vec<&'static str> {
    tables::rows().chain(error::rows()).collect()
}

/// Where the session stands in an event.
const EVENT_SESSION: &str = "/data/object";

/// Where an object stands: the part of the snapshot, and the pointer to the object in it.
pub(crate) struct Site<'p> {
    pub(crate) part: &'static str,
    prefix: &'p str,
}

impl<'p> Site<'p> {
    pub(crate) const fn new(part: &'static str, prefix: &'p str) -> Self {
        Self { part, prefix }
    }

    fn at(&self, pointer: &'static str) -> Cow<'static, str> {
        // Those that every event needs are spelled out, so that they cost nothing.
        Cow::Borrowed(match (self.prefix, pointer) {
            ("", pointer) => pointer,
            (EVENT_SESSION, "/status") => "/data/object/status",
            (EVENT_SESSION, "/last_error/code") => "/data/object/last_error/code",
            (EVENT_SESSION, "/redaction") => "/data/object/redaction",
            (EVENT_SESSION, "/redaction/status") => "/data/object/redaction/status",
            (prefix, pointer) => return Cow::Owned(format!("{prefix}{pointer}")),
        })
    }

    fn at_owned(&self, pointer: &str) -> String {
        format!("{}{pointer}", self.prefix)
    }

    pub(crate) fn origin(&self, pointer: &'static str, rule: &'static str) -> Origin {
        self.origin_at(self.at(pointer), rule)
    }

    /// With a pointer that has the prefix already.
    fn origin_at(&self, pointer: impl Into<Cow<'static, str>>, rule: &'static str) -> Origin {
        Origin {
            part: Cow::Borrowed(self.part),
            pointer: pointer.into(),
            rule: Cow::Borrowed(rule),
            mapping_version: tables::MAPPING_VERSION,
        }
    }

    /// The pointer to the object itself: where what is absent would have to stand.
    fn itself(&self) -> String {
        self.prefix.to_owned()
    }
}

/// Lists a value that no table knows. What is not there is no value: there is nothing to look at.
///
/// Listed values are stored in the clear: never a text about a person.
pub(crate) fn note_unknown(
    mapped: &mut Mapped,
    pointer: impl Into<Cow<'static, str>>,
    value: &wire::Text<'_>,
) {
    if value.is_given() {
        mapped.unknown.push(UnknownValue {
            pointer: pointer.into(),
            value: value.raw().to_owned(),
        });
    }
}

/// Maps any object of the vendor; without a kind it is guessed from the object.
pub(crate) fn translate(kind: Option<Kind>, bytes: &[u8]) -> Result<Mapped, Unreadable> {
    match kind.map_or_else(|| guess(bytes), Ok)? {
        Kind::Session => read_session(bytes, &Site::new("session", "")),
        Kind::Report => read_report(bytes, &Site::new("report", "")),
        Kind::Webhook => webhook::translate(bytes),
        Kind::Error => error::translate(bytes),
        Kind::List => list(bytes),
        // Anything the vendor sends may be read as "other": it then says nothing.
        Kind::Other => guess_in_full(bytes).map(|_| blank(Kind::Other)),
        _ => Err(OF_ANOTHER_KIND),
    }
}

pub(crate) const OF_ANOTHER_KIND: Unreadable = Unreadable::NotThisProvider {
    why: "the object is of another kind than the one asked for",
};

/// What an object is, by its `object` member. It is read no further than that: whoever maps it reads the rest.
fn guess(bytes: &[u8]) -> Result<Kind, Unreadable> {
    match json::find_text(bytes, "object").map(|word| kind_of(&word)) {
        Some(kind) if kind != Kind::Other => Ok(kind),
        // The rest of what is not mapped must be JSON too.
        _ => guess_in_full(bytes),
    }
}

fn guess_in_full(bytes: &[u8]) -> Result<Kind, Unreadable> {
    let peek: wire::Peek<'_> = object(bytes)?;
    match peek.object.get() {
        Some(word) => Ok(kind_of(word)),
        // An error answer has no such member, and neither have some answers to a deletion.
        None => match peek.error {
            wire::Expandable::Full(_) | wire::Expandable::Id(_) => Ok(Kind::Error),
            _ if peek.deleted.0 == Some(true) => Ok(Kind::Other),
            _ => Err(Unreadable::NotThisProvider {
                why: "it has neither an \"object\" nor an \"error\" member",
            }),
        },
    }
}

fn kind_of(word: &str) -> Kind {
    match word {
        wire::SESSION => Kind::Session,
        wire::REPORT => Kind::Report,
        wire::SNAPSHOT_EVENT | wire::THIN_EVENT => Kind::Webhook,
        wire::LIST => Kind::List,
        _ => Kind::Other,
    }
}

/// Reads bytes that must be one JSON object.
pub(crate) fn object<'a, T: serde::Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, Unreadable> {
    decode_borrowed::<Object<T>>(bytes)?
        .into_inner()
        .ok_or(Unreadable::NotThisProvider {
            why: "it is no JSON object",
        })
}

/// Reads a session that stands in a part of its own.
fn read_session(bytes: &[u8], site: &Site<'_>) -> Result<Mapped, Unreadable> {
    let session = session(bytes)?;
    Ok(session::map(session, None, site, Kind::Session))
}

fn session(bytes: &[u8]) -> Result<wire::Session<'_>, Unreadable> {
    let session: wire::Session<'_> = object(bytes)?;
    let is_one = session.object.get() == Some(wire::SESSION);
    is_one.then_some(session).ok_or(OF_ANOTHER_KIND)
}

fn read_report(bytes: &[u8], site: &Site<'_>) -> Result<Mapped, Unreadable> {
    Ok(report::map(report(bytes)?, site, Kind::Report))
}

/// Reads a report.
pub(crate) fn report(bytes: &[u8]) -> Result<wire::Report<'_>, Unreadable> {
    let report: wire::Report<'_> = object(bytes)?;
    let is_one = report.object.get() == Some(wire::REPORT);
    is_one.then_some(report).ok_or(OF_ANOTHER_KIND)
}

/// The session in an event. Its pointers start at the event.
pub(crate) fn session_in_event(session: wire::Session<'_>, kind: Kind) -> Mapped {
    session::map(session, None, &Site::new("event", EVENT_SESSION), kind)
}

/// The part with the session.
pub(crate) const SESSION_PART: &str = "session";
/// The part with its newest report, where that was read apart from it.
pub(crate) const REPORT_PART: &str = "report";

/// See [`idv_core::IdProvider::assemble`].
pub(crate) fn assemble(parts: &[Part]) -> Result<Mapped, Unreadable> {
    let part = Part::find(parts, SESSION_PART).ok_or(Unreadable::NotThisProvider {
        why: "there is no part with the session",
    })?;
    let session = session(&part.bytes)?;
    let report = Part::find(parts, REPORT_PART)
        .map(|part| report(&part.bytes))
        .transpose()?;
    let site = Site::new(SESSION_PART, "");
    Ok(session::map(session, report.as_ref(), &site, Kind::Session))
}

/// A page of a list: its objects, each mapped by its own kind. A list within the list is not followed.
fn list(bytes: &[u8]) -> Result<Mapped, Unreadable> {
    let page: wire::List<'_> = object(bytes)?;
    if page.object.get() != Some(wire::LIST) {
        return Err(OF_ANOTHER_KIND);
    }
    let mut mapped = blank(Kind::List);
    for (index, item) in page.data.iter().flatten().enumerate() {
        let bytes = item.get().as_bytes();
        let prefix = format!("/data/{index}");
        let site = Site::new("list", &prefix);
        let item = match guess(bytes) {
            Ok(Kind::Session) => read_session(bytes, &site)?,
            Ok(Kind::Report) => read_report(bytes, &site)?,
            Ok(Kind::Webhook) => webhook::translate(bytes)?,
            Ok(_) | Err(_) => blank(Kind::Other),
        };
        mapped.items.push(item);
    }
    Ok(mapped)
}

/// The id of a session as the vendor writes it; anything else is the id of nothing.
pub(crate) fn is_vendor_id(id: &str) -> bool {
    (1..=255).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// The id of a session, if it is written as the vendor writes ids.
pub(crate) fn session_id(text: &wire::Text<'_>) -> Option<SessionId> {
    text.get().filter(|id| is_vendor_id(id)).map(SessionId::new)
}
