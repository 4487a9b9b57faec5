//! Making what was deleted unreadable.

use idv_engine::store::StoreError;
use sqlx::{Executor as _, PgPool};

use crate::failure::store_error;

/// Up to this size the table of data keys is written anew, which takes a fraction of a second in which nobody can
/// read a key. About 50 000 keys.
const REWRITTEN_UP_TO_BYTES: i64 = 16 << 20;

/// Removes what no transaction sees any more. `VACUUM` frees the space and leaves the bytes until something else is
/// written there; only `FULL` puts the rows that are left into a new file.
pub(crate) async fn scrub(pool: &PgPool) -> Result<(), StoreError> {
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
    Ok(())
}
