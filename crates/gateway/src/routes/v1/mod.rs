//! Version 1 of the API. It only ever grows: readers ignore fields they do not know.

mod command;
pub(super) mod erasures;
pub(super) mod organizations;
mod path;
pub(super) mod sessions;
pub(super) mod subjects;
pub(super) mod verification_requests;
