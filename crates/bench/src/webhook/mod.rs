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
    let (mut names, mut deliveries) = (Vec::new(), Vec::new());
    for vendor in Vendor::ALL {
        for size in Size::ALL {
            names.push(format!("{}, {}", vendor.name(), size.name()));
            deliveries.push(Delivery::new(*vendor, *size));
        }
    }
    eprintln!("idv-bench: peers, installed the first time");
    let (mut peers, skipped) = Peer::all(&deliveries);
    table.skipped.extend(skipped);
    for (which, delivery) in deliveries.iter().enumerate() {
        let name = &names[which];
        eprintln!("idv-bench: {name}: {} bytes", delivery.body.len());
        let measured = measure(&turns, which, delivery, &mut peers);
        table.skipped.extend(measured.cannot);
        let (ours, under) = (&measured.ours, &measured.floor);
        let row = Row::over(name, Figure::seconds, ours, "floor", under);
        table.rows.push(row.goal(FLOOR_GOAL));
        for (verifier, other) in &measured.others {
            let row = Row::times_faster(name, ours, &verifier.name, other);
            table.rows.push(if verifier.is_official {
                row.goal(SDK_GOAL)
            } else {
                row
            });
        }
    }
    table
}

/// One delivery, by turns.
struct Measured {
    ours: Samples,
    floor: Samples,
    others: Vec<(Verifier, Samples)>,
    /// Who cannot verify it, though they should, and why.
    cannot: Vec<String>,
}

fn measure(turns: &Turns, which: usize, delivery: &Delivery, peers: &mut [Peer]) -> Measured {
    let inbound = delivery.inbound();
    let floor = Floor::under(delivery);
    let ours = timed(|| {
        let event = verify_and_interpret(delivery.provider(), black_box(&inbound));
        black_box(event);
    });
    let mut contenders: Vec<Box<dyn FnMut(u32) -> Duration + '_>> =
        vec![Box::new(ours), Box::new(timed(|| floor.hash_and_parse()))];
    let (mut verifiers, mut cannot) = (Vec::new(), Vec::new());
    for peer in peers {
        match peer.verifier(which).cloned() {
            Some(Ok(verifier)) => {
                verifiers.push(verifier);
                contenders.push(Box::new(move |times| peer.verify(which, times)));
            }
            Some(Err(reason)) => cannot.push(reason),
            None => {}
        }
    }
    let mut samples = turns.take_timed(&mut contenders).into_iter();
    let mut next = || samples.next().expect("everybody had turns");
    Measured {
        ours: next(),
        floor: next(),
        others: verifiers.into_iter().zip(samples).collect(),
        cannot,
    }
}
