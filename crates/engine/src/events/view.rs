//! Endpoints, events and deliveries as whoever runs the application may see them.

use std::time::Duration;

use idv_core::{EndpointId, EventId, RequestId, Timestamp};
use serde_json::value::RawValue;

use super::address::Address;
use crate::store::{
    EndpointRow, EndpointState, EventDeliveryRow, EventDeliveryState, EventKind, EventPosition,
    PayloadForm,
};

/// An endpoint.
#[derive(Clone, Debug)]
pub struct EndpointView {
    /// Its id.
    pub id: EndpointId,
    /// Where events go.
    pub url: String,
    /// What operators call it.
    pub description: String,
    /// The kinds of event it wants; none in the list means every kind.
    pub kinds: Vec<EventKind>,
    /// How much it is told.
    pub payload: PayloadForm,
    /// At most this many deliveries per second; none for no limit.
    pub rate_per_sec: Option<u32>,
    /// The names of the headers it is sent besides ours. Their values are secrets.
    pub header_names: Vec<String>,
    /// Whether anything is sent to it.
    pub state: EndpointState,
    /// Since when no delivery has succeeded, UTC; none while all is well.
    pub failing_since: Option<Timestamp>,
    /// How many attempts have failed since the last one that succeeded. Those under way when it was given a rest count
    /// as one.
    pub failures_in_a_row: u32,
    /// Nothing is sent before this time, UTC; none if that is not in the future.
    pub paused_until: Option<Timestamp>,
    /// The secrets that sign, newest first.
    pub secrets: Vec<SecretView>,
    /// When it was made, UTC.
    pub created_at: Timestamp,
    /// When its settings were changed, UTC.
    pub updated_at: Timestamp,
    /// Events up to this place have become deliveries.
    pub fanned_out_to: EventPosition,
    /// The place of the last event there is.
    pub last_position: EventPosition,
}

/// A secret that signs, without the secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretView {
    /// The first eight hexadecimal digits of the SHA-256 of its bytes.
    pub key_id: String,
    /// When it was made, UTC.
    pub created_at: Timestamp,
    /// Until when it signs, UTC; none for the one in use.
    pub expires_at: Option<Timestamp>,
}

/// An event in the stream.
#[derive(Clone, Debug)]
pub struct EventView {
    /// Its id.
    pub id: EventId,
    /// Its place.
    pub position: EventPosition,
    /// What happened.
    pub kind: EventKind,
    /// The request it is about; none for what is about an endpoint.
    pub request: Option<RequestId>,
    /// When it was written, UTC.
    pub created_at: Timestamp,
    /// What it says, JSON; none once its subject was erased.
    pub data: Option<Box<RawValue>>,
}

/// An event on its way to an endpoint.
#[derive(Clone, Debug)]
pub struct EventDeliveryView {
    /// To this endpoint.
    pub endpoint: EndpointId,
    /// This event.
    pub event: EventId,
    /// What happened.
    pub kind: EventKind,
    /// The request it is about; none for what is about an endpoint.
    pub request: Option<RequestId>,
    /// The place of the event.
    pub position: EventPosition,
    /// When the event was written, UTC.
    pub created_at: Timestamp,
    /// What became of it.
    pub state: EventDeliveryState,
    /// How many attempts were begun since it was last put to work.
    pub attempts: u32,
    /// When it may be sent next, UTC.
    pub due_at: Timestamp,
    /// Every attempt that came to an end, oldest first. Empty in a list of deliveries.
    pub log: Vec<AttemptView>,
}

/// One attempt to deliver an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptView {
    /// When it began, UTC.
    pub began_at: Timestamp,
    /// How long it took.
    pub took: Duration,
    /// The HTTP status of the answer; none if there was none.
    pub status: Option<u16>,
    /// What came of it: `delivered`, or why it failed.
    pub outcome: String,
    /// The first bytes of the answer, without control characters; none if there were none, or the person the event is
    /// about was erased.
    pub answer: Option<String>,
}

impl EndpointView {
    pub(super) fn new(
        row: EndpointRow,
        address: &Address,
        now: Timestamp,
        last_position: EventPosition,
    ) -> Self {
        let header_names = address.headers.iter().map(|(name, _)| name.clone());
        Self {
            id: row.id,
            url: address.url.expose().clone(),
            description: row.description,
            kinds: row.kinds,
            payload: row.payload,
            rate_per_sec: row.rate_per_sec,
            header_names: header_names.collect(),
            state: row.state,
            failing_since: row.failing_since,
            failures_in_a_row: row.failures_in_a_row,
            paused_until: row.paused_until.filter(|until| *until > now),
            secrets: address
                .secrets_at(now)
                .map(|signing| SecretView {
                    key_id: signing.secret.key_id(),
                    created_at: signing.created_at,
                    expires_at: signing.expires_at,
                })
                .collect(),
            created_at: row.created_at,
            updated_at: row.updated_at,
            fanned_out_to: row.fanned_out_to,
            last_position: last_position.max(row.fanned_out_to),
        }
    }
}

impl From<EventDeliveryRow> for EventDeliveryView {
    fn from(row: EventDeliveryRow) -> Self {
        Self {
            endpoint: row.endpoint,
            event: row.event.id,
            kind: row.event.kind,
            request: row.event.request,
            position: row.position,
            created_at: row.event.created_at,
            state: row.state,
            attempts: row.attempts,
            due_at: row.due_at,
            log: Vec::new(),
        }
    }
}
