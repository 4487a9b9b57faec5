//! Making what was deleted unreadable.

use std::time::Duration;

use idv_engine::store::{StoreError, StoreErrorKind};
use sqlx::{Executor as _, PgPool};

use crate::failure::store_error;

/// Up to this size the table of data keys is written anew, which takes a fraction of a second in which nobody can
/// read a key. About 50 000 keys.
const REWRITTEN_UP_TO_BYTES: i64 = 16 << 20;
/// How often to look whether everybody who may still see what was deleted is gone.
const TRIES: u32 = 12;
const PAUSE: Duration = Duration::from_millis(250);

/// Removes what no transaction sees any more. `VACUUM` frees the space and leaves the bytes until something else is
/// written there; only `FULL` puts the rows that are left into a new file.
pub(crate) async fn scrub(pool: &PgPool) -> Result<(), StoreError> {
    let nobody_is_left = wait_for_older_transactions(pool).await?;
    let size = sqlx::query_scalar!(
        r#"SELECT pg_total_relation_size('idv.data_keys'::regclass) AS "bytes!""#
    )
    .fetch_one(pool)
    .await
    .map_err(store_error)?;
    let keys = if size <= REWRITTEN_UP_TO_BYTES {
        "VACUUM (FULL) idv.data_keys"
    } else {
        "VACUUM idv.data_keys"
    };
    for statement in [keys, "VACUUM idv.subjects"] {
        pool.execute(statement).await.map_err(store_error)?;
    }
    if nobody_is_left {
        Ok(())
    } else {
        Err(StoreError::new(
            StoreErrorKind::Unavailable,
            "what was deleted may still be in the files of the database, because a transaction that is older (a backup?) has been open all the time: try again when that has ended",
        ))
    }
}

/// Postgres keeps what was deleted for whoever began before. False if somebody is still there in the end.
#[expect(
    clippy::disallowed_methods,
    reason = "Postgres tells nobody when a transaction of another connection has ended: it can only be asked again"
)]
async fn wait_for_older_transactions(pool: &PgPool) -> Result<bool, StoreError> {
    // Whatever was deleted until now was deleted by a transaction before this one.
    let now = sqlx::query_scalar!(r#"SELECT pg_current_xact_id()::xid::text AS "now!""#)
        .fetch_one(pool)
        .await
        .map_err(store_error)?;
    for _ in 0..TRIES {
        if !is_somebody_older(pool, &now).await? {
            return Ok(true);
        }
        tokio::time::sleep(PAUSE).await;
    }
    Ok(false)
}

/// Writers anywhere on the server, and readers of this database whose state is an older one. (Of readers who are other
/// users, Postgres tells only those who may see statistics.)
async fn is_somebody_older(pool: &PgPool, now: &str) -> Result<bool, StoreError> {
    sqlx::query_scalar!(
        r#"SELECT age(pg_snapshot_xmin(pg_current_snapshot())::xid) >= age($1::text::xid)
                  OR EXISTS (SELECT 1 FROM pg_catalog.pg_stat_activity a
                             WHERE a.pid <> pg_backend_pid() AND age(a.backend_xmin) >= age($1::text::xid)
                               AND (a.datname = current_database() OR a.datname IS NULL)) AS "somebody!""#,
        now,
    )
    .fetch_one(pool)
    .await
    .map_err(store_error)
}
