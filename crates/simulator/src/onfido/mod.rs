//! Onfido Studio: applicants, workflow runs with their tasks, files and webhooks, and how those are signed.
//!
//! From documentation.onfido.com (API v3.6), developers.onfido.com/guide/manual-webhook-signature-verification, the
//! vendor's OpenAPI file of 2026-07-24 and the tests of its SDKs, read 2026-11-20. Where those leave something open, what
//! was chosen is said where it is done.

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
    WORKFLOW_ID, WORKFLOW_WITH_CLIENT_INPUT, WORKFLOW_WITH_OUTPUT, WORKFLOW_WITHOUT_INPUT, Workflow,
};
