//! `/v1/verification-requests`.

mod answer;
pub(in crate::routes) mod bypass;
pub(in crate::routes) mod cancel;
pub(in crate::routes) mod create;
pub(in crate::routes) mod evidence;
pub(in crate::routes::v1) mod example;
pub(crate) mod explain;
pub(in crate::routes::v1) mod failure;
pub(in crate::routes) mod get;
pub(in crate::routes) mod link;
pub(in crate::routes) mod list;
mod new_request;
mod person;
pub(in crate::routes) mod recreate;
pub(in crate::routes) mod redact;
pub(in crate::routes) mod refresh;
pub(in crate::routes) mod remind;
pub(in crate::routes) mod resolve;
pub(in crate::routes) mod timeline;
pub(in crate::routes) mod update;
pub(in crate::routes::v1) mod view;

pub(in crate::routes::v1) use answer::answer;
pub(crate) use view::RequestJson;
