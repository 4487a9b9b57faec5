//! The vendor's objects in our words. The tables are in `tables`; here is how an object is told from another.

mod check;
mod person;
mod report;
mod run;
pub(crate) mod tables;
mod task;

use std::borrow::Cow;

use idv_core::json::decode_borrowed;
use idv_core::{Kind, Mapped, Origin, Part, ProviderId, SessionId, UnknownValue, Unreadable};
use serde_json::value::RawValue;

pub(crate) use check::{check_event, report_event};
pub(crate) use run::in_event;
pub(crate) use task::in_event as task_in_event;

use crate::config::OnfidoOptions;
use crate::wire::{self, Given, List, Members, Object, Text};
use crate::{error, webhook};

/// The short name of this provider.
pub(crate) fn provider_id() -> ProviderId {
    ProviderId::new("onfido")
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
        if self.prefix.is_empty() {
            Cow::Borrowed(pointer)
        } else {
            Cow::Owned(format!("{}{pointer}", self.prefix))
        }
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

    pub(crate) fn unknown(&self, pointer: &'static str, value: &str) -> UnknownValue {
        UnknownValue {
            pointer: self.at(pointer),
            value: value.to_owned(),
        }
    }
}

/// Maps any object of the vendor; without a kind it is guessed from the object.
pub(crate) fn translate(
    options: &OnfidoOptions,
    kind: Option<&Kind>,
    bytes: &[u8],
) -> Result<Mapped, Unreadable> {
    let thing = match (guess(bytes), kind) {
        (Ok(thing), _) => thing,
        // Error answers have no one shape: whoever knows that it is one, is believed.
        (Err(Unreadable::NotThisProvider { .. }), Some(Kind::Error)) if says_anything(bytes) => {
            Thing::Error
        }
        (Err(unreadable), _) => return Err(unreadable),
    };
    match kind {
        // Anything the vendor sends may be read as "other": it then says nothing.
        Some(Kind::Other) => Ok(blank(Kind::Other)),
        Some(kind) if *kind != thing.kind() => Err(Unreadable::NotThisProvider {
            why: "the object is of another kind than the one asked for",
        }),
        _ => map_as(options, thing, bytes),
    }
}

/// What the vendor's objects are, as far as they differ for us.
#[derive(Clone, Copy)]
enum Thing {
    Webhook,
    Run,
    Task,
    Check,
    Report,
    Error,
    List,
    Other,
}

impl Thing {
    const fn kind(self) -> Kind {
        match self {
            Self::Webhook => Kind::Webhook,
            Self::Run => Kind::Session,
            Self::Task | Self::Check | Self::Report => Kind::Report,
            Self::Error => Kind::Error,
            Self::List => Kind::List,
            Self::Other => Kind::Other,
        }
    }
}

fn map_as(options: &OnfidoOptions, thing: Thing, bytes: &[u8]) -> Result<Mapped, Unreadable> {
    match thing {
        Thing::Webhook => webhook::translate(options, bytes),
        Thing::Error => error::translate(bytes),
        Thing::List => list(options, bytes),
        Thing::Run => one(options, thing, bytes, &Site::new("session", "")),
        Thing::Task => one(options, thing, bytes, &Site::new("task", "")),
        Thing::Check => one(options, thing, bytes, &Site::new("check", "")),
        Thing::Report | Thing::Other => one(options, thing, bytes, &Site::new("report", "")),
    }
}

/// Maps one object that may stand in a list.
fn one(
    options: &OnfidoOptions,
    thing: Thing,
    bytes: &[u8],
    site: &Site<'_>,
) -> Result<Mapped, Unreadable> {
    match thing {
        Thing::Run => Ok(run::map(options, &object(bytes)?, site, Kind::Session)),
        Thing::Task => Ok(task::map(&object(bytes)?, site)),
        Thing::Check => Ok(check::map(options, &object(bytes)?, site)),
        Thing::Report => Ok(report::map(&object(bytes)?, site)),
        _ => Ok(blank(Kind::Other)),
    }
}

/// What an object is, by the members it has.
fn guess(bytes: &[u8]) -> Result<Thing, Unreadable> {
    if starts_a_list(bytes) {
        let elements = decode_borrowed::<Vec<&RawValue>>(bytes)?;
        return elements
            .iter()
            .any(|element| guess_one(element.get().as_bytes()).is_ok())
            .then_some(Thing::List)
            .ok_or(Unreadable::NotThisProvider {
                why: "it is a list of nothing this provider sends",
            });
    }
    match guess_one(bytes) {
        Err(unreadable @ Unreadable::NotThisProvider { .. }) => {
            let page: wire::Page<'_> = object(bytes)?;
            page.into_list().map(|_| Thing::List).ok_or(unreadable)
        }
        result => result,
    }
}

fn starts_a_list(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().first() == Some(&b'[')
}

