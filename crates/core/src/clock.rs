//! The one source of "now".

use std::fmt::Debug;

use crate::Timestamp;

/// Tells the time. Everything that depends on "now" takes a clock, so that tests never wait.
pub trait Clock: Debug + Send + Sync {
    /// The present time, UTC.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that asks the machine"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_micros(jiff::Timestamp::now().as_microsecond())
    }
}
