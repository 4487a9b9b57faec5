//! Plaid Identity Verification: the API in which attempts are made, read, listed and tried again, with signing keys, link
//! tokens and screenings; the pages on which a person goes through an attempt; and webhooks, signed as the vendor signs.
//!
//! From plaid.com/docs/identity-verification, plaid.com/docs/api/products/identity-verification,
//! plaid.com/docs/api/webhooks/webhook-verification, plaid.com/docs/errors and the vendor's OpenAPI file (version
//! 1.697.4), read 2026-11-20. What the vendor does not publish is chosen here, and said where it is.

mod attempt;
mod environment;
mod ids;
mod input;
mod person;
mod screening;
mod signature;
mod step;
mod template;

pub use attempt::{Attempt, Event, NotPossible, Verdict};
pub use environment::Environment;
pub use signature::{CannotSign, WebhookKey};
pub use step::Step;
pub use template::Template;
