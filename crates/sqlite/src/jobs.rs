//! The durable queue of vendor calls.

use std::time::Duration;

use async_trait::async_trait;
use idv_core::{AccountId, RequestId, SessionKey, Timestamp};
use idv_engine::store::{JobId, JobKind, JobRow, Jobs, StoreError};
use uuid::Uuid;

use crate::SqliteStore;
use crate::columns::{count, hex, micros, to_json};
use crate::failure::{corrupt, store_error};

/// A row of `jobs`.
struct JobRecord {
    seq: i64,
    id: Uuid,
    kind: String,
    session_key: Option<Uuid>,
    request_id: Uuid,
    detail: Option<String>,
    due_at: i64,
    attempts: i64,
    last_error: Option<String>,
    created_at: i64,
}

impl TryFrom<JobRecord> for JobRow {
    type Error = StoreError;

    fn try_from(record: JobRecord) -> Result<Self, StoreError> {
        Ok(Self {
            id: JobId(record.id),
            kind: JobKind::from_word(&record.kind).ok_or(corrupt("a job is of an unknown kind"))?,
            session: record.session_key.map(SessionKey::from_uuid),
            request: RequestId::from_uuid(record.request_id),
            detail: record.detail,
            due_at: Timestamp::from_unix_micros(record.due_at),
            attempts: count(record.attempts)?,
            last_error: record.last_error,
            created_at: Timestamp::from_unix_micros(record.created_at),
        })
    }
}

#[async_trait]
impl Jobs for SqliteStore {
    async fn claim(
        &self,
        now: Timestamp,
        lease: Duration,
        limit: u32,
        leave_out: &[AccountId],
    ) -> Result<Vec<JobRow>, StoreError> {
        let until = micros(now.plus(lease));
        let now = micros(now);
        if !is_any_due(self, now).await? {
            return Ok(Vec::new());
        }
        let leave_out = leave_out.iter().map(|id| hex(id.as_str().as_bytes()));
        let leave_out = to_json(&leave_out.collect::<Vec<_>>())?;
        let mut claimed = sqlx::query_as!(
            JobRecord,
            r#"UPDATE jobs SET lease_until = ?2, attempts = attempts + 1
               WHERE seq IN (SELECT j.seq FROM jobs j
                             WHERE j.due_at <= ?1 AND (j.lease_until IS NULL OR j.lease_until <= ?1)
                               AND NOT EXISTS (SELECT 1 FROM sessions s
                                               WHERE s.key = j.session_key AND s.account IN
                                                     (SELECT CAST(unhex(value) AS TEXT) FROM json_each(?4)))
                             ORDER BY j.due_at, j.seq LIMIT 0 + ?3)
               RETURNING seq, id AS "id: Uuid", kind, session_key AS "session_key: Uuid",
                         request_id AS "request_id: Uuid", detail, due_at, attempts, last_error, created_at"#,
            now,
            until,
            limit,
            leave_out,
        )
        .fetch_all(&self.writer)
        .await
        .map_err(store_error)?;
        // An UPDATE returns its rows in any order.
        claimed.sort_by_key(|record| (record.due_at, record.seq));
        claimed.into_iter().map(TryInto::try_into).collect()
    }

    async fn extend(&self, id: JobId, until: Timestamp) -> Result<(), StoreError> {
        let id = id.0;
        let until = micros(until);
        sqlx::query!(
            "UPDATE jobs SET lease_until = ?2 WHERE id = ?1 AND lease_until IS NOT NULL",
            id,
            until,
        )
        .execute(&self.writer)
        .await
        .map(drop)
        .map_err(store_error)
    }

    async fn give_back(
        &self,
        id: JobId,
        due_at: Timestamp,
        error: &str,
        counts: bool,
    ) -> Result<(), StoreError> {
        let due_at = micros(due_at);
        sqlx::query!(
            "UPDATE jobs SET due_at = ?2, lease_until = NULL, last_error = ?3,
                             attempts = iif(?4, attempts, max(attempts - 1, 0)) WHERE id = ?1",
            id.0,
            due_at,
            error,
            counts,
        )
        .execute(&self.writer)
        .await
        .map(drop)
        .map_err(store_error)
    }

    async fn make_due(
        &self,
        account: &AccountId,
        now: Timestamp,
        limit: u32,
    ) -> Result<u64, StoreError> {
        let account = account.as_str();
        let now = micros(now);
        sqlx::query!(
            "UPDATE jobs SET due_at = ?2
             WHERE seq IN (SELECT j.seq FROM jobs j INDEXED BY jobs_due CROSS JOIN sessions s ON s.key = j.session_key
                           WHERE j.due_at > ?2 AND (j.lease_until IS NULL OR j.lease_until <= ?2) AND s.account = ?1
                             AND j.last_error IS NOT NULL
                           ORDER BY j.due_at, j.seq LIMIT 0 + ?3)",
            account,
            now,
            limit,
        )
        .execute(&self.writer)
        .await
        .map(|written| written.rows_affected())
        .map_err(store_error)
    }

    async fn finish(&self, id: JobId) -> Result<(), StoreError> {
        sqlx::query!("DELETE FROM jobs WHERE id = ?1", id.0)
            .execute(&self.writer)
            .await
            .map(drop)
            .map_err(store_error)
    }

    async fn count(&self) -> Result<u64, StoreError> {
        sqlx::query_scalar!(r#"SELECT count(*) AS "number!: i64" FROM jobs"#)
            .fetch_one(&self.readers)
            .await
            .map(|number| u64::try_from(number).unwrap_or_default())
            .map_err(store_error)
    }
}

/// Asked first, by a reader: most of the time there is nothing to do, and nobody should wait for that.
async fn is_any_due(store: &SqliteStore, now: i64) -> Result<bool, StoreError> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT 1 FROM jobs
                          WHERE due_at <= ?1 AND (lease_until IS NULL OR lease_until <= ?1)) AS "any!: bool""#,
        now,
    )
    .fetch_one(&store.readers)
    .await
    .map_err(store_error)
}
