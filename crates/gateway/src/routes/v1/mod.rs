//! Version 1 of the API. It only ever grows: readers ignore fields they do not know.

pub(super) mod organizations;
pub(super) mod subjects;
pub(super) mod verification_requests;
