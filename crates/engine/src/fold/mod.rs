//! The state of a session is a pure function of what was observed about it; the state of a request is a pure
//! function of its sessions. Nothing here reads a clock, a database or a configuration.
//!
//! Purity is what makes duplicates, disorder, delay and crashes harmless: the same set of observations gives the
//! same state, in whatever order it came together.

mod announce;
mod command;
mod payloads;
mod request;
mod seen;
mod session;

pub(crate) use announce::kind_of_state;
pub use announce::{Announcement, Chapter, announcements};
pub use command::{CommandFact, PolicyRule};
pub use request::fold_request;
pub(crate) use request::overrides;
pub(crate) use session::fold_session_told;
pub use session::{SessionState, fold_session};
