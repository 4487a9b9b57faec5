//! The HTTP server: connections, and what every request goes through.

mod accept;
mod layers;
mod patient_io;
mod places;
mod refusals;
mod shutdown;
mod source;

pub(crate) use accept::{Drained, Peer, serve};
pub(crate) use layers::{HttpRequestId, around};
pub(crate) use refusals::RefusalCounts;
pub(crate) use shutdown::{EndSignals, Shutdown};
pub use source::ClientAddress;
pub(crate) use source::Source;
