//! The rounds: the floor and ours by turns.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use idv_engine::store::Store;

use super::setting::{Setting, Work};
use crate::gateway::{Database, Gateway, rest};
use crate::load::{Client, Outcome, Requests, Rounds};
use crate::measure::{Effort, Ratio, Samples};
use crate::report::Figure;

/// Connections, all of them kept alive: with fewer there is not always one that waits when the disk is ready for more,
/// and the rate is that of the client.
const CONNECTIONS: usize = 256;
/// For so long the first webhooks may take, which each need a new session.
const PATIENCE: Duration = Duration::from_secs(60);
/// More than this many probes, or webhooks, nobody answers in a second on the machines this is for. On one that does,
/// rounds are shorter.
const MOST_PROBES_PER_SEC: f64 = 80_000.0;
const MOST_WEBHOOKS_PER_SEC: f64 = 25_000.0;

/// What was measured.
pub(super) struct Measured {
    pub(super) floor: Rounds,
    pub(super) ours: Rounds,
    /// Each at half of what it takes itself.
    pub(super) floor_at_half: Rounds,
    pub(super) ours_at_half: Rounds,
    /// The floor at half of what ours takes.
    pub(super) floor_at_our_half: Rounds,
    /// Half of what ours takes, in a second, and of what the floor does.
    half: f64,
    half_of_floor: f64,
    body_bytes: usize,
    /// Seconds of processor time of the gateway for one.
    floor_cost: f64,
    our_cost: f64,
}

impl Measured {
    /// For whoever waits for the table.
    pub(super) fn at_a_glance(&self) -> String {
        let per_sec = |rounds: &Rounds| rounds.each(|outcome| outcome.per_sec);
        let (ours, floor) = (per_sec(&self.ours), per_sec(&self.floor));
        format!(
            "{} of the floor's {}: {:.2}; processor time for one {}, of the floor {}",
            Figure::per_second(ours.median()).text(),
            Figure::per_second(floor.median()).text(),
            Ratio::of(&ours, &floor).median,
            Figure::seconds(self.our_cost).text(),
            Figure::seconds(self.floor_cost).text(),
        )
    }

    /// What is no ratio.
    pub(super) fn note(&self, database: Database, work: Work) -> String {
        let at_saturation = |rounds: &Rounds| {
            let figures: [fn(&Outcome) -> f64; 3] = [|o| o.p50, |o| o.p99, |o| o.p999];
            let texts = figures.map(|figure| Figure::seconds(rounds.each(figure).median()).text());
            texts.join(" / ")
        };
        format!(
            "{database}, {work}: p50 / p99 / p99.9 at saturation {}, of the floor {}; half load is {:.0}/s, of the floor \
             {:.0}/s; the gateway's processor time for one {}, of the floor {}; {} taken in and {} turned away, of {} bytes each",
            at_saturation(&self.ours),
            at_saturation(&self.floor),
            self.half,
            self.half_of_floor,
            Figure::seconds(self.our_cost).text(),
            Figure::seconds(self.floor_cost).text(),
            self.ours.answered() + self.ours_at_half.answered(),
            self.ours.refused() + self.ours_at_half.refused(),
            self.body_bytes,
        )
    }
}

/// Everybody who takes part.
struct Stage {
    gateway: Gateway,
    client: Client,
    store: Arc<dyn Store>,
    setting: Setting,
    work: Work,
}

