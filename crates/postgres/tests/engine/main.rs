//! The engine over Postgres: its own tests, which it runs over SQLite, and what only several replicas can show.
#![cfg(test)]
#![allow(
    dead_code,
    reason = "the engine's tests bring a store of their own, which is not the one looked at here"
)]

mod replicas;
#[path = "../../../engine/tests/requests.rs"]
mod requests;
mod store_under_test;
#[path = "../../../engine/tests/webhooks.rs"]
mod webhooks;
#[path = "../../../engine/tests/world/mod.rs"]
mod world;
