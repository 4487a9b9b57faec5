//! Measuring by turns.

mod ratio;
mod rounds;
mod samples;

pub use ratio::Ratio;
pub use rounds::{Effort, Turns, timed};
pub use samples::Samples;
