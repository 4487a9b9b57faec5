//! What has come and gone in a vendor's published description of its API, measured by what its provider knows.
//!
//! A provider says what it knows as [`VendorSpec`]; here is the comparison, which knows no vendor.

mod compare;
mod description;
#[cfg(test)]
mod tests;

pub(crate) use compare::{Difference, Kind, compare};
pub(crate) use description::Description;
