//! The door of a vendor: it counts who comes, and can be shut.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use idv_simulator::Api;

/// A vendor's API whose calls are counted.
pub(super) struct Watched {
    api: Arc<dyn Api>,
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

impl Watched {
    pub(super) fn new(api: Arc<dyn Api>) -> Self {
        Self {
            api,
            is_down: AtomicBool::new(false),
            calls: Mutex::default(),
        }
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

impl Api for Watched {
    /// Also who is turned away has called.
    fn answer(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let is_down = self.is_down.load(Ordering::SeqCst);
        self.calls.lock().unwrap().count(Instant::now(), is_down);
        if is_down {
            let mut answer = Response::new(Bytes::from_static(b"down"));
            *answer.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
            return answer;
        }
        self.api.answer(request)
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
