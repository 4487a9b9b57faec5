//! When a session that nothing is heard of is asked about. A pure function of what was observed.

use std::time::Duration;

use idv_core::{ProviderInfo, SessionKey, Status, Timestamp};

use crate::fold::SessionState;
use crate::store::{ObservationRow, ObservationSource};
use crate::words;

/// How long a session may be quiet in a status before the vendor is asked for the first time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quiet {
    /// So many times the vendor's usual time to a verdict.
    UsualTimes(u32),
    /// So many hours.
    Hours(u64),
}

/// The quiet time of each status. One that is not listed is final, and is not asked about as long as the vendor's last
/// answer is one that can be read.
const QUIET: &[(Status, Quiet)] = &[
    // Nothing was heard but that it is wanted. The subject was given a link, and most who come at all come at once.
    (Status::Created, Quiet::Hours(1)),
    // The subject may take days, and is not to be waited for by asking. What is looked for is the subject who has come
    // and gone while the webhook was lost: an hour is longer than a visit.
    (Status::AwaitingUser, Quiet::Hours(1)),
    // As above: the next try is the subject's.
    (Status::RetryRequired, Quiet::Hours(1)),
    // It waits for us. At the vendor nothing moves before we have moved.
    (Status::AwaitingClient, Quiet::Hours(4)),
    // Machines are at work: the verdict is due within the usual time, and its webhook soon after it.
    (Status::Processing, Quiet::UsualTimes(2)),
    // People are at work, in hours, and not at night.
    (Status::InReview, Quiet::Hours(4)),
];

/// The quiet time in a status that this version does not know: it may be any of those above. So is the answer to a
/// question about a decided session that nobody can read.
const QUIET_IF_UNKNOWN: Quiet = Quiet::Hours(1);

/// What the vendor said it does not have this often in a row is not asked about any more. It was raised for attention
/// the first time; news of it, or a refresh, begins anew.
const MISSING_AT_MOST: u32 = 3;

/// A value nobody knows, answered about a session that is decided, changes nothing. Behind it may be a decision that was
/// taken back: it is asked about again, this often if the answer stays the same.
const STRANGE_AT_MOST: u32 = 3;

/// However quick a vendor is, its webhook is given this long.
const SHORTEST: Duration = Duration::from_secs(60);

/// What a session has been doing lately, as far as it matters to when it is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Silence {
    /// When something was heard of it last, or it was asked about; UTC.
    pub(super) since: Timestamp,
    /// When something new was heard of it last, UTC.
    pub(super) news_at: Timestamp,
    /// How often it was asked about since then, and there was nothing new.
    pub(super) fruitless_polls: u32,
    /// How often in a row the vendor did not have it.
    pub(super) missing: u32,
    /// Whether the vendor's last answer was a status nobody knows.
    pub(super) is_strange: bool,
}

impl Silence {
    /// `observations` in the order in which they were learned. None without any.
    pub(super) fn of(observations: &[ObservationRow]) -> Option<Self> {
        let mut silence: Option<Self> = None;
        let mut known: Option<&Status> = None;
        let heard = observations
            .iter()
            .filter(|seen| seen.source != ObservationSource::Remap && !is_a_look(seen));
        for seen in heard {
            let status = seen
                .mapped
                .as_ref()
                .and_then(|mapped| mapped.status.as_ref());
            let is_missing = seen.what == words::SESSION_MISSING;
            let found_nothing =
                is_missing || (seen.what == words::SESSION_POLLED && status == known);
            let before = silence.unwrap_or(Self {
                since: seen.observed_at,
                news_at: seen.observed_at,
                fruitless_polls: 0,
                missing: 0,
                is_strange: false,
            });
            let answered = status.filter(|_| seen.source.is_confirmed());
            silence = Some(Self {
                since: before.since.max(seen.observed_at),
                news_at: if found_nothing {
                    before.news_at
                } else {
                    before.news_at.max(seen.observed_at)
                },
                fruitless_polls: if found_nothing {
                    before.fruitless_polls.saturating_add(1)
                } else {
                    0
                },
                missing: if is_missing {
                    before.missing.saturating_add(1)
                } else {
                    0
                },
                is_strange: answered.map_or(before.is_strange, Status::is_unknown),
            });
            // A webhook's word is a hint: what is compared with is what the vendor answered.
            if seen.source.is_confirmed() && status.is_some() {
                known = status;
            }
        }
        silence
    }
}

/// Somebody has looked at a file: nothing was heard of the session by that.
fn is_a_look(seen: &ObservationRow) -> bool {
    seen.source == ObservationSource::Command && seen.what == words::EVIDENCE_OPENED
}

/// When a session is to be asked about if nothing is heard of it until then; none for never. `longest`: the longest
/// pause between two polls.
pub(crate) fn next_poll(
    info: &ProviderInfo,
    key: SessionKey,
    state: &SessionState,
    observations: &[ObservationRow],
    longest: Duration,
) -> Option<Timestamp> {
    let silence = Silence::of(observations)?;
    if silence.missing >= MISSING_AT_MOST {
        return None;
    }
    let is_asked_again = silence.is_strange && silence.fruitless_polls < STRANGE_AT_MOST;
    if state.status.is_final() && !is_asked_again {
        return None;
    }
    let first = quiet_time(info, &state.status);
    let doubled = first.saturating_mul(2_u32.saturating_pow(silence.fruitless_polls));
    let pause = doubled.min(longest).max(SHORTEST);
    // What fell silent together is not asked about together.
    let spread = key
        .as_uuid()
        .as_u64_pair()
        .1
        .rotate_left(silence.fruitless_polls);
    Some(silence.since.plus(shortened(pause, spread)))
}

fn quiet_time(info: &ProviderInfo, status: &Status) -> Duration {
    let quiet = QUIET
        .iter()
        .find(|(listed, _)| listed == status)
        .map_or(QUIET_IF_UNKNOWN, |(_, quiet)| *quiet);
    match quiet {
        Quiet::UsualTimes(times) => info.usual_time_to_verdict.saturating_mul(times),
        Quiet::Hours(hours) => Duration::from_secs(hours.saturating_mul(3600)),
    }
}

/// Up to a quarter shorter. `spread`: any number, evenly distributed.
pub(super) fn shortened(pause: Duration, spread: u64) -> Duration {
    let quarter_millis = u64::try_from(pause.as_millis() / 4).unwrap_or(u64::MAX);
    pause.saturating_sub(Duration::from_millis(
        spread.checked_rem(quarter_millis).unwrap_or(0),
    ))
}

#[cfg(test)]
mod tests;
