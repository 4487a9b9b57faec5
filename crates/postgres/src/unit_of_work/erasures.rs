//! Persons who were erased.

use idv_core::{ErasureId, Timestamp};
use idv_engine::store::{ErasureRow, StoreError, SubjectId};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::columns::{from_json, micros, to_json};
use crate::failure::store_error;

/// A row of `erasures`.
struct ErasureRecord {
    id: Uuid,
    subject_id: Uuid,
    actor: String,
    erased_at: i64,
    receipt: String,
}

impl TryFrom<ErasureRecord> for ErasureRow {
    type Error = StoreError;

    fn try_from(record: ErasureRecord) -> Result<Self, StoreError> {
        Ok(Self {
            id: ErasureId::from_uuid(record.id),
            subject: SubjectId(record.subject_id),
            actor: from_json(&record.actor)?,
            erased_at: Timestamp::from_unix_micros(record.erased_at),
            receipt: from_json(&record.receipt)?,
        })
    }
}

pub(super) async fn insert(
    connection: &mut PgConnection,
    row: &ErasureRow,
) -> Result<(), StoreError> {
    let id = row.id.as_uuid();
    let actor = to_json(&row.actor)?;
    let erased_at = micros(row.erased_at);
    let receipt = to_json(&row.receipt)?;
    sqlx::query!(
        "INSERT INTO idv.erasures (id, subject_id, actor, erased_at, receipt) VALUES ($1, $2, $3, $4, $5)",
        id,
        row.subject.0,
        actor,
        erased_at,
        receipt,
    )
    .execute(connection)
    .await
    .map(drop)
    .map_err(store_error)
}

pub(crate) async fn get(
    connection: &mut PgConnection,
    id: ErasureId,
) -> Result<Option<ErasureRow>, StoreError> {
    let id = id.as_uuid();
    sqlx::query_as!(
        ErasureRecord,
        r#"SELECT id, subject_id, actor, erased_at, receipt
           FROM idv.erasures WHERE id = $1"#,
        id,
    )
    .fetch_optional(connection)
    .await
    .map_err(store_error)?
    .map(TryInto::try_into)
    .transpose()
}
