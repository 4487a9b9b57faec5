#![doc = include_str!("../README.md")]

mod api_keys;
mod begin;
mod checkpoint;
mod columns;
mod failure;
mod inbox;
mod jobs;
mod open;
mod outbox;
mod page;
mod polls;
mod reads;
mod replicas;
mod request_list;
mod schema;
mod scrub;
mod store;
#[cfg(test)]
mod tests;
mod unit_of_work;

pub use store::SqliteStore;
pub use unit_of_work::{Joined, SqliteUnitOfWork};
