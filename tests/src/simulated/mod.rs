//! A gateway in this process over simulated vendors: the vendors with their providers, an engine over an account of one,
//! the way webhooks take without a network, and what is true at a vendor in the gateway's words.

mod engine;
mod not_played;
mod refused_key;
pub mod truth;
pub mod vendors;
mod way_in;

pub use engine::engine;
pub use not_played::NotPlayed;
pub use refused_key::refuse_the_key;
pub use way_in::WayIn;
