//! `/v1/erasures`: persons who were erased, and what the vendors have said to it.

pub(in crate::routes) mod create;
pub(in crate::routes) mod get;
mod view;

pub(in crate::routes::v1) use view::{ErasureJson, answer};
