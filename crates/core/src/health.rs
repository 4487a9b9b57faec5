//! How an account's vendor is doing, as seen by the calls that were made to it.

use std::fmt;

use serde::Serialize;

use crate::Timestamp;

/// Watches the calls of one account: shared by the layers that make them and by whoever plans or shows them.
pub trait AccountHealth: fmt::Debug + Send + Sync {
    /// How things are at this moment.
    fn snapshot(&self) -> HealthSnapshot;

    /// Until when a call would fail without being made: the vendor is down, or has asked for a pause. None: a call has
    /// a chance now.
    ///
    /// For planning only: another call may get in between.
    fn open_until(&self) -> Option<Timestamp>;

    /// How many processes share the vendor's limit of calls, this one included. 0 counts as 1.
    fn set_share(&self, live_replicas: u32);
}

/// How an account's vendor is doing. Holds our own words and numbers only.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct HealthSnapshot {
    /// Whether calls are made.
    pub circuit: Circuit,
    /// Since when they are not, UTC. None while the circuit is closed.
    pub open_since: Option<Timestamp>,
    /// The earliest time of the next call, UTC. None while the circuit is closed.
    pub open_until: Option<Timestamp>,
    /// Calls that failed since the last one that was answered.
    pub failures_in_a_row: u32,
    /// The last failure since the process began.
    pub last_failure: Option<LastFailure>,
    /// When the vendor last answered, UTC; since the process began.
    pub last_success_at: Option<Timestamp>,
    /// Calls that were not made for lack of room within the limit; since the process began.
    pub calls_held_back: u64,
    /// Until when the vendor asked us to make no call, UTC.
    pub held_back_until: Option<Timestamp>,
    /// Calls per second that this process may make.
    pub calls_per_sec: f64,
}

/// A call that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct LastFailure {
    /// When, UTC.
    pub at: Timestamp,
    /// Why: a word of ours.
    pub reason: &'static str,
}

/// Whether calls to a vendor are made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Circuit {
    /// They are.
    #[default]
    Closed,
    /// None is: too many have failed in a row.
    Open,
    /// One at a time, to see whether the vendor is back.
    HalfOpen,
}

impl Circuit {
    /// The stable word.
    #[must_use]
    pub const fn as_word(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half_open",
        }
    }
}

impl HealthSnapshot {
    /// An account of which nothing is known yet.
    #[must_use]
    pub const fn unknown(calls_per_sec: f64) -> Self {
        Self {
            circuit: Circuit::Closed,
            open_since: None,
            open_until: None,
            failures_in_a_row: 0,
            last_failure: None,
            last_success_at: None,
            calls_held_back: 0,
            held_back_until: None,
            calls_per_sec,
        }
    }
}
