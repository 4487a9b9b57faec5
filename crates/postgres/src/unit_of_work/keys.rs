//! Data keys.

use idv_core::{AccountId, Timestamp};
use idv_engine::store::{DataKeyId, KeyOwner, StoreError, SubjectId, WrappedKey};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::columns::{from_text, maybe_text, micros, text};
use crate::failure::{corrupt, store_error};

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
            (Some(account), None) => KeyOwner::Account(AccountId::new(from_text(account))),
            (None, Some(subject)) => KeyOwner::Subject(SubjectId(subject)),
            _ => return Err(corrupt("a data key has no owner, or two")),
        };
        Ok(Self {
            id: DataKeyId(record.id),
            owner,
            master_key_id: from_text(record.master_key_id),
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
    }
}

pub(super) async fn of_owner(
    connection: &mut PgConnection,
    owner: &KeyOwner,
) -> Result<Option<WrappedKey>, StoreError> {
    let (account, subject) = columns(owner);
    let account = maybe_text(account);
    // `= NULL` is never true, so the empty one finds nothing.
    sqlx::query_as!(
        KeyRecord,
        r#"SELECT id, account, subject_id, master_key_id, wrapped, created_at
           FROM idv.data_keys WHERE account = $1 OR subject_id = $2"#,
        account.as_deref(),
        subject,
    )
    .fetch_optional(connection)
    .await
    .map_err(store_error)?
    .map(TryInto::try_into)
    .transpose()
}

pub(crate) async fn get(
    connection: &mut PgConnection,
    id: DataKeyId,
) -> Result<Option<WrappedKey>, StoreError> {
    sqlx::query_as!(
        KeyRecord,
        r#"SELECT id, account, subject_id, master_key_id, wrapped, created_at
           FROM idv.data_keys WHERE id = $1"#,
        id.0,
    )
    .fetch_optional(connection)
    .await
    .map_err(store_error)?
    .map(TryInto::try_into)
    .transpose()
}

pub(super) async fn insert(
    connection: &mut PgConnection,
    key: &WrappedKey,
) -> Result<bool, StoreError> {
    let (account, subject) = columns(&key.owner);
    let account = maybe_text(account);
    let master_key_id = text(&key.master_key_id);
    let created_at = micros(key.created_at);
    // An owner is one of the two, so at most one of the unique columns can object.
    let written = sqlx::query!(
        "INSERT INTO idv.data_keys (id, account, subject_id, master_key_id, wrapped, created_at)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT DO NOTHING",
        key.id.0,
        account.as_deref(),
        subject,
        &master_key_id as &str,
        key.wrapped,
        created_at,
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(written.rows_affected() == 1)
}
