//! Stripe Identity: verification sessions, their signed snapshot events, and the part of the API in which a session is
//! read.
//!
//! From docs.stripe.com/webhooks, docs.stripe.com/identity/verification-sessions and
//! docs.stripe.com/identity/how-sessions-work, read 2026-11-20.

mod api;
mod session;
mod signature;

pub use api::Account;
pub use session::{Event, NotPossible, Session};
pub use signature::{Signing, sign};
