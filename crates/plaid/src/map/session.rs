//! An attempt in our words.

use std::borrow::Cow;

use idv_core::{
    DataState, DecisionSource, Finding, Kind, Mapped, Raw, ReasonCode, Retryable, SessionId,
    Status, Step, StepKind, StepRole, StepStatus, SubjectRef, Template, VendorReference,
};

use super::details::{Details, Found, by_table};
use super::person::Collector;
use super::tables::{self, STEP_STATUS, STEPS, StepRow, checks};
use super::{Site, escaped, screening, text};
use crate::wire::{self, Json, Text};

/// Maps an attempt. Only this function makes a [`Status`], and only from the attempt's own `status`.
pub(super) fn map(
    attempt: &wire::Attempt<'_>,
    screening: Option<&wire::Screening<'_>>,
    site: &Site<'_>,
) -> Mapped {
    let mut mapped = super::blank(Kind::Session);
    mapped.session_id = attempt.id.get().map(SessionId::new);
    mapped.created_at = attempt.created_at.time();
    mapped.subject = attempt.client_user_id.get().map(SubjectRef::new);
    if let Some(template) = &attempt.template {
        mapped.template = template.id.get().map(|id| Template {
            id: id.to_owned(),
            version: template.version.map(|version| version.to_string()),
        });
    }
    references(&mut mapped, attempt);

    steps(&mut mapped, attempt, screening, site);
    status(&mut mapped, attempt.status, site);
    findings(&mut mapped, attempt.status, site);
    mapped.subject_started = has_begun(&mapped, attempt);
    data_state(&mut mapped, attempt.redacted_at, site);

    let mut person = Collector::default();
    person.attempt(attempt);
    person.keep(&mut mapped);
    mapped
}

fn status(mapped: &mut Mapped, raw: Text<'_>, site: &Site<'_>) {
    // A person in the dashboard can overrule steps, and the verdict follows from the steps at the vendor. Whether
    // one did says who decided, and never what was decided.
    let overruled = mapped
        .steps
        .iter()
        .any(|step| step.source == Some(DecisionSource::VendorReviewer));
    let row = raw
        .get()
        .and_then(|raw| tables::session_status(raw, overruled));
    let (status, rule) = match row {
        Some(row) => {
            mapped.source.clone_from(&row.source);
            mapped.review_owner.clone_from(&row.review_owner);
            (row.status.clone(), row.rule)
        }
        None => {
            mapped.unknown.push(site.unknown("/status", raw.raw()));
            let status = Status::Unknown(raw.raw().to_owned());
            (status, tables::SESSION_STATUS_UNLISTED)
        }
    };
    mapped.status = Some(status);
    let origin = site.origin("/status", raw, rule);
    mapped.origins.insert("/status".into(), origin);
}

/// The reasons behind the status: those of the steps that failed, or that wait for a person. Each reason once.
fn findings(mapped: &mut Mapped, raw: Text<'_>, site: &Site<'_>) {
    let counts = |status: &StepStatus| match &mapped.status {
        Some(Status::Failed) => *status == StepStatus::Failed,
        Some(Status::InReview) => matches!(status, StepStatus::Failed | StepStatus::InReview),
        _ => false,
    };
    let mut outcome: Vec<(Finding, Option<idv_core::Origin>)> = Vec::new();
    for (index, step) in mapped.steps.iter().enumerate() {
        if !counts(&step.status) {
            continue;
        }
        for (number, finding) in step.findings.iter().enumerate() {
            if outcome.iter().any(|(known, _)| known.code == finding.code) {
                continue;
            }
            let place = format!("/steps/{index}/findings/{number}/code");
            let origin = mapped.origins.get(&Cow::Owned(place)).cloned();
            outcome.push((finding.clone(), origin));
        }
    }
    if outcome.is_empty() && mapped.status == Some(Status::Failed) {
        // No step says why. The verdict stands, and nothing is made up.
        let origin = site.origin("/status", raw, tables::NO_STEP_FAILED);
        let value = Raw {
            pointer: origin.pointer.clone(),
            value: Cow::Owned(raw.raw().to_owned()),
        };
        let reason = ReasonCode::Unclassified(raw.raw().to_owned());
        outcome.push((
            Finding::new(reason, Retryable::Unknown, value),
            Some(origin),
        ));
    }
    for (finding, origin) in outcome {
        let place = format!("/findings/{}/code", mapped.findings.len());
        mapped.findings.push(finding);
        mapped
            .origins
            .extend(origin.map(|origin| (place.into(), origin)));
    }
}

