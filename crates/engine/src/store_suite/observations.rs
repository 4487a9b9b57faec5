//! Observations.

use std::sync::Arc;

use idv_core::{DeliveryId, ObservationId, Status};

use super::sample::{at, begin, mapped, observation, sealed, with_session};
use crate::store::{ObservationSource, PageRequest, Store};

pub(super) async fn an_observation_reads_back_without_its_raw_bytes(store: Arc<dyn Store>) {
    let session = with_session(&store, "vs_1").await;
    let mut about_session = observation(session.request, Some(session.key), 0);
    about_session.source = ObservationSource::Payload;
    about_session.what = "identity.verification_session.verified".to_owned();
    about_session.as_of = at(-3);
    about_session.vendor_time = Some(at(-4));
    about_session.delivery = Some(DeliveryId::new(at(-3)));
    about_session.mapped = Some(mapped(Status::Passed));
    about_session.raw = Some(sealed("raw bytes"));
    let mut about_request = observation(session.request, None, 1);
    about_request.source = ObservationSource::Command;
    let mut unit = begin(&store).await;
    assert!(unit.append_observation(&about_session).await.unwrap());
    assert!(unit.append_observation(&about_request).await.unwrap());
    about_session.raw = None;
    let of_session = unit.observations_of(session.key).await.unwrap();
    assert_eq!(format!("{of_session:?}"), format!("{:?}", [&about_session]));
    unit.commit().await.unwrap();
    let all = PageRequest {
        after: None,
        limit: 10,
    };
    let of_request = store.reads().observations_of(session.request, all).await;
    assert_eq!(
        format!("{:?}", of_request.unwrap().rows),
        format!("{:?}", [&about_session, &about_request])
    );
}

pub(super) async fn observations_come_in_the_order_of_arrival(store: Arc<dyn Store>) {
    let session = with_session(&store, "vs_1").await;
    let mut arrived = Vec::new();
    // Neither the ids nor any time on them is in this order.
    for secs in [50, 10, 40, 10, 30] {
        let row = observation(session.request, Some(session.key), secs);
        let mut unit = begin(&store).await;
        assert!(unit.append_observation(&row).await.unwrap());
        unit.commit().await.unwrap();
        arrived.push(row.id);
    }
    let mut unit = begin(&store).await;
    let found = unit.observations_of(session.key).await.unwrap();
    let found: Vec<_> = found.iter().map(|row| row.id).collect();
    assert_eq!(found, arrived);
}

pub(super) async fn a_delivery_has_one_observation_per_source(store: Arc<dyn Store>) {
    let session = with_session(&store, "vs_1").await;
    let deliveries = [DeliveryId::new(at(0)), DeliveryId::new(at(1))];
    let mut unit = begin(&store).await;
    let mut row = observation(session.request, Some(session.key), 0);
    for delivery in deliveries {
        for source in [ObservationSource::Notification, ObservationSource::Fetch] {
            row.delivery = Some(delivery);
            row.source = source;
            row.id = ObservationId::new(at(2));
            assert!(unit.append_observation(&row).await.unwrap());
            row.id = ObservationId::new(at(3));
            assert!(!unit.append_observation(&row).await.unwrap());
        }
    }
    // What no delivery caused may happen again and again.
    row.delivery = None;
    for secs in [4, 5] {
        row.id = ObservationId::new(at(secs));
        assert!(unit.append_observation(&row).await.unwrap());
    }
    assert_eq!(unit.observations_of(session.key).await.unwrap().len(), 6);
}

pub(super) async fn pages_of_observations_miss_nothing(store: Arc<dyn Store>) {
    let session = with_session(&store, "vs_1").await;
    let mut unit = begin(&store).await;
    let mut arrived = Vec::new();
    for secs in [5, 4, 3, 2, 1] {
        let row = observation(session.request, None, secs);
        assert!(unit.append_observation(&row).await.unwrap());
        arrived.push(row.id);
    }
    unit.commit().await.unwrap();
    for limit in 1..=6 {
        let mut page = PageRequest { after: None, limit };
        let mut seen = Vec::new();
        loop {
            let reads = store.reads();
            let found = reads.observations_of(session.request, page).await.unwrap();
            assert!(found.rows.len() <= limit as usize);
            seen.extend(found.rows.iter().map(|row| row.id));
            page.after = found.next;
            if page.after.is_none() {
                break;
            }
        }
        assert_eq!(seen, arrived, "pages of {limit}");
    }
}

pub(super) async fn raw_bytes_are_found_by_the_id_of_their_observation(store: Arc<dyn Store>) {
    let session = with_session(&store, "vs_1").await;
    let mut unit = begin(&store).await;
    let mut written = Vec::new();
    for (secs, raw) in (0..).zip([Some("one"), None, Some(""), Some("four")]) {
        let mut row = observation(session.request, Some(session.key), secs);
        row.raw = raw.map(sealed);
        assert!(unit.append_observation(&row).await.unwrap());
        written.push(row);
    }
    unit.commit().await.unwrap();
    for row in written {
        let raw = store.reads().raw_of(row.id).await.unwrap();
        assert_eq!(raw, row.raw);
    }
    let unknown = ObservationId::new(at(0));
    assert_eq!(store.reads().raw_of(unknown).await.unwrap(), None);
}
