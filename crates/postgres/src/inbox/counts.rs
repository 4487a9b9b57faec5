//! How many deliveries are in each state.
//!
//! Counting rows takes the longer the more there are, and a row per state that everybody updates makes everybody
//! wait for everybody. So a change of state adds a row with its difference to `delivery_counts` (triggers do, in the
//! transaction of the change), and the number is the sum. Every so often a worker that asks for work adds up what has
//! piled up; it skips rows that somebody else is adding up.

use std::sync::atomic::Ordering;

use idv_engine::store::{DeliveryState, InboxCounts, StoreError};
use sqlx::PgPool;

use crate::PostgresStore;
use crate::failure::{corrupt, store_error};

/// Every so many claims of one process, the differences are added together.
const CLAIMS: u32 = 64;
/// The most differences to add together at once. More than [`CLAIMS`] rounds of work leave behind.
const DIFFERENCES: i64 = 10_000;

pub(super) async fn of_states(pool: &PgPool) -> Result<InboxCounts, StoreError> {
    let counted = sqlx::query!(
        r#"SELECT state, sum(number)::bigint AS "number!" FROM idv.delivery_counts GROUP BY state"#
    )
    .fetch_all(pool)
    .await
    .map_err(store_error)?;
    let mut counts = InboxCounts::default();
    for row in counted {
        let number = u64::try_from(row.number).unwrap_or_default();
        match DeliveryState::from_word(&row.state) {
            Some(DeliveryState::Pending) => counts.pending = number,
            Some(DeliveryState::Done) => counts.done = number,
            Some(DeliveryState::Ignored) => counts.ignored = number,
            Some(DeliveryState::Unmatched) => counts.unmatched = number,
            Some(DeliveryState::Dead) => counts.dead = number,
            _ => return Err(corrupt("a delivery is in an unknown state")),
        }
    }
    Ok(counts)
}

pub(super) async fn add_together_now_and_then(store: &PostgresStore) -> Result<(), StoreError> {
    if store.claims.fetch_add(1, Ordering::Relaxed) % CLAIMS == CLAIMS - 1 {
        add_together(&store.pool).await?;
    }
    Ok(())
}

/// One statement: whoever counts sees the differences or their sum.
pub(crate) async fn add_together(pool: &PgPool) -> Result<(), StoreError> {
    sqlx::query!(
        "WITH taken AS (
             DELETE FROM idv.delivery_counts
             WHERE seq IN (SELECT c.seq FROM idv.delivery_counts c ORDER BY c.seq LIMIT $1 FOR UPDATE SKIP LOCKED)
             RETURNING state, number
         )
         INSERT INTO idv.delivery_counts (state, number) SELECT state, sum(number) FROM taken GROUP BY state",
        DIFFERENCES,
    )
    .execute(pool)
    .await
    .map(drop)
    .map_err(store_error)
}
