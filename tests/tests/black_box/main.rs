//! The program from outside: another process, real HTTP on loopback, a database in an empty directory.
#![cfg(test)]
#![allow(
    clippy::disallowed_methods,
    reason = "tests read JSON and time directly, about synthetic people"
)]

mod accounts;
mod api;
mod application;
mod bad_input;
mod commands;
mod company;
mod database;
mod document;
mod durability;
mod endpoints;
mod events;
mod explain;
mod gateway;
mod inbox;
mod javascript;
mod keys;
mod mail;
mod migrate;
mod openapi;
mod openapi_client;
mod privacy;
mod program;
mod python;
mod quick_start;
mod recording;
mod replicas;
mod rotation;
mod running;
mod simulate;
mod spec_diff;
mod story;
mod stripe_samples;
mod terminal;
#[allow(dead_code, reason = "the faults need all of it")]
#[path = "../faults/vendor.rs"]
mod vendor;
