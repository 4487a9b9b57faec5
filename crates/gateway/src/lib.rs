#![doc = include_str!("../README.md")]
#![cfg_attr(
    test,
    allow(
        clippy::disallowed_methods,
        reason = "tests read JSON and time directly"
    )
)]
#![allow(
    clippy::result_large_err,
    reason = "the errors here are answers to a person or over a network; beside that their size is nothing"
)]

mod api_key;
mod cli;
pub mod config;
mod database;
mod demo;
mod diagnose;
mod events_out;
#[cfg(feature = "fault-points")]
pub mod fault_points;
mod gateway;
mod logs;
mod mail;
mod master_key;
mod metrics;
mod openapi;
mod problem;
pub mod providers;
mod routes;
mod server;
mod simulate;
mod spec_diff;
mod telemetry;
mod terminal;

use std::process::ExitCode;

/// The whole program: reads the command line, does what it says, and returns how the process should end.
///
/// Call it first thing in `main`: it also chooses the process's cryptography for TLS, and has panics name their
/// place only.
#[must_use]
pub fn run() -> ExitCode {
    // Fails only if somebody chose before; then that choice holds.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    logs::name_only_the_place_of_a_panic();
    let command = match cli::parse(std::env::args_os()) {
        Ok(command) => command,
        Err(exit_code) => return exit_code,
    };
    match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime.block_on(cli::run(command)),
        Err(error) => {
            terminal::complain(&format!("idv: the process could not be set up ({error})"));
            ExitCode::FAILURE
        }
    }
}
