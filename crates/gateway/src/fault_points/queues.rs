//! Fault points around the inbox, the jobs, the polls and the replicas.

use std::sync::Arc;
use std::time::Duration;

use idv_core::{AccountId, DeliveryId, ObservationId, SessionKey, Timestamp};
use idv_engine::store::{
    Appended, DeliveryFilter, DeliveryRow, DuePoll, Inbox, InboxCounts, JobId, JobRow, Jobs,
    MissedWebhookCount, MissedWebhookFilter, MissedWebhookRow, NewDelivery, Page, PageRequest,
    Polls, Replicas, Store, StoreError,
};
use uuid::Uuid;

/// An inbox that comes past fault points.
#[derive(Debug)]
pub(super) struct FaultyInbox(pub(super) Arc<dyn Store>);

/// A queue of jobs that comes past fault points.
#[derive(Debug)]
pub(super) struct FaultyJobs(pub(super) Arc<dyn Store>);

/// Polls that come past fault points.
#[derive(Debug)]
pub(super) struct FaultyPolls(pub(super) Arc<dyn Store>);

/// Replicas that come past fault points.
#[derive(Debug)]
pub(super) struct FaultyReplicas(pub(super) Arc<dyn Store>);

super::with_fault_points! {
    "inbox" INBOX_CALLS: Inbox for FaultyInbox => self.0.inbox();
    fn append((&self), deliveries: &[NewDelivery]) -> Vec<Appended>;
    fn claim((&self), now: Timestamp, lease: Duration, limit: u32) -> Vec<DeliveryRow>;
    fn extend((&self), id: DeliveryId, until: Timestamp) -> ();
    fn give_back((&self), id: DeliveryId, due_at: Timestamp, reason: &str) -> ();
    fn requeue((&self), id: DeliveryId, now: Timestamp) -> bool;
    fn delivery((&self), id: DeliveryId) -> Option<DeliveryRow>;
    fn deliveries((&self), filter: &DeliveryFilter, page: PageRequest<DeliveryId>) -> Page<DeliveryRow, DeliveryId>;
    fn counts((&self)) -> InboxCounts;
}

super::with_fault_points! {
    "jobs" JOB_CALLS: Jobs for FaultyJobs => self.0.jobs();
    fn claim((&self), now: Timestamp, lease: Duration, limit: u32) -> Vec<JobRow>;
    fn extend((&self), id: JobId, until: Timestamp) -> ();
    fn give_back((&self), id: JobId, due_at: Timestamp, error: &str) -> ();
    fn finish((&self), id: JobId) -> ();
    fn count((&self)) -> u64;
}

super::with_fault_points! {
    "polls" POLL_CALLS: Polls for FaultyPolls => self.0.polls();
    fn claim((&self), account: &AccountId, now: Timestamp, lease: Duration) -> Option<DuePoll>;
    fn put_off((&self), session: SessionKey, until: Timestamp) -> ();
    fn missed((&self), filter: &MissedWebhookFilter, page: PageRequest<ObservationId>) -> Page<MissedWebhookRow, ObservationId>;
    fn missed_counts((&self), since: Timestamp) -> Vec<MissedWebhookCount>;
}

super::with_fault_points! {
    "replicas" REPLICA_CALLS: Replicas for FaultyReplicas => self.0.replicas();
    fn seen((&self), holder: Uuid, now: Timestamp, gone_before: Timestamp) -> u64;
    fn leave((&self), holder: Uuid) -> ();
    fn live((&self), since: Timestamp) -> u64;
}
