//! All keys of one installation.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use idv_core::{AccountId, Purpose, Secret, SubjectRef, Timestamp};
use uuid::Uuid;

use super::data_key::{DataKey, OpenFailed, Place, key_id_of};
use super::master_key::{MasterKey, hmac, random_key};
use crate::account::Environment;
use crate::store::{
    BlindIndex, DataKeyId, KeyOwner, Sealed, Store, StoreError, UnitOfWork, WrappedKey,
};

/// Where the key of the blind index is kept, wrapped by the master key. It is not derived from the master key, so
/// that rotating the master key does not change the index of every subject.
const INDEX_KEY: &str = "blind_index_key";
/// The data key id that wrapped keys of the installation itself are bound to.
const INSTALLATION: Uuid = Uuid::nil();
/// How many unwrapped keys are kept at hand.
const CACHED_KEYS: usize = 4096;

/// All keys of one installation: the master key, the index key, and data keys as they are needed.
#[derive(Debug)]
pub struct KeyRing {
    master: MasterKey,
    wrapping: DataKey,
    index_key: Secret<[u8; 32]>,
    unwrapped: Mutex<HashMap<DataKeyId, Arc<DataKey>>>,
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
    /// A key could not be made.
    #[error(transparent)]
    NoRandomness(#[from] super::MasterKeyError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<OpenFailed> for KeyRingError {
    fn from(_: OpenFailed) -> Self {
        Self::WrongMasterKey
    }
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
    /// [`KeyRingError::WrongMasterKey`] if the database was written with another master key; nothing is written
    /// then.
    pub async fn open(store: &dyn Store, master: MasterKey) -> Result<Self, KeyRingError> {
        let wrapping = DataKey::new(DataKeyId(INSTALLATION), master.bytes())?;
        let place = Place {
            column: "meta.blind_index_key",
            row: INSTALLATION,
        };
        let mut unit = store.begin().await?;
        let stored = match unit.meta(INDEX_KEY).await? {
            Some(stored) => stored,
            None => {
                let fresh = wrapping.seal(place, random_key()?.expose())?;
                let stored = unit.meta_or_insert(INDEX_KEY, fresh.as_bytes()).await?;
                unit.commit().await?;
                stored
            }
        };
        let index_key = wrapping.open(place, &Sealed::from_bytes(stored))?;
        let index_key =
            Secret::new(<[u8; 32]>::try_from(index_key.as_slice()).map_err(|_| OpenFailed)?);
        Ok(Self {
            master,
            wrapping,
            index_key,
            unwrapped: Mutex::default(),
            of_accounts: Mutex::default(),
        })
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
            return self.unwrap(&wrapped).map_err(Into::into);
        }
        let id = DataKeyId(Uuid::new_v4());
        let bytes = random_key()?;
        let wrapped = WrappedKey {
            id,
            owner: owner.clone(),
            master_key_id: self.master.key_id(),
            wrapped: self
                .wrapping
                .seal(wrap_place(id), bytes.expose())?
                .as_bytes()
                .to_vec(),
            created_at: now,
        };
        if unit.insert_data_key(&wrapped).await? {
            return self.unwrap(&wrapped).map_err(Into::into);
        }
        // Somebody else made one in between: theirs counts.
        let theirs = unit.data_key_of(owner).await?.ok_or(OpenFailed)?;
        self.unwrap(&theirs).map_err(Into::into)
    }

    /// Opens a value whose key is found by the id in front of it, inside a unit of work.
    pub(crate) async fn open_in(
        &self,
        unit: &mut dyn UnitOfWork,
        place: Place,
        sealed: &Sealed,
    ) -> Result<Vec<u8>, KeyRingError> {
        let id = key_id_of(sealed).ok_or(OpenFailed)?;
        if let Some(key) = self.cached(id) {
            return Ok(key.open(place, sealed)?);
        }
        let wrapped = unit.data_key(id).await?.ok_or(OpenFailed)?;
        Ok(self.unwrap(&wrapped)?.open(place, sealed)?)
    }

    /// Opens a value outside a unit of work.
    pub(crate) async fn open_value(
        &self,
        store: &dyn Store,
        place: Place,
        sealed: &Sealed,
    ) -> Result<Vec<u8>, KeyRingError> {
        let id = key_id_of(sealed).ok_or(OpenFailed)?;
        if let Some(key) = self.cached(id) {
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

    fn unwrap(&self, wrapped: &WrappedKey) -> Result<Arc<DataKey>, OpenFailed> {
        if let Some(key) = self.cached(wrapped.id) {
            return Ok(key);
        }
        let bytes = self.wrapping.open(
            wrap_place(wrapped.id),
            &Sealed::from_bytes(wrapped.wrapped.clone()),
        )?;
        let bytes = Secret::new(<[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| OpenFailed)?);
        let key = Arc::new(DataKey::new(wrapped.id, &bytes)?);
        let mut cache = self
            .unwrapped
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if cache.len() >= CACHED_KEYS {
            cache.clear();
        }
        cache.insert(wrapped.id, Arc::clone(&key));
        Ok(key)
    }

    fn cached(&self, id: DataKeyId) -> Option<Arc<DataKey>> {
        self.unwrapped
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&id)
            .cloned()
    }
}

const fn wrap_place(id: DataKeyId) -> Place {
    Place {
        column: "data_keys.wrapped",
        row: id.0,
    }
}
