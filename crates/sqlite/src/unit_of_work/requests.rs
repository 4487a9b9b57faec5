//! Requests and the organizations they have consequences for.

use idv_core::{DocumentKind, OrganizationId, RequestId, SessionKey, Timestamp};
use idv_engine::Environment;
use idv_engine::store::{RequestRow, Sealed, StoreError, SubjectId, short_word};
use sqlx::SqliteConnection;
use uuid::Uuid;

use crate::columns::{from_json, micros, to_json};
use crate::failure::{corrupt, is_unique_violation, store_error};

/// A row of `requests`, with its organizations as a JSON array in the order in which they were added.
#[derive(sqlx::FromRow)]
pub(crate) struct RequestRecord {
    pub(crate) id: Uuid,
    pub(crate) subject_id: Uuid,
    pub(crate) environment: Option<String>,
    pub(crate) organization: Option<String>,
    pub(crate) affected: String,
    pub(crate) reason: Option<String>,
    pub(crate) document_type: Option<String>,
    pub(crate) person: Option<Vec<u8>>,
    pub(crate) state: String,
    pub(crate) current_session: Option<Uuid>,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
}

impl TryFrom<RequestRecord> for RequestRow {
    type Error = StoreError;

    fn try_from(record: RequestRecord) -> Result<Self, StoreError> {
        Ok(Self {
            id: RequestId::from_uuid(record.id),
            subject: SubjectId(record.subject_id),
            environment: record.environment.as_deref().map(environment).transpose()?,
            organization: record.organization.map(OrganizationId::new),
            affected_organizations: from_json(&record.affected)?,
            reason: record.reason,
            document_type: record.document_type.as_deref().map(DocumentKind::from_word),
            person: record.person.map(Sealed::from_bytes),
            state: from_json(&record.state)?,
            current_session: record.current_session.map(SessionKey::from_uuid),
            created_at: Timestamp::from_unix_micros(record.created_at),
            updated_at: Timestamp::from_unix_micros(record.updated_at),
        })
    }
}

fn environment(word: &str) -> Result<Environment, StoreError> {
    Environment::from_word(word).ok_or(corrupt("an environment is neither live nor sandbox"))
}

pub(super) async fn insert(
    connection: &mut SqliteConnection,
    row: &RequestRow,
) -> Result<bool, StoreError> {
    let id = row.id.as_uuid();
    let environment = row.environment.map(Environment::as_word);
    let organization = row.organization.as_ref().map(OrganizationId::as_str);
    let document_type = row.document_type.as_ref().map(DocumentKind::as_word);
    let status = row.state.status.as_word();
    let status = short_word(&status);
    let summary = row
        .state
        .status
        .summary(row.state.subject_started)
        .as_word();
    let is_open = !row.state.status.is_final();
    let current_session = row.current_session.map(SessionKey::as_uuid);
    let created_at = micros(row.created_at);
    let updated_at = micros(row.updated_at);
    let state = to_json(&row.state)?;
    let person = row.person.as_ref().map(Sealed::as_bytes);
    let written = sqlx::query!(
        "INSERT INTO requests (id, subject_id, organization, reason, document_type, status, summary, is_open,
                               current_session, created_at, updated_at, state, person, environment)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
         ON CONFLICT (subject_id) WHERE is_open = 1 DO NOTHING",
        id,
        row.subject.0,
        organization,
        row.reason,
        document_type,
        status,
        summary,
        is_open,
        current_session,
        created_at,
        updated_at,
        state,
        person,
        environment,
    )
    .execute(&mut *connection)
    .await
    .map_err(store_error)?;
    if written.rows_affected() == 0 {
        return Ok(false);
    }
    for organization in &row.affected_organizations {
        add_affected_organization(connection, row.id, organization).await?;
    }
    Ok(true)
}

