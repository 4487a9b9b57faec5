//! `/v1/inbox`: the webhooks that were taken in, and what became of them.

mod filters;
pub(crate) mod get;
pub(in crate::routes) mod list;
pub(crate) mod missed;
pub(in crate::routes) mod refusals;
pub(in crate::routes) mod requeue;
pub(in crate::routes) mod requeue_all;
pub(crate) mod view;
