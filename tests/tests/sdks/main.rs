//! The vendors' official SDKs, unmodified, against the simulators; and every answer they get, against the vendors' own
//! descriptions of their APIs.
//!
//! A script lies in `python/` or `javascript/` (CommonJS; `require` loads every package, `jose` too) and prints a JSON
//! value a line. It learns where the simulator is from its arguments and environment, which is empty but for those. It
//! receives webhooks through `webhooks.py` or `webhooks.js` on a port it opens itself and tells the test by a line. A test
//! runs it whole (`run_script`) or talks with it (`start_script`, `hear`, `tell`, `end`), on a runtime of several threads.
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
