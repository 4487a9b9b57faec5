//! Webhooks: taken in durably, then worked on.
//!
//! verify → read whose session it is → seal → append (one durable write, shared by all that arrived meanwhile) → 200 →
//! work, a session at a time

mod adopt;
mod aside;
mod ask;
mod desk;
mod failure;
mod meters;
mod read;
mod receive;
mod sweep;
mod told;
mod work;
mod writer;

pub(crate) use adopt::{Hints, Home};
pub(crate) use meters::IngestMeters;
pub use receive::Accepted;
pub(crate) use writer::InboxWriter;

/// Where a delivery's body lives.
pub(crate) const BODY: &str = "inbox.body";
