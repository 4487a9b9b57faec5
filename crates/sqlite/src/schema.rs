//! Which schema this build works with, and whether a database has it.

use idv_engine::store::{StoreError, StoreErrorKind};
use sqlx::SqlitePool;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqlitePoolOptions};

use crate::failure::{corrupt, store_error};

static MIGRATIONS: Migrator = sqlx::migrate!();

/// Brings a database to the schema of this build. A database from a newer build, or one whose migrations differ
/// from ours, is refused and left as it is.
pub(crate) async fn migrate(writer: &SqlitePool) -> Result<(), StoreError> {
    MIGRATIONS.run(writer).await.map_err(migrate_error)
}

fn migrate_error(error: MigrateError) -> StoreError {
    match error {
        MigrateError::VersionMissing(_) | MigrateError::VersionTooNew(..) => corrupt(
            "the file was written by a newer version of this program: start that version, or restore a backup made before it ran",
        ),
        MigrateError::VersionMismatch(_) => corrupt(
            "the file was made with other migrations than those of this program: it belongs to another build",
        ),
        MigrateError::Dirty(_) => {
            corrupt("a migration of the file was begun and not finished: restore a backup")
        }
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => {
            store_error(error)
        }
        _ => StoreError::new(StoreErrorKind::Failed, "the migrations could not be run"),
    }
}

/// Tables, indexes and triggers, each with the statement that made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Schema(Vec<(String, String)>);

impl Schema {
    /// What the migrations of this build make of an empty database.
    pub(crate) async fn expected() -> Result<Self, StoreError> {
        let empty = SqlitePoolOptions::new()
            .max_connections(1)
            .connect_with(SqliteConnectOptions::new().in_memory(true))
            .await
            .map_err(store_error)?;
        migrate(&empty).await?;
        let mut connection = empty.acquire().await.map_err(store_error)?;
        let schema = Self::of(&mut connection).await?;
        drop(connection);
        empty.close().await;
        Ok(schema)
    }

    /// What a database has.
    async fn of(connection: &mut SqliteConnection) -> Result<Self, StoreError> {
        sqlx::query_as("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name")
            .fetch_all(connection)
            .await
            .map(Self)
            .map_err(store_error)
    }

    /// Refuses a database in which something of ours is missing or is not what it was. What others added beside
    /// it, such as a backup tool, is theirs.
    pub(crate) async fn must_be_in(
        &self,
        connection: &mut SqliteConnection,
    ) -> Result<(), StoreError> {
        let found = Self::of(connection).await?;
        let whole = self.0.iter().all(|object| found.0.contains(object));
        whole.then_some(()).ok_or(corrupt(
            "the schema of the file was changed by hand: restore a backup, or undo the change",
        ))
    }

    /// The same, and whether the migrations are still those of this build.
    pub(crate) async fn must_be_current(
        &self,
        connection: &mut SqliteConnection,
    ) -> Result<(), StoreError> {
        let applied: Vec<(i64, Vec<u8>)> =
            sqlx::query_as("SELECT version, checksum FROM _sqlx_migrations ORDER BY version")
                .fetch_all(&mut *connection)
                .await
                .map_err(store_error)?;
        let ours = MIGRATIONS
            .iter()
            .map(|migration| (migration.version, migration.checksum.to_vec()));
        if !applied.into_iter().eq(ours) {
            return Err(corrupt(
                "the file was migrated by another version of this program while this one was running: restart it",
            ));
        }
        self.must_be_in(connection).await
    }
}
