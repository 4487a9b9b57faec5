//! The memory of a gateway by how deep its inbox is.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{Request, StatusCode};
use idv_core::webhook::{DeduplicationKey, Receipt, Strength};
use idv_core::{AccountId, Clock as _, DeliveryId, SessionId, SystemClock};
use idv_engine::store::{NewDelivery, Sealed, Store};
use idv_simulator::VendorKind;

use crate::caller::Caller;
use crate::far_vendor::FarVendor;
use crate::gateway::{Database, Gateway};
use crate::measure::{Effort, Samples};
use crate::report::{Figure, Goal, Row, Table};

/// As many as DESIGN says: memory with a deep inbox against memory with a shallow one.
const GOAL: Goal = Goal::AtMost(1.5);
/// Deliveries that a gateway works on before it is looked at.
const WORKED_ON: u64 = 300;
const AT_ONCE: u64 = 2_000;
const PATIENCE: Duration = Duration::from_secs(120);

pub(super) async fn measure(table: &mut Table, effort: Effort) -> Result<(), String> {
    let (shallow, deep) = effort.pick((10_000, 1_000_000), (1_000, 20_000));
    let mut figures = Vec::new();
    for deliveries in [shallow, deep] {
        eprintln!("idv-bench:   an inbox of {deliveries}");
        figures.push(Samples::new(most_bytes(deliveries, effort).await?));
    }
    let row = Row::over(
        format!("most memory, an inbox of {deep}, SQLite"),
        Figure::bytes,
        &figures[1],
        format!("one of {shallow}"),
        &figures[0],
    );
    table.rows.push(row.goal(GOAL));
    Ok(())
}

/// The most memory that a gateway held while it worked on so deep an inbox and listed it, each time it was started.
async fn most_bytes(deliveries: u64, effort: Effort) -> Result<Vec<f64>, String> {
    let vendor = FarVendor::serve(VendorKind::Stripe).await;
    let mut gateway = Gateway::start(Database::Sqlite, &vendor.tables())?;
    let key = gateway.make_api_key();
    gateway.kill();
    let store = gateway.store().await;
    fill(&*store, deliveries).await;
    let mut figures = Vec::new();
    for _ in 0..effort.pick(3, 1) {
        let before = worked_on(&*store).await;
        gateway.restart()?;
        let begun = Instant::now();
        while worked_on(&*store).await < before + WORKED_ON {
            assert!(begun.elapsed() < PATIENCE, "{}", gateway.end_of_log());
            // Another process gives no signal to wait for.
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        let list = Request::get("/v1/inbox?limit=100")
            .header(AUTHORIZATION, format!("Bearer {key}"))
            .body(Bytes::new())
            .unwrap();
        let answer = Caller::new(gateway.address()).send(list).await;
        assert_eq!(answer.status(), StatusCode::OK, "{:?}", answer.body());
        figures.push(gateway.most_resident_bytes() as f64);
        gateway.kill();
    }
    Ok(figures)
}

async fn worked_on(store: &dyn Store) -> u64 {
    let counts = store.inbox().counts().await.unwrap();
    counts.done + counts.dead + counts.ignored + counts.unmatched
}

/// Webhooks of many sessions that wait to be worked on. They do not open, so each ends before the operator.
async fn fill(store: &dyn Store, deliveries: u64) {
    let received_at = SystemClock.now();
    let delivery = |number: u64| NewDelivery {
        id: DeliveryId::new(received_at),
        account: AccountId::from("far"),
        receipt: Receipt {
            scheme: "hmac-sha256-timestamped".to_owned(),
            key: "current".to_owned(),
            signed_at: Some(received_at),
            deduplication_key: DeduplicationKey::event_id(&format!("evt_{number:09}")),
            strength: Strength::Signed {
                replay_window_secs: Some(300),
            },
            received_at,
        },
        body: Sealed::from_bytes(vec![7; 1_000]),
        session: Some(SessionId::new(format!("vs_deep_{:09}", number / 4))),
        trace: None,
        wake_on_duplicate: false,
    };
    for from in (0..deliveries).step_by(usize::try_from(AT_ONCE).unwrap()) {
        let numbers = from..(from + AT_ONCE).min(deliveries);
        let batch: Vec<_> = numbers.map(delivery).collect();
        store.inbox().append(&batch).await.unwrap();
        if from % 100_000 == 0 && from > 0 {
            eprintln!("idv-bench:     filling: {from} of {deliveries}");
        }
    }
}
