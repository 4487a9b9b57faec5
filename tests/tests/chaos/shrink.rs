//! From a long run that failed to the shortest one that fails.

use idv_simulator::chaos::{Chaos, Mishaps};
use tokio::runtime::Runtime;

use crate::run::{self, Plan, Problem};
use crate::world::Ground;

/// So many runs are tried at the most.
const MOST_TRIES: usize = 400;

/// The fewest mishaps and steps with which the run still fails, as a text that tells how to have it again.
pub(crate) fn shortest(runtime: &Runtime, plan: Plan, problem: &Problem) -> String {
    let mut tries = 0;
    let mut best = Plan {
        chaos: Chaos::Script(problem.mishaps.clone()),
        ..plan
    };
    if play(runtime, &best).is_ok() {
        return format!(
            "as a script it does not fail; what went wrong: {:#?}",
            problem.mishaps
        );
    }
    loop {
        let mut shorter = None;
        for candidate in candidates(&best) {
            tries += 1;
            if tries > MOST_TRIES {
                break;
            }
            if play(runtime, &candidate).is_err() {
                shorter = Some(candidate);
                break;
            }
        }
        match shorter {
            Some(plan) if tries <= MOST_TRIES => best = plan,
            _ => break,
        }
    }
    let problem = play(runtime, &best).err().map(|problem| problem.what);
    format!(
        "the shortest that fails ({tries} tries): {problem:?}\nsteps: {:#?}\nmishaps: {:#?}",
        best.scenario.steps, best.chaos
    )
}

/// On ground of its own, so that nothing of an earlier run matters.
fn play(runtime: &Runtime, plan: &Plan) -> Result<(), Problem> {
    let mut ground = runtime.block_on(Ground::new());
    run::attempt(runtime, &mut ground, plan).map(drop)
}

/// Everything that is shorter by one: a mishap, or the last steps.
fn candidates(plan: &Plan) -> Vec<Plan> {
    let Chaos::Script(mishaps) = &plan.chaos else {
        return Vec::new();
    };
    let mut candidates = Vec::new();
    let mut without = |mishaps: Mishaps| {
        candidates.push(Plan {
            chaos: Chaos::Script(mishaps),
            ..plan.clone()
        });
    };
    for number in mishaps.calls.keys() {
        let mut fewer = mishaps.clone();
        fewer.calls.remove(number);
        without(fewer);
    }
    for number in mishaps.deliveries.keys() {
        let mut fewer = mishaps.clone();
        fewer.deliveries.remove(number);
        without(fewer);
    }
    let mut shorter = plan.clone();
    if shorter.scenario.steps.pop().is_some() {
        candidates.push(shorter);
    }
    candidates
}
