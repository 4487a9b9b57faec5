//! Stripe Identity: an account with its sessions, reports, files, webhook endpoints and events, the API over HTTP, and
//! the page on which the subject is verified.
//!
//! From docs.stripe.com/webhooks, docs.stripe.com/identity/verification-sessions,
//! docs.stripe.com/identity/how-sessions-work, docs.stripe.com/identity/access-verification-results,
//! docs.stripe.com/api and the vendor's OpenAPI file (version 2026-07-29.dahlia), read 2026-11-20.
//!
//! What none of them says is chosen:
//! - A flow of the dashboard is named after its checks: `verification_flow=vf_document_selfie_email_phone`.
//! - An erasure is complete after half a minute, unless a scenario says otherwise. The vendor says up to four days.
//! - Webhooks are tried again after one and after two hours in the sandbox; in the live mode after 5, 10, 20 … minutes, the
//!   last time after three days. The vendor publishes how often and how long, not when.
//! - Whoever may not see something sensitive is not told that it was left out.
//! - A session that was verified and is taken back looks like one whose check has failed.
//! - An idempotency key that begins with `in-use-` or `locked-` is refused the first time, as if a call with it were under
//!   way: for nothing ever is.
//! - Endpoints may be on this machine and without TLS, unless the account is of the live mode.
//! - Answers look the same in every version of the API that can be asked for.

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
mod snapshot;
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