pub(crate) async fn get(
    connection: &mut SqliteConnection,
    id: RequestId,
) -> Result<Option<RequestRow>, StoreError> {
    let id = id.as_uuid();
    sqlx::query_as!(
        RequestRecord,
        r#"SELECT id AS "id: Uuid", subject_id AS "subject_id: Uuid", environment, organization, reason, document_type, person,
                  (SELECT json_group_array(a.organization ORDER BY a.seq) FROM affected_organizations a
                   WHERE a.request_id = requests.id) AS "affected!: String",
                  state, current_session AS "current_session: Uuid", created_at, updated_at
           FROM requests WHERE id = ?1"#,
        id,
    )
    .fetch_optional(connection)
    .await
    .map_err(store_error)?
    .map(TryInto::try_into)
    .transpose()
}

pub(super) async fn open_of(
    connection: &mut SqliteConnection,
    subject: SubjectId,
) -> Result<Option<RequestRow>, StoreError> {
    sqlx::query_as!(
        RequestRecord,
        r#"SELECT id AS "id: Uuid", subject_id AS "subject_id: Uuid", environment, organization, reason, document_type, person,
                  (SELECT json_group_array(a.organization ORDER BY a.seq) FROM affected_organizations a
                   WHERE a.request_id = requests.id) AS "affected!: String",
                  state, current_session AS "current_session: Uuid", created_at, updated_at
           FROM requests WHERE subject_id = ?1 AND is_open = 1"#,
        subject.0,
    )
    .fetch_optional(connection)
    .await
    .map_err(store_error)?
    .map(TryInto::try_into)
    .transpose()
}

pub(super) async fn of_subject(
    connection: &mut SqliteConnection,
    subject: SubjectId,
) -> Result<Vec<RequestRow>, StoreError> {
    sqlx::query_as!(
        RequestRecord,
        r#"SELECT id AS "id: Uuid", subject_id AS "subject_id: Uuid", environment, organization, reason, document_type, person,
                  (SELECT json_group_array(a.organization ORDER BY a.seq) FROM affected_organizations a
                   WHERE a.request_id = requests.id) AS "affected!: String",
                  state, current_session AS "current_session: Uuid", created_at, updated_at
           FROM requests WHERE subject_id = ?1 ORDER BY created_at, id"#,
        subject.0,
    )
    .fetch_all(connection)
    .await
    .map_err(store_error)?
    .into_iter()
    .map(TryInto::try_into)
    .collect()
}

pub(super) async fn update(
    connection: &mut SqliteConnection,
    row: &RequestRow,
) -> Result<bool, StoreError> {
    let id = row.id.as_uuid();
    let status = row.state.status.as_word();
    let status = short_word(&status);
    let summary = row
        .state
        .status
        .summary(row.state.subject_started)
        .as_word();
    let is_open = !row.state.status.is_final();
    let current_session = row.current_session.map(SessionKey::as_uuid);
    let document_type = row.document_type.as_ref().map(DocumentKind::as_word);
    let updated_at = micros(row.updated_at);
    let state = to_json(&row.state)?;
    let person = row.person.as_ref().map(Sealed::as_bytes);
    let written = sqlx::query!(
        "UPDATE requests SET status = ?2, summary = ?3, is_open = ?4, current_session = ?5, updated_at = ?6,
                             state = ?7, person = ?8, reason = ?9, document_type = ?10
         WHERE id = ?1",
        id,
        status,
        summary,
        is_open,
        current_session,
        updated_at,
        state,
        person,
        row.reason,
        document_type,
    )
    .execute(connection)
    .await;
    match written {
        Ok(written) if written.rows_affected() == 1 => Ok(true),
        Ok(_) => Err(corrupt("a request that was read before is gone")),
        // The one unique index an update can run into is that of open requests.
        Err(error) if is_unique_violation(&error) => Ok(false),
        Err(error) => Err(store_error(error)),
    }
}

pub(super) async fn add_affected_organization(
    connection: &mut SqliteConnection,
    request: RequestId,
    organization: &OrganizationId,
) -> Result<bool, StoreError> {
    let request = request.as_uuid();
    let organization = organization.as_str();
    let written = sqlx::query!(
        "INSERT INTO affected_organizations (request_id, organization, created_at)
         SELECT id, ?2, created_at FROM requests WHERE id = ?1
         ON CONFLICT (request_id, organization) DO NOTHING",
        request,
        organization,
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(written.rows_affected() == 1)
}
