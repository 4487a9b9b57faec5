//! What spans crates and is more than one test: a run of the gateway under load, with `kill -9`, and simulated vendors
//! with the providers that speak to them.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that is also a command: what it relies on holds, or it has nothing to say; and it waits for other processes"
)]

pub mod load;
pub mod simulated;
