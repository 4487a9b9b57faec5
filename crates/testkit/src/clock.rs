//! A clock that moves when it is told to.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use idv_core::{Clock, Timestamp};

/// A clock that moves when it is told to. Clones of the [`Arc`] show the same time.
#[derive(Debug)]
pub struct ManualClock {
    unix_micros: AtomicI64,
}

impl ManualClock {
    /// 2026-11-20T12:00:00Z: where a test's day begins unless it says otherwise.
    pub const NOON: Timestamp = Timestamp::from_unix_secs(1_795_176_000);

    /// A clock that shows this time.
    #[must_use]
    pub fn at(now: Timestamp) -> Arc<Self> {
        Arc::new(Self {
            unix_micros: AtomicI64::new(now.as_unix_micros()),
        })
    }

    /// A clock that shows [`ManualClock::NOON`].
    #[must_use]
    pub fn noon() -> Arc<Self> {
        Self::at(Self::NOON)
    }

    /// Moves it forward.
    pub fn advance(&self, by: Duration) {
        self.set(self.now().plus(by));
    }

    /// Sets it, forward or back.
    pub fn set(&self, now: Timestamp) {
        self.unix_micros
            .store(now.as_unix_micros(), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_micros(self.unix_micros.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stands_still_until_it_is_moved() {
        let clock = ManualClock::noon();
        assert_eq!(clock.now().to_string(), "2026-11-20T12:00:00Z");
        clock.advance(Duration::from_secs(90));
        assert_eq!(clock.now().to_string(), "2026-11-20T12:01:30Z");
        clock.set(Timestamp::UNIX_EPOCH);
        assert_eq!(clock.now(), Timestamp::UNIX_EPOCH);
    }
}
