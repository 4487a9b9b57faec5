//! A screening against lists of persons, in our words: a step, and never a verdict.

use std::borrow::Cow;

use idv_core::{
    DecisionSource, Kind, Mapped, ReasonCode, Step, StepKind, StepRole, StepStatus, SubjectRef,
};

use super::Site;
use super::details::{Details, Found};
use super::tables::{SCREENING_REJECTED, SCREENING_STATUS};
use crate::wire;

/// Maps a screening that stands alone. It does not say to which session it belongs.
pub(super) fn map(screening: &wire::Screening<'_>) -> Mapped {
    let site = Site::new("screening", "");
    let mut mapped = super::blank(Kind::Report);
    mapped.subject = screening.client_user_id.get().map(SubjectRef::new);
    mapped.attempt_id = screening.id.get().map(str::to_owned);
    mapped.subject_started = true;
    let mut details = Details::default();
    explain(&mut details, screening, &site);
    mapped.unknown = details.unknown;
    for one in details.tries {
        let mut step = Step::new(StepKind::Watchlist, StepRole::Check, one.attempt.status);
        step.source = decided_by(screening, &step.status);
        mapped.origins.insert("/steps/0/status".into(), one.origin);
        for (number, found) in one.found.into_iter().enumerate() {
            for place in ["/steps/0/findings", "/findings"] {
                let place = Cow::Owned(format!("{place}/{number}/code"));
                mapped.origins.insert(place, found.origin.clone());
            }
            mapped.findings.push(found.finding.clone());
            step.findings.push(found.finding);
        }
        mapped.steps.push(step);
    }
    mapped
}

/// Adds a screening to what is known of the step that had it made.
pub(super) fn explain(details: &mut Details, screening: &wire::Screening<'_>, site: &Site<'_>) {
    let status = (screening.status, "/status");
    let mut found = Vec::new();
    if screening.status.get() == Some("rejected") {
        let (reason, place) = (ReasonCode::WatchlistHit, ("/status", "rejected"));
        let kind = &StepKind::Watchlist;
        found.push(Found::new(&reason, kind, place, SCREENING_REJECTED, site));
    }
    let one = details.add_try(&SCREENING_STATUS, status, None, found, site);
    one.attempt.vendor_id = screening.id.get().map(str::to_owned);
    let trail = screening.audit_trail.as_ref();
    one.attempt.at = trail.and_then(|trail| trail.timestamp.time());
}

/// A screening that nobody looked at was decided by the vendor's machines.
fn decided_by(screening: &wire::Screening<'_>, status: &StepStatus) -> Option<DecisionSource> {
    if !matches!(status, StepStatus::Passed | StepStatus::Failed) {
        return None;
    }
    let trail = screening.audit_trail.as_ref();
    let source = trail.and_then(|trail| trail.source.get());
    Some(match source {
        Some("dashboard" | "api") => DecisionSource::VendorReviewer,
        _ => DecisionSource::Automated,
    })
}
