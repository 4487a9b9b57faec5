//! Sessions that are asked about because nothing is heard of them, and what their webhooks had not told.

use std::time::Duration;

use async_trait::async_trait;
use idv_core::{AccountId, ObservationId, SessionKey, Timestamp};
use idv_engine::store::{
    DuePoll, MissedWebhookCount, MissedWebhookFilter, MissedWebhookRow, Page, PageRequest, Polls,
    StoreError,
};
use sqlx::{QueryBuilder, Sqlite};
use uuid::Uuid;

use crate::SqliteStore;
use crate::columns::{count, micros};
use crate::failure::store_error;
use crate::page::{page_of, probe};
use crate::unit_of_work::MissedWebhookRecord;

#[async_trait]
impl Polls for SqliteStore {
    async fn claim(
        &self,
        account: &AccountId,
        now: Timestamp,
        lease: Duration,
    ) -> Result<Option<DuePoll>, StoreError> {
        let account = account.as_str();
        let until = micros(now.plus(lease));
        let now = micros(now);
        let claimed = sqlx::query!(
            r#"UPDATE sessions SET poll_at = ?3, poll_attempts = poll_attempts + 1
               WHERE seq IN (SELECT s.seq FROM sessions s WHERE s.account = ?1 AND s.poll_at <= ?2
                             ORDER BY s.poll_at, s.seq LIMIT 1)
               RETURNING key AS "key: Uuid", poll_attempts"#,
            account,
            now,
            until,
        )
        .fetch_optional(&self.writer)
        .await
        .map_err(store_error)?;
        claimed
            .map(|row| {
                Ok(DuePoll {
                    session: SessionKey::from_uuid(row.key),
                    attempts: count(row.poll_attempts)?,
                })
            })
            .transpose()
    }

    async fn put_off(&self, session: SessionKey, until: Timestamp) -> Result<(), StoreError> {
        let session = session.as_uuid();
        let until = micros(until);
        sqlx::query!(
            "UPDATE sessions SET poll_at = ?2 WHERE key = ?1 AND poll_at < ?2",
            session,
            until,
        )
        .execute(&self.writer)
        .await
        .map(drop)
        .map_err(store_error)
    }

    async fn missed(
        &self,
        filter: &MissedWebhookFilter,
        page: PageRequest<ObservationId>,
    ) -> Result<Page<MissedWebhookRow, ObservationId>, StoreError> {
        let found = missed_query(filter, page)
            .build_query_as::<MissedWebhookRecord>()
            .fetch_all(&self.readers)
            .await
            .map_err(store_error)?
            .into_iter()
            .map(TryInto::try_into)
            .collect::<Result<Vec<MissedWebhookRow>, _>>()?;
        Ok(page_of(found, page.limit, |row| row.observation))
    }

    async fn missed_counts(&self, since: Timestamp) -> Result<Vec<MissedWebhookCount>, StoreError> {
        let since = micros(since);
        let counted = sqlx::query!(
            r#"SELECT account, count(*) AS "missed!: i64", count(arrived_at) AS "late!: i64"
               FROM missed_webhooks INDEXED BY missed_webhooks_by_time
               WHERE found_at >= ?1 GROUP BY account ORDER BY account"#,
            since,
        )
        .fetch_all(&self.readers)
        .await
        .map_err(store_error)?;
        let counts = counted.into_iter().map(|row| MissedWebhookCount {
            account: AccountId::new(row.account),
            missed: u64::try_from(row.missed).unwrap_or_default(),
            late: u64::try_from(row.late).unwrap_or_default(),
        });
        Ok(counts.collect())
    }
}

/// Newest first. There is an index in this order for all of them, and one for those of an account.
pub(crate) fn missed_query(
    filter: &MissedWebhookFilter,
    page: PageRequest<ObservationId>,
) -> QueryBuilder<Sqlite> {
    let mut query = QueryBuilder::new(
        "SELECT observation, session_key, request_id, account, found_at, from_status, to_status, quiet_micros,
                arrived_at
         FROM missed_webhooks WHERE true",
    );
    if let Some(account) = &filter.account {
        query
            .push(" AND account = ")
            .push_bind(account.as_str().to_owned());
    }
    if let Some(since) = filter.since {
        query.push(" AND found_at >= ").push_bind(micros(since));
    }
    if let Some(after) = page.after {
        query
            .push(" AND (found_at, seq) < (SELECT c.found_at, c.seq FROM missed_webhooks c WHERE c.observation = ")
            .push_bind(after.as_uuid())
            .push(")");
    }
    query
        .push(" ORDER BY found_at DESC, seq DESC LIMIT 0 + ")
        .push_bind(probe(page.limit));
    query
}
