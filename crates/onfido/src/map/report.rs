//! Reports in our words: steps, and never a verdict.
//!
//! A report stands alone in the classic product; in a workflow it is what a task has produced.

use std::borrow::Cow;

use idv_core::{
    Finding, Kind, Mapped, Origin, Raw, ReasonCode, Retryable, Score, Severity, Step, StepKind,
    StepRole, StepStatus, UnknownValue, VendorReference,
};

use super::person::Collector;
use super::task::source;
use super::{Site, tables};
use crate::wire::{self, Text, segment};

pub(super) use tables::Family;

/// Maps a report that stands alone.
pub(super) fn map(report: &wire::Product<'_>, site: &Site<'_>) -> Mapped {
    let mut mapped = super::blank(Kind::Report);
    mapped.created_at = report.created_at.0;
    if let Some(check) = report.check_id.get() {
        mapped.references.push(VendorReference {
            name: "check_id".to_owned(),
            value: check.to_owned(),
        });
    }
    let name = report.name.get();
    let row = name.and_then(tables::report_name);
    let family = row.map_or_else(|| Family::of_shape(report), |row| row.family);
    let kind = match (row, name) {
        (Some(row), _) => {
            let origin = site.origin("/name", row.rule);
            mapped.origins.insert("/steps/0/kind".into(), origin);
            row.kind.clone()
        }
        (None, Some(name)) => {
            mapped.unknown.push(site.unknown("/name", name));
            StepKind::Unknown(name.to_owned())
        }
        (None, None) => family.kind(),
    };
    let mut step = Step::new(kind, StepRole::Check, StepStatus::Pending);
    step.vendor_name = report.id.get().or(report.uuid.get()).map(str::to_owned);
    fill(&mut mapped, &mut step, report, family, site);
    let mut person = Collector::default();
    person.properties(report, &step.kind);
    mapped.steps.push(step);
    findings_of_its_steps(&mut mapped);
    person.hand_over(&mut mapped);
    mapped
}

/// A report has no verdict about a session, so its own reasons are those of its steps.
pub(super) fn findings_of_its_steps(mapped: &mut Mapped) {
    let mut all = Vec::new();
    for (index, step) in mapped.steps.iter().enumerate() {
        for (finding_index, finding) in step.findings.iter().enumerate() {
            let place = format!("/steps/{index}/findings/{finding_index}/code");
            if let Some(origin) = mapped.origins.get(place.as_str()).cloned() {
                let place = format!("/findings/{}/code", all.len());
                mapped.origins.insert(place.into(), origin);
            }
            all.push(finding.clone());
        }
    }
    mapped.findings = all;
}

/// Writes a report into the step it is: its status, its findings and its scores.
pub(super) fn fill(
    mapped: &mut Mapped,
    step: &mut Step,
    report: &wire::Product<'_>,
    family: Family,
    site: &Site<'_>,
) {
    let index = mapped.steps.len();
    let found = status(mapped, report, site);
    step.status = found.status;
    step.source = source(&step.status);
    if let Some(origin) = found.origin {
        let place = format!("/steps/{index}/status");
        mapped.origins.insert(place.into(), origin.clone());
        // What the result itself gives as a reason.
        if let Some((code, retryable)) = found.reason {
            let raw = Raw {
                pointer: origin.pointer.clone(),
                value: Cow::Owned(found.word),
            };
            let finding = Finding::new(code.clone(), *retryable, raw);
            push(mapped, step, finding, origin);
        }
    }
    for (name, group) in &report.breakdown.0 {
        if let Some(group) = group.get() {
            let base = format!("{}/breakdown/{}", site.prefix, segment(name));
            let group = GroupAt { name, base, group };
            group_findings(mapped, step, family, &group, site.part);
            scores(step, &group);
        }
    }
    if let Some(score) = report.properties.get().and_then(|p| p.score.0) {
        step.scores.push(from_0_to_1("score", score));
    }
}

