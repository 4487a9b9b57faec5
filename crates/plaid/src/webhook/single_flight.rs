//! One call at a time for each key, however many ask for it. Needs no runtime.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

/// The calls under way, and who waits for each.
#[derive(Debug, Default)]
pub(super) struct SingleFlight {
    flights: Mutex<BTreeMap<String, Vec<Waker>>>,
}

/// The right to make the call. It ends when this is dropped, also if the caller is: then those who wait wake up, and
/// one of them may take over.
#[derive(Debug)]
pub(super) struct Flight<'a> {
    all: &'a SingleFlight,
    key: String,
}

impl SingleFlight {
    /// The right to make the call; none while somebody else has it.
    pub(super) fn take_off(&self, key: &str) -> Option<Flight<'_>> {
        let mut flights = self.lock();
        if flights.contains_key(key) {
            return None;
        }
        flights.insert(key.to_owned(), Vec::new());
        Some(Flight {
            all: self,
            key: key.to_owned(),
        })
    }

    /// Waits until nobody makes the call any more.
    pub(super) async fn landed(&self, key: &str) {
        poll_fn(|context| match self.lock().get_mut(key) {
            None => Poll::Ready(()),
            Some(waiting) => {
                let me = context.waker();
                if !waiting.iter().any(|other| other.will_wake(me)) {
                    waiting.push(me.clone());
                }
                Poll::Pending
            }
        })
        .await;
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Vec<Waker>>> {
        self.flights.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        let waiting = self.all.lock().remove(&self.key);
        waiting.into_iter().flatten().for_each(Waker::wake);
    }
}

#[cfg(test)]
mod tests {
    use super::SingleFlight;

    #[tokio::test]
    async fn those_who_wait_wake_up_when_the_call_ends_or_is_given_up() {
        let flights = SingleFlight::default();
        let flight = flights.take_off("a").unwrap();
        assert!(flights.take_off("a").is_none());
        assert!(
            flights.take_off("b").is_some(),
            "another key is another call"
        );
        let three = async {
            tokio::join!(
                flights.landed("a"),
                flights.landed("a"),
                flights.landed("a")
            );
        };
        let end = async {
            tokio::task::yield_now().await;
            drop(flight);
        };
        tokio::join!(three, end);
        assert!(flights.take_off("a").is_some());
    }
}
