//! Encryption at rest, so that a store only ever sees ciphertext.
//!
//! The master key wraps data keys; data keys seal values. Each subject has a data key of its own: without it, nothing
//! stored about the subject can be read, in backups either. A webhook arrives before its subject is known, so it is
//! sealed under its account's key first and under the subject's once it is worked on. One that never finds its subject
//! (ignored, unmatched or dead) stays under the account's key.
//!
//! The master key can be replaced while the gateway serves: see [`KeyRing::rotate`].
//!
//! AES-256-GCM throughout, with a fresh random nonce per value (96 bits: safe for 2³² values per data key). Each
//! value is bound to its place (table, column, row), so ciphertext cannot be moved to another row.

mod data_key;
mod key_cache;
mod keyring;
mod master_key;
mod masters;
mod rotation;

pub use data_key::{DataKey, OpenFailed, Place};
pub use keyring::{KeyRing, KeyRingError, MissingMasterKeys};
pub use master_key::{MasterKey, MasterKeyError};
pub use masters::MasterKeys;
pub use rotation::{Rewrapped, Rotated};

pub(crate) use keyring::random_index;
