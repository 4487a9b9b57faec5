//! What it costs to verify and translate one webhook: through [`idv_core::IdProvider`], as the gateway does, against
//! the floor below it and against what the vendors hand out for it.

mod arrival;
mod bodies;
mod delivery;
mod floor;

pub use arrival::{verify, verify_and_interpret};
pub use bodies::Size;
pub use delivery::{Delivery, SECRET, Vendor};
pub use floor::Floor;

use std::hint::black_box;

use crate::measure::{Effort, Turns};
use crate::question::Question;
use crate::report::{Figure, Goal, Row, Table};

/// How much longer than the floor it may take.
const FLOOR_GOAL: Goal = Goal::AtMost(1.5);

/// Measures every vendor in every size.
#[must_use]
pub fn answer(effort: Effort) -> Table {
    let mut table = Table::new(Question::Webhook);
    let turns = Turns::new(effort);
    for vendor in Vendor::ALL {
        for size in Size::ALL {
            let delivery = Delivery::new(*vendor, *size);
            let what = format!("{}, {}", vendor.name(), size.name());
            eprintln!("idv-bench: {what}, {} bytes", delivery.body.len());
            let inbound = delivery.inbound();
            let floor = Floor::under(&delivery);
            let samples = turns.take(&mut [
                &mut || {
                    let event = verify_and_interpret(delivery.provider(), black_box(&inbound));
                    black_box(event);
                },
                &mut || floor.hash_and_parse(),
            ]);
            let [ours, under] = samples.as_slice() else {
                unreachable!("two had their turns");
            };
            let row = Row::over(what, Figure::seconds, ours, "floor", under);
            table.rows.push(row.goal(FLOOR_GOAL));
        }
    }
    table
}
