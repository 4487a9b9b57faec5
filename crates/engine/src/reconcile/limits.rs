//! How much the reconciler may ask: it takes nothing from webhooks and people, and leaves a vendor alone that fails.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use idv_core::{AccountId, Error, ErrorKind, Timestamp};

use crate::Engine;
use crate::account::Account;

/// The reconciler uses at most one part in so many of what the vendor allows.
const PART_OF_THE_LIMIT: u64 = 4;

/// An account whose vendor fails is left alone for at most this long, so that a vendor who is back is noticed.
const LONGEST_REST: Duration = Duration::from_secs(600);

/// What the reconciler of this process keeps in mind.
#[derive(Debug, Default)]
pub(crate) struct Reconciler {
    /// How many processes share the limits of the accounts; 0 before anybody has counted.
    replicas: AtomicU64,
    resting: Mutex<HashMap<AccountId, Rest>>,
}

/// An account that is left alone, because its vendor failed.
#[derive(Clone, Copy, Debug)]
struct Rest {
    failures: u32,
    until: Timestamp,
}

impl Reconciler {
    /// So many processes share the limits from now on.
    pub(super) fn share(&self, replicas: u64) {
        self.replicas.store(replicas, Ordering::Relaxed);
    }

    fn resting(&self) -> std::sync::MutexGuard<'_, HashMap<AccountId, Rest>> {
        self.resting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Engine {
    /// How many sessions of an account this process may ask about in one round: as many as the settings say, and no
    /// more than its share of a part of what the vendor allows.
    pub(super) fn round_limit(&self, account: &Account) -> u32 {
        let settings = &self.inner.settings;
        let calls_per_sec = u64::from(account.provider.info().calls_per_sec);
        let allowed = calls_per_sec.saturating_mul(settings.reconcile_interval.as_secs().max(1));
        let replicas = self.inner.reconciler.replicas.load(Ordering::Relaxed);
        let share = allowed
            .checked_div(PART_OF_THE_LIMIT.saturating_mul(replicas.max(1)))
            .unwrap_or(0);
        u32::try_from(share)
            .unwrap_or(u32::MAX)
            .min(settings.polls_per_round)
            .max(1)
    }

    /// False while an account is left alone, by us or because its calls would not even be made.
    pub(super) fn may_ask(&self, account: &Account) -> bool {
        let health = account.health.as_ref();
        if health.is_some_and(|health| health.open_until().is_some()) {
            return false;
        }
        let resting = self.inner.reconciler.resting();
        let rest = resting.get(&account.id);
        rest.is_none_or(|rest| rest.until <= self.now())
    }

    /// An account whose vendor has answered.
    pub(super) fn has_answered(&self, account: &Account) {
        self.inner.reconciler.resting().remove(&account.id);
    }

    /// An account whose vendor fails for all its sessions: it is left alone, for longer each time. Returns until when.
    pub(super) fn let_rest(&self, account: &Account, error: &Error) -> Timestamp {
        let mut resting = self.inner.reconciler.resting();
        let failures = resting
            .get(&account.id)
            .map_or(0, |rest| rest.failures)
            .saturating_add(1);
        let spread = self.inner.holder.as_u64_pair().1;
        let pause = self.inner.settings.pause_after(failures, spread);
        let asked = error.retry_after().unwrap_or_default();
        let until = self.now().plus(pause.max(asked).min(LONGEST_REST));
        resting.insert(account.id.clone(), Rest { failures, until });
        until
    }
}

/// True if an error is about the account or the vendor, so that another session would meet the same.
pub(crate) const fn concerns_the_account(error: &Error) -> bool {
    matches!(
        error.kind,
        ErrorKind::RateLimited { .. }
            | ErrorKind::Unavailable
            | ErrorKind::Timeout
            | ErrorKind::InvalidCredentials
            | ErrorKind::InvalidConfig
    )
}
