//! The rounds: the bare calls and the whole way by turns.

use std::sync::Arc;
use std::time::{Duration, Instant};

use http::Request;
use http_body_util::Full;
use idv_engine::store::Store;
use tokio::task::JoinSet;

use super::endpoint::Endpoint;
use super::floor::Bare;
use super::lives::Life;
use crate::gateway::{Database, Gateway, rest};
use crate::load::{Client, Connection, Outcome, Rounds};
use crate::measure::{Effort, Samples};
use crate::vendor::{StripeAccount, Webhooks, signed};

/// Sessions in which something goes on at the same time.
const AT_ONCE: usize = 64;
/// Beside what the product has by itself: an application on this machine.
const TABLES: &str = "[endpoints]\nallow_http = true\nallowed_networks = [\"127.0.0.0/8\"]\n";
/// When there is little to do, something happens this often.
const CALM_EVERY: Duration = Duration::from_millis(25);

/// Whatever is taken in has to be put aside before the next turn, one by one.
const INGEST_LASTS: Duration = Duration::from_millis(250);
/// More than this nobody takes in within a round on the machines this is for.
const MOST_WEBHOOKS: usize = 10_000;

/// What was measured.
pub(super) struct Measured {
    /// One after the other.
    pub(super) calm: Rounds,
    pub(super) calm_floor: Rounds,
    /// As much as it takes.
    pub(super) busy: Rounds,
    pub(super) busy_floor: Rounds,
    /// Taking in as much as it takes, of which nothing has to be told.
    pub(super) ingest: Rounds,
    /// Seconds of the gateway's processor time for one event out.
    pub(super) cost: f64,
}

pub(super) async fn measure(database: Database, effort: Effort) -> Result<Measured, String> {
    let lasts = Duration::from_millis(effort.pick(2_000, 500));
    let number = effort.pick(7, 2);
    let mut stage = Stage::set(database).await?;
    stage.busy(lasts).await;
    let mut measured = Measured {
        calm: Rounds::default(),
        calm_floor: Rounds::default(),
        busy: Rounds::default(),
        busy_floor: Rounds::default(),
        ingest: Rounds::default(),
        cost: 0.0,
    };
    let mut costs = Vec::new();
    for round in 0..number {
        for turn in 0..3 {
            match (round + turn) % 3 {
                0 => {
                    measured.calm_floor.push(stage.calm_floor(lasts).await);
                    measured.busy_floor.push(stage.busy_floor(lasts).await);
                }
                1 => {
                    measured.calm.push(stage.calm(lasts).await);
                    let before = stage.gateway.processor_secs();
                    let outcome = stage.busy(lasts).await;
                    let took = stage.gateway.processor_secs() - before;
                    #[expect(clippy::cast_precision_loss, reason = "a count of events is small")]
                    costs.push(took / outcome.answered as f64);
                    measured.busy.push(outcome);
                }
                _ => measured.ingest.push(stage.ingest(INGEST_LASTS).await),
            }
        }
    }
    measured.cost = Samples::new(costs).median();
    Ok(measured)
}

/// Everybody who takes part.
struct Stage {
    gateway: Gateway,
    store: Arc<dyn Store>,
    vendor: Arc<StripeAccount>,
    lives: Vec<Life>,
    bare: Vec<Bare>,
    client: Client,
    of_no_concern: Webhooks,
    _endpoint: Endpoint,
}

impl Stage {
    /// Each session becomes known, and the application has heard of it.
    async fn set(database: Database) -> Result<Self, String> {
        let (vendor, created) = StripeAccount::with_sessions("EventOut", AT_ONCE);
        let gateway = Gateway::start(database, &format!("{TABLES}{}", vendor.table()))?;
        let endpoint = Endpoint::open();
        let to = gateway.address();
        announce(&gateway, &endpoint).await;
        let (mut lives, mut bare) = (Vec::new(), Vec::new());
        for (place, event) in created.iter().enumerate() {
            let mut life = Life::of(place, &vendor, to, &endpoint).await;
            life.tell(signed(event.body.clone())).await;
            lives.push(life);
            bare.push(Bare::of(place, &vendor, to, &endpoint).await);
        }
        gateway.look_after_tables();
        Ok(Self {
            client: Client::connect(to, AT_ONCE).await,
            of_no_concern: Webhooks::of_another_product(&created),
            store: gateway.store().await,
            gateway,
            vendor: Arc::new(vendor),
            lives,
            bare,
            _endpoint: endpoint,
        })
    }

    async fn calm(&mut self, lasts: Duration) -> Outcome {
        let begun = Instant::now();
        let mut latencies = Vec::new();
        let number = self.lives.len();
        while begun.elapsed() < lasts {
            let life = &mut self.lives[latencies.len() % number];
            latencies.push(life.go_on(&self.vendor).await);
            // A plain wait: there shall be nothing to do for a while.
            tokio::time::sleep(CALM_EVERY).await;
        }
        Outcome::of_successes(&latencies, begun.elapsed())
    }

    async fn calm_floor(&mut self, lasts: Duration) -> Outcome {
        let begun = Instant::now();
        let mut latencies = Vec::new();
        let number = self.bare.len();
        while begun.elapsed() < lasts {
            let bare = &mut self.bare[latencies.len() % number];
            latencies.push(bare.go_on(&self.vendor).await);
            tokio::time::sleep(CALM_EVERY).await;
        }
        Outcome::of_successes(&latencies, begun.elapsed())
    }

    async fn busy(&mut self, lasts: Duration) -> Outcome {
        let begun = Instant::now();
        let mut living = JoinSet::new();
        for mut life in self.lives.drain(..) {
            let vendor = Arc::clone(&self.vendor);
            living.spawn(async move {
                let mut latencies = Vec::new();
                while begun.elapsed() < lasts {
                    latencies.push(life.go_on(&vendor).await);
                }
                (life, latencies)
            });
        }
        let mut all = Vec::new();
        while let Some(lived) = living.join_next().await {
            let (life, latencies) = lived.unwrap();
            self.lives.push(life);
            all.extend(latencies);
        }
        Outcome::of_successes(&all, begun.elapsed())
    }

    async fn busy_floor(&mut self, lasts: Duration) -> Outcome {
        let begun = Instant::now();
        let mut going = JoinSet::new();
        for mut bare in self.bare.drain(..) {
            let vendor = Arc::clone(&self.vendor);
            going.spawn(async move {
                let mut latencies = Vec::new();
                while begun.elapsed() < lasts {
                    latencies.push(bare.go_on(&vendor).await);
                }
                (bare, latencies)
            });
        }
        let mut all = Vec::new();
        while let Some(gone) = going.join_next().await {
            let (bare, latencies) = gone.unwrap();
            self.bare.push(bare);
            all.extend(latencies);
        }
        Outcome::of_successes(&all, begun.elapsed())
    }

    async fn ingest(&mut self, lasts: Duration) -> Outcome {
        let requests = self.of_no_concern.next(MOST_WEBHOOKS);
        let outcome = self.client.saturate(requests, lasts).await;
        rest(&*self.store).await;
        outcome
    }
}

/// Has every event sent to the application's endpoint.
async fn announce(gateway: &Gateway, endpoint: &Endpoint) {
    let request = Request::post("/v1/endpoints")
        .header("host", "bench")
        .header(
            "authorization",
            format!("Bearer {}", gateway.make_api_key()),
        )
        .header("content-type", "application/json")
        .body(Full::new(endpoint.described().to_string().into()))
        .expect("it is a request");
    let mut connection = Connection::open(gateway.address()).await;
    let status = connection.send(request).await;
    assert_eq!(status, 201, "no endpoint could be made");
}
