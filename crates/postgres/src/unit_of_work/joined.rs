//! Units of work inside a transaction that somebody else began.

use idv_engine::store::StoreError;
use sqlx::{Executor as _, PgConnection};

use super::PostgresUnitOfWork;
use crate::failure::{failed, store_error};
use crate::rollbacks::OwnTransaction;

/// A unit of work inside a transaction of the application: the engine's rows and the application's own become durable
/// together, or not at all. It commits nothing and rolls nothing back; dropping it does nothing.
///
/// The database must be that of a [`PostgresStore`](crate::PostgresStore), which has made the tables. They lie in the
/// schema `idv`, so the application's tables may have any name, and its search path any value. End soon: what belongs
/// to the same person waits until the transaction ends, and fails after a few seconds.
///
/// The first call looks at the transaction, and each of these is a [`StoreErrorKind::Failed`] that writes nothing:
/// - There is none. Otherwise every row would be committed by itself.
/// - Its isolation is not READ COMMITTED, Postgres' default. At a higher level, what is read after waiting for a lock
///   is older than the wait, and the engine would decide on it.
///
/// Where the tables are not there, the error is a [`StoreErrorKind::Corrupt`]. After any error roll back: Postgres
/// refuses every further statement of the transaction. After a [`StoreErrorKind::Conflict`], do it all again.
///
/// [`StoreErrorKind::Failed`]: idv_engine::store::StoreErrorKind::Failed
/// [`StoreErrorKind::Corrupt`]: idv_engine::store::StoreErrorKind::Corrupt
/// [`StoreErrorKind::Conflict`]: idv_engine::store::StoreErrorKind::Conflict
pub type Joined<'c> = PostgresUnitOfWork<Caller<'c>>;

impl<'c> Joined<'c> {
    /// Joins the transaction this connection is in.
    pub const fn new(connection: &'c mut PgConnection) -> Self {
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
    connection: &'c mut PgConnection,
    is_checked: bool,
}

/// What a unit of work runs its statements on.
pub trait Ready: Send {
    /// The connection, in a transaction that sees what was committed before each statement.
    fn ready(&mut self) -> impl Future<Output = Result<&mut PgConnection, StoreError>> + Send;
}

/// Begun by the store.
impl Ready for OwnTransaction {
    async fn ready(&mut self) -> Result<&mut PgConnection, StoreError> {
        self.connection()
    }
}

impl Ready for Caller<'_> {
    async fn ready(&mut self) -> Result<&mut PgConnection, StoreError> {
        if !self.is_checked {
            must_be_in_a_transaction(self.connection).await?;
            must_be_read_committed(self.connection).await?;
            self.is_checked = true;
        }
        Ok(self.connection)
    }
}

/// Postgres refuses a savepoint outside of one.
async fn must_be_in_a_transaction(connection: &mut PgConnection) -> Result<(), StoreError> {
    for statement in ["SAVEPOINT idv_joined", "RELEASE SAVEPOINT idv_joined"] {
        connection.execute(statement).await.map_err(store_error)?;
    }
    Ok(())
}

async fn must_be_read_committed(connection: &mut PgConnection) -> Result<(), StoreError> {
    let isolation =
        sqlx::query_scalar!(r#"SELECT current_setting('transaction_isolation') AS "isolation!""#)
            .fetch_one(connection)
            .await
            .map_err(store_error)?;
    if isolation == "read committed" {
        Ok(())
    } else {
        Err(failed(
            "the transaction to join is not of isolation READ COMMITTED: begin it with BEGIN ISOLATION LEVEL READ COMMITTED",
        ))
    }
}
