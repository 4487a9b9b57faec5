#![doc = include_str!("../README.md")]
#![cfg_attr(
    test,
    allow(clippy::disallowed_methods, reason = "tests wait in tokio's own time")
)]

mod client;
mod metered;
mod policy;
mod retry;
mod retry_after;

pub use client::{HttpSettings, HttpTransport, SetupError};
pub use metered::Metered;
pub use policy::{Jitter, RetryPolicy};
pub use retry::Retry;
