//! The application's own rules about requests.

use std::time::Duration;

use idv_engine::Policy;

use super::section::{Complaints, Section};

const HOUR_SECS: u64 = 3600;
/// Ten years: more than that is a slip of the finger.
const MOST_HOURS: u64 = 10 * 366 * 24;
const MOST_DAYS: u64 = MOST_HOURS / 24;
const MOST_REQUESTS: &str = "max_requests";
const WITHIN: &str = "max_requests_within_hours";

pub(super) fn read(mut section: Section, complaints: &mut Complaints) -> Policy {
    let mut policy = Policy::default();
    both_or_none(&section, complaints);
    let mut whole = |key, unit, range| section.whole_if_given(key, unit, range, complaints);
    let hours = |hours: Option<u64>| {
        hours.map(|hours| Duration::from_secs(hours.saturating_mul(HOUR_SECS)))
    };
    let small = |number: Option<u64>| number.and_then(|number| u32::try_from(number).ok());
    policy.expires_after = hours(whole("expires_after_hours", "hours", 1..=MOST_HOURS));
    policy.abandoned_after = hours(whole("abandoned_after_hours", "hours", 1..=MOST_HOURS));
    policy.max_attempts = small(whole("max_attempts", "tries", 1..=100));
    if let Some(restarts) = small(whole("errored_restarts", "restarts", 0..=10)) {
        policy.errored_restarts = restarts;
    }
    let most = small(whole(MOST_REQUESTS, "requests", 1..=1000));
    let within = hours(whole(WITHIN, "hours", 1..=MOST_HOURS));
    policy.max_requests = most.zip(within);
    policy.erase_after = whole("erase_after_days", "days", 1..=MOST_DAYS)
        .map(|days| Duration::from_secs(days.saturating_mul(24 * HOUR_SECS)));
    if let Some(end) = section.boolean("end_not_retryable", complaints) {
        policy.end_not_retryable = end.value;
    }
    section.finish(complaints);
    policy
}

/// A number of requests means nothing without the time it is for, nor the other way round. Left at that, a limit that
/// somebody wanted would not be there.
fn both_or_none(section: &Section, complaints: &mut Complaints) {
    for (given, other) in [(MOST_REQUESTS, WITHIN), (WITHIN, MOST_REQUESTS)] {
        let origin = section.origin_of(given);
        if let (Some(origin), None) = (origin, section.origin_of(other)) {
            let what = format!("is given without {other}");
            let remedy = "give both, or leave both out";
            complaints.add(&origin, &section.name_of(given), &what, remedy);
        }
    }
}
