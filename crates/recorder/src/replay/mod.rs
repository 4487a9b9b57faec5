//! A recording, played: its answers to whoever asks, its webhooks to whoever should hear them.

mod matching;
mod player;
mod send;

pub use player::Player;
pub use send::{Sent, Signed, send_webhooks};
