//! Stripe Identity: an account with its sessions, reports, files, webhook endpoints and events, the API over HTTP, and
//! the page on which the subject is verified.
//!
//! From docs.stripe.com/webhooks, docs.stripe.com/identity/verification-sessions,
//! docs.stripe.com/identity/how-sessions-work, docs.stripe.com/identity/access-verification-results,
//! docs.stripe.com/api and the vendor's OpenAPI file (version 2026-07-29.dahlia), read 2026-11-20. What none of them
//! says is chosen, and the choice is told where it is made.

mod accepted;
mod account;
mod action;
mod api;
mod asked;
mod check;
mod endpoint;
mod expand;
mod file;
mod idempotency;
mod keys;
mod made;
mod multipart;
mod page;
mod params;
mod person;
mod picture;
mod rate_limits;
mod refusal;
mod report;
mod session;
mod shelf;
mod signature;
mod told;
mod vendor;

pub use account::{
    API_KEY, Account, EXPIRED_KEY, READ_ONLY_KEY, RESTRICTED_KEY, THIN_WEBHOOK_SECRET,
    WEBHOOK_SECRET,
};
pub use session::{Event, NotPossible, Session};
pub use signature::{Signing, sign};

#[cfg(test)]
mod tests;
