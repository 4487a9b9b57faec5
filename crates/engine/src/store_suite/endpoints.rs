//! The application's endpoints, and what the other promises about the way out need.

use std::sync::Arc;
use std::time::Duration;

use idv_core::{EndpointId, EventId};
use tokio::task::JoinSet;

use super::sample::{at, begin, request, sealed, with_subject};
use crate::store::{
    AttemptRow, EndpointRow, EndpointState, EventDeliveryFilter, EventDeliveryRow, EventKind,
    EventPosition, EventRow, EventSettlement, PageRequest, PayloadForm, RequestRow, Store,
};

pub(super) const LEASE: Duration = Duration::from_secs(30);

/// Enabled, for every kind of event, without a limit; it has been given nothing.
pub(super) fn endpoint(secs: i64) -> EndpointRow {
    EndpointRow {
        id: EndpointId::new(at(secs)),
        description: format!("endpoint {secs}"),
        address: sealed("the address"),
        kinds: Vec::new(),
        payload: PayloadForm::Thin,
        rate_per_sec: None,
        state: EndpointState::Enabled,
        fanned_out_to: EventPosition(0),
        failing_since: None,
        failures_in_a_row: 0,
        paused_until: None,
        created_at: at(secs),
        updated_at: at(secs),
    }
}

pub(super) async fn with_endpoint(store: &Arc<dyn Store>, secs: i64) -> EndpointRow {
    let row = endpoint(secs);
    store.outbox().insert_endpoint(&row).await.unwrap();
    row
}

/// Stores a subject with an open request.
pub(super) async fn with_request(store: &Arc<dyn Store>, number: u8) -> RequestRow {
    let subject = with_subject(store, number).await;
    let row = request(subject, i64::from(number));
    let mut unit = begin(store).await;
    assert!(unit.insert_request(&row).await.unwrap());
    unit.commit().await.unwrap();
    row
}

/// About a request, or about nobody.
pub(super) fn event(about: Option<&RequestRow>, key: &str, secs: i64) -> EventRow {
    EventRow {
        id: EventId::new(at(secs)),
        request: about.map(|request| request.id),
        subject: about.map(|request| request.subject),
        addressed_to: None,
        trace: None,
        kind: EventKind::Updated,
        key: key.to_owned(),
        created_at: at(secs),
        payload: sealed(key),
    }
}

pub(super) async fn announce(
    store: &Arc<dyn Store>,
    about: Option<&RequestRow>,
    key: &str,
    secs: i64,
) -> EventRow {
    let row = event(about, key, secs);
    write(store, &row).await;
    row
}

pub(super) async fn write(store: &Arc<dyn Store>, row: &EventRow) {
    let mut unit = begin(store).await;
    assert!(unit.append_event(row).await.unwrap());
    unit.commit().await.unwrap();
}

/// Places whatever was written, and makes deliveries of it.
pub(super) async fn fan_out(store: &Arc<dyn Store>, endpoint: EndpointId, secs: i64) -> u64 {
    let outbox = store.outbox();
    outbox.place_events(999).await.unwrap();
    outbox.fan_out(endpoint, at(secs), 999).await.unwrap()
}

pub(super) async fn claim(
    store: &Arc<dyn Store>,
    endpoint: EndpointId,
    secs: i64,
) -> Vec<EventDeliveryRow> {
    let outbox = store.outbox();
    outbox.claim(endpoint, at(secs), LEASE, 999).await.unwrap()
}

/// The keys of what is claimed.
pub(super) async fn claimed(
    store: &Arc<dyn Store>,
    endpoint: EndpointId,
    secs: i64,
) -> Vec<String> {
    let rows = claim(store, endpoint, secs).await;
    rows.into_iter().map(|row| row.event.key).collect()
}

pub(super) fn attempt(endpoint: EndpointId, event: EventId, secs: i64) -> AttemptRow {
    AttemptRow {
        endpoint,
        event,
        began_at: at(secs),
        took: Duration::from_micros(1_234_567),
        status: Some(500),
        outcome: "refused".to_owned(),
        answer: sealed("the answer"),
    }
}

pub(super) async fn settle(
    store: &Arc<dyn Store>,
    endpoint: EndpointId,
    event: EventId,
    settlement: EventSettlement,
) {
    let mut unit = begin(store).await;
    let attempt = attempt(endpoint, event, 0);
    unit.settle_event_delivery(&attempt, settlement)
        .await
        .unwrap();
    unit.commit().await.unwrap();
}

/// Every delivery there is, newest event first.
pub(super) async fn deliveries(
    store: &Arc<dyn Store>,
    endpoint: Option<EndpointId>,
) -> Vec<EventDeliveryRow> {
    let filter = EventDeliveryFilter {
        endpoint,
        ..EventDeliveryFilter::default()
    };
    let page = PageRequest {
        after: None,
        limit: 999,
    };
    let page = store.outbox().deliveries(&filter, page).await.unwrap();
    assert!(page.next.is_none());
    page.rows
}