fn guess_one(bytes: &[u8]) -> Result<Thing, Unreadable> {
    let peek: wire::Peek<'_> = object(bytes)?;
    let is = |given: Given| given.0;
    if is(peek.payload) {
        return Ok(Thing::Webhook);
    }
    if is(peek.task_def_id) {
        return Ok(Thing::Task);
    }
    if is(peek.workflow_id) || is(peek.workflow_version_id) {
        return Ok(Thing::Run);
    }
    if is(peek.id) && (is(peek.report_ids) || is(peek.applicant_provides_data)) {
        return Ok(Thing::Check);
    }
    let has_report_name = is(peek.status) && peek.name.get().is_some_and(tables::is_report_name);
    if is(peek.breakdown)
        || is(peek.check_id)
        || is(peek.sub_result)
        || (is(peek.uuid) && is(peek.result))
        || has_report_name
    {
        return Ok(Thing::Report);
    }
    if is(peek.error) {
        return Ok(Thing::Error);
    }
    let is_resource = peek.href.get().is_some_and(is_vendor_href);
    let is_person = (is(peek.first_name) || is(peek.last_name))
        && (is(peek.id) || is(peek.dob) || is(peek.country_residence));
    let is_other = is(peek.token)
        || is(peek.download_href)
        || is(peek.checksum_sha256)
        || is(peek.attempts_count)
        || is(peek.workflow_timeline_file_id)
        || is(peek.document_classification)
        || (is(peek.id) && peek.enabled.0.is_some())
        || (peek.name.is_given() && peek.granted.0.is_some());
    if is_resource || is_person || is_other {
        return Ok(Thing::Other);
    }
    Err(Unreadable::NotThisProvider {
        why: "it has the members of nothing this provider sends",
    })
}

/// The address of an object as the vendor writes it, with or without the host.
fn is_vendor_href(href: &str) -> bool {
    let path = href.find("onfido.com/").map_or(href, |at| {
        href.get(at + "onfido.com".len()..).unwrap_or_default()
    });
    ["/v1/", "/v2/", "/v3/", "/v3."]
        .iter()
        .any(|version| path.starts_with(version))
}

/// True for a JSON object with at least one member that is not `null`.
fn says_anything(bytes: &[u8]) -> bool {
    object::<Members<'_, Given>>(bytes)
        .is_ok_and(|members| members.0.iter().any(|(_, given)| given.0))
}

/// Reads bytes that must be one JSON object.
pub(crate) fn object<'a, T: serde::Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, Unreadable> {
    decode_borrowed::<Object<T>>(bytes)?
        .into_inner()
        .ok_or(Unreadable::NotThisProvider {
            why: "it is no JSON object",
        })
}

/// Reads bytes that must be a JSON list.
pub(crate) fn elements(bytes: &[u8]) -> Result<Vec<&RawValue>, Unreadable> {
    if starts_a_list(bytes) {
        decode_borrowed::<List<&RawValue>>(bytes).map(|list| list.0)
    } else {
        Err(Unreadable::NotThisProvider {
            why: "it is no JSON list",
        })
    }
}

/// A page of a list: its objects, each mapped by its own kind. A list within the list is not followed.
fn list(options: &OnfidoOptions, bytes: &[u8]) -> Result<Mapped, Unreadable> {
    let (base, page) = if starts_a_list(bytes) {
        (String::new(), elements(bytes)?)
    } else {
        let page: wire::Page<'_> = object(bytes)?;
        let (name, page) = page.into_list().unwrap_or_default();
        (format!("/{name}"), page)
    };
    let mut mapped = blank(Kind::List);
    for (index, item) in page.iter().enumerate() {
        let bytes = item.get().as_bytes();
        let prefix = format!("{base}/{index}");
        let site = Site::new("list", &prefix);
        mapped.items.push(match guess_one(bytes) {
            Ok(thing) => one(options, thing, bytes, &site)?,
            Err(_) => blank(Kind::Other),
        });
    }
    Ok(mapped)
}

/// The part with the run.
pub(crate) const SESSION_PART: &str = "session";

/// The parts with the tasks of a run. A run with more tasks than there are names has its last ones left out.
pub(crate) const TASK_PARTS: &[&str] = &[
    "task_1", "task_2", "task_3", "task_4", "task_5", "task_6", "task_7", "task_8", "task_9",
    "task_10", "task_11", "task_12", "task_13", "task_14", "task_15", "task_16", "task_17",
    "task_18", "task_19", "task_20", "task_21", "task_22", "task_23", "task_24", "task_25",
    "task_26", "task_27", "task_28", "task_29", "task_30", "task_31", "task_32",
];

/// See [`idv_core::IdProvider::assemble`].
pub(crate) fn assemble(options: &OnfidoOptions, parts: &[Part]) -> Result<Mapped, Unreadable> {
    let part = Part::find(parts, SESSION_PART).ok_or(Unreadable::NotThisProvider {
        why: "there is no part with the session",
    })?;
    let run: wire::Resource<'_> = object(&part.bytes)?;
    if session_id(&run.id).is_none() {
        return Err(Unreadable::NotThisProvider {
            why: "the part with the session holds no workflow run",
        });
    }
    let mut tasks = Vec::new();
    for name in TASK_PARTS {
        if let Some(part) = Part::find(parts, name) {
            tasks.push((*name, task(&part.bytes)?));
        }
    }
    Ok(run::full(options, &run, &tasks))
}

/// Reads a task.
pub(crate) fn task(bytes: &[u8]) -> Result<wire::Resource<'_>, Unreadable> {
    object(bytes)
}

/// An id as the vendor writes ids; anything else is the id of nothing, and must not be able to change a path.
pub(crate) fn is_vendor_id(id: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    (1..=128).contains(&id.len()) && id.bytes().all(fits)
}

/// The id of a session, if it is written as the vendor writes ids.
pub(crate) fn session_id(text: &Text<'_>) -> Option<SessionId> {
    text.get().filter(|id| is_vendor_id(id)).map(SessionId::new)
}
