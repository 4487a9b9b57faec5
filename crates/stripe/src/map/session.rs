//! A verification session in our words.

use std::borrow::Cow;

use idv_core::{
    DataState, Finding, Kind, Mapped, Person, Raw, ReasonCode, Retryable, SessionId, Status,
    StepKind, SubjectRef, Template, VendorReference,
};

use super::person::Collector;
use super::{Site, note_unknown, report, tables};
use crate::wire::{self, Expandable, Object, Text};

/// Maps a session. Only this function makes a [`Status`], and only from the session's own `status`.
///
/// `report`: the newest report, where it was read apart from the session.
pub(super) fn map(
    session: wire::Session<'_>,
    report: Option<&wire::Report<'_>>,
    site: &Site<'_>,
    kind: Kind,
) -> Mapped {
    let mut mapped = super::blank(kind);
    mapped.session_id = session.id.get().map(SessionId::new);
    mapped.live = session.livemode.0;
    mapped.created_at = session.created.0;

    let failure = session
        .last_error
        .get()
        .filter(|failure| failure.code.is_given() || failure.reason.is_given());
    status(&mut mapped, &session.status, failure.is_some(), site);
    let is_settled = matches!(mapped.status, Some(Status::Passed | Status::Processing));
    if let Some(failure) = failure.filter(|_| !is_settled) {
        // Of a session that passed, or that works on a new try, an old failure is no reason of anything.
        findings(&mut mapped, failure, site);
    }

    note_odd(&mut mapped, &session, site);
    mapped.subject = session.client_reference_id.get().map(SubjectRef::new);
    mapped.request_id = session.metadata.get().and_then(|metadata| {
        let id = metadata.idv_request_id.get()?;
        id.parse().ok()
    });
    mapped.template = session.verification_flow.get().map(|id| Template {
        id: id.to_owned(),
        version: None,
    });
    references(&mut mapped, &session);

    let mut person = Collector::default();
    if let Some(details) = session.provided_details.get() {
        person.provided_details(details, &site.at("/provided_details"));
    }
    if let Some(outputs) = session.verified_outputs.get() {
        let main = match session.session_type.get() {
            Some("id_number") => StepKind::IdNumber,
            _ => StepKind::Document,
        };
        person.verified_outputs(outputs, main, &site.at("/verified_outputs"));
    }
    match &session.last_verification_report {
        Expandable::Id(id) => {
            mapped.attempt_id = Some(id.clone().into_owned());
            if let Some(report) = report {
                report::steps(&mut mapped, &mut person, report, &Site::new("report", ""));
            }
        }
        Expandable::Full(full) => {
            let prefix = site.at("/last_verification_report");
            let site = Site::new(site.part, &prefix);
            mapped.attempt_id = full.id.get().map(str::to_owned);
            report::steps(&mut mapped, &mut person, full, &site);
        }
        Expandable::Nothing | Expandable::Odd(_) => {}
    }
    mapped.subject_started = matches!(mapped.status, Some(Status::Passed | Status::Processing))
        || failure.is_some()
        || mapped.attempt_id.is_some();
    data_state(&mut mapped, &session.redaction, &mut person, site);
    keep(&mut mapped, person);
    mapped.options = session.options.into_inner().unwrap_or_default();
    mapped
}

fn status(mapped: &mut Mapped, raw: &Text<'_>, failed: bool, site: &Site<'_>) {
    let row = raw
        .get()
        .and_then(|raw| tables::session_status(raw, failed));
    let (status, rule) = match row {
        Some(row) => {
            mapped.source.clone_from(&row.source);
            (row.status.clone(), row.rule)
        }
        None => {
            note_unknown(mapped, site.at("/status"), raw);
            let status = Status::Unknown(raw.raw().to_owned());
            (status, tables::SESSION_STATUS_UNLISTED)
        }
    };
    let origin = if matches!(raw, Text::Absent) {
        site.origin_at(site.itself(), rule)
    } else {
        site.origin("/status", rule)
    };
    mapped.status = Some(status);
    mapped.origins.insert("/status".into(), origin);
}

