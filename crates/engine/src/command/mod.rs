//! What the application tells the engine to do.
//!
//! No command awaits a vendor inside a transaction. A call to a vendor is a job, written together with the decision
//! to make it; the command then does the job itself, and if it dies on the way, a worker does.

mod get_or_request;
mod renew_link;
mod start;

pub(crate) use get_or_request::person_place;
pub use get_or_request::{GetOrRequest, GetOrRequested};
