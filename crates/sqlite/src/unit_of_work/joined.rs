//! Units of work inside a transaction that somebody else began.

use idv_engine::store::{StoreError, StoreErrorKind};
use sqlx::{Executor as _, Sqlite, SqliteConnection, Transaction};

use super::SqliteUnitOfWork;
use crate::failure::{corrupt, is_plain_error, store_error};

/// A unit of work inside a transaction of the application: the engine's rows and the application's own become durable
/// together, or not at all. It commits nothing and rolls nothing back; dropping it does nothing.
///
/// The connection must be open on the file of an [`SqliteStore`](crate::SqliteStore), which has made the tables. Begin
/// with `BEGIN IMMEDIATE`, so that what the application reads stays true until it commits, and end soon: nobody else
/// can write in the meantime, and a unit of work of the store itself waits five seconds and then fails.
///
/// The first call looks at the transaction:
/// - There is none: refused with [`StoreErrorKind::Failed`], and nothing is written. Otherwise every row would be
///   committed by itself.
/// - It was begun with a plain `BEGIN`: the first call takes the write lock. If somebody else has written since the
///   application read something, that is a [`StoreErrorKind::Conflict`]; if somebody else is writing, SQLite waits for
///   as long as the busy timeout of the connection says, then [`StoreErrorKind::Unavailable`]. Roll back and begin
///   again.
/// - The tables are not there: [`StoreErrorKind::Corrupt`].
///
/// It also sets `PRAGMA secure_delete` for the connection, because a key that is destroyed must not stay in the file.
///
/// After an error roll back, and use the unit of work no more: SQLite ends the transaction by itself if the disk is
/// full or cannot be written.
pub type Joined<'c> = SqliteUnitOfWork<Caller<'c>>;

impl<'c> Joined<'c> {
    /// Joins the transaction this connection is in.
    pub const fn new(connection: &'c mut SqliteConnection) -> Self {
        Self {
            connection: Caller {
                connection,
                is_checked: false,
            },
        }
    }
}

/// A connection of the application.
pub struct Caller<'c> {
    connection: &'c mut SqliteConnection,
    is_checked: bool,
}

/// What a unit of work runs its statements on.
pub trait Ready: Send {
    /// The connection, in a transaction that has the write lock.
    fn ready(&mut self) -> impl Future<Output = Result<&mut SqliteConnection, StoreError>> + Send;
}

/// Begun by the store, with the lock.
impl Ready for Transaction<'static, Sqlite> {
    async fn ready(&mut self) -> Result<&mut SqliteConnection, StoreError> {
        Ok(self)
    }
}

impl Ready for Caller<'_> {
    async fn ready(&mut self) -> Result<&mut SqliteConnection, StoreError> {
        if !self.is_checked {
            must_be_in_a_transaction(self.connection).await?;
            take_the_write_lock(self.connection).await?;
            self.connection
                .execute("PRAGMA secure_delete = ON")
                .await
                .map_err(store_error)?;
            self.is_checked = true;
        }
        Ok(self.connection)
    }
}

/// SQLite tells it by refusing to begin another one.
async fn must_be_in_a_transaction(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    match connection.execute("BEGIN").await {
        Ok(_) => {
            connection.execute("ROLLBACK").await.map_err(store_error)?;
            Err(StoreError::new(
                StoreErrorKind::Failed,
                "the connection to join is in no transaction: begin one with BEGIN IMMEDIATE, and commit it yourself",
            ))
        }
        Err(error) if is_plain_error(&error) => Ok(()),
        Err(error) => Err(store_error(error)),
    }
}

/// A statement that may write takes the lock, also if it finds nothing to write.
async fn take_the_write_lock(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    match sqlx::query!("UPDATE meta SET value = value WHERE name = ''")
        .execute(connection)
        .await
    {
        Ok(_) => Ok(()),
        Err(error) if is_plain_error(&error) => Err(corrupt(
            "the connection to join is open on a file without the tables of the store: open that file with SqliteStore::open first",
        )),
        Err(error) => Err(store_error(error)),
    }
}
