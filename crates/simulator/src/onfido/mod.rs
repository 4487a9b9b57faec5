//! Onfido Studio: workflow runs, the webhooks they send and how those are signed, and the part of the API in which a
//! run is read.
//!
//! From documentation.onfido.com (API v3.6), developers.onfido.com/guide/manual-webhook-signature-verification and the
//! vendor's OpenAPI file of 2026-07-24, read 2026-11-20.

mod api;
mod run;
mod signature;

pub use api::Account;
pub use run::{Event, NotPossible, Outcome, Run};
pub use signature::sign;
