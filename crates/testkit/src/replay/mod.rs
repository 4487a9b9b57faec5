//! Recorded HTTP exchanges, and two ways to serve them: in memory and over a real socket.

mod book;
mod exchange;
mod matching;
mod server;
mod transport;

pub use exchange::{Answer, AskedFor, Exchange, Exchanges};
pub use server::ReplayServer;
pub use transport::{Asked, Injection, ReplayTransport};

#[cfg(test)]
mod tests;
