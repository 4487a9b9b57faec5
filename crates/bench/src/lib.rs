#![doc = include_str!("../README.md")]
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a measurement: what it relies on holds, or it has nothing to say; time is what it is about; and it says how far it has come"
)]

pub mod event_out;
pub mod gateway;
pub mod ingest;
pub mod load;
pub mod measure;
pub mod question;
pub mod report;
pub mod vendor;
pub mod webhook;
