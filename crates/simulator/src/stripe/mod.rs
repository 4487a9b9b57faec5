//! Stripe Identity: signed snapshot events of verification sessions.
//!
//! From docs.stripe.com/webhooks, docs.stripe.com/identity/verification-sessions and
//! docs.stripe.com/identity/how-sessions-work, read 2026-11-20.

mod session;
mod signature;

pub use session::{Event, NotPossible, Session};
pub use signature::{Signing, sign};
