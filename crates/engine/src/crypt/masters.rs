//! The master keys an installation has been given, and what they wrap.

use idv_core::Secret;
use uuid::Uuid;

use super::data_key::{DataKey, OpenFailed, Place};
use super::master_key::{MasterKey, random_key};
use crate::crypt::MasterKeyError;
use crate::store::{DataKeyId, Sealed, WrappedKey};

/// The data key id that wrapped keys of the installation itself are bound to.
const INSTALLATION: Uuid = Uuid::nil();

/// Where the key of the blind index lives.
const INDEX_PLACE: Place = Place {
    column: "meta.blind_index_key",
    row: INSTALLATION,
};

/// The master keys of an installation. Usually there is one; while it is being replaced there are two.
#[derive(Clone, Debug)]
pub struct MasterKeys {
    /// Wraps what is new.
    pub current: MasterKey,
    /// Open what was wrapped before, or is wrapped by a process that is configured in another way.
    pub earlier: Vec<MasterKey>,
}

impl From<MasterKey> for MasterKeys {
    fn from(current: MasterKey) -> Self {
        let earlier = Vec::new();
        Self { current, earlier }
    }
}

/// One master key, ready to wrap.
#[derive(Debug)]
struct Master {
    id: String,
    wrapping: DataKey,
}

impl Master {
    fn new(key: &MasterKey) -> Result<Self, OpenFailed> {
        Ok(Self {
            id: key.key_id(),
            wrapping: DataKey::new(DataKeyId(INSTALLATION), key.bytes())?,
        })
    }
}

/// All master keys that were given, ready to wrap.
#[derive(Debug)]
pub(super) struct Masters {
    current: Master,
    earlier: Vec<Master>,
}

/// The key of the blind index, and whether the current master key has wrapped it.
pub(super) struct OpenedIndexKey {
    pub(super) key: Secret<[u8; 32]>,
    pub(super) by_current: bool,
}

impl Masters {
    pub(super) fn new(keys: &MasterKeys) -> Result<Self, OpenFailed> {
        Ok(Self {
            current: Master::new(&keys.current)?,
            earlier: keys
                .earlier
                .iter()
                .map(Master::new)
                .collect::<Result<_, _>>()?,
        })
    }

    fn all(&self) -> impl Iterator<Item = &Master> {
        std::iter::once(&self.current).chain(&self.earlier)
    }

    /// The id of the one that wraps what is new.
    pub(super) fn current_id(&self) -> &str {
        &self.current.id
    }

    pub(super) fn has(&self, id: &str) -> bool {
        self.all().any(|master| master.id == id)
    }

    /// A data key's bytes, wrapped by the current master key.
    pub(super) fn wrap(
        &self,
        id: DataKeyId,
        bytes: &Secret<[u8; 32]>,
    ) -> Result<Vec<u8>, OpenFailed> {
        let sealed = self
            .current
            .wrapping
            .seal(wrap_place(id), bytes.expose().as_slice())?;
        Ok(sealed.as_bytes().to_vec())
    }

    /// A data key's bytes, with the master key that wrapped it.
    pub(super) fn unwrap(&self, wrapped: &WrappedKey) -> Result<Secret<[u8; 32]>, OpenFailed> {
        let master = self.all().find(|m| m.id == wrapped.master_key_id);
        let sealed = Sealed::from_bytes(wrapped.wrapped.clone());
        let bytes = master
            .ok_or(OpenFailed)?
            .wrapping
            .open(wrap_place(wrapped.id), &sealed)?;
        key_bytes(bytes)
    }

    /// A new key of the blind index, wrapped by the current master key.
    pub(super) fn make_index_key(&self) -> Result<Vec<u8>, MasterKeyError> {
        self.wrap_index_key(&random_key()?)
            .map_err(|_| MasterKeyError::NoRandomness)
    }

    pub(super) fn wrap_index_key(&self, key: &Secret<[u8; 32]>) -> Result<Vec<u8>, OpenFailed> {
        let sealed = self
            .current
            .wrapping
            .seal(INDEX_PLACE, key.expose().as_slice())?;
        Ok(sealed.as_bytes().to_vec())
    }

    /// The key of the blind index. Which master key wrapped it is not written down, so each is tried.
    pub(super) fn open_index_key(&self, wrapped: Vec<u8>) -> Result<OpenedIndexKey, OpenFailed> {
        let sealed = Sealed::from_bytes(wrapped);
        for (index, master) in self.all().enumerate() {
            if let Ok(bytes) = master.wrapping.open(INDEX_PLACE, &sealed) {
                return Ok(OpenedIndexKey {
                    key: key_bytes(bytes)?,
                    by_current: index == 0,
                });
            }
        }
        Err(OpenFailed)
    }
}

fn key_bytes(bytes: Vec<u8>) -> Result<Secret<[u8; 32]>, OpenFailed> {
    let bytes = Secret::new(bytes);
    let key = <[u8; 32]>::try_from(bytes.expose().as_slice()).map_err(|_| OpenFailed)?;
    Ok(Secret::new(key))
}

const fn wrap_place(id: DataKeyId) -> Place {
    Place {
        column: "data_keys.wrapped",
        row: id.0,
    }
}
