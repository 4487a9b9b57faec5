//! One run.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use idv_core::{Attention, Clock as _, DecisionSource};
use idv_engine::RequestView;
use idv_simulator::chaos::{Chaos, Mishaps};
use idv_simulator::scenario::Scenario;
use idv_tests::simulated::truth;
use tokio::runtime::Runtime;

use crate::world::{Ground, World};

/// What is played, and what goes wrong.
#[derive(Clone)]
pub(crate) struct Plan {
    pub(crate) scenario: Scenario,
    pub(crate) chaos: Chaos,
}

/// How a run ended that ended well.
pub(crate) struct Ended {
    pub(crate) status: String,
    pub(crate) mishaps: Mishaps,
    /// Nothing told the gateway of the last change of a decided session, and it had to be asked.
    pub(crate) refreshed: bool,
}

/// How a run ended that did not.
pub(crate) struct Problem {
    pub(crate) what: String,
    pub(crate) mishaps: Mishaps,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.what)
    }
}

/// The longest step of time, while something is to come.
const LONGEST_STEP: Duration = Duration::from_secs(6 * 3600);
/// So many steps are enough for every scenario and three days of retries.
const MOST_STEPS: usize = 2_000;
/// So many steps more, once nothing goes wrong any more, are enough for the gateway to notice by itself.
const LAST_STEPS: usize = 24;

/// Plays a plan. What panics on the way is a problem like any other.
pub(crate) fn attempt(
    runtime: &Runtime,
    ground: &mut Ground,
    plan: &Plan,
) -> Result<Ended, Problem> {
    let played = catch_unwind(AssertUnwindSafe(|| runtime.block_on(play(ground, plan))));
    played.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        let name = &plan.scenario.name;
        Err(Problem {
            what: format!("{name}: a panic: {}", text.unwrap_or("of no words")),
            mishaps: ground.mishaps(),
        })
    })
}

async fn play(ground: &mut Ground, plan: &Plan) -> Result<Ended, Problem> {
    let mut world = World::open(ground, &plan.scenario, plan.chaos.clone()).await;
    let mut past = Past::default();
    let outcome = whole(&mut world, &mut past).await;
    let kind = world.kind;
    world.close().await;
    let mishaps = ground.mishaps();
    match outcome {
        Ok((status, refreshed)) => Ok(Ended {
            status,
            mishaps,
            refreshed,
        }),
        Err(what) => Err(Problem {
            what: format!("{} of {kind}: {what}", plan.scenario.name),
            mishaps,
        }),
    }
}

async fn whole(world: &mut World, past: &mut Past) -> Result<(String, bool), String> {
    let mut asked = world.request().await;
    let mut step = Duration::from_secs(1);
    for _ in 0..MOST_STEPS {
        if asked.is_err() {
            // The application asks again, as it is told to, until its request has come to the vendor: by its own asking, or
            // by the gateway's. Asking after that could be about another one.
            asked = match is_started(world).await {
                true => Ok(()),
                false => world.request().await,
            };
        }
        world.settle().await;
        past.look(world);
        let due = world.simulator.next_due();
        if due.is_none() && asked.is_ok() && is_idle(world).await {
            break;
        }
        let until_due = due.map(|at| at.since(world.clock.now()));
        let next = until_due.map_or(step, |until| until.min(step));
        step = if next < step {
            Duration::from_secs(1)
        } else {
            (step * 2).min(LONGEST_STEP)
        };
        world.clock.advance(next.max(Duration::from_millis(1)));
    }
    asked.map_err(|error| format!("the request was never made: {error}"))?;
    if world.simulator.next_due().is_some() {
        return Err("the vendor never comes to an end".to_owned());
    }
    world.simulator.calm_down();
    let mut step = Duration::from_secs(5);
    let mut problem = None;
    for _ in 0..LAST_STEPS {
        world.settle().await;
        past.look(world);
        problem = check(world, past).await.err();
        if problem.is_none() {
            break;
        }
        world.clock.advance(step);
        step = (step * 2).min(LONGEST_STEP);
    }
    let mut refreshed = false;
    let view = world.view().await.ok_or("there is no request")?;
    let is_decided = view.request.state.status.is_final();
    if problem.is_some() && is_decided && word_was_lost(world) {
        world.refresh(view.request.id).await;
        world.settle().await;
        refreshed = true;
        problem = check(world, past).await.err();
    }
    if let Some(problem) = problem {
        return Err(problem);
    }
    let view = world.view().await.ok_or("there is no request")?;
    Ok((view.request.state.status.to_string(), refreshed))
}

