//! Subjects. The reference is ciphertext; what is searched is its blind index.

use idv_core::Timestamp;
use idv_engine::store::{BlindIndex, Sealed, StoreError, SubjectId, SubjectRow};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::columns::{bytes32, micros};
use crate::failure::store_error;

/// A row of `subjects`.
pub(crate) struct SubjectRecord {
    pub(crate) id: Uuid,
    pub(crate) blind_index: Vec<u8>,
    pub(crate) reference: Vec<u8>,
    pub(crate) created_at: i64,
}

impl TryFrom<SubjectRecord> for SubjectRow {
    type Error = StoreError;

    fn try_from(record: SubjectRecord) -> Result<Self, StoreError> {
        Ok(Self {
            id: SubjectId(record.id),
            blind_index: BlindIndex(bytes32(&record.blind_index)?),
            reference: Sealed::from_bytes(record.reference),
            created_at: Timestamp::from_unix_micros(record.created_at),
        })
    }
}

pub(super) async fn by_blind_index(
    connection: &mut PgConnection,
    index: &BlindIndex,
) -> Result<Option<SubjectRow>, StoreError> {
    let index = index.0.as_slice();
    sqlx::query_as!(
        SubjectRecord,
        r#"SELECT id, blind_index, reference, created_at FROM idv.subjects WHERE blind_index = $1"#,
        index,
    )
    .fetch_optional(connection)
    .await
    .map_err(store_error)?
    .map(TryInto::try_into)
    .transpose()
}

pub(crate) async fn get(
    connection: &mut PgConnection,
    id: SubjectId,
) -> Result<Option<SubjectRow>, StoreError> {
    sqlx::query_as!(
        SubjectRecord,
        r#"SELECT id, blind_index, reference, created_at FROM idv.subjects WHERE id = $1"#,
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
    row: &SubjectRow,
) -> Result<bool, StoreError> {
    let blind_index = row.blind_index.0.as_slice();
    let reference = row.reference.as_bytes();
    let created_at = micros(row.created_at);
    let written = sqlx::query!(
        "INSERT INTO idv.subjects (id, blind_index, reference, created_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (blind_index) DO NOTHING",
        row.id.0,
        blind_index,
        reference,
        created_at,
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(written.rows_affected() == 1)
}
