//! How often, and how much, is asked for what webhooks should have told.

use std::time::Duration;

use idv_engine::EngineSettings;

use super::section::{Complaints, Section};

const HOUR_SECS: u64 = 3600;
const MINUTE_SECS: u64 = 60;
/// A week: more than that is a slip of the finger.
const MOST_MINUTES: u64 = 7 * 24 * 60;

/// Reads the section into the engine's settings. None if anything is wrong.
pub(super) fn read(
    mut section: Section,
    settings: &mut EngineSettings,
    complaints: &mut Complaints,
) -> Option<()> {
    let mut whole = |key, unit, range| section.whole(key, unit, range, complaints);
    let interval = whole("interval_secs", "seconds", 1..=HOUR_SECS);
    let polls = whole("polls_per_round", "sessions", 1..=10_000);
    let longest = whole("longest_pause_minutes", "minutes", 1..=MOST_MINUTES);
    let missed = whole("missed_events_minutes", "minutes", 1..=MOST_MINUTES);
    section.finish(complaints);
    let minutes = |minutes: u64| Duration::from_secs(minutes.saturating_mul(MINUTE_SECS));
    settings.reconcile_interval = Duration::from_secs(interval?);
    settings.polls_per_round = u32::try_from(polls?).ok()?;
    settings.longest_poll_pause = minutes(longest?);
    settings.missed_events_interval = minutes(missed?);
    Some(())
}
