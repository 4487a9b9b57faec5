//! The program from outside: another process, real HTTP on loopback, a database in an empty directory.
#![cfg(test)]
#![allow(
    clippy::disallowed_methods,
    reason = "tests read JSON and time directly, about synthetic people"
)]

mod api;
mod bad_input;
mod commands;
mod document;
mod durability;
mod gateway;
mod keys;
mod mail;
mod openapi;
mod openapi_client;
mod privacy;
mod program;
mod python;
mod rotation;
mod story;
mod stripe_samples;
mod terminal;
