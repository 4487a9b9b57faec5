//! The stream of events, for whoever reads it instead of being sent it.

use std::future::Future;

use idv_core::EventId;
use serde_json::value::RawValue;

use super::body::{Data, raw};
use super::{EndpointError, EventView};
use crate::Engine;
use crate::store::{EventPosition, PlacedEvent, StoreError};

/// How many events are given their places at once.
pub(super) const PLACED_AT_ONCE: u32 = 500;
/// How many events are read at once, at the most.
const MOST: u32 = 500;

impl Engine {
    /// Events after a place, in the order of their places; at most this many, and 500. Whoever reads on from the last one
    /// misses nothing, and what was committed before the call is there.
    ///
    /// # Errors
    /// [`EndpointError::Store`].
    pub async fn events_after(
        &self,
        after: EventPosition,
        limit: u32,
    ) -> Result<Vec<EventView>, EndpointError> {
        self.place_all().await?;
        let limit = limit.clamp(1, MOST);
        let placed = self.inner.store.outbox().events_after(after, limit).await?;
        let mut views = Vec::with_capacity(placed.len());
        for event in placed {
            views.push(self.event_view(event).await?);
        }
        Ok(views)
    }

    /// The place of the last event there is; 0 if there is none.
    ///
    /// # Errors
    /// [`EndpointError::Store`].
    pub async fn last_event_position(&self) -> Result<EventPosition, EndpointError> {
        self.place_all().await?;
        Ok(self.inner.store.outbox().last_position().await?)
    }

    /// Resolves when this process has given an event its place, from now on. What other processes write is not noticed
    /// before somebody here looks: wait with a poll interval beside it.
    pub fn event_arrived(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut placed = self.inner.outward.placed.subscribe();
        async move {
            if placed.changed().await.is_err() {
                std::future::pending::<()>().await; // The engine is gone, and nothing arrives any more.
            }
        }
    }

    /// Gives every committed event its place. Returns how many there were.
    pub(super) async fn place_all(&self) -> Result<u64, StoreError> {
        let mut placed = 0_u64;
        loop {
            let outbox = self.inner.store.outbox();
            let some = outbox.place_events(PLACED_AT_ONCE).await?;
            placed = placed.saturating_add(some);
            if some > 0 {
                self.inner.outward.placed.send_replace(());
            }
            if some < u64::from(PLACED_AT_ONCE) {
                return Ok(placed);
            }
        }
    }

    async fn event_view(&self, placed: PlacedEvent) -> Result<EventView, EndpointError> {
        let PlacedEvent { position, event } = placed;
        let data = match self.data_of(&event).await? {
            Data::There(data) => Some(data),
            Data::Erased => None,
            // One that does not open must not keep everybody from what comes after it.
            Data::Unreadable => Some(unreadable(event.id)),
        };
        Ok(EventView {
            id: event.id,
            position,
            kind: event.kind,
            request: event.request,
            created_at: event.created_at,
            data,
        })
    }
}

fn unreadable(event: EventId) -> Box<RawValue> {
    tracing::error!(%event, "the payload of an event could not be decrypted");
    raw(&serde_json::json!({ "unreadable": true }))
}
