//! `kill -9`, again and again.

use std::sync::atomic::{AtomicUsize, Ordering};

use fastrand::Rng;

use super::fleet::Fleet;
use super::network::pause;

/// At which moments of the sending a replica dies.
pub(crate) struct Kills {
    /// How many webhooks are acknowledged then.
    moments: Vec<usize>,
    begun: AtomicUsize,
    ended: AtomicUsize,
}

impl Kills {
    /// So many moments, each at random in its own part of the sending.
    pub(crate) fn new(count: usize, total: usize, rng: &mut Rng) -> Self {
        let part = total / count.max(1);
        let moments = (0..count).map(|index| index * part + rng.usize(0..part.max(1)));
        Self {
            moments: moments.collect(),
            begun: AtomicUsize::new(0),
            ended: AtomicUsize::new(0),
        }
    }

    /// How many there were, and every replica was up again.
    pub(crate) fn count(&self) -> usize {
        self.ended.load(Ordering::SeqCst)
    }

    /// True if a kill is overdue since the one after it: the sending waits then, so that all of them come into it.
    pub(crate) fn is_behind(&self, acknowledged: usize) -> bool {
        let begun = self.begun.load(Ordering::SeqCst);
        let last = self
            .moments
            .last()
            .is_some_and(|last| *last <= acknowledged);
        let next = self.moments.get(begun + 1);
        begun < self.moments.len() && (last || next.is_some_and(|moment| *moment <= acknowledged))
    }

    /// Kills and restarts until all moments are over. `acknowledged`: how many there are now.
    pub(crate) async fn run(&self, fleet: &Fleet, mut rng: Rng, acknowledged: impl Fn() -> usize) {
        for moment in &self.moments {
            while acknowledged() < *moment {
                pause(2).await;
            }
            self.once(fleet, &mut rng).await;
        }
    }

    /// One more, of whichever replica.
    pub(crate) async fn once(&self, fleet: &Fleet, rng: &mut Rng) {
        let replica = rng.usize(0..fleet.size());
        fleet.kill(replica).await;
        self.begun.fetch_add(1, Ordering::SeqCst);
        pause(rng.u64(0..300)).await;
        fleet.start(replica).await;
        self.ended.fetch_add(1, Ordering::SeqCst);
    }
}
