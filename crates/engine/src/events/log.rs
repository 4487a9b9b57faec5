//! What was delivered and what was not, and sending it again.

use std::time::Duration;

use idv_core::{EndpointId, EventId};
use serde_json::json;

use super::{AttemptView, EndpointError, EventDeliveryView};
use crate::Engine;
use crate::store::{
    EndpointState, EventDeliveryFilter, EventKind, EventPosition, Page, PageRequest,
};

/// How many events are replayed in one step.
const REPLAYED_AT_ONCE: u32 = 500;
/// How many deliveries are on one page, at the most.
const MOST_ON_A_PAGE: u32 = 500;
/// Places are in the order in which transactions ended, so an event may stand before one that was written this much
/// earlier, and not before older ones.
const LONGEST_TRANSACTION: Duration = Duration::from_secs(3600);

impl Engine {
    /// Deliveries, newest event first, without their attempts. A page has at most 500.
    ///
    /// # Errors
    /// [`EndpointError::Store`].
    pub async fn event_deliveries(
        &self,
        filter: &EventDeliveryFilter,
        page: PageRequest<EventPosition>,
    ) -> Result<Page<EventDeliveryView, EventPosition>, EndpointError> {
        let page = PageRequest {
            after: page.after,
            limit: page.limit.clamp(1, MOST_ON_A_PAGE),
        };
        let found = self.inner.store.outbox().deliveries(filter, page).await?;
        Ok(Page {
            rows: found.rows.into_iter().map(Into::into).collect(),
            next: found.next,
        })
    }

    /// One delivery, with its attempts.
    ///
    /// # Errors
    /// [`EndpointError::NotFound`], [`EndpointError::UnknownEvent`].
    pub async fn event_delivery(
        &self,
        endpoint: EndpointId,
        event: EventId,
    ) -> Result<EventDeliveryView, EndpointError> {
        let outbox = self.inner.store.outbox();
        if outbox.endpoint(endpoint).await?.is_none() {
            return Err(EndpointError::NotFound);
        }
        let mut view = self.delivery_of(endpoint, event).await?;
        for attempt in outbox.attempts_of(endpoint, event).await? {
            let answer = self.open_answer(&attempt).await?;
            view.log.push(AttemptView {
                began_at: attempt.began_at,
                took: attempt.took,
                status: attempt.status,
                outcome: attempt.outcome,
                answer,
            });
        }
        Ok(view)
    }

    async fn delivery_of(
        &self,
        endpoint: EndpointId,
        event: EventId,
    ) -> Result<EventDeliveryView, EndpointError> {
        let outbox = self.inner.store.outbox();
        let event = outbox.event(event).await?;
        let event = event.ok_or(EndpointError::UnknownEvent)?;
        let filter = EventDeliveryFilter {
            endpoint: Some(endpoint),
            request: event.request,
            ..EventDeliveryFilter::default()
        };
        let mut after = None;
        loop {
            let page = PageRequest {
                after,
                limit: MOST_ON_A_PAGE,
            };
            let found = outbox.deliveries(&filter, page).await?;
            let is_past_it = found.rows.iter().any(|row| {
                let written = row.event.created_at.plus(LONGEST_TRANSACTION);
                written < event.created_at
            });
            let mut rows = found.rows.into_iter();
            if let Some(row) = rows.find(|row| row.event.id == event.id) {
                return Ok(row.into());
            }
            after = found.next.filter(|_| !is_past_it);
            if after.is_none() {
                return Err(EndpointError::UnknownEvent);
            }
        }
    }

    /// Sends one event to an endpoint again, whatever became of it, with all its tries.
    ///
    /// # Errors
    /// [`EndpointError::NotFound`], [`EndpointError::UnknownEvent`] if there is none, or it is for another endpoint.
    pub async fn resend_event(
        &self,
        endpoint: EndpointId,
        event: EventId,
    ) -> Result<(), EndpointError> {
        self.place_all().await?;
        let outbox = self.inner.store.outbox();
        if outbox.endpoint(endpoint).await?.is_none() {
            return Err(EndpointError::NotFound);
        }
        if !outbox.resend(endpoint, event, self.now()).await? {
            return Err(EndpointError::UnknownEvent);
        }
        self.endpoints_changed();
        tracing::info!(%endpoint, %event, "an event is to be sent again");
        Ok(())
    }

    /// Sends every event after a place that the endpoint wants again, whatever became of it, up to the last event there is
    /// now. Returns how many events were looked at. After an error, what was looked at until then is sent again all the
    /// same.
    ///
    /// # Errors
    /// [`EndpointError::NotFound`].
    pub async fn replay_events(
        &self,
        endpoint: EndpointId,
        after: EventPosition,
    ) -> Result<u64, EndpointError> {
        let last = self.last_event_position().await?;
        let outbox = self.inner.store.outbox();
        if outbox.endpoint(endpoint).await?.is_none() {
            return Err(EndpointError::NotFound);
        }
        let mut reached = after;
        while reached < last {
            let left = u32::try_from(last.0.saturating_sub(reached.0)).unwrap_or(u32::MAX);
            let limit = left.min(REPLAYED_AT_ONCE);
            let step = outbox.replay(endpoint, reached, self.now(), limit).await?;
            match step.filter(|step| *step > reached) {
                Some(step) => reached = step,
                None => break,
            }
            self.endpoints_changed();
        }
        let events = reached.0.saturating_sub(after.0);
        tracing::info!(%endpoint, after = after.0, events, "events are to be sent again");
        Ok(events)
    }

    /// Sends an endpoint an event that says nothing else, whatever kinds it wants. Nobody else is sent it.
    ///
    /// # Errors
    /// [`EndpointError::NotFound`], [`EndpointError::NotEnabled`] if nothing is sent to it.
    pub async fn test_endpoint(&self, id: EndpointId) -> Result<EventId, EndpointError> {
        let mut unit = self.inner.store.begin().await?;
        let row = unit.endpoint(id).await?.ok_or(EndpointError::NotFound)?;
        if row.state != EndpointState::Enabled {
            return Err(EndpointError::NotEnabled { state: row.state });
        }
        let data = json!({ "endpoint_id": id, "description": row.description });
        let kind = EventKind::EndpointTest;
        let event = self
            .append_endpoint_event(unit.as_unit_of_work(), kind, Some(id), &data)
            .await?;
        unit.commit().await?;
        self.place_all().await?;
        // An endpoint need not have asked for events of this kind.
        let outbox = self.inner.store.outbox();
        if !outbox.resend(id, event, self.now()).await? {
            return Err(EndpointError::NotFound);
        }
        self.endpoints_changed();
        Ok(event)
    }
}
