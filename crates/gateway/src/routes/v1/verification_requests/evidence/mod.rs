//! `/v1/verification-requests/{id}/evidence`: the files that vendors hold about a request.
//!
//! They are the most personal data there are: only whoever may review sees them, each look stands on the timeline, and
//! nothing of them stays here.

pub(in crate::routes) mod list;
mod media_type;
pub(in crate::routes) mod open;
mod passed_on;
