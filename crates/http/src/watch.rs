//! What is known about one account's vendor, shared by the layers around its transport.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use idv_core::{AccountHealth, AccountId, Clock, HealthSnapshot, LastFailure, Timestamp};

use crate::breaker::state::{Admission, BreakerPolicy, CircuitState, Ticket, Turn, Verdict};
use crate::rate_limit::gcra::Gcra;

/// The longest pause that is taken from a vendor's `Retry-After`. One that asks for more is asked again then.
pub const MAX_HOLD: Duration = Duration::from_secs(3600);

/// The circuit and the limit of one account.
///
/// Whoever plans calls reads it as an [`AccountHealth`]; [`Breaker`](crate::Breaker) and
/// [`RateLimit`](crate::RateLimit) obey it.
#[derive(Debug)]
pub struct VendorWatch {
    account: AccountId,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    circuit: CircuitState,
    turns: Gcra,
    calls_per_sec: u32,
    replicas: u32,
    held_back: Option<Hold>,
    calls_held_back: u64,
    last_failure: Option<LastFailure>,
    last_success_at: Option<Timestamp>,
}

/// A pause the vendor has asked for.
#[derive(Clone, Copy, Debug)]
struct Hold {
    /// A clock that shows less has been set back, and the pause counts as over.
    since: Timestamp,
    until: Timestamp,
}

impl State {
    fn held_until(&self, now: Timestamp) -> Option<Timestamp> {
        let hold = self.held_back?;
        (hold.since <= now && now < hold.until).then_some(hold.until)
    }

    fn share(&self) -> f64 {
        f64::from(self.calls_per_sec) / f64::from(self.replicas)
    }

    fn set_limit(&mut self, calls_per_sec: u32, replicas: u32) {
        self.calls_per_sec = calls_per_sec.max(1);
        self.replicas = replicas.max(1);
        let share = self.share();
        self.turns.set_per_sec(share);
    }
}

impl VendorWatch {
    /// A closed circuit. `calls_per_sec`: the vendor's limit for the account, over all processes; 0 counts as 1.
    #[must_use]
    pub fn new(
        account: AccountId,
        clock: Arc<dyn Clock>,
        policy: BreakerPolicy,
        calls_per_sec: u32,
    ) -> Self {
        let calls_per_sec = calls_per_sec.max(1);
        Self {
            account,
            clock,
            state: Mutex::new(State {
                circuit: CircuitState::new(policy),
                turns: Gcra::per_sec(f64::from(calls_per_sec)),
                calls_per_sec,
                replicas: 1,
                held_back: None,
                calls_held_back: 0,
                last_failure: None,
                last_success_at: None,
            }),
        }
    }

    /// Another limit for the account, over all processes.
    pub fn set_calls_per_sec(&self, calls_per_sec: u32) {
        let mut state = self.state();
        let replicas = state.replicas;
        state.set_limit(calls_per_sec, replicas);
    }

    /// Every change leaves the state whole, so a panic elsewhere does not spoil it.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn admit(&self) -> Admission {
        let mut state = self.state();
        let now = self.clock.now();
        state.circuit.admit(now)
    }

    pub(crate) fn settle(&self, ticket: Ticket, verdict: Verdict) {
        let mut state = self.state();
        let now = self.clock.now();
        match verdict {
            Verdict::Answered => state.last_success_at = Some(now),
            Verdict::Failed(reason) => state.last_failure = Some(LastFailure { at: now, reason }),
            Verdict::None => {}
        }
        let turn = state.circuit.settle(now, ticket, verdict, fastrand::f64());
        let failures = state.circuit.failures_in_a_row();
        drop(state);
        self.log(turn, verdict, failures);
    }

    fn log(&self, turn: Option<Turn>, verdict: Verdict, failures: u32) {
        let account = &self.account;
        match (turn, verdict) {
            (Some(Turn::Opened { pause }), Verdict::Failed(reason)) => {
                let pause_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
                tracing::warn!(%account, failures, reason, pause_ms, "the vendor is down: no calls for a while");
            }
            (Some(Turn::Closed), _) => tracing::info!(%account, "the vendor is back"),
            _ => {}
        }
    }

    /// Takes the next turn if it comes within `patience`, and says how long it is until then; else how long it would
    /// be.
    pub(crate) fn take_turn(&self, patience: Duration) -> Result<Duration, Duration> {
        let mut state = self.state();
        let now = self.clock.now();
        let turn = state.turns.take(now, patience);
        if turn.is_err() {
            state.calls_held_back = state.calls_held_back.saturating_add(1);
        }
        turn
    }

    pub(crate) fn is_held_back(&self) -> bool {
        let state = self.state();
        state.held_until(self.clock.now()).is_some()
    }

    /// The vendor asks for a pause.
    pub(crate) fn hold_back(&self, span: Duration) {
        if span.is_zero() {
            return;
        }
        let mut state = self.state();
        let now = self.clock.now();
        let until = now.plus(span.min(MAX_HOLD));
        let until = state.held_until(now).map_or(until, |held| held.max(until));
        state.held_back = Some(Hold { since: now, until });
        state.turns.hold_until(now, until);
    }
}

impl AccountHealth for VendorWatch {
    fn snapshot(&self) -> HealthSnapshot {
        let state = self.state();
        let now = self.clock.now();
        let mut snapshot = HealthSnapshot::unknown(state.share());
        snapshot.circuit = state.circuit.circuit(now);
        (snapshot.open_since, snapshot.open_until) = state.circuit.span().unzip();
        snapshot.failures_in_a_row = state.circuit.failures_in_a_row();
        snapshot.last_failure = state.last_failure;
        snapshot.last_success_at = state.last_success_at;
        snapshot.calls_held_back = state.calls_held_back;
        snapshot.held_back_until = state.held_until(now);
        snapshot
    }

    fn open_until(&self) -> Option<Timestamp> {
        let state = self.state();
        let now = self.clock.now();
        state.circuit.open_until(now).max(state.held_until(now))
    }

    fn set_share(&self, live_replicas: u32) {
        let mut state = self.state();
        let calls_per_sec = state.calls_per_sec;
        if state.replicas != live_replicas.max(1) {
            state.set_limit(calls_per_sec, live_replicas);
        }
    }
}

#[cfg(test)]
pub(crate) mod pretended;