pub(super) async fn an_endpoint_reads_back_as_written(store: Arc<dyn Store>) {
    let mut all = endpoint(3);
    all.kinds = EventKind::ALL.to_vec();
    all.payload = PayloadForm::Full;
    all.rate_per_sec = Some(u32::MAX);
    all.state = EndpointState::Failing;
    all.fanned_out_to = EventPosition(1 << 40);
    all.failing_since = Some(at(5));
    all.failures_in_a_row = 70;
    all.paused_until = Some(at(6));
    all.updated_at = at(7);
    let mut off = endpoint(1);
    off.description = "\0 'zoë'".to_owned();
    off.state = EndpointState::SwitchedOff;
    off.kinds = vec![EventKind::Passed];
    let mut gone = endpoint(2);
    gone.state = EndpointState::Gone;
    for row in [&all, &off, &gone] {
        store.outbox().insert_endpoint(row).await.unwrap();
    }
    let expected = [off, gone, all];
    let found = store.outbox().endpoints().await.unwrap();
    assert_eq!(
        format!("{found:?}"),
        format!("{expected:?}"),
        "oldest first"
    );
    for row in &expected {
        let found = store.outbox().endpoint(row.id).await.unwrap().unwrap();
        assert_eq!(format!("{found:?}"), format!("{row:?}"));
        assert!(found.address == row.address);
    }
    let unknown = EndpointId::new(at(9));
    assert!(store.outbox().endpoint(unknown).await.unwrap().is_none());
}

pub(super) async fn an_update_changes_all_of_an_endpoint_but_its_id_and_birth(
    store: Arc<dyn Store>,
) {
    let (row, other) = (
        with_endpoint(&store, 1).await,
        with_endpoint(&store, 2).await,
    );
    let mut changed = endpoint(3);
    changed.id = row.id;
    changed.address = sealed("another address");
    changed.kinds = vec![EventKind::Failed, EventKind::Passed];
    changed.payload = PayloadForm::Full;
    changed.rate_per_sec = Some(5);
    changed.state = EndpointState::Gone;
    changed.fanned_out_to = EventPosition(8);
    changed.failing_since = Some(at(4));
    changed.failures_in_a_row = 3;
    changed.paused_until = Some(at(5));
    let mut unit = begin(&store).await;
    assert!(unit.update_endpoint(&changed).await.unwrap());
    assert!(!unit.update_endpoint(&endpoint(9)).await.unwrap());
    unit.commit().await.unwrap();
    changed.created_at = row.created_at;
    let found = store.outbox().endpoint(row.id).await.unwrap().unwrap();
    assert_eq!(format!("{found:?}"), format!("{changed:?}"));
    assert!(found.address == changed.address);
    let found = store.outbox().endpoint(other.id).await.unwrap().unwrap();
    assert_eq!(format!("{found:?}"), format!("{other:?}"));
}

pub(super) async fn who_changes_an_endpoint_has_it_alone(store: Arc<dyn Store>) {
    const TASKS: u32 = 32;
    let id = with_endpoint(&store, 1).await.id;
    let mut tasks = JoinSet::new();
    for _ in 0..TASKS {
        let store = store.clone();
        tasks.spawn(async move {
            let mut unit = begin(&store).await;
            let mut row = unit.endpoint(id).await.unwrap().unwrap();
            row.failures_in_a_row += 1;
            assert!(unit.update_endpoint(&row).await.unwrap());
            unit.commit().await.unwrap();
        });
    }
    tasks.join_all().await;
    let mut unit = begin(&store).await;
    let counted = unit.endpoint(id).await.unwrap().unwrap();
    assert_eq!(counted.failures_in_a_row, TASKS);
    let unknown = unit.endpoint(EndpointId::new(at(9))).await.unwrap();
    assert!(unknown.is_none());
}

pub(super) async fn a_removed_endpoint_takes_its_deliveries_with_it(store: Arc<dyn Store>) {
    let (gone, other) = (
        with_endpoint(&store, 1).await.id,
        with_endpoint(&store, 2).await.id,
    );
    let about = with_request(&store, 1).await;
    let row = announce(&store, Some(&about), "created/1", 1).await;
    for id in [gone, other] {
        fan_out(&store, id, 1).await;
        assert_eq!(claim(&store, id, 1).await.len(), 1);
        settle(&store, id, row.id, EventSettlement::Failed).await;
    }
    announce(&store, Some(&about), "passed/1", 2).await;
    fan_out(&store, gone, 2).await;
    assert!(store.outbox().delete_endpoint(gone).await.unwrap());
    assert!(!store.outbox().delete_endpoint(gone).await.unwrap());
    assert!(store.outbox().endpoint(gone).await.unwrap().is_none());
    let left = deliveries(&store, None).await;
    let left: Vec<_> = left.iter().map(|row| row.endpoint).collect();
    assert_eq!(left, [other]);
    for (id, attempts) in [(gone, 0), (other, 1)] {
        let log = store.outbox().attempts_of(id, row.id).await.unwrap();
        assert_eq!(log.len(), attempts);
    }
    assert!(store.outbox().event(row.id).await.unwrap().is_some());
}
