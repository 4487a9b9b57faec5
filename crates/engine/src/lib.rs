#![doc = include_str!("../README.md")]

mod account;
mod command;
pub mod crypt;
mod engine;
mod error;
pub mod fold;
mod inbox;
mod intent;
mod jobs;
mod lease;
mod observe;
mod query;
mod session_locks;
mod settings;
pub mod store;
#[cfg(feature = "store-suite")]
pub mod store_suite;
pub mod words;

pub use account::{Account, Accounts, Environment, Unmatched};
pub use command::{GetOrRequest, GetOrRequested};
pub use engine::Engine;
pub use error::{AcceptError, CommandError, OpenError, QueryError};
pub use inbox::Accepted;
pub use intent::SessionIntent;
pub use query::{RequestQuery, RequestView, SessionView, TimelineEntry};
pub use settings::EngineSettings;
