//! `/v1/verification-requests`.

pub(in crate::routes) mod create;
mod example;
mod failure;
pub(in crate::routes) mod get;
pub(in crate::routes) mod link;
pub(in crate::routes) mod list;
mod new_request;
mod path;
mod person;
pub(in crate::routes) mod timeline;
mod view;

pub(crate) use view::RequestJson;
