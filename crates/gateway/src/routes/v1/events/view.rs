//! An event, as the feed shows it.

use std::borrow::Cow;

use idv_core::{EventId, RequestId, Timestamp};
use idv_engine::EventView;
use idv_engine::store::EventKind;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::openapi::schema::{ObjectBuilder, Schema};
use utoipa::openapi::{RefOr, Type};
use utoipa::{PartialSchema, ToSchema};

use super::cursor_of;

/// Something that happened.
///
/// `type`, `timestamp` and `data` are what an endpoint is sent too.
#[derive(Serialize, ToSchema)]
#[schema(as = Event, examples(json!(example())))]
pub(crate) struct EventJson<'a> {
    /// The same wherever and however often the event is told: whoever has seen it may pass over it.
    id: EventId,
    #[serde(rename = "type")]
    #[schema(value_type = EventType)]
    kind: String,
    /// When it happened here.
    timestamp: Timestamp,
    /// The place of the event: read on from here with `after`.
    cursor: String,
    /// The request it is about; null for what is about an endpoint.
    #[schema(required)]
    request_id: Option<RequestId>,
    /// Ids, status and reasons as they were then; never a name. Of a person who was erased nothing is left but
    /// `request_id` and `erased: true`.
    #[schema(value_type = Object)]
    data: Cow<'a, RawValue>,
}

/// The types of events.
pub(crate) struct EventType;

impl PartialSchema for EventType {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(EventKind::ALL.iter().map(ToString::to_string)))
            .description(Some(
                "What happened. New types may come: pass over one you do not know.",
            ))
            .into()
    }
}

impl ToSchema for EventType {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("EventType")
    }
}

/// What is left of an event about a person who was erased.
#[derive(Serialize)]
struct Tombstone {
    request_id: Option<RequestId>,
    erased: bool,
}

impl<'a> EventJson<'a> {
    /// None if it cannot be written as JSON, which no event of ours is.
    pub(crate) fn of(event: &'a EventView) -> Option<Self> {
        let data = match &event.data {
            Some(data) => Cow::Borrowed(&**data),
            None => Cow::Owned(
                serde_json::value::to_raw_value(&Tombstone {
                    request_id: event.request,
                    erased: true,
                })
                .ok()?,
            ),
        };
        Some(Self {
            id: event.id,
            kind: event.kind.to_string(),
            timestamp: event.created_at,
            cursor: cursor_of(event.position),
            request_id: event.request,
            data,
        })
    }
}

pub(super) fn example() -> serde_json::Value {
    serde_json::json!({
        "id": "evt_01kqv0m5ane8gs7xw2c4b9d3fx",
        "type": "verification_request.passed",
        "timestamp": "2026-11-20T18:47:12Z",
        "cursor": cursor_of(idv_engine::store::EventPosition(4711)),
        "request_id": "idv_01kqv0m5ane8gs7xw2c4b9d3ft",
        "data": {
            "request_id": "idv_01kqv0m5ane8gs7xw2c4b9d3ft",
            "subject": "user-4711",
            "status": "passed",
            "status_summary": "passed",
            "decision_source": "automated",
            "decided_at": "2026-11-20T18:47:12Z",
            "reasons": [],
            "organization": "company-17",
            "affected_organizations": ["company-17"],
            "data_state": "present",
            "attention": [],
            "unconfirmed": false,
            "announces": "passed/1",
        },
    })
}
