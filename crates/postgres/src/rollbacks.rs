//! Units of work that were dropped, until they are undone.
//!
//! Dropping cannot wait, so the rollback is a task of its own, and for a moment the locks are still held. Whoever
//! waits for a lock does not notice. Whoever skips what is locked would: it would miss what nobody works on any more.
//! So a new unit of work, and a claim, begin after whatever was dropped before them in this process is undone.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use idv_engine::store::StoreError;
use sqlx::{Postgres, Transaction};
use tokio::sync::watch;

use crate::failure::{failed, store_error};

/// How long others wait for a rollback. A connection that takes longer is broken.
const PATIENCE: Duration = Duration::from_secs(2);

/// The rollbacks under way in this process.
#[derive(Debug, Default)]
pub(crate) struct Rollbacks {
    next: AtomicU64,
    pending: watch::Sender<BTreeSet<u64>>,
}

impl Rollbacks {
    /// Waits until everything that was dropped before this call is undone.
    pub(crate) async fn wait(&self) {
        let next = self.next.load(Ordering::SeqCst);
        let mut pending = self.pending.subscribe();
        let all_older_are_gone =
            |pending: &BTreeSet<u64>| pending.first().is_none_or(|first| *first >= next);
        // It ends early only if the sender is gone, and we hold it.
        let _ = pending.wait_for(all_older_are_gone).await;
    }

    fn begin(self: &Arc<Self>) -> Pending {
        let number = self.next.fetch_add(1, Ordering::SeqCst);
        self.pending.send_modify(|pending| {
            pending.insert(number);
        });
        Pending {
            number,
            rollbacks: Arc::clone(self),
        }
    }
}

/// One rollback. It counts as over when this is dropped, however its task ended.
struct Pending {
    number: u64,
    rollbacks: Arc<Rollbacks>,
}

impl Drop for Pending {
    fn drop(&mut self) {
        self.rollbacks.pending.send_modify(|pending| {
            pending.remove(&self.number);
        });
    }
}

/// A transaction of the store, which is undone when it is dropped.
pub struct OwnTransaction {
    transaction: Option<Transaction<'static, Postgres>>,
    rollbacks: Arc<Rollbacks>,
}

impl OwnTransaction {
    pub(crate) const fn new(
        transaction: Transaction<'static, Postgres>,
        rollbacks: Arc<Rollbacks>,
    ) -> Self {
        Self {
            transaction: Some(transaction),
            rollbacks,
        }
    }

    pub(crate) fn connection(&mut self) -> Result<&mut sqlx::PgConnection, StoreError> {
        let transaction = self.transaction.as_deref_mut();
        transaction.ok_or(failed("the unit of work has ended"))
    }

    pub(crate) async fn commit(mut self) -> Result<(), StoreError> {
        match self.transaction.take() {
            Some(transaction) => transaction.commit().await.map_err(store_error),
            None => Err(failed("the unit of work has ended")),
        }
    }
}

impl Drop for OwnTransaction {
    fn drop(&mut self) {
        let Some(transaction) = self.transaction.take() else {
            return;
        };
        // Without a runtime, which is about to end then, the connection is closed, which undoes it as well.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        let pending = self.rollbacks.begin();
        runtime.spawn(async move {
            // One that fails has lost its connection, and the server undoes it.
            let _ = tokio::time::timeout(PATIENCE, transaction.rollback()).await;
            drop(pending);
        });
    }
}
