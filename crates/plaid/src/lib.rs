#![doc = include_str!("../README.md")]
#![cfg_attr(
    test,
    allow(
        clippy::disallowed_methods,
        reason = "tests read JSON and time directly"
    )
)]
#![allow(
    clippy::result_large_err,
    reason = "the error is the contract's; beside a call over a network its size is nothing"
)]

mod client;
mod config;
mod error;
mod map;
mod provider;
mod spec;
mod webhook;
mod wire;

pub use config::{Environment, LinkTokens, PlaidConfig, PlaidOptions};
pub use map::mapping_rows;
pub use provider::PlaidProvider;
pub use spec::spec;
pub use webhook::{DELIVERY_SHAPE, Jwk, JwkError};
