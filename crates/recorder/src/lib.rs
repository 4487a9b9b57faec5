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
mod event;
mod headers;
mod leftover;
mod lookup;
mod message;
mod moment;
mod own_words;
mod place;
mod proxy;
mod recording;
mod redact;
mod replace;
mod replay;
mod second_look;
mod server;
mod signing;
pub mod table;
mod transport;
mod vendor;

pub use event::{Event, Listener};
pub use message::{Delivery, Exchange, Message, Redacted};
pub use place::{Part, Place, Refusal, Step, Why};
pub use proxy::{Genuineness, Proxy, Upstream, WEBHOOKS, WebhookCheck};
pub use recording::{
    Asked, Captured, Entry, NotWritten, Played, PlayedWebhook, Recorder, Recording, TakenOut,
    Unusable, What,
};
pub use redact::Redactor;
pub use replay::{Player, Sent, Signed, send_webhooks};
pub use server::Server;
pub use signing::{KeyFault, TestKeys};
pub use transport::RecordingTransport;
pub use vendor::Vendor;
