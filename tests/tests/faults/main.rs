//! The process dies at every fault point there is, as by `kill -9`, and is started again: nothing is lost, and nothing
//! is made twice at the vendor.
//!
//! `IDV_FAULTS=all` kills at every passage of every point in every scenario. That takes its time.
#![cfg(test)]
#![allow(
    clippy::disallowed_methods,
    reason = "tests read JSON and time directly, and wait for another process"
)]

mod application;
mod database;
mod gateway;
mod outcome;
mod points;
mod scenario;
mod told;
#[allow(dead_code, reason = "the black box needs all of it")]
mod vendor;
