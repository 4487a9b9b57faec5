//! `/v1/endpoints`: where the application wants to be told, and what became of that.

pub(in crate::routes) mod create;
pub(in crate::routes) mod delete;
pub(crate) mod deliveries;
mod example;
pub(in crate::routes::v1) mod failure;
pub(in crate::routes) mod get;
mod input;
pub(in crate::routes) mod list;
pub(in crate::routes) mod replay;
pub(in crate::routes) mod rotate_secret;
pub(in crate::routes) mod test;
pub(in crate::routes) mod update;
pub(crate) mod view;
