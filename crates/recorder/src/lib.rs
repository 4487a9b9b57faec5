#![doc = include_str!("../README.md")]
#![cfg_attr(
    test,
    allow(
        clippy::disallowed_methods,
        reason = "tests read JSON and time directly"
    )
)]

mod body;
pub mod class;
mod classify;
mod headers;
mod leftover;
mod message;
mod place;
mod redact;
mod replace;
mod signing;
pub mod table;
mod vendor;

pub use message::{Delivery, Exchange, Message, Redacted};
pub use place::{Part, Place, Refusal, Step, Why};
pub use redact::Redactor;
pub use signing::{KeyFault, TestKeys};
pub use vendor::Vendor;
