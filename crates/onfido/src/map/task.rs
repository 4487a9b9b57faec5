//! A task of a workflow run in our words: a step, and never a verdict.
//!
//! Where a task stands alone the vendor does not say how far it is; only webhooks do. Then it is read from whether
//! the task has produced anything. In a list no task shows what it has produced.

use idv_core::{DecisionSource, Kind, Mapped, SessionId, Step, StepKind, StepRole, StepStatus};

use super::person::Collector;
use super::report::{self, Family};
use super::{Site, tables};
use crate::wire::{self, Output, Text};

/// Maps a task that stands alone.
pub(super) fn map(task: &wire::Resource<'_>, site: &Site<'_>) -> Mapped {
    let mut mapped = super::blank(Kind::Report);
    identify(&mut mapped, task);
    let mut person = Collector::default();
    add(&mut mapped, &mut person, task, None, site);
    report::findings_of_its_steps(&mut mapped);
    person.hand_over(&mut mapped);
    mapped
}

/// The task in an event.
pub(crate) fn in_event(payload: &wire::Payload<'_>, kind: Kind) -> Mapped {
    let mut mapped = super::blank(kind);
    let object = payload.object.get();
    let mut person = Collector::default();
    match payload.resource.get() {
        Some(task) => {
            identify(&mut mapped, task);
            let status = object.map(|object| &object.status);
            let site = Site::new("event", "/payload/resource");
            add(&mut mapped, &mut person, task, status, &site);
        }
        None => {
            if let Some(object) = object {
                let task = wire::Resource {
                    id: object.id.clone(),
                    task_def_id: object.task_def_id.clone(),
                    ..wire::Resource::default()
                };
                let site = Site::new("event", "/payload/object");
                add(&mut mapped, &mut person, &task, Some(&object.status), &site);
            }
        }
    }
    if mapped.session_id.is_none() {
        mapped.session_id = object.and_then(|object| super::session_id(&object.workflow_run_id));
    }
    report::findings_of_its_steps(&mut mapped);
    person.hand_over(&mut mapped);
    mapped
}

fn identify(mapped: &mut Mapped, task: &wire::Resource<'_>) {
    mapped.session_id = task.workflow_run_id.get().map(SessionId::new);
    mapped.created_at = task.created_at.0;
    mapped.updated_at = task.updated_at.0;
}

/// Adds the step a task is, with what it found and collected.
///
/// `status`: what a webhook says about it, where there is a webhook.
pub(super) fn add(
    mapped: &mut Mapped,
    person: &mut Collector,
    task: &wire::Resource<'_>,
    status: Option<&Text<'_>>,
    site: &Site<'_>,
) {
    let definition = task.task_def_id.raw();
    let row = tables::task(definition);
    let product = match &task.output {
        Output::Product(product) => Some(&**product),
        _ => None,
    };
    let is_report = product.is_some_and(|product| product.result.is_given());
    let kind = match row {
        Some(row) => by_input(row, task),
        // The set of tasks is open: one that is not listed is no surprise.
        None => StepKind::Unknown(definition.to_owned()),
    };
    // A row knows no more than how a name begins; what has a result is a check.
    let role = match row {
        _ if is_report => StepRole::Check,
        Some(row) => row.role,
        None => StepRole::Capture,
    };
    let index = mapped.steps.len();
    let mut step = Step::new(kind, role, StepStatus::Pending);
    step.vendor_name = task.id.get().map(str::to_owned);
    if let Some(row) = row {
        mapped.origins.insert(
            format!("/steps/{index}/kind").into(),
            site.origin("/task_def_id", row.rule),
        );
    }

    let ended = match status.map(Text::raw) {
        None => true,
        Some(word) => word == "completed",
    };
    let verdict = product.filter(|_| is_report && ended && role == StepRole::Check);
    match verdict {
        Some(product) => {
            let family = row.and_then(|row| row.family);
            let family = family.unwrap_or_else(|| Family::of_shape(product));
            let base = format!("{}/output", site.prefix);
            report::fill(
                mapped,
                &mut step,
                product,
                family,
                &Site::new(site.part, &base),
            );
        }
        None => progress(mapped, &mut step, task, status, site),
    }
    if role == StepRole::Capture && step.status == StepStatus::Done && row.is_some() {
        // The subject has handed something in.
        mapped.subject_started = true;
    }
    collect(person, task, &step);
    mapped.steps.push(step);
}

/// How far a task is that has no verdict.
fn progress(
    mapped: &mut Mapped,
    step: &mut Step,
    task: &wire::Resource<'_>,
    status: Option<&Text<'_>>,
    site: &Site<'_>,
) {
    let index = mapped.steps.len();
    let mut pointer = site.at("/task_def_id");
    let row = match status {
        Some(status) => {
            pointer = "/payload/object/status".into();
            let row = status
                .get()
                .and_then(|word| tables::task_status(word, step.role));
            if row.is_none() && status.is_given() {
                mapped.unknown.push(idv_core::UnknownValue {
                    pointer: pointer.clone(),
                    value: status.raw().to_owned(),
                });
            }
            row
        }
        None => {
            let produced = !matches!(task.output, Output::Nothing);
            if produced {
                pointer = site.at("/output");
            }
            tables::task_output(produced, step.role)
        }
    };
    let (step_status, rule) = match row {
        Some(row) => (row.status.clone(), row.rule),
        None => {
            let raw = status.map_or("", Text::raw);
            (
                StepStatus::Unknown(raw.to_owned()),
                tables::TASK_STATUS_UNLISTED,
            )
        }
    };
    step.status = step_status;
    let said_by = status.unwrap_or(&task.task_def_id);
    if said_by.is_given() {
        mapped.origins.insert(
            format!("/steps/{index}/status").into(),
            site.origin_at(pointer, rule),
        );
    }
}

/// What one-time passwords are sent to is in the task's input.
fn by_input(row: &tables::TaskRow, task: &wire::Resource<'_>) -> StepKind {
    let is_email = task
        .input
        .get()
        .is_some_and(|input| input.email.0 && !input.phone_number.0);
    if row.kind == StepKind::Phone && is_email {
        StepKind::Email
    } else {
        row.kind.clone()
    }
}

/// What a task shows about the person.
fn collect(person: &mut Collector, task: &wire::Resource<'_>, step: &Step) {
    match &task.output {
        Output::Files(files) => person.files(files),
        Output::Product(product) if step.role == StepRole::Check => {
            person.properties(product, &step.kind);
        }
        Output::Product(product) => person.profile(product),
        Output::Nothing | Output::Odd => {}
    }
}

/// Who decided: a machine, wherever there is a decision. What people decide about single tasks is not shown.
pub(super) const fn source(status: &StepStatus) -> Option<DecisionSource> {
    match status {
        StepStatus::Passed | StepStatus::Failed | StepStatus::Flagged => {
            Some(DecisionSource::Automated)
        }
        _ => None,
    }
}
