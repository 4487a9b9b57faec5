//! Classic checks, and what events say about checks and reports: steps, and never a verdict about a session.

use idv_core::{Kind, Mapped, Step, StepKind, StepRole, StepStatus, VendorReference};

use super::task::source;
use super::{Site, tables};
use crate::config::{ClassicConsider, OnfidoOptions};
use crate::wire::{self, Text};

/// Maps a classic check. It has no verdict about a session: its own result is the status of a step.
pub(super) fn map(options: &OnfidoOptions, check: &wire::Check<'_>, site: &Site<'_>) -> Mapped {
    let mut mapped = super::blank(Kind::Report);
    mapped.created_at = check.created_at.0;
    mapped.live = check.sandbox.0.map(|sandbox| !sandbox);
    if let Some(applicant) = check.applicant_id.get() {
        mapped.references.push(VendorReference {
            name: "applicant_id".to_owned(),
            value: applicant.to_owned(),
        });
    }
    let result = Some(&check.result);
    let event = Classic {
        what: "check",
        id: &check.id,
        status: &check.status,
    };
    classic_step(&mut mapped, &event, result, site);
    if options.classic_consider == ClassicConsider::Fail
        && let Some(step) = mapped.steps.first_mut()
        && step.status == StepStatus::InReview
        && check.result.get() == Some("consider")
    {
        step.status = StepStatus::Failed;
    }
    mapped
}

/// The check in an event. Events carry no result.
pub(crate) fn check_event(mapped: &mut Mapped, object: &wire::Occurrence<'_>) {
    let event = Classic {
        what: "check",
        id: &object.id,
        status: &object.status,
    };
    let site = Site::new("event", "/payload/object");
    classic_step(mapped, &event, None, &site);
}

/// The report in an event. Events carry neither a result nor the name of the report.
pub(crate) fn report_event(mapped: &mut Mapped, object: &wire::Occurrence<'_>) {
    let kind = StepKind::Unknown("report".to_owned());
    let mut step = Step::new(kind, StepRole::Check, StepStatus::Pending);
    step.vendor_name = object.id.get().map(str::to_owned);
    let row = object.status.get().and_then(tables::report_status);
    let row = row.map(|row| (row.status.clone(), row.rule));
    let done = (object.status.get() == Some("complete"))
        .then_some((StepStatus::Done, tables::REPORT_DONE));
    let site = Site::new("event", "/payload/object");
    place_step(mapped, step, row.or(done), &object.status, &site);
}

struct Classic<'c, 'a> {
    what: &'static str,
    id: &'c Text<'a>,
    status: &'c Text<'a>,
}

/// `result`: none where results are not carried.
fn classic_step(
    mapped: &mut Mapped,
    classic: &Classic<'_, '_>,
    result: Option<&Text<'_>>,
    site: &Site<'_>,
) {
    let kind = StepKind::Unknown(classic.what.to_owned());
    let mut step = Step::new(kind, StepRole::Check, StepStatus::Pending);
    step.vendor_name = classic.id.get().map(str::to_owned);
    let row = classic
        .status
        .get()
        .and_then(|status| tables::check_status(status, result));
    let row = row.map(|row| (row.status.clone(), row.rule));
    place_step(mapped, step, row, classic.status, site);
    if let Some(result) = result
        .filter(|result| result.is_given() && !matches!(result.get(), Some("clear" | "consider")))
    {
        mapped.unknown.push(site.unknown("/result", result.raw()));
    }
}

fn place_step(
    mapped: &mut Mapped,
    mut step: Step,
    row: Option<(StepStatus, &'static str)>,
    status: &Text<'_>,
    site: &Site<'_>,
) {
    let (step_status, rule) = row.unwrap_or_else(|| {
        if status.is_given() {
            mapped.unknown.push(site.unknown("/status", status.raw()));
        }
        let status = StepStatus::Unknown(status.raw().to_owned());
        (status, tables::CHECK_STATUS_UNLISTED)
    });
    step.source = source(&step_status);
    step.status = step_status;
    let index = mapped.steps.len();
    if status.is_given() {
        let origin = site.origin("/status", rule);
        mapped
            .origins
            .insert(format!("/steps/{index}/status").into(), origin);
    }
    mapped.steps.push(step);
}