/// The named steps in one order, then any others in the vendor's.
fn steps(
    mapped: &mut Mapped,
    attempt: &wire::Attempt<'_>,
    screening: Option<&wire::Screening<'_>>,
    site: &Site<'_>,
) {
    for row in STEPS {
        let summary = text(attempt.steps, row.name);
        // Each detail repeats the status of its step; it stands in where the summary is missing.
        let (pointer, status) = if summary.is_given() {
            (format!("/steps/{}", row.name), summary)
        } else {
            let pointer = format!("/{}/status", row.name);
            (pointer, status_in_detail(row.name, attempt))
        };
        if !status.is_given() {
            continue;
        }
        let mut details = details(row, attempt, site);
        if row.kind == StepKind::Watchlist
            && let Some(screening) = screening
        {
            screening::explain(&mut details, screening, &Site::new("screening", ""));
        }
        push_step(
            mapped,
            (row.name, &row.kind, Some(row)),
            (status, &pointer),
            details,
            site,
        );
    }
    let others = attempt.steps.map_or(&[][..], Json::members);
    for (name, value) in others {
        // More steps are allowed, with values of any type. Only one that says how it stands is told from a note.
        let Json::Text(raw) = value else { continue };
        let is_named = STEPS.iter().any(|row| row.name == name);
        if is_named || STEP_STATUS.find(raw).is_none() {
            continue;
        }
        let pointer = format!("/steps/{}", escaped(name));
        mapped.unknown.push(site.unknown(&pointer, raw));
        let kind = StepKind::Unknown(name.clone().into_owned());
        push_step(
            mapped,
            (name, &kind, None),
            (Text::Is(raw), &pointer),
            Details::default(),
            site,
        );
    }
}

fn push_step(
    mapped: &mut Mapped,
    (name, kind, row): (&str, &StepKind, Option<&'static StepRow>),
    (raw, pointer): (Text<'_>, &str),
    mut details: Details,
    site: &Site<'_>,
) {
    let (status, status_row) = by_table(&STEP_STATUS, raw);
    if status_row.is_none() {
        mapped.unknown.push(site.unknown(pointer, raw.raw()));
    }
    mapped.unknown.append(&mut details.unknown);
    let index = mapped.steps.len();
    let mut step = Step::new(kind.clone(), StepRole::Check, status);
    step.source = status_row.and_then(|row| row.source.clone());
    step.vendor_name = Some(name.to_owned());
    step.scores = details.scores;
    let rule = status_row.map_or(STEP_STATUS.unlisted, |row| row.rule);
    let origin = site.origin(pointer, raw, rule);
    mapped
        .origins
        .insert(format!("/steps/{index}/status").into(), origin);

    // Of several tries the last one stands; what the earlier ones found stays with them.
    if let Some(last) = details.tries.last() {
        details.found.extend(last.found.iter().cloned());
    }
    let place = (pointer, raw.raw());
    if step.status == StepStatus::InReview && *kind == StepKind::Watchlist {
        let rule = tables::SCREENING_IN_REVIEW;
        let found = Found::new(&ReasonCode::WatchlistHit, kind, place, rule, site);
        details.found.push(found.into_hint());
    }
    if step.status == StepStatus::Failed && details.found.is_empty() {
        let (rule, reason) = row.and_then(|row| row.failed.clone()).unwrap_or_else(|| {
            let reason = ReasonCode::Unclassified(raw.raw().to_owned());
            (tables::STEP_FAILED_UNLISTED, reason)
        });
        let found = Found::new(&reason, kind, place, rule, site);
        details.found.push(found);
    }
    for (number, found) in details.found.into_iter().enumerate() {
        let place = format!("/steps/{index}/findings/{number}/code");
        mapped.origins.insert(place.into(), found.origin);
        step.findings.push(found.finding);
    }
    for (number, one) in details.tries.into_iter().enumerate() {
        let at = format!("/steps/{index}/attempts/{number}");
        mapped
            .origins
            .insert(format!("{at}/status").into(), one.origin);
        let mut attempt = one.attempt;
        for (number, found) in one.found.into_iter().enumerate() {
            let place = format!("{at}/findings/{number}/code");
            mapped.origins.insert(place.into(), found.origin);
            attempt.findings.push(found.finding);
        }
        step.attempts.push(attempt);
    }
    mapped.steps.push(step);
}

fn status_in_detail<'t>(step: &str, attempt: &wire::Attempt<'t>) -> Text<'t> {
    match step {
        "verify_sms" => attempt.verify_sms.as_ref().map(|detail| detail.status),
        "kyc_check" => Some(text(attempt.kyc_check, "status")),
        "documentary_verification" => attempt
            .documentary_verification
            .as_ref()
            .map(|detail| detail.status),
        "selfie_check" => attempt.selfie_check.as_ref().map(|detail| detail.status),
        "risk_check" => Some(text(attempt.risk_check, "status")),
        _ => None,
    }
    .unwrap_or_default()
}

