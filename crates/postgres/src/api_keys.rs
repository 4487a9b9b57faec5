//! The keys applications call us with.

use async_trait::async_trait;
use idv_core::Timestamp;
use idv_engine::store::{ApiKeyId, ApiKeyRow, ApiKeys, StoreError};
use uuid::Uuid;

use crate::PostgresStore;
use crate::columns::{bytes32, from_json, from_text, maybe_micros, micros, text, to_json};
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
            name: from_text(record.name),
            secret_sha256: bytes32(&record.secret_sha256)?,
            scopes: from_json(&record.scopes)?,
            created_at: Timestamp::from_unix_micros(record.created_at),
            revoked_at: record.revoked_at.map(Timestamp::from_unix_micros),
        })
    }
}

#[async_trait]
impl ApiKeys for PostgresStore {
    async fn insert(&self, row: &ApiKeyRow) -> Result<bool, StoreError> {
        let name = text(&row.name);
        let secret = row.secret_sha256.as_slice();
        let scopes = to_json(&row.scopes)?;
        let created_at = micros(row.created_at);
        let revoked_at = maybe_micros(row.revoked_at);
        let written = sqlx::query!(
            "INSERT INTO idv.api_keys (id, name, secret_sha256, scopes, created_at, revoked_at)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (name) WHERE revoked_at IS NULL DO NOTHING",
            row.id.0,
            &name as &str,
            secret,
            scopes,
            created_at,
            revoked_at,
        )
        .execute(&self.pool)
        .await
        .map_err(store_error)?;
        Ok(written.rows_affected() == 1)
    }

    async fn api_key(&self, id: ApiKeyId) -> Result<Option<ApiKeyRow>, StoreError> {
        sqlx::query_as!(
            ApiKeyRecord,
            r#"SELECT id, name, secret_sha256, scopes, created_at, revoked_at
               FROM idv.api_keys WHERE id = $1"#,
            id.0,
        )
        .fetch_optional(&self.pool)
        .await
        .map_err(store_error)?
        .map(TryInto::try_into)
        .transpose()
    }

    async fn all(&self) -> Result<Vec<ApiKeyRow>, StoreError> {
        sqlx::query_as!(
            ApiKeyRecord,
            r#"SELECT id, name, secret_sha256, scopes, created_at, revoked_at
               FROM idv.api_keys ORDER BY created_at, seq"#,
        )
        .fetch_all(&self.pool)
        .await
        .map_err(store_error)?
        .into_iter()
        .map(TryInto::try_into)
        .collect()
    }

    async fn revoke(&self, name: &str, now: Timestamp) -> Result<bool, StoreError> {
        let now = micros(now);
        let name = text(name);
        sqlx::query!(
            "UPDATE idv.api_keys SET revoked_at = $2 WHERE name = $1 AND revoked_at IS NULL",
            &name as &str,
            now,
        )
        .execute(&self.pool)
        .await
        .map(|written| written.rows_affected() == 1)
        .map_err(store_error)
    }
}
