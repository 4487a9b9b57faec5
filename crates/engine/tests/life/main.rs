//! The life of a request, from the first command to the last webhook, over SQLite.
//!
//! The cases are the same for every store: the one under test is what `store_under_test` gives.
#![cfg(test)]

mod cases;
mod on_disk;
#[path = "../world/sqlite.rs"]
mod store_under_test;
#[path = "../world/mod.rs"]
mod world;
