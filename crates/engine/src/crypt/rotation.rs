//! Replacing the master key.
//!
//! Only the wrapping of the data keys changes. What they seal stays byte for byte as it is, so a rotation takes time by
//! the number of subjects and not by what is known of them.
//!
//! Other processes serve meanwhile, as long as they have both master keys. Each batch is a transaction of its own, so a
//! rotation that was killed has done a part of the work, and the next one does the rest. The index key comes last: while
//! it is wrapped by the earlier master key, that one alone is still asked for.

use std::time::Duration;

use super::keyring::{INDEX_KEY, KeyRing, KeyRingError};
use crate::store::{Store, StoreError, StoreErrorKind};

/// How many data keys are re-wrapped in one transaction: few, so that who waits for it does not wait long.
const BATCH: u32 = 200;
/// How often the data keys that another transaction holds are asked for again, and the pause between.
const TRIES: u32 = 100;
const PAUSE: Duration = Duration::from_millis(100);

/// How far a rotation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rewrapped {
    /// Data keys re-wrapped by this rotation so far.
    pub done: u64,
    /// Data keys there were to re-wrap when it began. Servers that do not know the new master key yet may make more.
    pub to_do: u64,
}

/// What a rotation has done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotated {
    /// The master key that wraps everything now.
    pub master_key_id: String,
    /// Data keys that were re-wrapped.
    pub rewrapped: u64,
    /// Data keys that this master key had wrapped before.
    pub already: u64,
    /// True if the key of the subjects' index was re-wrapped; false if it had been before.
    pub index_rewrapped: bool,
    /// True if the earlier wrappings are gone from the files of the database too. False if somebody, such as a backup,
    /// kept it from that: running the rotation again tries again.
    pub scrubbed: bool,
}

impl KeyRing {
    /// Wraps every key with the current master key, batch by batch. When this returns, the earlier master keys are of
    /// no use any more, except for copies of the database made before.
    ///
    /// # Errors
    /// [`KeyRingError`]; what was re-wrapped until then stays so, and running it again does the rest.
    pub async fn rotate(
        &self,
        store: &dyn Store,
        mut progress: impl FnMut(Rewrapped) + Send,
    ) -> Result<Rotated, KeyRingError> {
        let (already, to_do) = self.count(store).await?;
        let mut done = 0;
        progress(Rewrapped { done, to_do });
        let mut tries = 0;
        loop {
            let rewrapped = self.rewrap_batch(store).await?;
            done += rewrapped;
            if rewrapped > 0 {
                tries = 0;
                progress(Rewrapped { done, to_do });
                continue;
            }
            if self.count(store).await?.1 == 0 {
                break;
            }
            // Another transaction holds them: one that erases a subject, or another rotation.
            tries += 1;
            if tries > TRIES {
                return Err(KeyRingError::Store(StoreError::new(
                    StoreErrorKind::Unavailable,
                    "another transaction holds some of the data keys all the time: run the rotation again",
                )));
            }
            pause().await;
        }
        let index_rewrapped = self.rewrap_index_key(store).await?;
        let scrubbed = store.scrub().await;
        if let Err(error) = &scrubbed {
            tracing::warn!(%error, "the earlier wrappings of keys may still be in the files of the database");
        }
        Ok(Rotated {
            master_key_id: self.masters.current_id().to_owned(),
            rewrapped: done,
            already,
            index_rewrapped,
            scrubbed: scrubbed.is_ok(),
        })
    }

    /// How many data keys the current master key has wrapped, and how many others.
    async fn count(&self, store: &dyn Store) -> Result<(u64, u64), StoreError> {
        let current = self.masters.current_id();
        let (mut already, mut to_do) = (0, 0);
        for (id, keys) in store.reads().data_keys_by_master_key().await? {
            *(if id == current {
                &mut already
            } else {
                &mut to_do
            }) += keys;
        }
        Ok((already, to_do))
    }

    async fn rewrap_batch(&self, store: &dyn Store) -> Result<u64, KeyRingError> {
        let current = self.masters.current_id();
        let mut unit = store.begin().await?;
        let keys = unit.data_keys_not_wrapped_by(current, BATCH).await?;
        let mut rewrapped = 0;
        for mut key in keys {
            let bytes = self.masters.unwrap(&key)?;
            key.wrapped = self.masters.wrap(key.id, &bytes)?;
            current.clone_into(&mut key.master_key_id);
            rewrapped += u64::from(unit.rewrap_data_key(&key).await?);
        }
        unit.commit().await?;
        Ok(rewrapped)
    }

    async fn rewrap_index_key(&self, store: &dyn Store) -> Result<bool, KeyRingError> {
        let mut unit = store.begin().await?;
        let Some(stored) = unit.meta(INDEX_KEY).await? else {
            return Ok(false);
        };
        let opened = self.masters.open_index_key(stored)?;
        if opened.by_current {
            return Ok(false);
        }
        let wrapped = self.masters.wrap_index_key(&opened.key)?;
        unit.replace_meta(INDEX_KEY, &wrapped).await?;
        unit.commit().await?;
        Ok(true)
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "another process holds the keys, and gives no signal when it lets go"
)]
async fn pause() {
    tokio::time::sleep(PAUSE).await;
}
