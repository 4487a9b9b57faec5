#![doc = include_str!("../README.md")]
#![cfg_attr(
    test,
    allow(clippy::disallowed_methods, reason = "tests wait in tokio's own time")
)]

mod breaker;
mod client;
mod endpoint;
mod handed_out;
mod metered;
mod pieces;
mod policy;
mod rate_limit;
mod retry;
mod retry_after;
#[cfg(test)]
mod scripted;
mod watch;

pub use breaker::{Breaker, BreakerPolicy};
pub use client::{HttpSettings, HttpTransport, SetupError};
pub use endpoint::{
    AnswerCut, EndpointHttpSettings, EndpointPolicy, EndpointTransport, EndpointUrlProblem,
    KEPT_ANSWER_BYTES, MAX_ENDPOINT_URL_BYTES, NameResolver, SystemResolver, check_endpoint_url,
};
/// A network of addresses in the notation `10.0.0.0/8`.
pub use ipnet::IpNet;
pub use metered::Metered;
pub use policy::{Jitter, RetryPolicy};
pub use rate_limit::gcra::Gcra;
pub use rate_limit::{MAX_WAIT_FOR_TURN, RateLimit};
pub use retry::Retry;
pub use watch::{MAX_HOLD, VendorWatch};
