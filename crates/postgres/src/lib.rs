#![doc = include_str!("../README.md")]

mod api_keys;
mod begin;
mod columns;
mod failure;
mod inbox;
mod jobs;
mod lock;
mod open;
mod outbox;
mod page;
mod reads;
mod request_list;
mod rollbacks;
mod schema;
mod scrub;
mod settings;
mod store;
#[cfg(test)]
mod tests;
mod unit_of_work;

pub use settings::PostgresSettings;
pub use store::PostgresStore;
pub use unit_of_work::{Joined, PostgresUnitOfWork};
