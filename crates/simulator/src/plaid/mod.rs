//! Plaid Identity Verification: attempts, the webhooks they send and how those are signed, and the part of the API in
//! which attempts and signing keys are read.
//!
//! From plaid.com/docs/identity-verification, plaid.com/docs/api/products/identity-verification,
//! plaid.com/docs/api/webhooks/webhook-verification and the vendor's OpenAPI file (version 1.697.4), read 2026-11-20.

mod attempt;
mod environment;
mod signature;
mod step;

pub use attempt::{Attempt, Event, NotPossible, Verdict};
pub use environment::Environment;
pub use signature::{CannotSign, WebhookKey};
pub use step::Step;
