//! Version 1 of the API. It only ever grows: readers ignore fields they do not know.

mod command;
pub(crate) mod endpoints;
pub(super) mod erasures;
pub(crate) mod events;
pub(super) mod organizations;
mod path;
pub(super) mod sessions;
pub(super) mod subjects;
pub(crate) mod verification_requests;