/// Whether the vendor believes to have told what it has not: of a decided session the gateway hears nothing more then.
fn word_was_lost(world: &World) -> bool {
    let mishaps = world.simulator.mishaps();
    let mut deliveries = mishaps.deliveries.values();
    deliveries.any(|fault| *fault == idv_simulator::chaos::DeliveryFault::Lost)
}

async fn is_idle(world: &World) -> bool {
    let counts = world.engine.inbox_counts().await.unwrap();
    counts.pending == 0 && is_started(world).await
}

/// Whether the request has come to the vendor.
async fn is_started(world: &World) -> bool {
    let view = world.view().await;
    view.is_some_and(|view| {
        let mut sessions = view.sessions.iter();
        sessions.all(|session| session.session_id.is_some())
    })
}

/// What each of the vendor's objects has been.
#[derive(Default)]
struct Past {
    seen: BTreeMap<String, BTreeSet<String>>,
}

impl Past {
    fn look(&mut self, world: &World) {
        for id in world.vendor.objects() {
            if let Some(object) = world.vendor.object(&id, world.clock.now()) {
                let status = truth::status(world.kind, &object);
                self.seen.entry(id).or_default().insert(status);
            }
        }
    }

    fn has_been(&self, id: &str, status: &str) -> bool {
        self.seen.get(id).is_some_and(|seen| seen.contains(status))
    }

    fn was_ever_a_pass(&self) -> bool {
        self.seen.values().any(|seen| seen.contains("passed"))
    }
}

/// What must hold at the end.
async fn check(world: &World, past: &Past) -> Result<(), String> {
    let view = world.view().await.ok_or("there is no request")?;
    let current = view.sessions.iter().find(|session| session.is_current);
    let id = current.and_then(|session| session.session_id.as_ref());
    let id = id
        .ok_or("the request has no session at the vendor")?
        .as_str();
    let object = world.vendor.object(id, world.clock.now());
    let object = object.ok_or_else(|| format!("the vendor has no {id}"))?;
    let (is, truth) = (
        view.request.state.status.to_string(),
        truth::status(world.kind, &object),
    );
    // What a vendor says after a word it calls final is not believed, and is put before the operator.
    let attention = &view.request.state.attention;
    let is_in_conflict = attention.contains(&Attention::Conflict) && past.has_been(id, &is);
    if is != truth && !is_in_conflict && !is_by_policy(&view, &truth) {
        return Err(format!(
            "the vendor's object is {truth}, and the request {is}"
        ));
    }
    let (made, known) = (world.vendor.objects(), view.sessions.len());
    if made.len() != known {
        return Err(format!(
            "the vendor has {} objects, and the request {known}",
            made.len()
        ));
    }
    let counts = world.engine.inbox_counts().await.unwrap();
    if counts.pending + counts.dead + counts.unmatched > 0 {
        return Err(format!("the inbox is not done: {counts:?}"));
    }
    let told = world.application.told();
    let is_told = |kind: &str| {
        told.iter()
            .any(|told| told == &format!("verification_request.{kind}"))
    };
    if is_told("passed") && !past.was_ever_a_pass() {
        return Err("the application was told of a pass that never was".to_owned());
    }
    if is == "passed" && !is_told("passed") {
        return Err(format!(
            "the application was not told of the pass: {told:?}"
        ));
    }
    let last = world.application.last_status();
    if last.as_deref() != Some(&is) {
        return Err(format!(
            "the request is {is}, and the application was last told {last:?}"
        ));
    }
    Ok(())
}

/// A rule of ours has decided, and the session was withdrawn.
fn is_by_policy(view: &RequestView, truth: &str) -> bool {
    view.request.state.source == Some(DecisionSource::Policy) && truth == "cancelled"
}
