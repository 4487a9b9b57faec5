//! The application: it asks for verifications, is told of events at its endpoint, and reads the same events from the
//! feed.

mod asker;
mod endpoint;
mod feed;

pub(crate) use asker::Asker;
pub(crate) use endpoint::{Arrivals, Endpoint};
pub(crate) use feed::{Feed, Listed, follow, read_all};
