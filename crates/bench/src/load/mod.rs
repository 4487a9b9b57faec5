//! Load over HTTP: so many connections that are kept alive, as fast as they go or at a rate.
//!
//! - [`Client::saturate`]: each connection sends its next request once it has the answer to the one before.
//! - [`Client::at_rate`]: each request has a time at which it is to be sent, whatever became of the others. Its latency
//!   counts from that time, so that a server which stops for a while is not asked less often meanwhile and looks good.

mod client;
mod outcome;
mod pace;
mod served;

pub use client::{Client, Connection, Requests, Sent};
pub use outcome::{Outcome, Rounds};
pub use served::Served;
