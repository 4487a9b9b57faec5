#![doc = include_str!("../README.md")]
#![cfg_attr(
    test,
    allow(clippy::disallowed_methods, reason = "tests read JSON directly")
)]

mod loopback;
pub mod onfido;
pub mod plaid;
pub mod stripe;

pub use loopback::{Api, Loopback};
