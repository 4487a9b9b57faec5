//! The way of events out.

mod claim;
mod counts;
mod fan_out;
mod forget;
pub(crate) mod list;
mod place;
mod record;
mod resend;

use std::time::Duration;

use async_trait::async_trait;
use idv_core::{EndpointId, EventId, Timestamp};
use idv_engine::store::{
    AttemptRow, EndpointRow, EventDeliveryFilter, EventDeliveryRow, EventPosition, EventRow,
    Outbox, OutboxCounts, Page, PageRequest, PlacedEvent, StoreError,
};

use crate::SqliteStore;
use crate::columns::micros;
use crate::failure::store_error;
use crate::unit_of_work::{endpoints, events};

#[async_trait]
impl Outbox for SqliteStore {
    async fn place_events(&self, limit: u32) -> Result<u64, StoreError> {
        place::place(self, limit).await
    }

    async fn events_after(
        &self,
        after: EventPosition,
        limit: u32,
    ) -> Result<Vec<PlacedEvent>, StoreError> {
        events::after(&mut *self.reader().await?, after, limit).await
    }

    async fn last_position(&self) -> Result<EventPosition, StoreError> {
        events::last_position(&mut *self.reader().await?).await
    }

    async fn event(&self, id: EventId) -> Result<Option<EventRow>, StoreError> {
        events::get(&mut *self.reader().await?, id).await
    }

    async fn insert_endpoint(&self, row: &EndpointRow) -> Result<(), StoreError> {
        let mut writer = self.writer.acquire().await.map_err(store_error)?;
        endpoints::insert(&mut writer, row).await
    }

    async fn endpoints(&self) -> Result<Vec<EndpointRow>, StoreError> {
        endpoints::all(&mut *self.reader().await?).await
    }

    async fn endpoint(&self, id: EndpointId) -> Result<Option<EndpointRow>, StoreError> {
        endpoints::get(&mut *self.reader().await?, id).await
    }

    async fn delete_endpoint(&self, id: EndpointId) -> Result<bool, StoreError> {
        forget::endpoint(self, id).await
    }

    async fn fan_out(
        &self,
        endpoint: EndpointId,
        now: Timestamp,
        limit: u32,
    ) -> Result<u64, StoreError> {
        fan_out::fan_out(self, endpoint, now, limit).await
    }

    async fn claim(
        &self,
        endpoint: EndpointId,
        now: Timestamp,
        lease: Duration,
        limit: u32,
    ) -> Result<Vec<EventDeliveryRow>, StoreError> {
        claim::claim(self, endpoint, now, lease, limit).await
    }

    async fn extend(
        &self,
        endpoint: EndpointId,
        event: EventId,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        let endpoint = endpoint.as_uuid();
        let event = event.as_uuid();
        let until = micros(until);
        sqlx::query!(
            "UPDATE event_deliveries SET lease_until = ?3
             WHERE endpoint_id = ?1 AND position = (SELECT e.position FROM events e WHERE e.id = ?2)
               AND state = 'pending' AND lease_until IS NOT NULL",
            endpoint,
            event,
            until,
        )
        .execute(&self.writer)
        .await
        .map(drop)
        .map_err(store_error)
    }

    async fn deliveries(
        &self,
        filter: &EventDeliveryFilter,
        page: PageRequest<EventPosition>,
    ) -> Result<Page<EventDeliveryRow, EventPosition>, StoreError> {
        list::list(self, filter, page).await
    }

    async fn attempts_of(
        &self,
        endpoint: EndpointId,
        event: EventId,
    ) -> Result<Vec<AttemptRow>, StoreError> {
        record::attempts_of(&mut *self.reader().await?, endpoint, event).await
    }

    async fn resend(
        &self,
        endpoint: EndpointId,
        event: EventId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        resend::resend(self, endpoint, event, now).await
    }

    async fn replay(
        &self,
        endpoint: EndpointId,
        after: EventPosition,
        now: Timestamp,
        limit: u32,
    ) -> Result<Option<EventPosition>, StoreError> {
        resend::replay(self, endpoint, after, now, limit).await
    }

    async fn forget_deliveries(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        forget::deliveries(self, before, limit).await
    }

    async fn counts(&self) -> Result<OutboxCounts, StoreError> {
        counts::counts(&self.readers).await
    }
}
