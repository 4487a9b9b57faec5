#![doc = include_str!("../README.md")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "this crate runs inside tests: a broken expectation must panic, with a sentence"
)]
#![cfg_attr(
    test,
    allow(
        clippy::disallowed_methods,
        reason = "tests read JSON and time directly"
    )
)]

mod checkpoint;
pub mod clients;
mod clock;
pub mod contract;
pub mod fake;
pub mod fixture;
mod own_json;
#[cfg(unix)]
pub mod private_postgres;
pub mod replay;
mod samples;

pub use checkpoint::{Crash, MemoryCheckpoint};
pub use clock::ManualClock;
pub use samples::shared_samples;
