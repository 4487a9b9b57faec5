//! What is to be sent, in disorder, and what is to be sent again.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use fastrand::Rng;

use super::delivery::Delivery;
use super::source::{Made, Source};

/// The webhooks on their way. Whoever sends takes from it at random out of those that are ready.
pub(crate) struct Queue(Mutex<Waiting>);

struct Waiting {
    source: Source,
    /// How many are mixed with each other.
    window: usize,
    ready: Vec<Delivery>,
    /// To be sent again, by when.
    later: BTreeMap<(Instant, u64), Delivery>,
    numbered: u64,
    under_way: usize,
    rng: Rng,
}

/// What a sender does next.
pub(crate) enum Next {
    Send(Box<Delivery>),
    /// All that is left waits for its time, or for other senders.
    Wait,
    /// Everything was acknowledged or refused.
    Done,
}

impl Queue {
    pub(crate) fn new(source: Source, window: usize, rng: Rng) -> Self {
        Self(Mutex::new(Waiting {
            source,
            window: window.max(1),
            ready: Vec::new(),
            later: BTreeMap::new(),
            numbered: 0,
            under_way: 0,
            rng,
        }))
    }

    /// `on_new`: sees each webhook before it is sent for the first time.
    pub(crate) fn next(&self, mut on_new: impl FnMut(&Delivery)) -> Next {
        let mut waiting = self.0.lock().unwrap();
        let waiting = &mut *waiting;
        let now = Instant::now();
        while let Some(entry) = waiting.later.first_entry()
            && entry.key().0 <= now
        {
            waiting.ready.push(entry.remove());
        }
        while waiting.ready.len() < waiting.window
            && let Some(deliveries) = waiting.source.next()
        {
            deliveries.iter().for_each(&mut on_new);
            waiting.ready.extend(deliveries);
        }
        if !waiting.ready.is_empty() {
            let index = waiting.rng.usize(0..waiting.ready.len());
            waiting.under_way += 1;
            return Next::Send(Box::new(waiting.ready.swap_remove(index)));
        }
        if waiting.later.is_empty() && waiting.under_way == 0 {
            return Next::Done;
        }
        Next::Wait
    }

    /// It is through, one way or the other.
    pub(crate) fn finish(&self) {
        self.0.lock().unwrap().under_way -= 1;
    }

    /// Nobody has acknowledged it: the vendor sends it again.
    pub(crate) fn again(&self, delivery: Delivery) {
        let mut waiting = self.0.lock().unwrap();
        let pause = Duration::from_millis(waiting.rng.u64(50..500));
        waiting.numbered += 1;
        let when = (Instant::now() + pause, waiting.numbered);
        waiting.later.insert(when, delivery);
        waiting.under_way -= 1;
    }

    pub(crate) fn made(&self) -> Made {
        self.0.lock().unwrap().source.made()
    }
}
