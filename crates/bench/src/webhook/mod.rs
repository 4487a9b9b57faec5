//! What it costs to verify and translate one webhook: through [`idv_core::IdProvider`], as the gateway does, against
//! the floor below it and against what the vendors hand out for it.

mod arrival;
mod bodies;
mod delivery;
mod floor;
mod peers;

pub use arrival::{verify, verify_and_interpret};
pub use bodies::Size;
pub use delivery::{Delivery, SECRET, Vendor};
pub use floor::Floor;

use std::hint::black_box;
use std::time::Duration;

use crate::measure::{Effort, Samples, Turns, timed};
use crate::question::Question;
use crate::report::{Figure, Goal, Row, Table};
use peers::{Peer, Verifier};

/// How much longer than the floor it may take.
const FLOOR_GOAL: Goal = Goal::AtMost(1.5);
/// How many times faster it is to be than what the vendors hand out.
const SDK_GOAL: Goal = Goal::AtLeast(3.0);

/// Measures every vendor in every size.
#[must_use]
pub fn answer(effort: Effort) -> Table {
    let mut table = Table::new(Question::Webhook);
    let turns = Turns::new(effort);
    let mut deliveries = Vec::new();
    for vendor in Vendor::ALL {
        deliveries.extend(Size::ALL.iter().map(|size| Delivery::new(*vendor, *size)));
    }
    eprintln!("idv-bench: peers, installed the first time");
    let (mut peers, skipped) = Peer::all(&deliveries);
    table.skipped.extend(skipped);
    for (which, delivery) in deliveries.iter().enumerate() {
        let (name, size) = (delivery.vendor.name(), delivery.size.name());
        eprintln!("idv-bench: {name}, {size}: {} bytes", delivery.body.len());
        measure(&mut table, &turns, which, delivery, &mut peers);
    }
    table
}

fn measure(
    table: &mut Table,
    turns: &Turns,
    which: usize,
    delivery: &Delivery,
    peers: &mut [Peer],
) {
    let mut able: Vec<(Verifier, &mut Peer)> = Vec::new();
    for peer in peers {
        match peer.verifier(which) {
            Some(Ok(verifier)) => able.push((verifier.clone(), peer)),
            Some(Err(reason)) => table.skipped.push(reason.clone()),
            None => {}
        }
    }
    let inbound = delivery.inbound();
    let floor = Floor::under(delivery);
    let ours = timed(|| {
        let event = verify_and_interpret(delivery.provider(), black_box(&inbound));
        black_box(event);
    });
    let mut contenders: Vec<Box<dyn FnMut(u32) -> Duration + '_>> =
        vec![Box::new(ours), Box::new(timed(|| floor.hash_and_parse()))];
    let mut verifiers = Vec::new();
    for (verifier, peer) in able {
        verifiers.push(verifier);
        contenders.push(Box::new(|times| peer.verify(which, times)));
    }
    let samples = turns.take_timed(&mut contenders);
    let [ours, under, others @ ..] = samples.as_slice() else {
        unreachable!("two have their turns always");
    };
    table.rows.push(against_floor(delivery, ours, under));
    for (verifier, other) in verifiers.iter().zip(others) {
        let row = Row::times_faster(what(delivery), ours, verifier.name.as_str(), other);
        table.rows.push(if verifier.is_official {
            row.goal(SDK_GOAL)
        } else {
            row
        });
    }
}

fn against_floor(delivery: &Delivery, ours: &Samples, under: &Samples) -> Row {
    Row::over(what(delivery), Figure::seconds, ours, "floor", under).goal(FLOOR_GOAL)
}

fn what(delivery: &Delivery) -> String {
    format!("{}, {}", delivery.vendor.name(), delivery.size.name())
}
