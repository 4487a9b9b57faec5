//! The circuit itself. No network and no clock here.

use std::time::Duration;

use idv_core::{Circuit, Timestamp};

use crate::Jitter;

/// When a circuit opens, and for how long.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct BreakerPolicy {
    /// So many failures in a row open it. 0 counts as 1.
    pub failures_to_open: u32,
    /// The pause after it has opened; it doubles each time the vendor is found to be still down.
    pub first_pause: Duration,
    /// The longest pause.
    pub max_pause: Duration,
    /// Whether half of a pause is left to chance, so that many processes do not come back together.
    pub jitter: Jitter,
}

impl Default for BreakerPolicy {
    /// Five failures; pauses of 2 s to 30 s, half of each left to chance.
    fn default() -> Self {
        Self {
            failures_to_open: 5,
            first_pause: Duration::from_secs(2),
            max_pause: Duration::from_secs(30),
            jitter: Jitter::Full,
        }
    }
}

/// How long a call is asked to wait while another one finds out whether the vendor is back.
pub(crate) const WAIT_FOR_PROBE: Duration = Duration::from_secs(1);

/// Whether a call is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    Call(Ticket),
    Refused { retry_after: Duration },
}

/// A call that was let through. What becomes of it only counts for the circuit that let it through: a call from
/// before says nothing about a vendor that has fallen or come back since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ticket {
    era: u64,
    pub(crate) is_probe: bool,
}

/// What an outcome says about the vendor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Answered,
    /// With our word for it.
    Failed(&'static str),
    /// Nothing.
    None,
}

/// What has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    Opened { pause: Duration },
    Closed,
}

#[derive(Debug)]
pub(crate) struct CircuitState {
    policy: BreakerPolicy,
    era: u64,
    failures_in_a_row: u32,
    open: Option<Open>,
}

#[derive(Clone, Copy, Debug)]
struct Open {
    since: Timestamp,
    /// When the present pause began. A clock that shows less has been set back, and the pause counts as over.
    paused_at: Timestamp,
    until: Timestamp,
    pauses: u32,
    probe_is_out: bool,
}

impl Open {
    fn pause_left(&self, now: Timestamp) -> Option<Duration> {
        (self.paused_at <= now && now < self.until).then(|| self.until.since(now))
    }
}

impl CircuitState {
    pub(crate) const fn new(policy: BreakerPolicy) -> Self {
        Self {
            policy,
            era: 0,
            failures_in_a_row: 0,
            open: None,
        }
    }

    /// Whether a call may be made now. One that may must be settled, whatever becomes of it.
    pub(crate) fn admit(&mut self, now: Timestamp) -> Admission {
        let refused = |retry_after| Admission::Refused { retry_after };
        if let Some(open) = &mut self.open {
            if let Some(left) = open.pause_left(now) {
                return refused(left);
            }
            if open.probe_is_out {
                return refused(WAIT_FOR_PROBE);
            }
            open.probe_is_out = true;
        }
        Admission::Call(Ticket {
            era: self.era,
            is_probe: self.open.is_some(),
        })
    }

    /// Takes in what became of a call. `chance`: from 0 to 1, for the jitter.
    pub(crate) fn settle(
        &mut self,
        now: Timestamp,
        ticket: Ticket,
        verdict: Verdict,
        chance: f64,
    ) -> Option<Turn> {
        if ticket.era != self.era {
            return None;
        }
        match verdict {
            Verdict::Answered => {
                self.failures_in_a_row = 0;
                self.open.take().map(|_| {
                    self.era += 1;
                    Turn::Closed
                })
            }
            Verdict::Failed(_) => {
                self.failures_in_a_row = self.failures_in_a_row.saturating_add(1);
                let too_many = self.failures_in_a_row >= self.policy.failures_to_open;
                (self.open.is_some() || too_many).then(|| self.pause(now, chance))
            }
            Verdict::None => {
                if let Some(open) = &mut self.open {
                    open.probe_is_out = false;
                }
                None
            }
        }
    }

    fn pause(&mut self, now: Timestamp, chance: f64) -> Turn {
        let pauses = self.open.map_or(0, |open| open.pauses);
        let policy = &self.policy;
        let span = policy
            .first_pause
            .saturating_mul(1 << pauses.min(31))
            .min(policy.max_pause);
        let pause = match policy.jitter {
            Jitter::Full => span.mul_f64(0.5 + chance.clamp(0.0, 1.0) / 2.0),
            Jitter::None => span,
        };
        self.era += 1;
        self.open = Some(Open {
            since: self.open.map_or(now, |open| open.since),
            paused_at: now,
            until: now.plus(pause),
            pauses: pauses.saturating_add(1),
            probe_is_out: false,
        });
        Turn::Opened { pause }
    }

    pub(crate) fn circuit(&self, now: Timestamp) -> Circuit {
        match self.open {
            None => Circuit::Closed,
            Some(open) if open.pause_left(now).is_some() => Circuit::Open,
            Some(_) => Circuit::HalfOpen,
        }
    }

    pub(crate) const fn failures_in_a_row(&self) -> u32 {
        self.failures_in_a_row
    }

    /// Since when and until when, while it is not closed.
    pub(crate) fn span(&self) -> Option<(Timestamp, Timestamp)> {
        self.open.map(|open| (open.since, open.until))
    }

    /// Until when no call is let through. While another one is under way to see whether the vendor is back: a moment.
    pub(crate) fn open_until(&self, now: Timestamp) -> Option<Timestamp> {
        let open = self.open?;
        match open.pause_left(now) {
            Some(left) => Some(now.plus(left)),
            None => open.probe_is_out.then(|| now.plus(WAIT_FOR_PROBE)),
        }
    }
}

#[cfg(test)]
mod tests;
