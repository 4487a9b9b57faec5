//! An event on its way to an endpoint, as the API shows it.

use idv_core::{EndpointId, EventId, RequestId, Timestamp};
use idv_engine::{AttemptView, EventDeliveryView};
use serde::Serialize;
use utoipa::ToSchema;

use super::super::super::events::view::EventType;
use super::super::example;

/// An event on its way to an endpoint.
#[derive(Serialize, ToSchema)]
#[schema(as = EventDelivery, examples(json!(example::delivery())))]
pub(crate) struct DeliveryJson {
    pub(crate) endpoint: EndpointId,
    pub(crate) event: EventId,
    #[serde(rename = "type")]
    #[schema(value_type = EventType)]
    pub(crate) kind: String,
    /// The request it is about; null for what is about an endpoint.
    #[schema(required)]
    pub(crate) request_id: Option<RequestId>,
    /// `pending`: to be sent. `delivered`: the endpoint has taken it. `failed`: given up after all the tries there are.
    #[schema(pattern = "^(pending|delivered|failed)$")]
    pub(crate) state: &'static str,
    /// Attempts begun since it was last put to work.
    pub(crate) attempts: u32,
    /// When it may be sent next.
    pub(crate) due_at: Timestamp,
    /// When the event happened.
    pub(crate) created_at: Timestamp,
}

/// An event on its way to an endpoint, with every attempt.
#[derive(Serialize, ToSchema)]
#[schema(as = EventDeliveryWithAttempts)]
pub(crate) struct WithAttemptsJson<'a> {
    #[serde(flatten)]
    pub(crate) delivery: DeliveryJson,
    /// Every attempt that came to an end, oldest first.
    pub(crate) log: Vec<AttemptJson<'a>>,
}

/// One attempt to deliver an event.
#[derive(Serialize, ToSchema)]
#[schema(as = DeliveryAttempt, examples(json!(example::attempt())))]
pub(crate) struct AttemptJson<'a> {
    began_at: Timestamp,
    /// How long it took, in milliseconds.
    duration_ms: u64,
    /// The HTTP status of the answer; null if there was none.
    #[schema(required)]
    status: Option<u16>,
    /// `delivered`, or in one word why it failed.
    outcome: &'a str,
    /// The first bytes of the answer, without control characters; null if there were none, or the person was erased.
    #[schema(required)]
    answer: Option<&'a str>,
}

impl DeliveryJson {
    pub(crate) fn of(view: &EventDeliveryView) -> Self {
        Self {
            endpoint: view.endpoint,
            event: view.event,
            kind: view.kind.to_string(),
            request_id: view.request,
            state: view.state.as_word(),
            attempts: view.attempts,
            due_at: view.due_at,
            created_at: view.created_at,
        }
    }
}

impl<'a> WithAttemptsJson<'a> {
    pub(crate) fn of(view: &'a EventDeliveryView) -> Self {
        Self {
            delivery: DeliveryJson::of(view),
            log: view.log.iter().map(AttemptJson::of).collect(),
        }
    }
}

impl<'a> AttemptJson<'a> {
    fn of(attempt: &'a AttemptView) -> Self {
        Self {
            began_at: attempt.began_at,
            duration_ms: u64::try_from(attempt.took.as_millis()).unwrap_or(u64::MAX),
            status: attempt.status,
            outcome: &attempt.outcome,
            answer: attempt.answer.as_deref(),
        }
    }
}