struct Found {
    status: StepStatus,
    reason: Option<&'static (ReasonCode, Retryable)>,
    word: String,
    origin: Option<Origin>,
}

fn status(mapped: &mut Mapped, report: &wire::Product<'_>, site: &Site<'_>) -> Found {
    let unfinished = report.status.get().and_then(tables::report_status);
    if let Some(row) = unfinished {
        return Found {
            status: row.status.clone(),
            reason: None,
            word: row.raw.to_owned(),
            origin: Some(site.origin("/status", row.rule)),
        };
    }
    let is_complete = !report.status.is_given() || report.status.get() == Some("complete");
    let row = report
        .result
        .get()
        .filter(|_| is_complete)
        .and_then(|result| tables::report_result(result, &report.sub_result));
    if let Some(row) = row {
        let (pointer, word) = match &report.sub_result {
            Text::Is(sub_result) if row.sub_result.is_some() => ("/sub_result", &**sub_result),
            _ => ("/result", report.result.raw()),
        };
        return Found {
            status: row.status.clone(),
            reason: row.reason.as_ref(),
            word: word.to_owned(),
            origin: Some(site.origin(pointer, row.rule)),
        };
    }
    // Whatever an unlisted result says of itself is not taken for a pass.
    let (pointer, word) = if !is_complete {
        ("/status", &report.status)
    } else if report.sub_result.is_given() {
        ("/sub_result", &report.sub_result)
    } else if report.result.is_given() {
        ("/result", &report.result)
    } else {
        ("/status", &report.status)
    };
    if word.is_given() {
        mapped.unknown.push(site.unknown(pointer, word.raw()));
    }
    Found {
        status: StepStatus::Unknown(word.raw().to_owned()),
        reason: None,
        word: String::new(),
        origin: word
            .is_given()
            .then(|| site.origin(pointer, tables::REPORT_RESULT_UNLISTED)),
    }
}

struct GroupAt<'g, 'a> {
    name: &'g str,
    base: String,
    group: &'g wire::Group<'a>,
}

/// What a group of a breakdown found. A group that the vendor calls clear found nothing, whatever its lines say: of
/// several sources it is enough that one confirms.
fn group_findings(
    mapped: &mut Mapped,
    step: &mut Step,
    family: Family,
    at: &GroupAt<'_, '_>,
    part: &'static str,
) {
    let GroupAt { name, base, group } = at;
    if matches!(group.result.get(), Some("clear")) {
        return;
    }
    let before = step.findings.len();
    let mut echoes = Vec::new();
    for (leaf_name, leaf) in &group.breakdown.0 {
        let Some(leaf) = leaf.get().filter(|leaf| is_concern(&leaf.result)) else {
            continue;
        };
        let line = Line {
            part,
            group: name,
            leaf: Some(leaf_name),
            base: format!("{base}/breakdown/{}", segment(leaf_name)),
            result: &leaf.result,
        };
        if !property_findings(mapped, step, leaf_name, leaf, &line) {
            if tables::is_echo(name, leaf_name) {
                echoes.push(line);
            } else {
                line_finding(mapped, step, family, &line);
            }
        }
    }
    if step.findings.len() > before {
        return;
    }
    // Nothing says more than the line that repeats the others, or than the group as a whole.
    if let Some(line) = echoes.first() {
        line_finding(mapped, step, family, line);
    } else if is_concern(&group.result) {
        let line = Line {
            part,
            group: name,
            leaf: None,
            base: base.clone(),
            result: &group.result,
        };
        line_finding(mapped, step, family, &line);
    }
}

/// True for anything that is neither clear nor left out.
fn is_concern(result: &Text<'_>) -> bool {
    result.is_given() && result.get() != Some("clear")
}

/// One line of a breakdown that is of concern.
struct Line<'l> {
    part: &'static str,
    group: &'l str,
    leaf: Option<&'l str>,
    base: String,
    result: &'l Text<'l>,
}

