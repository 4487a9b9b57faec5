//! Onfido Studio: applicants, workflow runs with their tasks, files and webhooks, and how those are signed.
//!
//! From documentation.onfido.com (API v3.6), developers.onfido.com/guide/manual-webhook-signature-verification, the
//! vendor's OpenAPI file of 2026-07-24 and the tests of its SDKs, read 2026-11-20. What those leave open was chosen, and
//! the place where it is done says so: when webhooks are sent again, what a deletion takes along, how long a list's page
//! and an address of a file are good for, and the HTTP status of some errors.
//!
//! An account is one region and one environment. Its runs go through a workflow: tasks of the person, of the customer
//! and of the vendor's machines, one after the other, each with its events. A scenario plays the person and the machines;
//! so do calls: whoever completes the person's tasks by the API, as the vendor's own tests do, gets the outcome of a
//! sandbox, in which an applicant of the last name `Consider` is not passed.
//!
//! Not here, and answered as pages the vendor does not have: classic checks and reports with their monitors, extraction and
//! autofill, passkeys, biometric tokens, electronic signatures, the address picker, and feedback on results. The OAuth
//! server of a receiver is kept with its webhook and never asked.

mod account;
mod action;
mod api;
mod applicant;
mod deletion;
mod generated;
mod ids;
mod limit;
mod media;
mod members;
mod ordered;
mod person;
mod refusal;
mod report;
mod run;
mod signature;
mod site;
mod vendor;
mod webhook;
mod workflow;
mod written;

#[cfg(test)]
mod tests;

pub use account::{API_TOKEN, Account, OAUTH_CLIENT_ID, OAUTH_CLIENT_SECRET, WEBHOOK_TOKEN};
pub use run::{Event, NotPossible, Outcome, Run};
pub use signature::sign;
pub use workflow::{
    WORKFLOW_ID, WORKFLOW_WITH_CLIENT_INPUT, WORKFLOW_WITH_OUTPUT, WORKFLOW_WITHOUT_INPUT,
};
