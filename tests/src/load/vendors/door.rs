//! The door of a vendor: it counts who comes, and can be shut.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, StatusCode};
use idv_core::Timestamp;
use idv_simulator::{Around, Vendor};

/// Who stands at a vendor's door.
#[derive(Default)]
pub(super) struct Door {
    is_down: AtomicBool,
    calls: Mutex<Calls>,
}

/// What was counted at a vendor's door.
#[derive(Default)]
struct Calls {
    /// When the calls of the last second came.
    last_second: VecDeque<Instant>,
    busiest_second: usize,
    all: u64,
    turned_away: u64,
}

/// What was counted at a vendor's door.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Visits {
    /// Calls in all.
    pub(crate) all: u64,
    /// Calls that were turned away because the vendor was down.
    pub(crate) turned_away: u64,
    /// The most calls that came within one second, wherever that second begins.
    pub(crate) busiest_second: usize,
}

impl Door {
    /// The vendor behind this door.
    pub(super) fn before(self: &Arc<Self>, vendor: Arc<dyn Vendor>) -> Arc<dyn Vendor> {
        let door = Arc::clone(self);
        let answer = move |vendor: &dyn Vendor, request: &Request<Bytes>, now: Timestamp| {
            // Also who is turned away has called.
            if door.enter() {
                vendor.answer(request, now)
            } else {
                vendor.server_error(StatusCode::SERVICE_UNAVAILABLE)
            }
        };
        // Plaid stops for a receiver that cannot tell whether what it sends is genuine, as while its keys cannot be had.
        Arc::new(Around::new(vendor, answer).trying_on())
    }

    fn enter(&self) -> bool {
        let is_down = self.is_down.load(Ordering::SeqCst);
        self.calls.lock().unwrap().count(Instant::now(), is_down);
        !is_down
    }

    pub(super) fn set_down(&self, is_down: bool) {
        self.is_down.store(is_down, Ordering::SeqCst);
    }

    pub(super) fn visits(&self) -> Visits {
        let calls = self.calls.lock().unwrap();
        Visits {
            all: calls.all,
            turned_away: calls.turned_away,
            busiest_second: calls.busiest_second,
        }
    }
}

impl Calls {
    fn count(&mut self, now: Instant, is_turned_away: bool) {
        self.all += 1;
        self.turned_away += u64::from(is_turned_away);
        self.last_second.push_back(now);
        let is_over = |at: &Instant| now.duration_since(*at) >= Duration::from_secs(1);
        while self.last_second.front().is_some_and(is_over) {
            self.last_second.pop_front();
        }
        self.busiest_second = self.busiest_second.max(self.last_second.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_busiest_second_begins_anywhere() {
        let begun = Instant::now();
        let mut calls = Calls::default();
        for millis in [0, 900, 1_000, 1_100, 1_899, 1_900, 3_000] {
            calls.count(begun + Duration::from_millis(millis), millis == 0);
        }
        assert_eq!(
            (calls.busiest_second, calls.all, calls.turned_away),
            (4, 7, 1)
        );
    }
}
