//! The way to one endpoint. Each endpoint has one of its own in each process, so that none can take another's room: not
//! by being slow, not by failing, not by having much to be told.

use std::sync::Arc;
use std::time::Duration;

use idv_core::EndpointId;
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use super::attempt::Target;
use crate::Engine;
use crate::crypt::KeyRingError;
use crate::store::{EndpointRow, EndpointState};

/// How many events become deliveries in one step.
const FANNED_OUT_AT_ONCE: u32 = 500;
/// How long a process that is to end waits for what is under way. What it interrupts is sent again by others.
const GRACE: Duration = Duration::from_secs(5);

/// What one look at an endpoint found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// There is no such endpoint, or nothing is sent to it.
    Closed,
    /// All that can be under way is, for now.
    Idle,
    /// Something was done, and there may be more to do.
    Busy,
}

impl Engine {
    /// Sends one endpoint its events, until it is removed or switched off, or `shutdown`.
    pub(super) async fn keep_lane(self, endpoint: EndpointId, shutdown: CancellationToken) {
        let mut under_way = JoinSet::new();
        let mut placed = self.inner.outward.placed.subscribe();
        let mut changed = self.inner.outward.changed.subscribe();
        while !shutdown.is_cancelled() {
            match self.look_at(endpoint, &mut under_way).await {
                Ok(Look::Closed) => break,
                Ok(Look::Busy) => continue,
                Ok(Look::Idle) => {}
                Err(error) => {
                    tracing::error!(%endpoint, %error, "events for an endpoint could not be read");
                }
            }
            tokio::select! {
                () = shutdown.cancelled() => {}
                Some(ended) = under_way.join_next() => report_panic(endpoint, &ended),
                _ = placed.changed() => {}
                _ = changed.changed() => {}
                () = self.idle() => {}
            }
        }
        let all_ended = async { while under_way.join_next().await.is_some() {} };
        if tokio::time::timeout(GRACE, all_ended).await.is_err() {
            tracing::warn!(%endpoint, "attempts were interrupted: the events are sent again");
        }
    }

    /// Makes deliveries of new events, claims as many as may be under way, and begins to send them.
    pub(super) async fn look_at(
        &self,
        endpoint: EndpointId,
        under_way: &mut JoinSet<()>,
    ) -> Result<Look, KeyRingError> {
        // What ended at the same time leaves room for as many at once.
        while let Some(ended) = under_way.try_join_next() {
            report_panic(endpoint, &ended);
        }
        let outbox = self.inner.store.outbox();
        let Some(row) = outbox.endpoint(endpoint).await? else {
            return Ok(Look::Closed);
        };
        if row.state != EndpointState::Enabled {
            return Ok(Look::Closed);
        }
        let now = self.now();
        let mut look = Look::Idle;
        if row.fanned_out_to < outbox.last_position().await? {
            let events = outbox.fan_out(endpoint, now, FANNED_OUT_AT_ONCE).await?;
            if events >= u64::from(FANNED_OUT_AT_ONCE) {
                look = Look::Busy;
            }
        }
        let room = self.room(&row, under_way.len());
        if room == 0 || row.rests(now) {
            return Ok(look);
        }
        // Before anything is claimed: what this process cannot send is left to others.
        let target = Arc::new(Target {
            address: self.open_address(endpoint, &row.address).await?,
            payload: row.payload,
        });
        let lease = self.inner.settings.lease;
        let claimed = outbox.claim(endpoint, now, lease, room).await?;
        if !claimed.is_empty() {
            look = Look::Busy;
        }
        for delivery in claimed {
            let (engine, target) = (self.clone(), Arc::clone(&target));
            under_way.spawn(async move { engine.deliver(&target, &delivery).await });
        }
        Ok(look)
    }

    /// How many more may be under way.
    fn room(&self, row: &EndpointRow, under_way: usize) -> u32 {
        let most = match self.inner.settings.deliveries_in_flight.max(1) {
            _ if row.is_troubled() => 1,
            most => most,
        };
        u32::try_from(most.saturating_sub(under_way)).unwrap_or(u32::MAX)
    }
}

/// The event is sent again when its lease is up; each time counts as a try.
fn report_panic(endpoint: EndpointId, ended: &Result<(), JoinError>) {
    if ended.is_err() {
        tracing::error!(%endpoint, "an attempt was ended by a panic");
    }
}
