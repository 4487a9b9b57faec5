//! Starting, and doing nothing: what that takes, by how much is stored.

mod build_times;
mod inbox;
mod memory;
mod ready;

use crate::gateway::{Database, program};
use crate::measure::Effort;
use crate::question::Question;
use crate::report::{Figure, Table};

pub use memory::serve_bare;

/// Measures.
///
/// # Panics
/// If a gateway does not do what it does every day.
pub async fn answer(effort: Effort) -> Table {
    let mut table = Table::new(Question::Rest);
    for database in Database::ALL {
        if let Err(missing) = ready::measure(&mut table, database, effort).await {
            table.skipped.push(missing);
        }
    }
    if let Err(missing) = inbox::measure(&mut table, effort).await {
        table.skipped.push(missing);
    }
    if let Ok(Ok(file)) = program().map(std::fs::metadata) {
        let size = Figure::bytes(file.len() as f64).text();
        table.notes.push(format!("the program is {size}"));
    }
    build_times::add(&mut table);
    table
}
