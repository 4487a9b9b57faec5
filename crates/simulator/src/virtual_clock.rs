//! Time that moves when it is told to.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use idv_core::{Clock, Timestamp};

/// A clock that stands still until it is set.
#[derive(Debug)]
pub struct VirtualClock {
    unix_micros: AtomicI64,
}

impl VirtualClock {
    /// A clock that shows this time.
    #[must_use]
    pub fn at(now: Timestamp) -> Arc<Self> {
        Arc::new(Self {
            unix_micros: AtomicI64::new(now.as_unix_micros()),
        })
    }

    /// Moves it there; never back.
    pub fn move_to(&self, now: Timestamp) {
        self.unix_micros
            .fetch_max(now.as_unix_micros(), Ordering::SeqCst);
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_micros(self.unix_micros.load(Ordering::SeqCst))
    }
}