/// What an attempt tells of a step beyond its status.
fn details(row: &StepRow, attempt: &wire::Attempt<'_>, site: &Site<'_>) -> Details {
    let mut details = Details::default();
    let kind = &row.kind;
    match kind {
        StepKind::Phone => sms(&mut details, attempt, site),
        StepKind::Database => {
            let place = ("/kyc_check", kind, site);
            details.found = details.examine(checks::KYC, attempt.kyc_check, place);
        }
        StepKind::Document => {
            let documents = attempt.documentary_verification.as_ref();
            for (index, document) in documents.iter().flat_map(|all| all.documents.iter()) {
                let base = format!("/documentary_verification/documents/{index}");
                let place = (&*format!("{base}/analysis"), kind, site);
                let found = details.examine(checks::DOCUMENT, document.analysis, place);
                let status = (document.status, &*format!("{base}/status"));
                let number = document.attempt;
                details.add_try(&tables::DOCUMENT_STATUS, status, number, found, site);
            }
        }
        StepKind::Selfie => {
            let selfies = attempt.selfie_check.as_ref();
            for (index, selfie) in selfies.iter().flat_map(|all| all.selfies.iter()) {
                let base = format!("/selfie_check/selfies/{index}");
                let place = (&*format!("{base}/analysis"), kind, site);
                let found = details.examine(checks::SELFIE, selfie.analysis, place);
                let status = (selfie.status, &*format!("{base}/status"));
                let number = selfie.attempt;
                details.add_try(&tables::SELFIE_STATUS, status, number, found, site);
            }
        }
        StepKind::Risk => {
            let place = ("/risk_check", kind, site);
            details.found = details.examine(checks::RISK, attempt.risk_check, place);
            details.measure(checks::RISK_NUMBERS, attempt.risk_check, place);
            let event = attempt.latest_scored_protect_event;
            let place = ("/latest_scored_protect_event", kind, site);
            details.measure(checks::PROTECT_NUMBERS, event, place);
        }
        _ => {}
    }
    details
}

fn sms(details: &mut Details, attempt: &wire::Attempt<'_>, site: &Site<'_>) {
    let sms = attempt.verify_sms.as_ref();
    for (index, one) in sms.iter().flat_map(|all| all.verifications.iter()) {
        let pointer = format!("/verify_sms/verifications/{index}/status");
        let mut found = Vec::new();
        if one.status.get() == Some("failed") {
            let (reason, place) = (ReasonCode::PhoneUnverified, (&*pointer, "failed"));
            let rule = tables::SMS_FAILED;
            found.push(Found::new(&reason, &StepKind::Phone, place, rule, site));
        }
        let status = (one.status, &*pointer);
        let made = details.add_try(&tables::SMS_STATUS, status, one.attempt, found, site);
        made.attempt.at = one.initially_sent_at.time();
    }
}

/// Whether the subject is known to have begun. There is no word for it, and a step that is `active` may merely be
/// the first one; so something must have come from the subject, or be over.
fn has_begun(mapped: &Mapped, attempt: &wire::Attempt<'_>) -> bool {
    let is_over = matches!(
        mapped.status,
        Some(Status::Passed | Status::Failed | Status::InReview)
    );
    let has_come_by = attempt
        .user
        .as_ref()
        .is_some_and(|user| user.ip_address.is_given());
    let has_done_a_step = mapped.steps.iter().any(|step| {
        !step.attempts.is_empty()
            || matches!(
                step.status,
                StepStatus::Passed | StepStatus::Failed | StepStatus::InReview
            )
    });
    is_over || has_come_by || has_done_a_step
}

fn references(mapped: &mut Mapped, attempt: &wire::Attempt<'_>) {
    let event = text(attempt.latest_scored_protect_event, "event_id");
    for (name, value) in [
        ("previous_attempt_id", attempt.previous_attempt_id),
        ("watchlist_screening_id", attempt.watchlist_screening_id),
        ("beacon_user_id", attempt.beacon_user_id),
        ("user_id", attempt.user_id),
        ("protect_event_id", event),
    ] {
        mapped
            .references
            .extend(value.get().map(|value| VendorReference {
                name: name.to_owned(),
                value: value.to_owned(),
            }));
    }
}

/// The vendor erases for good and says when. A document or a phone number erased by itself leaves the attempt.
fn data_state(mapped: &mut Mapped, redacted_at: Text<'_>, site: &Site<'_>) {
    let (data_state, rule) = if redacted_at.is_given() {
        (DataState::Redacted, tables::REDACTION_DONE)
    } else {
        (DataState::Present, tables::REDACTION_NONE)
    };
    mapped.data_state = Some(data_state);
    let origin = site.origin("/redacted_at", redacted_at, rule);
    mapped.origins.insert("/data_state".into(), origin);
}
