//! Values of the installation itself.

use idv_engine::store::StoreError;
use sqlx::PgConnection;

use crate::columns::text;
use crate::failure::store_error;

pub(super) async fn get(
    connection: &mut PgConnection,
    name: &str,
) -> Result<Option<Vec<u8>>, StoreError> {
    let name = text(name);
    sqlx::query_scalar!("SELECT value FROM idv.meta WHERE name = $1", &name as &str)
        .fetch_optional(connection)
        .await
        .map_err(store_error)
}

pub(super) async fn get_or_insert(
    connection: &mut PgConnection,
    name: &str,
    value: &[u8],
) -> Result<Vec<u8>, StoreError> {
    let name = text(name);
    // Waits for whoever is inserting the same name, and reads what that one has committed.
    sqlx::query!(
        "INSERT INTO idv.meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
        &name as &str,
        value,
    )
    .execute(&mut *connection)
    .await
    .map_err(store_error)?;
    sqlx::query_scalar!("SELECT value FROM idv.meta WHERE name = $1", &name as &str)
        .fetch_one(connection)
        .await
        .map_err(store_error)
}

pub(super) async fn replace(
    connection: &mut PgConnection,
    name: &str,
    value: &[u8],
) -> Result<(), StoreError> {
    let name = text(name);
    sqlx::query!(
        "INSERT INTO idv.meta (name, value) VALUES ($1, $2)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        &name as &str,
        value,
    )
    .execute(connection)
    .await
    .map(drop)
    .map_err(store_error)
}
