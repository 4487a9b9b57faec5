//! One worker at a time for one vendor session.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use idv_core::{AccountId, SessionId};
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

type Key = (AccountId, SessionId);

/// Makes workers of this process take turns on a vendor session, so that two fetches of one session never race.
/// Correctness does not rest on it (the fold orders fetches by when they began); it saves calls to the vendor.
#[derive(Debug, Default)]
pub(crate) struct SessionLocks {
    held: Mutex<HashMap<Key, Weak<AsyncMutex<()>>>>,
}

impl SessionLocks {
    pub(crate) async fn lock(
        &self,
        account: &AccountId,
        session: &SessionId,
    ) -> OwnedMutexGuard<()> {
        let lock = {
            let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
            held.retain(|_, lock| lock.strong_count() > 0);
            let key = (account.clone(), session.clone());
            held.get(&key).and_then(Weak::upgrade).unwrap_or_else(|| {
                let lock = Arc::new(AsyncMutex::new(()));
                held.insert(key, Arc::downgrade(&lock));
                lock
            })
        };
        lock.lock_owned().await
    }
}
