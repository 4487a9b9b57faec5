//! The HTTP server: connections, and what every request goes through.

mod accept;
mod layers;
mod shutdown;

pub(crate) use accept::{Drained, Peer, serve};
pub(crate) use layers::around;
pub(crate) use shutdown::{EndSignals, Shutdown};
