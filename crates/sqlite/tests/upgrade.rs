//! A database of an earlier version opens, and holds what it held.
#![cfg(test)]

use std::path::Path;
use std::time::Duration;

use idv_core::{AccountId, EventId, RequestId, SessionId, SessionKey, Status, Timestamp};
use idv_engine::Environment;
use idv_engine::store::{
    DataKeyId, DeliveryState, EventPosition, JobId, JobKind, ObservationSource, PageRequest,
    RequestFilter, Store, SubjectId,
};
use idv_sqlite::SqliteStore;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode};
use sqlx::{ConnectOptions, Connection, Executor};
use uuid::Uuid;

/// A row in every table of the first schema. Every id is sixteen times the same byte, and so named here.
const ROWS: &str = r#"
INSERT INTO meta VALUES ('fingerprint', x'0102');
INSERT INTO data_keys VALUES (x'0A0A0A0A0A0A0A0A0A0A0A0A0A0A0A0A', NULL, x'01010101010101010101010101010101',
                              'master-1', x'0304', 7);
INSERT INTO subjects VALUES (x'01010101010101010101010101010101', zeroblob(32), x'05', 8);
INSERT INTO requests VALUES (x'02020202020202020202020202020202', x'01010101010101010101010101010101', 'org', 'why',
                             'passport', 'processing', 'started', 1, x'03030303030303030303030303030303', 9, 10,
                             '{"status":"processing","subject_started":true,"unconfirmed":false,
                               "findings":[],"steps":[],"data_state":"present","attention":[]}', x'06');
INSERT INTO affected_organizations VALUES (1, x'02020202020202020202020202020202', 'org', 9);
INSERT INTO sessions VALUES (1, x'03030303030303030303030303030303', x'02020202020202020202020202020202', 'acme-eu',
                             'fake', 'vs_1', 'key-1', 11, 12, '{"status":"processing","subject_started":true,"unconfirmed":false,
                               "findings":[],"steps":[],"data_state":"present","attention":[]}', x'07');
INSERT INTO observations VALUES (5, x'04040404040404040404040404040404', x'02020202020202020202020202020202',
                                 x'03030303030303030303030303030303', 'fetch', 'session_fetched', 13, 14, NULL, 15,
                                 NULL, x'08');
INSERT INTO checkpoints VALUES (1, x'03030303030303030303030303030303', 'applicant', 'app_1');
INSERT INTO deliveries (seq, id, account, dedup_key, state, session_id, due_at, receipt, body)
VALUES (1, x'05050505050505050505050505050505', 'acme-eu', 'evt_1', 'done', 'vs_1', 16,
        '{"scheme":"hmac-sha256","key":"current","signed_at":null,"deduplication_key":"evt_1",
          "strength":"shared_secret","received_at":"2026-11-20T00:00:00Z"}', x'09');
INSERT INTO jobs VALUES (3, x'06060606060606060606060606060606', 'start', x'03030303030303030303030303030303', 17,
                         NULL, 2, 'no answer', 18);
INSERT INTO jobs VALUES (9, x'07070707070707070707070707070707', 'start', x'03030303030303030303030303030303', 17,
                         NULL, 0, NULL, 18);
INSERT INTO api_keys VALUES (1, x'08080808080808080808080808080808', 'backend', zeroblob(32), '[]', 19, NULL);
"#;

fn uuid(byte: u8) -> Uuid {
    Uuid::from_bytes([byte; 16])
}

fn micros(number: i64) -> Timestamp {
    Timestamp::from_unix_micros(number)
}

/// The migrations up to this one.
fn until(version: i64) -> Migrator {
    let all = sqlx::migrate!();
    let migrations = all.iter().filter(|one| one.version <= version).cloned();
    Migrator {
        migrations: migrations.collect::<Vec<_>>().into(),
        ..all
    }
}

async fn by_hand(file: &Path) -> SqliteConnection {
    SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .connect()
        .await
        .unwrap()
}

async fn first_version(file: &Path) {
    let mut connection = by_hand(file).await;
    until(1).run(&mut connection).await.unwrap();
    connection.execute(ROWS).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test]