fn line_finding(mapped: &mut Mapped, step: &mut Step, family: Family, line: &Line<'_>) {
    let pointer: Cow<'static, str> = Cow::Owned(format!("{}/result", line.base));
    let raw = Raw {
        pointer: pointer.clone(),
        value: Cow::Owned(line.result.raw().to_owned()),
    };
    let is_word = matches!(line.result.get(), Some("consider" | "unidentified"));
    let row = tables::breakdown(family, line.group, line.leaf);
    let (finding, rule) = match row {
        Some(row) => {
            let finding = Finding::new(row.reason.clone(), row.retryable, raw);
            (finding, row.rule)
        }
        None => {
            let name = match line.leaf {
                Some(leaf) => format!("{}.{leaf}", line.group),
                None => line.group.to_owned(),
            };
            let code = ReasonCode::Unclassified(name);
            let finding = Finding::new(code, Retryable::Unknown, raw);
            (finding, tables::BREAKDOWN_UNLISTED)
        }
    };
    if row.is_none() || !is_word {
        mapped.unknown.push(UnknownValue {
            pointer: pointer.clone(),
            value: line.result.raw().to_owned(),
        });
    }
    let origin = Site::new(line.part, "").origin_at(pointer, rule);
    push(mapped, step, finding, origin);
}

/// The reasons in the properties of a line; true if there are any. Other properties are left alone: the bag is open.
fn property_findings(
    mapped: &mut Mapped,
    step: &mut Step,
    leaf_name: &str,
    leaf: &wire::Leaf<'_>,
    line: &Line<'_>,
) -> bool {
    let before = step.findings.len();
    for (name, value) in &leaf.properties.0 {
        let Some(row) = tables::property(leaf_name, name).filter(|_| is_set(value)) else {
            continue;
        };
        let pointer: Cow<'static, str> =
            Cow::Owned(format!("{}/properties/{}", line.base, segment(name)));
        let raw = Raw {
            pointer: pointer.clone(),
            value: Cow::Owned(value.raw().to_owned()),
        };
        let finding = Finding::new(row.reason.clone(), row.retryable, raw);
        let origin = Site::new(line.part, "").origin_at(pointer, row.rule);
        push(mapped, step, finding, origin);
    }
    step.findings.len() > before
}

/// The specification calls these texts and shows no value. Anything that does not deny is taken as said.
fn is_set(value: &Text<'_>) -> bool {
    value.is_given() && !matches!(value.raw(), "" | "false" | "clear" | "0")
}

fn scores(step: &mut Step, at: &GroupAt<'_, '_>) {
    for (leaf_name, leaf) in &at.group.breakdown.0 {
        let properties = leaf.get().map(|leaf| &leaf.properties.0);
        let score = properties
            .into_iter()
            .flatten()
            .find(|(name, _)| name == "score")
            .and_then(|(_, value)| value.raw().parse().ok())
            .filter(|score: &f64| score.is_finite());
        if let Some(score) = score {
            step.scores.push(from_0_to_1(leaf_name, score));
        }
    }
}

/// All scores of the vendor are of this kind: how alike two faces are, how likely no spoof.
fn from_0_to_1(name: &str, value: f64) -> Score {
    Score {
        name: idv_core::label(name),
        value,
        scale: "0..1, higher is better".to_owned(),
    }
}

fn push(mapped: &mut Mapped, step: &mut Step, finding: Finding, origin: Origin) {
    let (index, number) = (mapped.steps.len(), step.findings.len());
    let place = format!("/steps/{index}/findings/{number}/code");
    mapped.origins.insert(place.into(), origin);
    let mut finding = finding.about(step.kind.clone());
    // A hint in a report that is clear all the same.
    if step.status == StepStatus::Passed {
        finding.severity = Severity::Low;
    }
    step.findings.push(finding);
}
