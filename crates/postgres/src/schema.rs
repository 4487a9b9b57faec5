//! Which schema this build works with, and whether a database has it.

use std::collections::BTreeSet;

use idv_engine::store::{StoreError, StoreErrorKind};
use sqlx::PgConnection;
use sqlx::migrate::{MigrateError, Migrator};

use crate::failure::{corrupt, store_error};

pub(crate) static MIGRATIONS: Migrator = sqlx::migrate!();

/// Everything the migrations make, one line each, as [`LISTING`] tells it. `.ci/queries` writes it.
const EXPECTED: &str = include_str!("../schema.txt");
const LISTING: &str = include_str!("schema.sql");

/// Brings a database to the schema of this build. A database from a newer build, or one whose migrations differ
/// from ours, is refused and left as it is. Of several who come at once, one does it and the others wait.
pub(crate) async fn migrate(connection: &mut PgConnection) -> Result<(), StoreError> {
    MIGRATIONS
        .run_direct(None, connection, false)
        .await
        .map_err(migrate_error)
}

fn migrate_error(error: MigrateError) -> StoreError {
    match error {
        MigrateError::VersionMissing(_) | MigrateError::VersionTooNew(..) => corrupt(
            "the database was written by a newer version of this program: start that version, or restore a backup made before it ran",
        ),
        MigrateError::VersionMismatch(_) => corrupt(
            "the database was made with other migrations than those of this program: it belongs to another build",
        ),
        MigrateError::Dirty(_) => {
            corrupt("a migration of the database was begun and not finished: restore a backup")
        }
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => {
            store_error(error)
        }
        _ => StoreError::new(StoreErrorKind::Failed, "the migrations could not be run"),
    }
}

/// Refuses a database in which something of ours is missing or is not what it was. What others added beside our
/// tables is theirs, and so is an index more; a column more in one of our tables is not.
pub(crate) async fn must_be_whole(connection: &mut PgConnection) -> Result<(), StoreError> {
    let found: Vec<String> = sqlx::query_scalar(LISTING)
        .fetch_all(connection)
        .await
        .map_err(store_error)?;
    let found: BTreeSet<&str> = found.iter().map(String::as_str).collect();
    let expected: BTreeSet<&str> = EXPECTED.lines().collect();
    let tables: BTreeSet<&str> = expected.iter().filter_map(|line| table_of(line)).collect();
    let stranger = |line: &&str| {
        !expected.contains(*line) && table_of(line).is_some_and(|table| tables.contains(table))
    };
    if expected.is_subset(&found) && !found.iter().any(stranger) {
        Ok(())
    } else {
        Err(corrupt(
            "the schema idv of the database was changed by hand: restore a backup, or undo the change",
        ))
    }
}

/// The table of a line that tells of a column.
fn table_of(line: &str) -> Option<&str> {
    let column = line.strip_prefix("column ")?;
    column.split_once('.').map(|(table, _)| table)
}

/// The same, and whether the migrations are still those of this build.
pub(crate) async fn must_be_current(connection: &mut PgConnection) -> Result<(), StoreError> {
    let applied: Vec<(i64, Vec<u8>)> =
        sqlx::query_as("SELECT version, checksum FROM idv._sqlx_migrations ORDER BY version")
            .fetch_all(&mut *connection)
            .await
            .map_err(store_error)?;
    let ours = MIGRATIONS
        .iter()
        .map(|migration| (migration.version, migration.checksum.to_vec()));
    if !applied.into_iter().eq(ours) {
        return Err(corrupt(
            "the database was migrated by another version of this program while this one was running: restart it",
        ));
    }
    must_be_whole(connection).await
}
