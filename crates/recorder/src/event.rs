//! What is told of a recording under way. No value of an exchange is in it.

use crate::recording::{Captured, NotWritten};

/// Something happened.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event {
    /// Something was recorded.
    Captured(Captured),
    /// Something was passed on, and could not be recorded.
    NotRecorded(NotWritten),
    /// A file from an address outside the API was passed on; a recording has no place for it.
    FileElsewhere,
    /// A webhook did not come from the vendor, by its signature; it was not recorded.
    WebhookRefused,
    /// Whether a webhook came from the vendor could not be told; it was not recorded, and the vendor may send it again.
    WebhookUndecided,
    /// There was no answer to pass on.
    NoAnswer(idv_core::TransportError),
}

/// Hears of it.
pub trait Listener: Send + Sync {
    /// Is told of each event, in the order in which exchanges end.
    fn heard(&self, event: Event);
}

impl<F: Fn(Event) + Send + Sync> Listener for F {
    fn heard(&self, event: Event) {
        self(event);
    }
}