async fn a_database_of_the_first_schema_holds_what_it_held() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("idv.sqlite");
    first_version(&file).await;
    let store = SqliteStore::open(&file).await.unwrap();
    store.check().await.unwrap();
    let reads = store.reads();
    let (subject, request) = (SubjectId(uuid(1)), RequestId::from_uuid(uuid(2)));
    let key = SessionKey::from_uuid(uuid(3));

    let mut unit = store.begin().await.unwrap();
    assert_eq!(unit.meta("fingerprint").await.unwrap().unwrap(), [1, 2]);
    let found = unit.subject(subject).await.unwrap().unwrap();
    assert_eq!(found.reference.as_bytes(), [5]);
    assert_eq!((found.created_at, found.erased_at), (micros(8), None));
    let open = unit.open_request_of(subject).await.unwrap().unwrap();
    assert_eq!((open.id, open.state.status), (request, Status::Processing));
    assert_eq!(open.affected_organizations, ["org".into()]);
    assert_eq!((open.created_at, open.updated_at), (micros(9), micros(10)));
    let steps = unit.checkpoints_of(key).await.unwrap();
    assert_eq!(steps, [("applicant".to_owned(), "app_1".to_owned())]);
    drop(unit);

    let data_key = reads.data_key(DataKeyId(uuid(10))).await.unwrap().unwrap();
    assert_eq!(data_key.wrapped, [3, 4]);
    let sessions = reads.sessions_of(request).await.unwrap();
    assert_eq!(sessions[0].session_id, Some(SessionId::from("vs_1")));
    assert_eq!(sessions[0].account, AccountId::from("acme-eu"));
    let page = PageRequest {
        after: None,
        limit: 9,
    };
    let history = reads.observations_of(request, page).await.unwrap().rows;
    assert_eq!(history.len(), 1);
    assert_eq!(history[0].source, ObservationSource::Fetch);
    assert_eq!((&history[0].actor, &history[0].command), (&None, &None));
    assert_eq!(
        reads
            .raw_of(history[0].id)
            .await
            .unwrap()
            .unwrap()
            .as_bytes(),
        [8]
    );
    assert!(reads.commands_of(request).await.unwrap().is_empty());
    for environment in [None, Some(Environment::Live), Some(Environment::Sandbox)] {
        let filter = RequestFilter {
            environment,
            open: Some(true),
            ..RequestFilter::default()
        };
        let page = PageRequest {
            after: None,
            limit: 9,
        };
        let listed = reads.requests(&filter, page).await.unwrap().rows;
        assert_eq!(
            listed.len(),
            1,
            "{environment:?}: nobody knows where it was"
        );
        assert_eq!(listed[0].environment, None);
    }
    let counts = store.inbox().counts().await.unwrap();
    assert_eq!((counts.done, counts.pending), (1, 0));
    let delivery = idv_core::DeliveryId::from_uuid(uuid(5));
    let delivery = store.inbox().delivery(delivery).await.unwrap().unwrap();
    assert_eq!(delivery.state, DeliveryState::Done);
    assert_eq!(store.api_keys().all().await.unwrap().len(), 1);

    let lease = Duration::from_secs(1);
    let jobs = store.jobs().claim(micros(17), lease, 9, &[]).await.unwrap();
    let ids: Vec<_> = jobs.iter().map(|job| job.id).collect();
    assert_eq!(ids, [JobId(uuid(6)), JobId(uuid(7))], "in their old order");
    for job in &jobs {
        assert_eq!((job.session, job.request), (Some(key), request));
        assert_eq!((job.kind, &job.detail), (JobKind::Start, &None));
        assert_eq!((job.due_at, job.created_at), (micros(17), micros(18)));
    }
    assert_eq!((jobs[0].attempts, jobs[1].attempts), (3, 1), "one more");
    assert_eq!(jobs[0].last_error.as_deref(), Some("no answer"));
}

#[tokio::test]
async fn history_stays_unchangeable_after_an_upgrade() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("idv.sqlite");
    first_version(&file).await;
    SqliteStore::open(&file).await.unwrap().close().await;
    let mut connection = by_hand(&file).await;
    for sql in [
        "UPDATE observations SET command = '{}'",
        "DELETE FROM observations",
    ] {
        let error = connection.execute(sql).await.unwrap_err();
        assert!(
            error.to_string().contains("observations are never"),
            "{sql}"
        );
    }
}

/// Events of the schema before the outbox: two that were written in another order than their ids have, after numbers
/// that were not used, and a third that somebody removed.
const EVENTS: &str = r"
INSERT INTO events VALUES (7, x'15151515151515151515151515151515', x'02020202020202020202020202020202',
                           x'01010101010101010101010101010101', 'created', 'created/1', 21, x'0A'),
                          (9, x'14141414141414141414141414141414', x'02020202020202020202020202020202',
                           x'01010101010101010101010101010101', 'passed', 'passed/1', 20, x'0B'),
                          (12, x'16161616161616161616161616161616', x'02020202020202020202020202020202',
                           x'01010101010101010101010101010101', 'updated', 'updated/1', 22, x'0C');
DELETE FROM events WHERE seq = 12;
";

#[tokio::test]
async fn events_of_before_the_outbox_get_their_places() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("idv.sqlite");
    first_version(&file).await;
    let mut connection = by_hand(&file).await;
    until(3).run(&mut connection).await.unwrap();
    connection.execute(EVENTS).await.unwrap();
    connection.close().await.unwrap();

    let store = SqliteStore::open(&file).await.unwrap();
    store.check().await.unwrap();
    let outbox = store.outbox();
    let placed = outbox.events_after(EventPosition(0), 9).await.unwrap();
    let places: Vec<_> = placed
        .iter()
        .map(|placed| (placed.position.0, placed.event.id))
        .collect();
    let event = |byte| EventId::from_uuid(uuid(byte));
    assert_eq!(places, [(1, event(0x15)), (2, event(0x14))]);
    let first = &placed[0].event;
    assert_eq!(first.request, Some(RequestId::from_uuid(uuid(2))));
    assert_eq!(first.subject, Some(SubjectId(uuid(1))));
    assert_eq!((&*first.key, first.created_at), ("created/1", micros(21)));
    assert_eq!(first.payload.as_bytes(), [10]);
    assert_eq!(outbox.place_events(9).await.unwrap(), 0);

    let mut next = first.clone();
    next.id = event(0x17);
    next.key = "expired/1".to_owned();
    let mut unit = store.begin().await.unwrap();
    assert!(unit.append_event(&next).await.unwrap());
    unit.commit().await.unwrap();
    assert_eq!(outbox.place_events(9).await.unwrap(), 1);
    assert_eq!(outbox.last_position().await.unwrap(), EventPosition(3));
    store.close().await;
    let mut connection = by_hand(&file).await;
    let last: i64 = sqlx::query_scalar("SELECT max(seq) FROM events")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(last, 13, "a number is never given twice");
}
