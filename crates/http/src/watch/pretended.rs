//! A clock that is moved by hand, or stands with the runtime's own.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use idv_core::{Clock, Timestamp};
use tokio::time::Instant;

#[derive(Debug)]
pub(crate) struct TestClock {
    by_hand: Mutex<Duration>,
    of_tokio: Option<Instant>,
}

impl TestClock {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            by_hand: Mutex::default(),
            of_tokio: None,
        })
    }

    /// Moves with the time of a paused runtime.
    pub(crate) fn of_tokio() -> Arc<Self> {
        Arc::new(Self {
            by_hand: Mutex::default(),
            of_tokio: Some(Instant::now()),
        })
    }

    pub(crate) fn advance(&self, span: Duration) {
        *self.by_hand.lock().unwrap() += span;
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        let of_tokio = self
            .of_tokio
            .map_or(Duration::ZERO, |began| began.elapsed());
        let moved = *self.by_hand.lock().unwrap() + of_tokio;
        Timestamp::from_unix_secs(1_795_200_000).plus(moved)
    }
}
