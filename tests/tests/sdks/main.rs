//! The vendors' official SDKs, unmodified, against the simulators; and every answer they get, against the vendors' own
//! descriptions of their APIs.
#![cfg(test)]
#![allow(
    clippy::disallowed_methods,
    reason = "tests read JSON directly, about synthetic people"
)]

mod kits;
mod onfido;
mod openapi;
mod plaid;
mod stripe;
mod webhooks;
