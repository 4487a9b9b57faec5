//! A verification report in our words: steps, and never a verdict.

use std::borrow::Cow;

use idv_core::{
    DataState, DecisionSource, Finding, Kind, Mapped, Raw, ReasonCode, Retryable, SessionId, Step,
    StepKind, StepRole, StepStatus, SubjectRef, Template,
};

use super::person::Collector;
use super::{Site, note_unknown, session, tables};
use crate::wire::{self, Text};

/// Maps a report that stands alone.
pub(super) fn map(report: wire::Report<'_>, site: &Site<'_>, kind: Kind) -> Mapped {
    let mut mapped = super::blank(kind);
    mapped.session_id = report.verification_session.get().map(SessionId::new);
    mapped.attempt_id = report.id.get().map(str::to_owned);
    mapped.live = report.livemode.0;
    mapped.created_at = report.created.0;
    mapped.subject_started = true;
    mapped.subject = report.client_reference_id.get().map(SubjectRef::new);
    mapped.template = report.verification_flow.get().map(|id| Template {
        id: id.to_owned(),
        version: None,
    });

    let mut person = Collector::default();
    steps(&mut mapped, &mut person, &report, site);
    // A report has no verdict, so its own reasons are those of its steps.
    for step in 0..mapped.steps.len() {
        let key = Cow::Owned(format!("/steps/{step}/findings/0/code"));
        if let Some(origin) = mapped.origins.get(&key).cloned() {
            let to = format!("/findings/{}/code", mapped.findings.len());
            mapped.origins.insert(to.into(), origin);
        }
        let findings = mapped.steps.get(step).map(|step| step.findings.clone());
        mapped.findings.extend(findings.unwrap_or_default());
    }
    data_state(&mut mapped, &mut person, site.itself(), site);
    session::keep(&mut mapped, person);
    mapped.options = report.options.into_inner().unwrap_or_default();
    mapped
}

/// Adds a step for each check, in the vendor's order. A check that is not there was not part of the session.
pub(super) fn steps(
    mapped: &mut Mapped,
    person: &mut Collector,
    report: &wire::Report<'_>,
    site: &Site<'_>,
) {
    if !session::is_listed_type(&report.report_type) {
        note_unknown(mapped, site.at("/type"), &report.report_type);
    }
    for (name, check) in &report.checks {
        let base = site.at_owned(&format!("/{}", escaped(name)));
        let raw = check.status.raw();
        let kind = tables::check_kind(name)
            .cloned()
            .unwrap_or_else(|| StepKind::Unknown(name.clone().into_owned()));
        let row = check
            .status
            .get()
            .and_then(|raw| tables::report_check(name, raw));
        let (status, rule) = match row {
            Some(row) => (row.status.clone(), row.rule),
            None => {
                // Whatever an unlisted check says of itself is not taken for a pass.
                note_unknown(mapped, format!("{base}/status"), &check.status);
                let status = StepStatus::Unknown(raw.to_owned());
                (status, tables::REPORT_CHECK_UNLISTED)
            }
        };
        let pointer = if matches!(check.status, Text::Absent) {
            base.clone()
        } else {
            format!("{base}/status")
        };
        let mut step = Step::new(kind, StepRole::Check, status);
        if row.is_some() {
            step.source = Some(DecisionSource::Automated);
        }
        let index = mapped.steps.len();
        mapped.origins.insert(
            format!("/steps/{index}/status").into(),
            site.origin_at(pointer, rule),
        );
        findings(mapped, &mut step, index, check, &base, site);
        person.check(&step.kind, check, &base);
        mapped.steps.push(step);
    }
}

fn findings(
    mapped: &mut Mapped,
    step: &mut Step,
    index: usize,
    check: &wire::Check<'_>,
    base: &str,
    site: &Site<'_>,
) {
    let Some(failure) = check
        .error
        .get()
        .filter(|failure| failure.code.is_given() || failure.reason.is_given())
    else {
        return;
    };
    let pointer = format!("{base}/error/code");
    let code = failure.code.raw();
    let raw = Raw {
        pointer: Cow::Owned(pointer.clone()),
        value: Cow::Owned(code.to_owned()),
    };
    let (finding, rule) = match failure.code.get().and_then(tables::check_error) {
        Some(row) => {
            let finding = Finding::new(row.reason.clone(), row.retryable, raw);
            (finding, row.rule)
        }
        None => {
            note_unknown(mapped, pointer.clone(), &failure.code);
            let reason = ReasonCode::Unclassified(code.to_owned());
            let finding = Finding::new(reason, Retryable::Unknown, raw);
            (finding, tables::CHECK_ERROR_UNLISTED)
        }
    };
    step.findings.push(finding.about(step.kind.clone()));
    mapped.origins.insert(
        format!("/steps/{index}/findings/0/code").into(),
        site.origin_at(pointer, rule),
    );
}

/// What the texts of an object say about its redaction, where nothing else does.
///
/// `nothing_at`: where a redaction would stand.
pub(super) fn data_state(
    mapped: &mut Mapped,
    person: &mut Collector,
    nothing_at: impl Into<Cow<'static, str>>,
    site: &Site<'_>,
) {
    let (data_state, origin) = match person.erased_at.take() {
        Some(pointer) => (
            DataState::Redacted,
            site.origin_at(pointer, tables::REDACTION_SENTINEL),
        ),
        None => (
            DataState::Present,
            site.origin_at(nothing_at, tables::REDACTION_NONE),
        ),
    };
    mapped.data_state = Some(data_state);
    mapped.origins.insert("/data_state".into(), origin);
}

/// One segment of a JSON pointer (RFC 6901).
fn escaped(name: &str) -> Cow<'_, str> {
    if name.contains(['~', '/']) {
        Cow::Owned(name.replace('~', "~0").replace('/', "~1"))
    } else {
        Cow::Borrowed(name)
    }
}
