//! Keeping what was claimed for as long as the work on it lasts.

use std::future::Future;
use std::time::Duration;

use idv_core::{DeliveryId, EndpointId, EventId, SessionKey};
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::Engine;
use crate::store::JobId;

/// What a worker has claimed.
#[derive(Clone, Debug)]
pub(crate) enum Claimed {
    /// Deliveries of one session.
    Deliveries(Vec<DeliveryId>),
    /// A job.
    Job(JobId),
    /// The start of a session.
    Start(SessionKey),
    /// An event on its way to an endpoint.
    EventDelivery(EndpointId, EventId),
}

impl Engine {
    /// Works, and renews the lease three times within its length. So leases can be short, and what a killed
    /// process had claimed is free again soon, while a vendor that takes its time keeps nobody else busy.
    pub(crate) async fn holding<T>(&self, claimed: Claimed, work: impl Future<Output = T>) -> T {
        let every = self.inner.settings.lease / 3;
        renewing(every, || self.extend(&claimed), work).await
    }

    async fn extend(&self, claimed: &Claimed) {
        let until = self.now().plus(self.inner.settings.lease);
        let extended = match claimed {
            Claimed::Deliveries(ids) => self.inner.store.inbox().extend(ids, until).await,
            Claimed::Job(id) => self.inner.store.jobs().extend(*id, until).await,
            Claimed::Start(session) => self.extend_start(*session).await,
            Claimed::EventDelivery(endpoint, event) => {
                let outbox = self.inner.store.outbox();
                outbox.extend(*endpoint, *event, until).await
            }
        };
        if let Err(error) = extended {
            // The work goes on: if somebody else takes it over, the outcome is the same, twice.
            tracing::warn!(%error, ?claimed, "a lease could not be renewed");
        }
    }
}

async fn renewing<T, F: Future<Output = ()>>(
    every: Duration,
    renew: impl Fn() -> F,
    work: impl Future<Output = T>,
) -> T {
    let mut beat = interval_at(Instant::now() + every, every);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut work = Box::pin(work);
    // Both are polled side by side: a renewal may have to wait for the very connection the work is holding.
    let mut renewals = Box::pin(async {
        loop {
            beat.tick().await;
            renew().await;
        }
    });
    tokio::select! {
        biased;
        done = &mut work => done,
        never = &mut renewals => never,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_lease_is_renewed_while_the_work_lasts_and_not_after() {
        let renewals = AtomicU32::new(0);
        let renew = || async {
            renewals.fetch_add(1, Ordering::Relaxed);
        };
        let work = tokio::time::timeout(Duration::from_secs(10), std::future::pending::<()>());
        let every = Duration::from_secs(3);
        assert!(renewing(every, renew, work).await.is_err());
        assert_eq!(renewals.load(Ordering::Relaxed), 3);
        assert_eq!(renewing(every, renew, async { 7 }).await, 7);
        assert_eq!(renewals.load(Ordering::Relaxed), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn a_renewal_that_waits_for_the_work_does_not_hold_it_up() {
        let connection = tokio::sync::Semaphore::new(1);
        let renew = || async {
            let _held = connection.acquire().await;
        };
        let begun = Instant::now();
        let work = async {
            let _held = connection.acquire().await;
            let _ =
                tokio::time::timeout(Duration::from_secs(4), std::future::pending::<()>()).await;
        };
        renewing(Duration::from_secs(3), renew, work).await;
        assert_eq!(begun.elapsed(), Duration::from_secs(4));
    }
}
