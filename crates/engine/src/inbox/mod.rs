//! Webhooks: taken in durably, then worked on.
//!
//! verify → seal → append (one durable write, shared by all that arrived meanwhile) → 200 → work

mod adopt;
mod aside;
mod ask;
mod meters;
mod receive;
mod work;
mod writer;

pub(crate) use meters::IngestMeters;
pub use receive::Accepted;
pub(crate) use writer::InboxWriter;

/// Where a delivery's body lives.
pub(crate) const BODY: &str = "inbox.body";
