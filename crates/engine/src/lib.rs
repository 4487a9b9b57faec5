//! engine

pub mod fold;
mod intent;
pub mod store;
pub mod words;

pub use intent::SessionIntent;
