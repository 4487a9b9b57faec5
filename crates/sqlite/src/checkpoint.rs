//! Moving the write-ahead log into the database, beside the writing and not within it.
//!
//! By itself SQLite does that at the end of whichever commit finds a thousand pages in the log: that commit, and everybody
//! behind it, then waits until as many pages are read, written elsewhere and synced. Here a connection of its own does
//! it, which hinders neither writers nor readers. It cannot begin the log anew, though, while others keep writing: that
//! is left to the writer ([`AT_MOST`]), who by then has little to move.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection, SqlitePool};
use tokio::sync::{Mutex, Notify};
use tokio::task::JoinHandle;

use idv_engine::store::StoreError;

use crate::failure::store_error;

/// Pages in the log from which the writer moves them itself: 32 MiB. The log is rarely larger.
pub(crate) const AT_MOST: &str = "8000";
/// Pages that are worth a move: 8 MiB. Those that were written several times are moved once.
const WORTH_IT: i64 = 2_000;
/// How often, in uses of the writing connection, somebody looks how many there are.
const LOOKED_EVERY: u32 = 16;

/// Tells of what was written. Cloning it gives another handle on the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Written(Arc<Signal>);

#[derive(Debug, Default)]
struct Signal {
    uses: AtomicU32,
    enough: Notify,
}

impl Written {
    /// The pool says so each time it gets its connection back.
    pub(crate) fn heard_from(self, pool: SqlitePoolOptions) -> SqlitePoolOptions {
        pool.after_release(move |_, _| {
            if self.0.uses.fetch_add(1, Ordering::Relaxed) % LOOKED_EVERY == LOOKED_EVERY - 1 {
                self.0.enough.notify_one();
            }
            Box::pin(async { Ok(true) })
        })
    }
}

/// Whoever moves the log. It ends when the pool that writes is closed or gone.
#[derive(Debug)]
pub(crate) struct Checkpoints {
    /// Held while the log is moved: SQLite turns the second one away who tries, and does not have it wait.
    turn: Arc<Mutex<()>>,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Checkpoints {
    /// Starts it.
    pub(crate) async fn start(
        options: &SqliteConnectOptions,
        writer: &SqlitePool,
        written: Written,
    ) -> Result<Self, StoreError> {
        let mut connection = options.connect().await.map_err(store_error)?;
        let turn = Arc::<Mutex<()>>::default();
        let closed = writer.close_event();
        let work = {
            let turn = Arc::clone(&turn);
            async move {
                let moving = async {
                    loop {
                        written.0.enough.notified().await;
                        let _turn = turn.lock().await;
                        if let Err(error) = move_if_worth_it(&mut connection).await {
                            // The writer moves it then, later and at its own cost.
                            tracing::warn!(%error, "the write-ahead log could not be moved");
                        }
                    }
                };
                tokio::select! {
                    () = closed => {}
                    () = moving => {}
                }
                let _ = connection.close().await;
            }
        };
        Ok(Self {
            turn,
            task: Mutex::new(Some(tokio::spawn(work))),
        })
    }

    /// Nobody of this process moves the log as long as this lives.
    pub(crate) async fn hold_up(&self) -> impl Drop + use<'_> {
        self.turn.lock().await
    }

    /// To see whether it has ended.
    #[cfg(test)]
    pub(crate) async fn handle(&self) -> tokio::task::AbortHandle {
        self.task.lock().await.as_ref().unwrap().abort_handle()
    }

    /// Waits until it has ended, once the pool is closed.
    pub(crate) async fn ended(&self) {
        if let Some(task) = self.task.lock().await.take() {
            let _ = task.await;
        }
    }
}

/// Each pragma answers whether somebody was in the way, how many pages the log holds, and how many of them are moved.
async fn move_if_worth_it(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let (_, held, moved) = pragma(connection, "PRAGMA wal_checkpoint(NOOP)").await?;
    if held - moved >= WORTH_IT {
        pragma(connection, "PRAGMA wal_checkpoint(PASSIVE)").await?;
    }
    Ok(())
}

async fn pragma(
    connection: &mut SqliteConnection,
    statement: &'static str,
) -> Result<(i64, i64, i64), StoreError> {
    sqlx::query_as(statement)
        .fetch_one(connection)
        .await
        .map_err(store_error)
}
