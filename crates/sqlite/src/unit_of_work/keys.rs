//! Data keys.

use idv_core::{AccountId, Timestamp};
use idv_engine::store::{DataKeyId, KeyOwner, StoreError, SubjectId, WrappedKey};
use sqlx::SqliteConnection;
use uuid::Uuid;

use crate::columns::micros;
use crate::failure::{corrupt, store_error};

/// Stands in the column of the account where the key is the installation's. No account can be called so.
const INSTALLATION: &str = "@installation";

/// A row of `data_keys`.
pub(crate) struct KeyRecord {
    pub(crate) id: Uuid,
    pub(crate) account: Option<String>,
    pub(crate) subject_id: Option<Uuid>,
    pub(crate) master_key_id: String,
    pub(crate) wrapped: Vec<u8>,
    pub(crate) created_at: i64,
}

impl TryFrom<KeyRecord> for WrappedKey {
    type Error = StoreError;

    fn try_from(record: KeyRecord) -> Result<Self, StoreError> {
        let owner = match (record.account, record.subject_id) {
            (Some(account), None) if account == INSTALLATION => KeyOwner::Installation,
            (Some(account), None) => KeyOwner::Account(AccountId::new(account)),
            (None, Some(subject)) => KeyOwner::Subject(SubjectId(subject)),
            _ => return Err(corrupt("a data key has no owner, or two")),
        };
        Ok(Self {
            id: DataKeyId(record.id),
            owner,
            master_key_id: record.master_key_id,
            wrapped: record.wrapped,
            created_at: Timestamp::from_unix_micros(record.created_at),
        })
    }
}

/// The two columns of an owner; one of them is empty.
fn columns(owner: &KeyOwner) -> (Option<&str>, Option<Uuid>) {
    match owner {
        KeyOwner::Account(account) => (Some(account.as_str()), None),
        KeyOwner::Subject(subject) => (None, Some(subject.0)),
        KeyOwner::Installation => (Some(INSTALLATION), None),
    }
}

pub(super) async fn of_owner(
    connection: &mut SqliteConnection,
    owner: &KeyOwner,
) -> Result<Option<WrappedKey>, StoreError> {
    let (account, subject) = columns(owner);
    // `= NULL` is never true, so the empty one finds nothing.
    sqlx::query_as!(
        KeyRecord,
        r#"SELECT id AS "id: Uuid", account, subject_id AS "subject_id: Uuid", master_key_id, wrapped, created_at
           FROM data_keys WHERE account = ?1 OR subject_id = ?2"#,
        account,
        subject,
    )
    .fetch_optional(connection)
    .await
    .map_err(store_error)?
    .map(TryInto::try_into)
    .transpose()
}

pub(crate) async fn get(
    connection: &mut SqliteConnection,
    id: DataKeyId,
) -> Result<Option<WrappedKey>, StoreError> {
    sqlx::query_as!(
        KeyRecord,
        r#"SELECT id AS "id: Uuid", account, subject_id AS "subject_id: Uuid", master_key_id, wrapped, created_at
           FROM data_keys WHERE id = ?1"#,
        id.0,
    )
    .fetch_optional(connection)
    .await
    .map_err(store_error)?
    .map(TryInto::try_into)
    .transpose()
}

pub(super) async fn insert(
    connection: &mut SqliteConnection,
    key: &WrappedKey,
) -> Result<bool, StoreError> {
    let (account, subject) = columns(&key.owner);
    let created_at = micros(key.created_at);
    let written = sqlx::query!(
        "INSERT INTO data_keys (id, account, subject_id, master_key_id, wrapped, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (account) DO NOTHING
         ON CONFLICT (subject_id) DO NOTHING",
        key.id.0,
        account,
        subject,
        key.master_key_id,
        key.wrapped,
        created_at,
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(written.rows_affected() == 1)
}

/// No lock is needed: the unit of work has the database to itself.
pub(super) async fn not_wrapped_by(
    connection: &mut SqliteConnection,
    master_key_id: &str,
    limit: u32,
) -> Result<Vec<WrappedKey>, StoreError> {
    let limit = i64::from(limit);
    // Two ranges of an index: "is not" would look at every key, also when none is left.
    sqlx::query_as!(
        KeyRecord,
        r#"SELECT id AS "id: Uuid", account, subject_id AS "subject_id: Uuid", master_key_id, wrapped, created_at
           FROM data_keys WHERE master_key_id < ?1 OR master_key_id > ?1 LIMIT 0 + ?2"#,
        master_key_id,
        limit,
    )
    .fetch_all(connection)
    .await
    .map_err(store_error)?
    .into_iter()
    .map(TryInto::try_into)
    .collect()
}

pub(super) async fn rewrap(
    connection: &mut SqliteConnection,
    key: &WrappedKey,
) -> Result<bool, StoreError> {
    let written = sqlx::query!(
        "UPDATE data_keys SET master_key_id = ?2, wrapped = ?3 WHERE id = ?1",
        key.id.0,
        key.master_key_id,
        key.wrapped,
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(written.rows_affected() == 1)
}

pub(super) async fn delete_of(
    connection: &mut SqliteConnection,
    owner: &KeyOwner,
) -> Result<bool, StoreError> {
    let (account, subject) = columns(owner);
    let written = sqlx::query!(
        "DELETE FROM data_keys WHERE account = ?1 OR subject_id = ?2",
        account,
        subject,
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(written.rows_affected() == 1)
}

/// How many data keys each master key has wrapped.
pub(crate) async fn by_master_key(
    connection: &mut SqliteConnection,
) -> Result<Vec<(String, u64)>, StoreError> {
    let counted = sqlx::query!(
        r#"SELECT master_key_id, count(*) AS "number!: i64" FROM data_keys GROUP BY master_key_id"#,
    )
    .fetch_all(connection)
    .await
    .map_err(store_error)?;
    Ok(counted
        .into_iter()
        .map(|row| {
            (
                row.master_key_id,
                u64::try_from(row.number).unwrap_or_default(),
            )
        })
        .collect())
}
