//! Which accounts a worker may begin something for.
//!
//! A vendor that is down is not called: what waits for it keeps its tries. And one that takes its time keeps some of the
//! workers only, so that the others are there for the rest.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use idv_core::{AccountId, Circuit, Error, RequestId, SessionKey, TransportError};
use tokio::sync::MutexGuard as AsyncMutexGuard;

use crate::Engine;
use crate::account::Account;
use crate::store::StoreError;

/// How many deliveries or jobs are made due in one transaction.
const AT_ONCE: u32 = 500;

/// What the workers of this process are at, by account.
#[derive(Debug, Default)]
pub(crate) struct AccountShares {
    /// Claims of this process follow one another, so that each knows what the one before it has taken.
    claiming: tokio::sync::Mutex<()>,
    busy: Arc<Mutex<HashMap<AccountId, usize>>>,
    /// Accounts whose vendor was down when somebody last looked.
    down: Mutex<HashSet<AccountId>>,
}

/// A worker at work for an account, until it is dropped.
#[derive(Debug)]
pub(crate) struct Busy {
    account: AccountId,
    all: Arc<Mutex<HashMap<AccountId, usize>>>,
}

impl AccountShares {
    /// Says that a worker is at work for an account now.
    pub(crate) fn take(&self, account: &AccountId) -> Busy {
        *locked(&self.busy).entry(account.clone()).or_default() += 1;
        Busy {
            account: account.clone(),
            all: Arc::clone(&self.busy),
        }
    }

    fn workers_of(&self, account: &AccountId) -> usize {
        locked(&self.busy).get(account).copied().unwrap_or_default()
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        let mut all = locked(&self.all);
        if let Some(workers) = all.get_mut(&self.account) {
            *workers = workers.saturating_sub(1);
            if *workers == 0 {
                all.remove(&self.account);
            }
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// True if a call was not made at all: the vendor is known to be down, or its limit of calls was reached. Such a
/// failure says nothing about what was to be done.
pub(crate) fn was_held_back(error: &Error) -> bool {
    std::error::Error::source(error)
        .and_then(|source| source.downcast_ref::<TransportError>())
        .is_some_and(|error| error.reason.retry_after().is_some())
}

impl Engine {
    /// Waits for the turn to claim. Whoever has it claims, says for which account, and lets it go.
    pub(crate) async fn turn_to_claim(&self) -> AsyncMutexGuard<'_, ()> {
        self.inner.account_shares.claiming.lock().await
    }

    /// Accounts for which nothing is to be begun now: their vendor is down, or enough workers are at work for them.
    pub(crate) fn accounts_left_out(&self) -> Vec<AccountId> {
        let shares = &self.inner.account_shares;
        let all = self.inner.accounts.iter();
        let most = self.inner.settings.workers_of_one(all.count());
        self.inner
            .accounts
            .iter()
            .filter(|account| self.is_down(account) || shares.workers_of(&account.id) >= most)
            .map(|account| account.id.clone())
            .collect()
    }

    fn is_down(&self, account: &Account) -> bool {
        let health = account.health.as_ref();
        let is_down = health
            .is_some_and(|health| health.open_until().is_some_and(|until| until > self.now()));
        if is_down {
            locked(&self.inner.account_shares.down).insert(account.id.clone());
        }
        is_down
    }

    /// Makes what waits for another try due, of accounts whose vendor was down and is back. The limit of calls spreads
    /// it.
    pub(crate) async fn wake_what_waited_for_vendors(&self) {
        let shares = &self.inner.account_shares;
        let was_down = locked(&shares.down).clone();
        for id in was_down {
            let health = self.inner.accounts.get(&id).and_then(|a| a.health.as_ref());
            let is_back = health.is_none_or(|health| health.snapshot().circuit == Circuit::Closed);
            // Of several workers that see it, one does it.
            if !is_back || !locked(&shares.down).remove(&id) {
                continue;
            }
            match self.make_due(&id).await {
                Ok(woken) => {
                    tracing::info!(account = %id, woken, "a vendor is back: what waited for it is due");
                }
                Err(error) => {
                    tracing::error!(account = %id, %error, "what waited for a vendor could not be made due");
                    locked(&shares.down).insert(id);
                }
            }
        }
    }

    async fn make_due(&self, account: &AccountId) -> Result<u64, StoreError> {
        let (store, now) = (&self.inner.store, self.now());
        let mut woken = 0_u64;
        loop {
            let some = store.jobs().make_due(account, now, AT_ONCE).await?;
            woken = woken.saturating_add(some);
            if some < u64::from(AT_ONCE) {
                break;
            }
        }
        loop {
            let some = store.inbox().make_due(account, now, AT_ONCE).await?;
            woken = woken.saturating_add(some);
            if some < u64::from(AT_ONCE) {
                return Ok(woken);
            }
        }
    }

    /// The account of a session of a request.
    pub(crate) async fn account_of_job(
        &self,
        request: RequestId,
        session: SessionKey,
    ) -> Result<Option<AccountId>, StoreError> {
        let sessions = self.inner.store.reads().sessions_of(request).await?;
        let session = sessions.into_iter().find(|row| row.key == session);
        Ok(session.map(|row| row.account))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_that_is_done_or_gone_is_not_counted() {
        let shares = AccountShares::default();
        let account = AccountId::from("acme");
        let (first, second) = (shares.take(&account), shares.take(&account));
        assert_eq!(shares.workers_of(&account), 2);
        drop(first);
        assert_eq!(shares.workers_of(&account), 1);
        drop(second);
        assert_eq!(shares.workers_of(&account), 0);
        assert!(locked(&shares.busy).is_empty());
    }
}
