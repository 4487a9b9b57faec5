//! Unwrapped data keys, kept for a moment.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::data_key::DataKey;
use crate::store::DataKeyId;

/// How many unwrapped keys are kept at hand.
const CAPACITY: usize = 4096;
/// For how long a key is given out from here. The key of a person who was erased by another process is of no use in
/// this one after that time.
const LIFETIME: Duration = Duration::from_secs(60);
/// How often what is too old is looked for, at the most.
const SWEEP_INTERVAL: Duration = Duration::from_secs(5);

/// Unwrapped data keys, kept for a moment. Time is the machine's steady clock: the clock of the day may be set back.
#[derive(Debug, Default)]
pub(super) struct KeyCache(Mutex<Entries>);

#[derive(Debug, Default)]
struct Entries {
    by_id: HashMap<DataKeyId, Entry>,
    swept_at: Option<Instant>,
}

#[derive(Debug)]
struct Entry {
    /// None: the key was destroyed. Whoever read its wrapping before that must not bring it back.
    key: Option<Arc<DataKey>>,
    since: Instant,
}

impl Entry {
    fn is_young(&self, now: Instant) -> bool {
        now.duration_since(self.since) < LIFETIME
    }
}

impl KeyCache {
    pub(super) fn get(&self, id: DataKeyId) -> Option<Arc<DataKey>> {
        let now = Instant::now();
        let entries = self.entries();
        let entry = entries.by_id.get(&id).filter(|entry| entry.is_young(now))?;
        entry.key.clone()
    }

    pub(super) fn keep(&self, id: DataKeyId, key: &Arc<DataKey>) {
        let now = Instant::now();
        let mut entries = self.entries();
        entries.sweep(now);
        if entries.by_id.get(&id).is_none_or(|e| !e.is_young(now)) {
            let key = Some(Arc::clone(key));
            entries.by_id.insert(id, Entry { key, since: now });
        }
    }

    /// Drops a key that was destroyed.
    pub(super) fn forget(&self, id: DataKeyId) {
        let since = Instant::now();
        let mut entries = self.entries();
        entries.by_id.insert(id, Entry { key: None, since });
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entries {
    fn sweep(&mut self, now: Instant) {
        let due = |at: Instant| now.duration_since(at) >= SWEEP_INTERVAL;
        if self.swept_at.is_none_or(due) {
            self.swept_at = Some(now);
            self.by_id.retain(|_, entry| entry.is_young(now));
        }
        if self.by_id.len() >= CAPACITY {
            self.by_id.retain(|_, entry| entry.key.is_none());
        }
    }
}

#[cfg(test)]
mod tests {
    use idv_core::Secret;
    use uuid::Uuid;

    use super::*;

    fn key(number: u128) -> (DataKeyId, Arc<DataKey>) {
        let id = DataKeyId(Uuid::from_u128(number));
        let key = DataKey::new(id, &Secret::new([7; 32])).unwrap();
        (id, Arc::new(key))
    }

    #[tokio::test(start_paused = true)]
    async fn a_key_is_kept_for_a_minute_and_no_longer_however_often_it_is_used() {
        let (cache, (id, key)) = (KeyCache::default(), key(1));
        cache.keep(id, &key);
        for _ in 0..3 {
            tokio::time::advance(Duration::from_secs(19)).await;
            assert!(cache.get(id).is_some());
            cache.keep(id, &key);
        }
        tokio::time::advance(Duration::from_secs(3)).await;
        assert!(cache.get(id).is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn an_old_key_leaves_memory_when_another_comes() {
        let (cache, (old, key_1), (new, key_2)) = (KeyCache::default(), key(1), key(2));
        cache.keep(old, &key_1);
        tokio::time::advance(LIFETIME).await;
        cache.keep(new, &key_2);
        assert_eq!(Arc::strong_count(&key_1), 1, "only the test holds it");
    }

    #[tokio::test(start_paused = true)]
    async fn a_destroyed_key_is_gone_at_once_and_is_not_brought_back_by_who_was_slow() {
        let (cache, (id, key)) = (KeyCache::default(), key(1));
        cache.keep(id, &key);
        cache.forget(id);
        assert!(cache.get(id).is_none());
        cache.keep(id, &key);
        assert!(cache.get(id).is_none());
        assert_eq!(Arc::strong_count(&key), 1, "only the test holds it");
    }

    #[tokio::test(start_paused = true)]
    async fn there_is_an_end_to_how_many_keys_are_kept() {
        let cache = KeyCache::default();
        for number in 0..10_000 {
            let (id, key) = key(number);
            cache.keep(id, &key);
        }
        assert!(cache.entries().by_id.len() <= CAPACITY);
    }
}
