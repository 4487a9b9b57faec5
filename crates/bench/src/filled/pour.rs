//! Writing copies down, many in one transaction.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use idv_engine::store::Store;
use tokio::sync::{Mutex, mpsc};

use super::copy::{Copy, Plan};

/// How many connections write at the same time, where more than one can.
pub(super) const SERVER_LANES: usize = 3;
/// Requests that are made ready together.
const BATCH: u64 = 250;
/// Requests in one transaction.
const TRANSACTION: u64 = 5_000;
/// Events that get their places together.
const PLACED_AT_ONCE: u32 = 20_000;

/// Writes all of it. A thread of its own makes the rows meanwhile.
pub(super) async fn pour(store: Arc<dyn Store>, plan: Arc<Plan>, lanes: usize) {
    let requests = plan.requests();
    let (ready, batches) = mpsc::channel::<Vec<Copy>>(8);
    let making = {
        let plan = Arc::clone(&plan);
        tokio::task::spawn_blocking(move || {
            for from in (0..requests).step_by(usize::try_from(BATCH).unwrap()) {
                let ranks = from..(from + BATCH).min(requests);
                let batch = ranks.map(|rank| plan.copy(rank)).collect();
                if ready.blocking_send(batch).is_err() {
                    return;
                }
            }
        })
    };
    let told = Told {
        requests,
        rows_each: plan.rows_each(),
        begun: Instant::now(),
        written: AtomicU64::new(0),
    };
    let (told, batches) = (Arc::new(told), Arc::new(Mutex::new(batches)));
    let lanes: Vec<_> = (0..lanes)
        .map(|_| {
            let (store, batches, told) =
                (Arc::clone(&store), Arc::clone(&batches), Arc::clone(&told));
            tokio::spawn(async move { write_all(&*store, &batches, &told).await })
        })
        .collect();
    for lane in lanes {
        lane.await.unwrap();
    }
    making.await.unwrap();
    while store.outbox().place_events(PLACED_AT_ONCE).await.unwrap() > 0 {}
    told.say("filled");
}

async fn write_all(store: &dyn Store, batches: &Mutex<mpsc::Receiver<Vec<Copy>>>, told: &Told) {
    let mut is_more = true;
    while is_more {
        let mut unit = store.begin().await.unwrap();
        let mut written = 0;
        while written < TRANSACTION {
            let batch = batches.lock().await.recv().await;
            let Some(batch) = batch else {
                is_more = false;
                break;
            };
            written += batch.len() as u64;
            for copy in &batch {
                write(unit.as_unit_of_work(), copy).await;
            }
        }
        unit.commit().await.unwrap();
        told.add(written);
    }
}

async fn write(unit: &mut dyn idv_engine::store::UnitOfWork, copy: &Copy) {
    assert!(unit.insert_data_key(&copy.key).await.unwrap());
    assert!(unit.insert_subject(&copy.subject).await.unwrap());
    assert!(unit.insert_request(&copy.request).await.unwrap());
    for session in &copy.sessions {
        assert!(unit.insert_session(session).await.unwrap());
    }
    for observation in &copy.observations {
        assert!(unit.append_observation(observation).await.unwrap());
    }
    for event in &copy.events {
        assert!(unit.append_event(event).await.unwrap());
    }
}

/// How far it is.
struct Told {
    requests: u64,
    rows_each: f64,
    begun: Instant,
    written: AtomicU64,
}

impl Told {
    fn add(&self, written: u64) {
        let before = self.written.fetch_add(written, Ordering::SeqCst);
        let tenth = |written: u64| written * 10 / self.requests.max(1);
        if tenth(before) != tenth(before + written) {
            self.say("filling");
        }
    }

    fn say(&self, what: &str) {
        // A few are filled at once.
        if self.requests < 10_000 {
            return;
        }
        eprintln!(
            "idv-bench:     {what}: {} of {} requests, {:.0} rows each, after {:.0} s",
            self.written.load(Ordering::SeqCst),
            self.requests,
            self.rows_each,
            self.begun.elapsed().as_secs_f64()
        );
    }
}
