//! The application: it is told of events at its endpoint, and reads the same events from the feed.

mod endpoint;
mod feed;

pub(crate) use endpoint::{Arrivals, Endpoint};
pub(crate) use feed::{Feed, Listed, follow, read_all};
