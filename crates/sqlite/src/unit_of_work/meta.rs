//! Values of the installation itself.

use idv_engine::store::StoreError;
use sqlx::SqliteConnection;

use crate::failure::store_error;

pub(super) async fn get(
    connection: &mut SqliteConnection,
    name: &str,
) -> Result<Option<Vec<u8>>, StoreError> {
    sqlx::query_scalar!("SELECT value FROM meta WHERE name = ?1", name)
        .fetch_optional(connection)
        .await
        .map_err(store_error)
}

pub(super) async fn get_or_insert(
    connection: &mut SqliteConnection,
    name: &str,
    value: &[u8],
) -> Result<Vec<u8>, StoreError> {
    sqlx::query!(
        "INSERT INTO meta (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO NOTHING",
        name,
        value,
    )
    .execute(&mut *connection)
    .await
    .map_err(store_error)?;
    sqlx::query_scalar!("SELECT value FROM meta WHERE name = ?1", name)
        .fetch_one(connection)
        .await
        .map_err(store_error)
}

pub(super) async fn replace(
    connection: &mut SqliteConnection,
    name: &str,
    value: &[u8],
) -> Result<(), StoreError> {
    sqlx::query!(
        "INSERT INTO meta (name, value) VALUES (?1, ?2)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        name,
        value,
    )
    .execute(connection)
    .await
    .map(drop)
    .map_err(store_error)
}
