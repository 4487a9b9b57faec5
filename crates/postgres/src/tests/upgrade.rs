//! A database of the first schema opens, and holds what it held.

use idv_core::{EventId, RequestId};
use idv_engine::store::{EventPosition, Outbox as _, Reads as _, Store as _};
use sqlx::migrate::Migrator;
use sqlx::{Connection as _, Executor as _, PgConnection};
use uuid::Uuid;

use super::open;
use crate::schema::MIGRATIONS;

/// A request with two events that were written in another order than their ids have, after numbers that were not used.
const ROWS: &str = "
    INSERT INTO idv.subjects (id, blind_index, reference, created_at)
    VALUES ('00000000-0000-0000-0000-000000000001', sha256('1'), '', 1);
    INSERT INTO idv.requests (id, subject_id, status, summary, is_open, created_at, updated_at, state)
    VALUES ('00000000-0000-0000-0000-000000000002', '00000000-0000-0000-0000-000000000001', 'passed', 'passed', false,
            2, 2, '{}');
    INSERT INTO idv.events (seq, id, request_id, subject_id, kind, key, created_at, payload) OVERRIDING SYSTEM VALUE
    VALUES (7, '00000000-0000-0000-0000-000000000005', '00000000-0000-0000-0000-000000000002',
            '00000000-0000-0000-0000-000000000001', 'created', 'created/1', 5, '\\x05'),
           (9, '00000000-0000-0000-0000-000000000004', '00000000-0000-0000-0000-000000000002',
            '00000000-0000-0000-0000-000000000001', 'passed', 'passed/1', 4, '\\x04')";

#[tokio::test]
async fn events_of_the_first_schema_get_their_places() {
    let Some(database) = idv_testkit::private_postgres::database() else {
        return;
    };
    let mut connection = PgConnection::connect(database.url()).await.unwrap();
    let first = MIGRATIONS.iter().filter(|one| one.version == 1).cloned();
    let first = Migrator {
        migrations: first.collect::<Vec<_>>().into(),
        ..sqlx::migrate!()
    };
    first
        .run_direct(None, &mut connection, false)
        .await
        .unwrap();
    for statement in ROWS.split(';') {
        connection.execute(statement).await.unwrap();
    }
    connection.close().await.unwrap();

    let store = open(database.url()).await;
    store.check().await.unwrap();
    let placed = store.events_after(EventPosition(0), 9).await.unwrap();
    let places: Vec<_> = placed
        .iter()
        .map(|placed| (placed.position.0, placed.event.id))
        .collect();
    let event = |number| EventId::from_uuid(Uuid::from_u128(number));
    assert_eq!(places, [(1, event(5)), (2, event(4))]);
    let request = RequestId::from_uuid(Uuid::from_u128(2));
    let found = store.events_of(request).await.unwrap();
    assert_eq!(found.len(), 2);
    assert_eq!(
        (found[0].request, found[0].key.as_str()),
        (Some(request), "created/1")
    );
    assert_eq!(found[0].payload.as_bytes(), [5]);
    assert_eq!(store.place_events(9).await.unwrap(), 0);
}
