//! Version 1 of the API. It only ever grows: readers ignore fields they do not know.

mod command;
pub(crate) mod endpoints;
pub(super) mod erasures;
pub(crate) mod events;
pub(crate) mod inbox;
pub(super) mod organizations;
mod path;
pub(crate) mod providers;
pub(super) mod sessions;
pub(super) mod subjects;
pub(crate) mod verification_requests;