pub(super) async fn measure(
    database: Database,
    work: Work,
    effort: Effort,
) -> Result<Measured, String> {
    let setting = Setting::of(work);
    let gateway = Gateway::start(database, &setting.table)?;
    let mut stage = Stage {
        client: Client::connect(gateway.address(), CONNECTIONS).await,
        store: gateway.store().await,
        gateway,
        setting,
        work,
    };
    // What was taken in is worked on before the next turn, which takes ten times as long: so short rounds.
    let lasts = Duration::from_millis(match work {
        Work::None => effort.pick(2_000, 500),
        Work::Whole | Work::Trivial => 500,
    });
    let number = effort.pick(5, 2);
    stage.warm_up(lasts).await;

    let (mut floor, mut ours) = (Rounds::default(), Rounds::default());
    let (mut floor_cost, mut our_cost) = (Vec::new(), Vec::new());
    for round in 0..number {
        for turn in 0..2 {
            if (round + turn) % 2 == 0 {
                let (outcome, cost) = stage.floor(None, lasts).await;
                floor.push(outcome);
                floor_cost.push(cost);
            } else {
                let (outcome, cost) = stage.ours(None, lasts).await;
                ours.push(outcome);
                our_cost.push(cost);
            }
        }
    }
    let half = ours.each(|outcome| outcome.per_sec).median() / 2.0;
    let half_of_floor = floor.each(|outcome| outcome.per_sec).median() / 2.0;
    let (mut floor_at_half, mut floor_at_our_half) = (Rounds::default(), Rounds::default());
    let mut ours_at_half = Rounds::default();
    for round in 0..number {
        for turn in 0..3 {
            match (round + turn) % 3 {
                0 => floor_at_half.push(stage.floor(Some(half_of_floor), lasts).await.0),
                1 => floor_at_our_half.push(stage.floor(Some(half), lasts).await.0),
                _ => ours_at_half.push(stage.ours(Some(half), lasts).await.0),
            }
        }
    }
    let middle = |costs: Vec<f64>| Samples::new(costs).median();
    Ok(Measured {
        floor,
        ours,
        floor_at_half,
        ours_at_half,
        floor_at_our_half,
        half,
        half_of_floor,
        body_bytes: stage.setting.webhooks.body_bytes(),
        floor_cost: middle(floor_cost),
        our_cost: middle(our_cost),
    })
}

impl Stage {
    /// Every session becomes known, and everything is used once.
    async fn warm_up(&mut self, lasts: Duration) {
        let first = self.setting.first.next(self.setting.sessions);
        self.client.saturate(first, PATIENCE).await;
        self.rest().await;
        self.gateway.look_after_tables();
        self.floor(None, lasts).await;
        self.ours(None, lasts).await;
    }

    /// The server answers, and does nothing.
    async fn floor(&mut self, per_sec: Option<f64>, lasts: Duration) -> (Outcome, f64) {
        let requests = probes(many(per_sec.unwrap_or(MOST_PROBES_PER_SEC), lasts));
        self.load(requests, per_sec, lasts).await
    }

    /// Then there is a pause, until what was taken in is worked on: the next turn has the processors for itself.
    async fn ours(&mut self, per_sec: Option<f64>, lasts: Duration) -> (Outcome, f64) {
        let requests = self
            .setting
            .webhooks
            .next(many(per_sec.unwrap_or(MOST_WEBHOOKS_PER_SEC), lasts));
        let measured = self.load(requests, per_sec, lasts).await;
        self.rest().await;
        measured
    }

    async fn load(
        &mut self,
        requests: Requests,
        per_sec: Option<f64>,
        lasts: Duration,
    ) -> (Outcome, f64) {
        let before = self.gateway.processor_secs();
        let outcome = match per_sec {
            Some(per_sec) => self.client.at_rate(requests, per_sec).await,
            None => self.client.saturate(requests, lasts).await,
        };
        let took = self.gateway.processor_secs() - before;
        #[expect(clippy::cast_precision_loss, reason = "a count of answers is small")]
        let answered = outcome.answered as f64;
        (outcome, took / answered)
    }

    async fn rest(&self) {
        if self.work != Work::None {
            rest(&*self.store).await;
        }
    }
}

fn many(per_sec: f64, lasts: Duration) -> usize {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rate times a time is a small positive number"
    )]
    let number = (per_sec * lasts.as_secs_f64()) as usize;
    number.max(1)
}

fn probes(number: usize) -> Requests {
    let probe = || {
        let request = Request::get("/livez").header("host", "bench");
        request
            .body(Full::<Bytes>::default())
            .expect("it is a request")
    };
    (0..number).map(|_| probe()).collect()
}