fn findings(mapped: &mut Mapped, failure: &wire::Failure<'_>, site: &Site<'_>) {
    let pointer = site.at("/last_error/code");
    let (finding, rule) = match failure.code.get().and_then(tables::last_error) {
        Some(row) => {
            let value = Cow::Borrowed(row.raw);
            let finding = Finding::new(row.reason.clone(), row.retryable, Raw { pointer, value });
            let finding = match &row.step {
                Some(step) => finding.about(step.clone()),
                None => finding,
            };
            (finding, row.rule)
        }
        None => {
            note_unknown(mapped, pointer.clone(), &failure.code);
            let code = failure.code.raw().to_owned();
            let value = Cow::Owned(code.clone());
            let reason = ReasonCode::Unclassified(code);
            let finding = Finding::new(reason, Retryable::Unknown, Raw { pointer, value });
            (finding, tables::LAST_ERROR_UNLISTED)
        }
    };
    mapped.findings.push(finding);
    mapped.origins.insert(
        "/findings/0/code".into(),
        site.origin("/last_error/code", rule),
    );
}

/// Lists members whose JSON type or word is not one we know. None of them is personal data.
fn note_odd(mapped: &mut Mapped, session: &wire::Session<'_>, site: &Site<'_>) {
    if !is_listed_type(&session.session_type) {
        note_unknown(mapped, site.at("/type"), &session.session_type);
    }
    if let Object::Odd(found) = &session.last_error {
        note_unknown(mapped, site.at("/last_error"), &Text::Odd(found.clone()));
    }
    if let Expandable::Odd(found) = &session.last_verification_report {
        let pointer = site.at("/last_verification_report");
        note_unknown(mapped, pointer, &Text::Odd(found.clone()));
    }
}

/// True for the types of a session or a report that we know.
pub(super) fn is_listed_type(text: &Text<'_>) -> bool {
    text.get()
        .is_some_and(|word| tables::SESSION_TYPES.contains(&word))
}

fn references(mapped: &mut Mapped, session: &wire::Session<'_>) {
    let person = session.related_person.get();
    let references = [
        ("related_customer", Some(&session.related_customer)),
        (
            "related_customer_account",
            Some(&session.related_customer_account),
        ),
        ("related_person.account", person.map(|p| &p.account)),
        ("related_person.person", person.map(|p| &p.person)),
    ];
    for (name, value) in references {
        if let Some(value) = value.and_then(Text::get) {
            mapped.references.push(VendorReference {
                name: name.to_owned(),
                value: value.to_owned(),
            });
        }
    }
}

/// The redaction the object speaks of, or else the one its blank texts betray.
fn data_state(
    mapped: &mut Mapped,
    redaction: &Object<wire::Redaction<'_>>,
    person: &mut Collector,
    site: &Site<'_>,
) {
    let raw = match redaction {
        Object::Absent => return report::data_state(mapped, person, site.itself(), site),
        Object::Null => return report::data_state(mapped, person, site.at("/redaction"), site),
        Object::Is(redaction) => redaction.status.clone(),
        Object::Odd(found) => Text::Odd(found.clone()),
    };
    let pointer = match redaction {
        Object::Is(redaction) if !matches!(redaction.status, Text::Absent) => "/redaction/status",
        _ => "/redaction",
    };
    let (data_state, rule) = match raw.get().and_then(tables::redaction) {
        Some(row) => (row.data_state.clone(), row.rule),
        None => {
            note_unknown(mapped, site.at(pointer), &raw);
            let data_state = DataState::Unknown(raw.raw().to_owned());
            (data_state, tables::REDACTION_UNLISTED)
        }
    };
    mapped.data_state = Some(data_state);
    mapped
        .origins
        .insert("/data_state".into(), site.origin(pointer, rule));
}

/// Hands over what was collected about the person.
pub(super) fn keep(mapped: &mut Mapped, person: Collector) {
    if !person.record.is_empty() {
        mapped.person = Some(Person::new(person.record));
    }
    mapped.evidence = person.evidence;
}
