//! `/v1/events`: what happened, in the order of its places.

pub(in crate::routes) mod list;
mod place;
mod position;
pub(in crate::routes) mod stream;
pub(crate) mod view;

pub(crate) use place::kind;
pub(crate) use position::{cursor_of, deliveries_cursor_of, deliveries_position_of, position_of};
