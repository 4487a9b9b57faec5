//! Fault points around the inbox and the jobs.

use std::sync::Arc;
use std::time::Duration;

use idv_core::{DeliveryId, Timestamp};
use idv_engine::store::{
    Appended, DeliveryFilter, DeliveryRow, Inbox, InboxCounts, JobId, JobRow, Jobs, NewDelivery,
    Page, PageRequest, Store, StoreError,
};

/// An inbox that comes past fault points.
#[derive(Debug)]
pub(super) struct FaultyInbox(pub(super) Arc<dyn Store>);

/// A queue of jobs that comes past fault points.
#[derive(Debug)]
pub(super) struct FaultyJobs(pub(super) Arc<dyn Store>);

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
