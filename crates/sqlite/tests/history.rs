//! History in the file: it outlives the process, and nobody rewrites it.
#![cfg(test)]

use std::path::Path;

use idv_core::{
    Kind, Mapped, ObservationId, ProviderId, RequestId, RequestState, Status, Timestamp,
};
use idv_engine::store::{
    BlindIndex, ObservationRow, ObservationSource, PageRequest, RequestRow, Sealed, Store,
    SubjectId, SubjectRow,
};
use idv_sqlite::SqliteStore;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Row as _};
use uuid::Uuid;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn request() -> RequestRow {
    let mut state = RequestState::created();
    state.status = Status::InReview;
    RequestRow {
        id: RequestId::from_uuid(Uuid::from_u128(7)),
        subject: SubjectId(Uuid::from_u128(1)),
        environment: None,
        organization: None,
        affected_organizations: Vec::new(),
        reason: None,
        document_type: None,
        person: Some(Sealed::from_bytes(b"ciphertext".to_vec())),
        state,
        current_session: None,
        created_at: NOW,
        updated_at: NOW,
    }
}

fn observation(number: u128) -> ObservationRow {
    let mut mapped = Mapped::new(ProviderId::from("fake"), Kind::Session, 1);
    mapped.status = Some(Status::InReview);
    ObservationRow {
        id: ObservationId::from_uuid(Uuid::from_u128(number)),
        request: request().id,
        session: None,
        source: ObservationSource::Fetch,
        what: "session_fetched".to_owned(),
        observed_at: NOW,
        as_of: NOW,
        delivery: None,
        vendor_time: None,
        mapped: Some(mapped),
        actor: None,
        command: None,
        raw: Some(Sealed::from_bytes(b"ciphertext".to_vec())),
    }
}

/// A file with one request and three observations, written by a store that is closed again.
async fn written(file: &Path) {
    let store = SqliteStore::open(file).await.unwrap();
    let mut unit = store.begin().await.unwrap();
    let subject = SubjectRow {
        id: request().subject,
        blind_index: BlindIndex([1; 32]),
        reference: Sealed::from_bytes(b"ciphertext".to_vec()),
        created_at: NOW,
        erased_at: None,
    };
    assert!(unit.insert_subject(&subject).await.unwrap());
    assert!(unit.insert_request(&request()).await.unwrap());
    for number in [3, 1, 2] {
        let row = observation(number);
        assert!(unit.append_observation(&row).await.unwrap());
    }
    unit.commit().await.unwrap();
    store.close().await;
}

async fn by_hand(file: &Path) -> SqliteConnection {
    SqliteConnectOptions::new()
        .filename(file)
        .connect()
        .await
        .unwrap()
}

#[tokio::test]
async fn everything_is_there_after_opening_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("idv.sqlite");
    written(&file).await;
    let store = SqliteStore::open(&file).await.unwrap();
    let found = store.reads().request(request().id).await.unwrap().unwrap();
    assert_eq!(format!("{found:?}"), format!("{:?}", request()));
    assert_eq!(found.person, request().person);
    let all = PageRequest {
        after: None,
        limit: 9,
    };
    let history = store.reads().observations_of(found.id, all).await.unwrap();
    let ids: Vec<_> = history.rows.iter().map(|row| row.id).collect();
    assert_eq!(ids, [3, 1, 2].map(|number| observation(number).id));
    assert_eq!(history.rows[0].mapped, observation(3).mapped);
}

#[tokio::test]
async fn observations_are_neither_changed_nor_removed_not_even_by_hand() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("idv.sqlite");
    written(&file).await;
    let mut connection = by_hand(&file).await;
    for sql in [
        "UPDATE observations SET mapped = '{}'",
        "UPDATE observations SET raw = NULL WHERE seq = 1",
        "DELETE FROM observations",
        "INSERT INTO observations (id, request_id, source, what, observed_at, as_of)
         SELECT id, request_id, source, what, 99, as_of FROM observations WHERE true
         ON CONFLICT (id) DO UPDATE SET observed_at = 99",
    ] {
        let error = sqlx::query(sql).execute(&mut connection).await.unwrap_err();
        assert!(
            error.to_string().contains("observations are never"),
            "{sql}"
        );
    }
    let row = sqlx::query("SELECT count(*), max(observed_at), min(length(raw)) FROM observations")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    let (number, time, raw): (i64, i64, i64) = (row.get(0), row.get(1), row.get(2));
    assert_eq!((number, time, raw), (3, 0, 10));
}
