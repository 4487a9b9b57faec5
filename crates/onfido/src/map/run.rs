//! A workflow run in our words.

use std::borrow::Cow;

use idv_core::{
    Finding, Kind, Mapped, Origin, Raw, ReasonCode, Retryable, SessionId, Status, StepStatus,
    SubjectRef, Template, VendorReference,
};

use super::person::Collector;
use super::{Site, tables, task};
use crate::config::OnfidoOptions;
use crate::wire::{self, Object, Text};

/// Maps a run. Only this function makes a [`Status`], and only from the run's own `status`.
pub(super) fn map(
    options: &OnfidoOptions,
    run: &wire::Resource<'_>,
    site: &Site<'_>,
    kind: Kind,
) -> Mapped {
    let mut mapped = super::blank(kind);
    mapped.session_id = run.id.get().map(SessionId::new);
    mapped.created_at = run.created_at.0;
    mapped.updated_at = run.updated_at.0;
    status(&mut mapped, &run.status, site);
    findings(options, &mut mapped, run, site);
    mapped.template = run.workflow_id.get().map(|id| Template {
        id: id.to_owned(),
        version: version(&run.workflow_version_id),
    });
    mapped.request_id = run
        .tags
        .0
        .iter()
        .find_map(|tag| tag.get().and_then(|tag| tag.parse().ok()));
    // The vendor puts the applicant's id there where nobody has given it anything.
    mapped.subject = run
        .customer_user_id
        .get()
        .filter(|reference| run.applicant_id.get() != Some(reference))
        .map(SubjectRef::new);
    if let Some(applicant) = run.applicant_id.get() {
        mapped.references.push(VendorReference {
            name: "applicant_id".to_owned(),
            value: applicant.to_owned(),
        });
    }
    mapped
}

/// The run in an event. Of an event about a run that holds no run the status is not known: every recorded one holds
/// it, and the envelope alone decides nothing.
pub(crate) fn in_event(options: &OnfidoOptions, payload: &wire::Payload<'_>, kind: Kind) -> Mapped {
    let shown = payload.object.get().map(|object| &object.status);
    let Some(run) = payload.resource.get() else {
        let site = Site::new("event", "/payload/object");
        let mut mapped = super::blank(kind);
        if let Some(object) = payload.object.get() {
            mapped.session_id = super::session_id(&object.id);
            undecided(&mut mapped, &object.status, &site);
        }
        return mapped;
    };
    let site = Site::new("event", "/payload/resource");
    let mut mapped = map(options, run, &site, kind);
    if let (Some(Text::Is(shown)), Text::Is(own)) = (shown, &run.status)
        && shown != own
    {
        // The envelope and the run in it disagree. Nobody knows which is right, so neither counts.
        mapped.status = Some(Status::Unknown(own.clone().into_owned()));
        mapped.source = None;
        mapped.review_owner = None;
        mapped.findings.clear();
        mapped
            .origins
            .retain(|place, _| !place.starts_with("/findings/"));
        let origin = site.origin("/status", tables::RUN_STATUS_UNLISTED);
        mapped.origins.insert("/status".into(), origin);
        mapped.unknown.push(site.unknown("/status", own));
    }
    mapped
}

/// A run with the tasks that were read apart from it, each with the part it stands in.
pub(crate) fn full(
    options: &OnfidoOptions,
    run: &wire::Resource<'_>,
    tasks: &[(&'static str, wire::Resource<'_>)],
) -> Mapped {
    let mut mapped = map(
        options,
        run,
        &Site::new(super::SESSION_PART, ""),
        Kind::Session,
    );
    let mut person = Collector::default();
    for (part, task) in tasks {
        task::add(&mut mapped, &mut person, task, None, &Site::new(part, ""));
    }
    person.hand_over(&mut mapped);
    findings_of_steps(&mut mapped);
    mapped
}

fn status(mapped: &mut Mapped, raw: &Text<'_>, site: &Site<'_>) {
    let Some(row) = raw.get().and_then(tables::run_status) else {
        return undecided(mapped, raw, site);
    };
    mapped.source.clone_from(&row.source);
    mapped.review_owner.clone_from(&row.review_owner);
    mapped.status = Some(row.status.clone());
    let origin = site.origin("/status", row.rule);
    mapped.origins.insert("/status".into(), origin);
}

