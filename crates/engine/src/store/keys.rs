//! The keys applications call us with.

use std::fmt::Debug;

use async_trait::async_trait;
use idv_core::Timestamp;
use uuid::Uuid;

use super::StoreError;

/// One API key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ApiKeyId(pub Uuid);

/// An API key as it is stored: a hash, never the key.
#[derive(Clone, Debug)]
pub struct ApiKeyRow {
    /// Its id, part of the key's text, so that it is found without a search over hashes.
    pub id: ApiKeyId,
    /// What operators call it.
    pub name: String,
    /// SHA-256 of the secret part. The secret is 256 random bits, so a plain hash is enough.
    pub secret_sha256: [u8; 32],
    /// What it may do.
    pub scopes: Vec<String>,
    /// When it was made, UTC.
    pub created_at: Timestamp,
    /// When it was revoked, UTC.
    pub revoked_at: Option<Timestamp>,
}

/// The keys applications call us with.
#[async_trait]
pub trait ApiKeys: Debug + Send + Sync {
    /// Stores a key. False if the name is taken by a key that is not revoked.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn insert(&self, row: &ApiKeyRow) -> Result<bool, StoreError>;
    /// A key by its id.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn api_key(&self, id: ApiKeyId) -> Result<Option<ApiKeyRow>, StoreError>;
    /// Every key, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn all(&self) -> Result<Vec<ApiKeyRow>, StoreError>;
    /// Revokes a key by its name. False if there is none to revoke.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn revoke(&self, name: &str, now: Timestamp) -> Result<bool, StoreError>;
}
