//! The keys applications call us with.

use async_trait::async_trait;
use idv_core::Timestamp;
use idv_engine::store::{ApiKeyId, ApiKeyRow, ApiKeys, StoreError};
use uuid::Uuid;

use crate::SqliteStore;
use crate::columns::{bytes32, from_json, maybe_micros, micros, to_json};
use crate::failure::store_error;

/// A row of `api_keys`.
struct ApiKeyRecord {
    id: Uuid,
    name: String,
    secret_sha256: Vec<u8>,
    scopes: String,
    created_at: i64,
    revoked_at: Option<i64>,
}

impl TryFrom<ApiKeyRecord> for ApiKeyRow {
    type Error = StoreError;

    fn try_from(record: ApiKeyRecord) -> Result<Self, StoreError> {
        Ok(Self {
            id: ApiKeyId(record.id),
            name: record.name,
            secret_sha256: bytes32(&record.secret_sha256)?,
            scopes: from_json(&record.scopes)?,
            created_at: Timestamp::from_unix_micros(record.created_at),
            revoked_at: record.revoked_at.map(Timestamp::from_unix_micros),
        })
    }
}

#[async_trait]
impl ApiKeys for SqliteStore {
    async fn insert(&self, row: &ApiKeyRow) -> Result<bool, StoreError> {
        let secret = row.secret_sha256.as_slice();
        let scopes = to_json(&row.scopes)?;
        let created_at = micros(row.created_at);
        let revoked_at = maybe_micros(row.revoked_at);
        let written = sqlx::query!(
            "INSERT INTO api_keys (id, name, secret_sha256, scopes, created_at, revoked_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (name) WHERE revoked_at IS NULL DO NOTHING",
            row.id.0,
            row.name,
            secret,
            scopes,
            created_at,
            revoked_at,
        )
        .execute(&self.writer)
        .await
        .map_err(store_error)?;
        Ok(written.rows_affected() == 1)
    }

    async fn api_key(&self, id: ApiKeyId) -> Result<Option<ApiKeyRow>, StoreError> {
        sqlx::query_as!(
            ApiKeyRecord,
            r#"SELECT id AS "id: Uuid", name, secret_sha256, scopes, created_at, revoked_at
               FROM api_keys WHERE id = ?1"#,
            id.0,
        )
        .fetch_optional(&self.readers)
        .await
        .map_err(store_error)?
        .map(TryInto::try_into)
        .transpose()
    }

    async fn all(&self) -> Result<Vec<ApiKeyRow>, StoreError> {
        sqlx::query_as!(
            ApiKeyRecord,
            r#"SELECT id AS "id: Uuid", name, secret_sha256, scopes, created_at, revoked_at
               FROM api_keys ORDER BY created_at, seq"#,
        )
        .fetch_all(&self.readers)
        .await
        .map_err(store_error)?
        .into_iter()
        .map(TryInto::try_into)
        .collect()
    }

    async fn revoke(&self, name: &str, now: Timestamp) -> Result<bool, StoreError> {
        let now = micros(now);
        sqlx::query!(
            "UPDATE api_keys SET revoked_at = ?2 WHERE name = ?1 AND revoked_at IS NULL",
            name,
            now,
        )
        .execute(&self.writer)
        .await
        .map(|written| written.rows_affected() == 1)
        .map_err(store_error)
    }
}
