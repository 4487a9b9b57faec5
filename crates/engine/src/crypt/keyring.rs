//! All keys of one installation.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use idv_core::{AccountId, Purpose, Secret, SubjectRef, Timestamp};
use uuid::Uuid;

use super::data_key::{DataKey, OpenFailed, Place, key_id_of};
use super::key_cache::KeyCache;
use super::master_key::{hmac, random_key};
use super::masters::{MasterKeys, Masters};
use crate::account::Environment;
use crate::store::{
    BlindIndex, DataKeyId, KeyOwner, Sealed, Store, StoreError, UnitOfWork, WrappedKey,
};

/// Where the key of the blind index is kept, wrapped by a master key. It is not derived from the master key, so that
/// rotating the master key does not change the index of every subject.
pub(super) const INDEX_KEY: &str = "blind_index_key";

/// All keys of one installation: the master keys, the index key, and data keys as they are needed.
#[derive(Debug)]
pub struct KeyRing {
    pub(super) masters: Masters,
    index_key: Secret<[u8; 32]>,
    unwrapped: KeyCache,
    /// One per configured account: needed for every webhook, before there is a transaction.
    of_accounts: Mutex<HashMap<AccountId, Arc<DataKey>>>,
}

/// The keys do not fit the database.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyRingError {
    /// The database was written with another master key.
    #[error("the master key does not fit this database; give the key it was first started with")]
    WrongMasterKey,
    /// The master key has been rotated, and what was given is not all that is still in use.
    #[error("keys in this database are wrapped by {missing}, and that was not given")]
    MissingMasterKeys {
        /// What is missing.
        missing: MissingMasterKeys,
    },
    /// A key could not be made.
    #[error(transparent)]
    NoRandomness(#[from] super::MasterKeyError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Master keys that are in use and were not given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MissingMasterKeys {
    /// Their ids, as [`MasterKey::key_id`](super::MasterKey::key_id) tells them, and how many data keys each has
    /// wrapped.
    pub of_data_keys: Vec<(String, u64)>,
    /// True if the key of the subjects' index is wrapped by one of them, or by another one: it has no name.
    pub of_index: bool,
}

impl fmt::Display for MissingMasterKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("another master key")?;
        for (index, (id, keys)) in self.of_data_keys.iter().enumerate() {
            let before = if index == 0 { ": " } else { ", " };
            write!(f, "{before}{id} ({keys} data keys)")?;
        }
        Ok(())
    }
}

impl From<OpenFailed> for KeyRingError {
    fn from(_: OpenFailed) -> Self {
        Self::WrongMasterKey
    }
}

/// A blind index that no reference has.
pub(crate) fn random_index() -> Result<BlindIndex, KeyRingError> {
    Ok(BlindIndex(*random_key()?.expose()))
}

