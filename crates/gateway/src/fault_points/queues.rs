//! Fault points around the inbox, the jobs and the way of events out.

use std::sync::Arc;
use std::time::Duration;

use idv_core::{AccountId, DeliveryId, EndpointId, EventId, Timestamp};
use idv_engine::store::{
    Appended, AttemptRow, DeliveryFilter, DeliveryRow, EndpointRow, EventDeliveryFilter,
    EventDeliveryRow, EventPosition, EventRow, GivenBack, Inbox, InboxCounts, JobId, JobRow, Jobs,
    NewDelivery, Outbox, OutboxCounts, Page, PageRequest, PlacedEvent, Store, StoreError,
};

/// An inbox that comes past fault points.
#[derive(Debug)]
pub(super) struct FaultyInbox(pub(super) Arc<dyn Store>);

/// A queue of jobs that comes past fault points.
#[derive(Debug)]
pub(super) struct FaultyJobs(pub(super) Arc<dyn Store>);

/// A way of events out that comes past fault points.
#[derive(Debug)]
pub(super) struct FaultyOutbox(pub(super) Arc<dyn Store>);

super::with_fault_points! {
    "inbox" INBOX_CALLS: Inbox for FaultyInbox => self.0.inbox();
    fn append((&self), deliveries: &[NewDelivery]) -> Vec<Appended>;
    fn claim((&self), now: Timestamp, lease: Duration, leave_out: &[AccountId]) -> Vec<DeliveryRow>;
    fn extend((&self), ids: &[DeliveryId], until: Timestamp) -> ();
    fn give_back((&self), deliveries: &[GivenBack], reason: &str) -> ();
    fn make_due((&self), account: &AccountId, now: Timestamp, limit: u32) -> u64;
    fn requeue((&self), id: DeliveryId, now: Timestamp) -> bool;
    fn requeue_all((&self), filter: &DeliveryFilter, now: Timestamp, limit: u32) -> u64;
    fn requeue_matched((&self), now: Timestamp, limit: u32) -> u64;
    fn ignore_unmatched_before((&self), before: Timestamp, reason: &str, limit: u32) -> u64;
    fn ignore_unmatched_beyond((&self), most: u32, reason: &str, limit: u32) -> u64;
    fn empty_dead_before((&self), before: Timestamp, limit: u32) -> u64;
    fn delivery((&self), id: DeliveryId) -> Option<DeliveryRow>;
    fn deliveries((&self), filter: &DeliveryFilter, page: PageRequest<DeliveryId>) -> Page<DeliveryRow, DeliveryId>;
    fn counts((&self)) -> InboxCounts;
}

super::with_fault_points! {
    "jobs" JOB_CALLS: Jobs for FaultyJobs => self.0.jobs();
    fn claim((&self), now: Timestamp, lease: Duration, limit: u32, leave_out: &[AccountId]) -> Vec<JobRow>;
    fn extend((&self), id: JobId, until: Timestamp) -> ();
    fn give_back((&self), id: JobId, due_at: Timestamp, error: &str, counts: bool) -> ();
    fn make_due((&self), account: &AccountId, now: Timestamp, limit: u32) -> u64;
    fn finish((&self), id: JobId) -> ();
    fn count((&self)) -> u64;
}

super::with_fault_points! {
    "outbox" OUTBOX_CALLS: Outbox for FaultyOutbox => self.0.outbox();
    fn place_events((&self), limit: u32) -> u64;
    fn events_after((&self), after: EventPosition, limit: u32) -> Vec<PlacedEvent>;
    fn last_position((&self)) -> EventPosition;
    fn event((&self), id: EventId) -> Option<EventRow>;
    fn insert_endpoint((&self), row: &EndpointRow) -> ();
    fn endpoints((&self)) -> Vec<EndpointRow>;
    fn endpoint((&self), id: EndpointId) -> Option<EndpointRow>;
    fn delete_endpoint((&self), id: EndpointId) -> bool;
    fn fan_out((&self), endpoint: EndpointId, now: Timestamp, limit: u32) -> u64;
    fn claim((&self), endpoint: EndpointId, now: Timestamp, lease: Duration, limit: u32) -> Vec<EventDeliveryRow>;
    fn extend((&self), endpoint: EndpointId, event: EventId, until: Timestamp) -> ();
    fn deliveries((&self), filter: &EventDeliveryFilter, page: PageRequest<EventPosition>) -> Page<EventDeliveryRow, EventPosition>;
    fn attempts_of((&self), endpoint: EndpointId, event: EventId) -> Vec<AttemptRow>;
    fn resend((&self), endpoint: EndpointId, event: EventId, now: Timestamp) -> bool;
    fn replay((&self), endpoint: EndpointId, after: EventPosition, now: Timestamp, limit: u32) -> Option<EventPosition>;
    fn forget_deliveries((&self), before: Timestamp, limit: u32) -> u64;
    fn counts((&self)) -> OutboxCounts;
}