/// A word that does not count, because it is not listed or not said by a run.
fn undecided(mapped: &mut Mapped, raw: &Text<'_>, site: &Site<'_>) {
    mapped.status = Some(Status::Unknown(raw.raw().to_owned()));
    if raw.is_given() {
        mapped.unknown.push(site.unknown("/status", raw.raw()));
        let origin = site.origin("/status", tables::RUN_STATUS_UNLISTED);
        mapped.origins.insert("/status".into(), origin);
    }
}

/// Why the run ended as it did, as far as the run itself says so. Of a run that passed there is nothing to say.
fn findings(
    options: &OnfidoOptions,
    mapped: &mut Mapped,
    run: &wire::Resource<'_>,
    site: &Site<'_>,
) {
    match &mapped.status {
        Some(Status::Failed | Status::InReview) => {}
        Some(Status::Errored) => return error(mapped, &run.error, site),
        _ => return,
    }
    for (index, reason) in run.reasons.0.iter().enumerate() {
        let Some(text) = reason.get() else { continue };
        let pointer: Cow<'static, str> = Cow::Owned(format!("{}/reasons/{index}", site.prefix));
        let raw = Raw {
            pointer: pointer.clone(),
            value: Cow::Owned(text.to_owned()),
        };
        // A text of the account's own: one that its settings do not name is no surprise of the vendor's.
        let (code, rule) = match options.reasons.get(text) {
            Some(code) => (code.clone(), tables::RUN_REASON_NAMED),
            None => {
                let code = ReasonCode::Unclassified(text.to_owned());
                (code, tables::RUN_REASON_UNLISTED)
            }
        };
        let finding = Finding::new(code, Retryable::Unknown, raw);
        push(mapped, finding, site.origin_at(pointer, rule));
    }
    if mapped.findings.is_empty() && mapped.status == Some(Status::Failed) {
        let raw = Raw {
            pointer: site.at("/status"),
            value: Cow::Owned(run.status.raw().to_owned()),
        };
        let code = ReasonCode::Unclassified(run.status.raw().to_owned());
        let finding = Finding::new(code, Retryable::Unknown, raw);
        push(
            mapped,
            finding,
            site.origin("/status", tables::RUN_REASON_NONE),
        );
    }
}

/// A run that broke says nothing about the person.
fn error(mapped: &mut Mapped, error: &Object<wire::RunError<'_>>, site: &Site<'_>) {
    let (pointer, word) = match error.get().map(|error| &error.error_type) {
        Some(Text::Is(word)) => ("/error/type", &**word),
        _ => ("/status", "error"),
    };
    let raw = Raw {
        pointer: site.at(pointer),
        value: Cow::Owned(word.to_owned()),
    };
    let finding = Finding::new(ReasonCode::ProviderError, Retryable::Yes, raw);
    push(mapped, finding, site.origin(pointer, tables::RUN_ERROR));
}

/// Adds what the steps found to the reasons of a run that failed or is in review. A step that another one has
/// replaced has its findings still; a reason is named once.
fn findings_of_steps(mapped: &mut Mapped) {
    if !matches!(mapped.status, Some(Status::Failed | Status::InReview)) {
        return;
    }
    let mut found = Vec::new();
    for (index, step) in mapped.steps.iter().enumerate() {
        if !matches!(step.status, StepStatus::Failed | StepStatus::Flagged) {
            continue;
        }
        for (finding_index, finding) in step.findings.iter().enumerate() {
            let place = format!("/steps/{index}/findings/{finding_index}/code");
            if let Some(origin) = mapped.origins.get(place.as_str()) {
                found.push((finding.clone(), origin.clone()));
            }
        }
    }
    // A run that gave no reason of its own has one now.
    let gave_none = mapped
        .origins
        .get("/findings/0/code")
        .is_some_and(|origin| origin.rule == tables::RUN_REASON_NONE);
    if gave_none && !found.is_empty() {
        mapped.findings.clear();
    }
    for (finding, origin) in found {
        if mapped
            .findings
            .iter()
            .all(|known| known.code != finding.code)
        {
            push(mapped, finding, origin);
        }
    }
}

fn push(mapped: &mut Mapped, finding: Finding, origin: Origin) {
    let place = format!("/findings/{}/code", mapped.findings.len());
    mapped.origins.insert(place.into(), origin);
    mapped.findings.push(finding);
}

/// The version of a workflow: a number, in some clients written as a text.
fn version(text: &Text<'_>) -> Option<String> {
    match text {
        Text::Is(version) => Some(version.clone().into_owned()),
        Text::Odd(number) if number.parse::<i64>().is_ok() => Some(number.clone()),
        _ => None,
    }
}