impl KeyRing {
    /// True if a master key has been used with this database. Then a new one must not be made.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn is_initialised(store: &dyn Store) -> Result<bool, StoreError> {
        let mut unit = store.begin().await?;
        Ok(unit.meta(INDEX_KEY).await?.is_some())
    }

    /// Opens the ring; the first time, it makes the index key. Of several processes that start at once, all end
    /// up with the same one.
    ///
    /// # Errors
    /// [`KeyRingError::WrongMasterKey`] if the database was written with another master key,
    /// [`KeyRingError::MissingMasterKeys`] if the master keys that were given open a part of it; nothing is written
    /// then.
    pub async fn open(
        store: &dyn Store,
        keys: impl Into<MasterKeys>,
    ) -> Result<Self, KeyRingError> {
        let masters = Masters::new(&keys.into())?;
        let in_use = store.reads().data_keys_by_master_key().await?;
        let (given, missing): (Vec<_>, Vec<_>) =
            in_use.into_iter().partition(|(id, _)| masters.has(id));
        let mut unit = store.begin().await?;
        let stored = match unit.meta(INDEX_KEY).await? {
            Some(stored) => stored,
            None => {
                let fresh = masters.make_index_key()?;
                let stored = unit.meta_or_insert(INDEX_KEY, &fresh).await?;
                unit.commit().await?;
                stored
            }
        };
        let index_key = masters.open_index_key(stored);
        match index_key {
            Ok(opened) if missing.is_empty() => Ok(Self {
                masters,
                index_key: opened.key,
                unwrapped: KeyCache::default(),
                of_accounts: Mutex::default(),
            }),
            Err(OpenFailed) if given.is_empty() => Err(KeyRingError::WrongMasterKey),
            index_key => Err(KeyRingError::MissingMasterKeys {
                missing: MissingMasterKeys {
                    of_data_keys: missing,
                    of_index: index_key.is_err(),
                },
            }),
        }
    }

    /// Drops a data key that was destroyed from memory. Whoever has read its wrapping before does not bring it back.
    pub(crate) fn forget(&self, id: DataKeyId) {
        self.unwrapped.forget(id);
    }

    /// The blind index of a subject's reference in one environment. The same reference in the vendor's sandbox is
    /// another subject: so nothing of a sandbox can ever touch a request about a real person.
    #[must_use]
    pub fn blind_index(&self, environment: Environment, subject: &SubjectRef) -> BlindIndex {
        let realm: &[u8] = match environment {
            Environment::Live => b"live\0",
            Environment::Sandbox => b"sandbox\0",
        };
        let reference = subject.expose(Purpose::Store).as_bytes();
        BlindIndex(hmac(
            self.index_key.expose(),
            &[b"subject\0", realm, reference],
        ))
    }

    /// A hash that nobody without the index key can make or test guesses against.
    pub(crate) fn keyed_hash(&self, pieces: &[&[u8]]) -> [u8; 32] {
        hmac(self.index_key.expose(), pieces)
    }

    /// The data key of an owner; made if there is none.
    pub(crate) async fn key_of(
        &self,
        unit: &mut dyn UnitOfWork,
        owner: &KeyOwner,
        now: Timestamp,
    ) -> Result<Arc<DataKey>, KeyRingError> {
        if let Some(wrapped) = unit.data_key_of(owner).await? {
            return self.unwrap(&wrapped);
        }
        let id = DataKeyId(Uuid::new_v4());
        let (wrapped, _) = self.new_key(id, owner.clone(), now)?;
        if unit.insert_data_key(&wrapped).await? {
            return self.unwrap(&wrapped);
        }
        // Somebody else made one in between: theirs counts.
        let theirs = unit.data_key_of(owner).await?.ok_or(OpenFailed)?;
        self.unwrap(&theirs)
    }

    /// A data key of this id, which no other has, and the same as it is stored: [`UnitOfWork::insert_data_key`].
    ///
    /// The engine makes keys as it needs them. This is for whoever writes rows past it.
    ///
    /// # Errors
    /// [`KeyRingError::NoRandomness`].
    pub fn new_key(
        &self,
        id: DataKeyId,
        owner: KeyOwner,
        now: Timestamp,
    ) -> Result<(WrappedKey, DataKey), KeyRingError> {
        let bytes = random_key()?;
        let wrapped = WrappedKey {
            id,
            owner,
            master_key_id: self.masters.current_id().to_owned(),
            wrapped: self.masters.wrap(id, &bytes)?,
            created_at: now,
        };
        Ok((wrapped, DataKey::new(id, &bytes)?))
    }

    /// The data key of an owner; none if there is none, or not any more.
    pub(crate) async fn existing_key_of(
        &self,
        unit: &mut dyn UnitOfWork,
        owner: &KeyOwner,
    ) -> Result<Option<Arc<DataKey>>, KeyRingError> {
        let wrapped = unit.data_key_of(owner).await?;
        wrapped.map(|wrapped| self.unwrap(&wrapped)).transpose()
    }

    /// Opens a value whose key is found by the id in front of it, inside a unit of work.
    pub(crate) async fn open_in(
        &self,
        unit: &mut dyn UnitOfWork,
        place: Place,
        sealed: &Sealed,
    ) -> Result<Vec<u8>, KeyRingError> {
        let id = key_id_of(sealed).ok_or(OpenFailed)?;
        if let Some(key) = self.unwrapped.get(id) {
            return Ok(key.open(place, sealed)?);
        }
        let wrapped = unit.data_key(id).await?.ok_or(OpenFailed)?;
        Ok(self.unwrap(&wrapped)?.open(place, sealed)?)
    }

    /// Opens a value at its place, outside a unit of work. What its key was destroyed of, nobody opens.
    ///
    /// # Errors
    /// [`KeyRingError::WrongMasterKey`] if its key is gone or the value was moved, else the database's.
    pub async fn open_value(
        &self,
        store: &dyn Store,
        place: Place,
        sealed: &Sealed,
    ) -> Result<Vec<u8>, KeyRingError> {
        let id = key_id_of(sealed).ok_or(OpenFailed)?;
        if let Some(key) = self.unwrapped.get(id) {
            return Ok(key.open(place, sealed)?);
        }
        let wrapped = store.reads().data_key(id).await?.ok_or(OpenFailed)?;
        Ok(self.unwrap(&wrapped)?.open(place, sealed)?)
    }

    pub(crate) fn account_key_at_hand(&self, account: &AccountId) -> Option<Arc<DataKey>> {
        self.of_accounts
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(account)
            .cloned()
    }

    pub(crate) fn keep_account_key(&self, account: &AccountId, key: &Arc<DataKey>) {
        let mut keys = self
            .of_accounts
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        keys.insert(account.clone(), Arc::clone(key));
    }

    fn unwrap(&self, wrapped: &WrappedKey) -> Result<Arc<DataKey>, KeyRingError> {
        if let Some(key) = self.unwrapped.get(wrapped.id) {
            return Ok(key);
        }
        if !self.masters.has(&wrapped.master_key_id) {
            // Another process has the key it takes: this one was not given it, or not yet.
            return Err(KeyRingError::MissingMasterKeys {
                missing: MissingMasterKeys {
                    of_data_keys: vec![(wrapped.master_key_id.clone(), 1)],
                    of_index: false,
                },
            });
        }
        let key = Arc::new(DataKey::new(wrapped.id, &self.masters.unwrap(wrapped)?)?);
        self.unwrapped.keep(wrapped.id, &key);
        Ok(key)
    }
}
