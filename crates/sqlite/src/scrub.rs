//! Making what was deleted unreadable.

use std::time::Duration;

use idv_engine::store::{StoreError, StoreErrorKind};
use sqlx::{ConnectOptions as _, Connection as _, SqlitePool};

use crate::checkpoint::Checkpoints;
use crate::failure::store_error;

/// How often to try while somebody reads an older state of the database.
const TRIES: u32 = 4;
/// How long one try waits for that one. Nobody can write in the meantime.
const PATIENCE: Duration = Duration::from_millis(500);
/// How long others may write between two tries.
const PAUSE: Duration = Duration::from_millis(250);

/// Moves the write-ahead log into the database, where old rows were overwritten, and cuts it to nothing.
#[expect(
    clippy::disallowed_methods,
    reason = "SQLite tells nobody when a reader of an older state has ended: it can only be asked again"
)]
pub(crate) async fn scrub(
    writer: &SqlitePool,
    checkpoints: Option<&Checkpoints>,
) -> Result<(), StoreError> {
    for _ in 0..TRIES {
        if is_emptied(writer, checkpoints).await? {
            return Ok(());
        }
        tokio::time::sleep(PAUSE).await;
    }
    Err(StoreError::new(
        StoreErrorKind::Unavailable,
        "what was deleted may still be in the write-ahead log, because somebody (a backup?) has been reading an \
         older state of the file all the time: try again when that has ended",
    ))
}

/// One try, on a connection of its own because of its own patience. Meanwhile nobody of this process writes.
async fn is_emptied(
    writer: &SqlitePool,
    checkpoints: Option<&Checkpoints>,
) -> Result<bool, StoreError> {
    let _alone = match checkpoints {
        Some(checkpoints) => Some(checkpoints.hold_up().await),
        None => None,
    };
    let turn = writer.acquire().await.map_err(store_error)?;
    let options = writer.connect_options();
    let options = options.as_ref().clone().busy_timeout(PATIENCE);
    let mut connection = options.connect().await.map_err(store_error)?;
    // The first column says whether somebody was in the way. A database in memory has no log and says no.
    let busy: i64 = sqlx::query_scalar("PRAGMA wal_checkpoint(TRUNCATE)")
        .fetch_one(&mut connection)
        .await
        .map_err(store_error)?;
    connection.close().await.map_err(store_error)?;
    drop(turn);
    Ok(busy == 0)
}
