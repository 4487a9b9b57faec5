#![doc = include_str!("../README.md")]
#![cfg_attr(
    test,
    allow(clippy::disallowed_methods, reason = "tests read JSON directly")
)]

mod agenda;
mod around;
mod bucket;
pub mod chaos;
mod hex;
mod loopback;
mod multipart;
pub mod onfido;
pub mod page;
mod picture;
pub mod plaid;
mod plain_http;
#[cfg(test)]
mod receiver;
pub mod scenario;
pub mod simulated;
mod simulator;
mod speed;
pub mod stripe;
mod vendor;
mod virtual_clock;

pub use around::Around;
pub use loopback::{Answered, Api, Loopback};
pub use simulated::Simulated;
pub use simulator::{
    Delivered, NoSuchScenario, Posted, Simulator, SimulatorBuilder, StartError, UnderWay, Watch,
};
pub use vendor::{Begun, CannotPlay, Outgoing, Signer, Vendor, VendorKind};
pub use virtual_clock::VirtualClock;
