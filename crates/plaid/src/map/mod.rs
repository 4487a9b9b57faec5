//! The vendor's objects in our words. The tables are in `tables`; here is how an object is told from
//! another.

mod details;
mod person;
mod screening;
mod session;
pub(crate) mod tables;

use std::borrow::Cow;

use idv_core::json::decode_borrowed;
use idv_core::{Kind, Mapped, Origin, Part, ProviderId, SessionId, UnknownValue, Unreadable};

use crate::wire::{self, Json, Member, Members, OnlyMembersOf, Text};
use crate::{error, webhook};

/// The short name of this provider.
pub(crate) fn provider_id() -> ProviderId {
    ProviderId::new("plaid")
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
    let rows = tables::rows().chain(tables::checks::rows());
    rows.chain(error::rows()).collect()
}

/// Where an object stands: the part of the snapshot, and the pointer to the object in it.
#[derive(Clone, Copy)]
pub(crate) struct Site<'p> {
    part: &'static str,
    prefix: &'p str,
}

impl<'p> Site<'p> {
    pub(crate) const fn new(part: &'static str, prefix: &'p str) -> Self {
        Self { part, prefix }
    }

    fn at(&self, pointer: &str) -> String {
        format!("{}{pointer}", self.prefix)
    }

    /// `pointer` is relative to the object. A member that is not there is explained by the object itself.
    pub(crate) fn origin(&self, pointer: &str, value: Text<'_>, rule: &'static str) -> Origin {
        let pointer = if value.is_given() { pointer } else { "" };
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

    pub(crate) fn unknown(&self, pointer: &str, value: &str) -> UnknownValue {
        UnknownValue {
            pointer: self.at(pointer).into(),
            value: value.to_owned(),
        }
    }
}

/// Reads bytes that must be one JSON object.
pub(crate) fn object(bytes: &[u8]) -> Result<Json<'_>, Unreadable> {
    let json: Json<'_> = decode_borrowed(bytes)?;
    match json {
        Json::Object(_) => Ok(json),
        _ => Err(Unreadable::NotThisProvider {
            why: "it is no JSON object",
        }),
    }
}

/// The same, with only the members that are read of a `T`.
pub(crate) fn only_members_of<T: Members<'static>>(bytes: &[u8]) -> Result<Json<'_>, Unreadable> {
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return object(bytes);
    }
    decode_borrowed::<OnlyMembersOf<'_, T>>(bytes).map(|read| read.object)
}

/// Maps any object of the vendor; without a kind it is guessed from the object.
pub(crate) fn translate(kind: Option<Kind>, bytes: &[u8]) -> Result<Mapped, Unreadable> {
    let object = object(bytes)?;
    let guessed = guess(&object)?;
    match kind {
        Some(kind) if kind != guessed && kind != Kind::Other => {
            return Err(Unreadable::NotThisProvider {
                why: "the object is of another kind than the one asked for",
            });
        }
        _ => {}
    }
    // Anything the vendor sends may be read as "other": it then says nothing.
    Ok(match kind.unwrap_or(guessed) {
        Kind::Session => {
            let site = Site::new(SESSION_PART, "");
            session::map(&wire::Attempt::of(&object), None, &site)
        }
        Kind::Report => screening::map(&wire::Screening::of(&object)),
        Kind::Webhook => webhook::translate(&wire::Webhook::of(&object)),
        Kind::Error => error::translate(&wire::ErrorBody::of(&object)),
        Kind::List => list(&object),
        _ => blank(Kind::Other),
    })
}

/// What an object is. The vendor's objects have no member that says so, so it is told by members no other has.
fn guess(object: &Json<'_>) -> Result<Kind, Unreadable> {
    let has = |name: &str| object.member(name).is_some();
    let is_text = |name: &str| matches!(object.member(name), Some(Json::Text(_)));
    let is_object = |name: &str| matches!(object.member(name), Some(Json::Object(_)));
    if is_text("webhook_type") || is_text("webhook_code") {
        Ok(Kind::Webhook)
    } else if is_text("error_type") || is_text("error_code") {
        Ok(Kind::Error)
    } else if is_attempt(object) {
        Ok(Kind::Session)
    } else if matches!(object.member("identity_verifications"), Some(Json::List(_))) {
        Ok(Kind::List)
    } else if is_object("search_terms") && (is_text("status") || is_text("id")) {
        Ok(Kind::Report)
    } else if is_text("request_id") && object.members().len() > 1 && !has("template_id") {
        // Every other answer of the vendor has at least that.
        Ok(Kind::Other)
    } else {
        Err(Unreadable::NotThisProvider {
            why: "it is no webhook, attempt, list, screening or error, and no answer with a request_id",
        })
    }
}

fn is_attempt(object: &Json<'_>) -> bool {
    let is_text = |name: &str| matches!(object.member(name), Some(Json::Text(_)));
    let is_object = |name: &str| matches!(object.member(name), Some(Json::Object(_)));
    (is_object("steps") || is_object("template")) && (is_text("id") || is_text("status"))
}

/// The part with the attempt.
pub(crate) const SESSION_PART: &str = "session";
/// The part with its screening, where it was read besides.
pub(crate) const SCREENING_PART: &str = "screening";

/// See [`idv_core::IdProvider::assemble`]. Evidence has the links that the parts hold.
pub(crate) fn assemble(parts: &[Part]) -> Result<Mapped, Unreadable> {
    let part = Part::find(parts, SESSION_PART).ok_or(Unreadable::NotThisProvider {
        why: "there is no part with the session",
    })?;
    let attempt = object(&part.bytes)?;
    let attempt = wire::Attempt::of(&attempt);
    if session_id(attempt.id).is_none() {
        return Err(Unreadable::NotThisProvider {
            why: "the part with the session holds no session",
        });
    }
    let screening = Part::find(parts, SCREENING_PART)
        .map(|part| object(&part.bytes))
        .transpose()?;
    let screening = screening.as_ref().map(wire::Screening::of);
    let site = Site::new(SESSION_PART, "");
    Ok(session::map(&attempt, screening.as_ref(), &site))
}

/// A page of a list.
fn list(object: &Json<'_>) -> Mapped {
    let mut mapped = blank(Kind::List);
    let page = wire::List::of(object);
    let Some(Json::List(items)) = page.identity_verifications else {
        return mapped;
    };
    for (index, item) in items.iter().enumerate() {
        let prefix = format!("/identity_verifications/{index}");
        mapped.items.push(if is_attempt(item) {
            session::map(&wire::Attempt::of(item), None, &Site::new("list", &prefix))
        } else {
            blank(Kind::Other)
        });
    }
    mapped
}

/// The id of an object as the vendor writes it; anything else is the id of nothing.
pub(crate) fn is_vendor_id(id: &str) -> bool {
    let is_of_an_id = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    (1..=255).contains(&id.len()) && id.bytes().all(is_of_an_id)
}

/// The id of a session, if it is written as the vendor writes ids.
pub(crate) fn session_id(text: Text<'_>) -> Option<SessionId> {
    text.get().filter(|id| is_vendor_id(id)).map(SessionId::new)
}

/// One segment of a JSON pointer (RFC 6901).
fn escaped(name: &str) -> Cow<'_, str> {
    if name.contains(['~', '/']) {
        Cow::Owned(name.replace('~', "~0").replace('/', "~1"))
    } else {
        Cow::Borrowed(name)
    }
}

/// A member of an object that was read without its struct.
fn text<'t>(object: Option<&'t Json<'t>>, name: &str) -> Text<'t> {
    Text::read(object.and_then(|object| object.member(name)))
}
