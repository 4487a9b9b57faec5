//! Subjects. The reference is ciphertext; what is searched is its blind index.

use idv_core::Timestamp;
use idv_engine::store::{BlindIndex, Sealed, StoreError, SubjectId, SubjectRow};
use sqlx::SqliteConnection;
use uuid::Uuid;

use crate::columns::{bytes32, maybe_micros, micros};
use crate::failure::{corrupt, store_error};

/// A row of `subjects`.
pub(crate) struct SubjectRecord {
    pub(crate) id: Uuid,
    pub(crate) blind_index: Vec<u8>,
    pub(crate) reference: Vec<u8>,
    pub(crate) created_at: i64,
    pub(crate) erased_at: Option<i64>,
}

impl TryFrom<SubjectRecord> for SubjectRow {
    type Error = StoreError;

    fn try_from(record: SubjectRecord) -> Result<Self, StoreError> {
        Ok(Self {
            id: SubjectId(record.id),
            blind_index: BlindIndex(bytes32(&record.blind_index)?),
            reference: Sealed::from_bytes(record.reference),
            created_at: Timestamp::from_unix_micros(record.created_at),
            erased_at: record.erased_at.map(Timestamp::from_unix_micros),
        })
    }
}

pub(super) async fn by_blind_index(
    connection: &mut SqliteConnection,
    index: &BlindIndex,
) -> Result<Option<SubjectRow>, StoreError> {
    let index = index.0.as_slice();
    sqlx::query_as!(
        SubjectRecord,
        r#"SELECT id AS "id: Uuid", blind_index, reference, created_at, erased_at
           FROM subjects WHERE blind_index = ?1"#,
        index,
    )
    .fetch_optional(connection)
    .await
    .map_err(store_error)?
    .map(TryInto::try_into)
    .transpose()
}

pub(crate) async fn get(
    connection: &mut SqliteConnection,
    id: SubjectId,
) -> Result<Option<SubjectRow>, StoreError> {
    sqlx::query_as!(
        SubjectRecord,
        r#"SELECT id AS "id: Uuid", blind_index, reference, created_at, erased_at FROM subjects WHERE id = ?1"#,
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
    row: &SubjectRow,
) -> Result<bool, StoreError> {
    let blind_index = row.blind_index.0.as_slice();
    let reference = row.reference.as_bytes();
    let created_at = micros(row.created_at);
    let erased_at = maybe_micros(row.erased_at);
    let written = sqlx::query!(
        "INSERT INTO subjects (id, blind_index, reference, created_at, erased_at) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (blind_index) DO NOTHING",
        row.id.0,
        blind_index,
        reference,
        created_at,
        erased_at,
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(written.rows_affected() == 1)
}

/// Only the newest words about a subject stay: SQLite overwrites the old ones where they lay.
pub(super) async fn erase(
    connection: &mut SqliteConnection,
    row: &SubjectRow,
) -> Result<(), StoreError> {
    let blind_index = row.blind_index.0.as_slice();
    let reference = row.reference.as_bytes();
    let erased_at = maybe_micros(row.erased_at);
    let written = sqlx::query!(
        "UPDATE subjects SET blind_index = ?2, reference = ?3, erased_at = ?4 WHERE id = ?1",
        row.id.0,
        blind_index,
        reference,
        erased_at,
    )
    .execute(&mut *connection)
    .await
    .map_err(store_error)?;
    if written.rows_affected() != 1 {
        return Err(corrupt("a subject that was read before is gone"));
    }
    sqlx::query!(
        "UPDATE requests SET subject_erased = 1 WHERE subject_id = ?1",
        row.id.0,
    )
    .execute(connection)
    .await
    .map(drop)
    .map_err(store_error)
}

/// Driven by the requests that changed before this time, in the order of an index. A subject comes with the one that
/// changed last.
pub(crate) async fn at_rest_since(
    connection: &mut SqliteConnection,
    before: Timestamp,
    limit: u32,
) -> Result<Vec<SubjectId>, StoreError> {
    let before = micros(before);
    let limit = i64::from(limit);
    sqlx::query_scalar!(
        r#"SELECT r.subject_id AS "id: Uuid" FROM requests r
           WHERE r.is_open = 0 AND r.subject_erased = 0 AND r.updated_at < ?1
             AND NOT EXISTS (SELECT 1 FROM requests o INDEXED BY requests_by_subject
                             WHERE o.subject_id = r.subject_id
                               AND (o.is_open = 1 OR (o.updated_at, o.id) > (r.updated_at, r.id)))
           ORDER BY r.updated_at LIMIT 0 + ?2"#,
        before,
        limit,
    )
    .fetch_all(connection)
    .await
    .map(|found| found.into_iter().map(SubjectId).collect())
    .map_err(store_error)
}
