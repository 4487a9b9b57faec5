//! Events that were told: kept for a month, and sent to whoever wants them.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use idv_core::Timestamp;
use serde_json::{Value, json};

use super::endpoint::{Endpoint, Style};
use super::person::ERASED;
use super::session::{API_VERSION, Event};
use super::snapshot::{Snapshot, bytes};

/// How long events can be read, in seconds: 30 days.
pub(super) const KEPT_FOR_SECS: i64 = 30 * 24 * 3_600;

/// The call that made an event happen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Cause {
    pub(super) request_id: Option<String>,
    pub(super) idempotency_key: Option<String>,
}

/// One event.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) id: String,
    /// The id under which the same is told to endpoints that want thin events.
    pub(super) thin_id: String,
    pub(super) event_type: String,
    pub(super) at: Timestamp,
    pub(super) session: String,
    pub(super) livemode: bool,
    object: Value,
    cause: Cause,
    /// For each endpoint that wants snapshots: whether it has taken the event.
    deliveries: BTreeMap<String, bool>,
}

impl Told {
    pub(super) fn new(event: Event, session: &str, cause: Cause, at: Timestamp) -> Self {
        Self {
            thin_id: event.id.replacen("evt_", "evt_test_", 1),
            livemode: event.object.get("livemode") == Some(&Value::Bool(true)),
            id: event.id,
            event_type: event.event_type,
            at,
            session: session.to_owned(),
            object: event.object,
            cause,
            deliveries: BTreeMap::new(),
        }
    }

    /// Notes that these endpoints are going to be sent it.
    pub(super) fn is_for<'a>(&mut self, endpoints: impl Iterator<Item = &'a Endpoint>) {
        let snapshots = endpoints.filter(|endpoint| endpoint.style == Style::Snapshot);
        self.deliveries = snapshots
            .map(|endpoint| (endpoint.id.clone(), false))
            .collect();
    }

    /// Notes that an endpoint has taken it.
    pub(super) fn taken_by(&mut self, endpoint: &str) {
        if let Some(is_taken) = self.deliveries.get_mut(endpoint) {
            *is_taken = true;
        }
    }

    /// Whether every endpoint that wants it has taken it.
    pub(super) fn is_delivered(&self) -> bool {
        self.deliveries.values().all(|is_taken| *is_taken)
    }

    /// As the API shows it.
    pub(super) fn object(&self) -> Value {
        self.snapshot(API_VERSION)
    }

    fn snapshot(&self, api_version: &str) -> Value {
        let pending = self.deliveries.values().filter(|is_taken| !**is_taken);
        let snapshot = Snapshot {
            id: &self.id,
            event_type: &self.event_type,
            api_version,
            created_unix_secs: self.at.as_unix_secs(),
            object: &self.object,
            livemode: self.livemode,
            pending: pending.count(),
            cause: &self.cause,
        };
        snapshot.object()
    }

    /// The event with nothing but whose it is.
    pub(super) fn thin(&self) -> Value {
        let reason = self.cause.request_id.as_ref().map(|id| {
            let request = json!({ "id": id, "idempotency_key": self.cause.idempotency_key });
            json!({ "type": "request", "request": request })
        });
        let mut thin = json!({
            "id": self.thin_id,
            "object": "v2.core.event",
            "type": format!("v1.{}", self.event_type),
            "livemode": self.livemode,
            "created": rfc3339_millis(self.at),
            "related_object": {
                "id": self.session,
                "type": "identity.verification_session",
                "url": format!("/v1/identity/verification_sessions/{}", self.session),
            },
            "snapshot_event": self.id,
        });
        if let (Some(reason), Some(members)) = (reason, thin.as_object_mut()) {
            members.insert("reason".to_owned(), reason);
        }
        thin
    }

    /// The bytes for an endpoint.
    pub(super) fn body(&self, endpoint: &Endpoint) -> Bytes {
        let body = match endpoint.style {
            Style::Snapshot => {
                self.snapshot(endpoint.api_version.as_deref().unwrap_or(API_VERSION))
            }
            Style::Thin => self.thin(),
        };
        bytes(&body).into()
    }

    /// Forgets what the application had said of the person.
    pub(super) fn erase(&mut self) {
        if let Some(members) = self.object.as_object_mut() {
            members.insert("metadata".to_owned(), json!({}));
            if members
                .get("client_reference_id")
                .is_some_and(Value::is_string)
            {
                members.insert("client_reference_id".to_owned(), ERASED.into());
            }
        }
    }
}

/// With three decimals, always.
fn rfc3339_millis(at: Timestamp) -> String {
    let whole = Timestamp::from_unix_secs(at.as_unix_secs());
    let millis = at
        .since(whole)
        .as_millis()
        .min(Duration::from_millis(999).as_millis());
    format!("{}.{millis:03}Z", whole.to_string().trim_end_matches('Z'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thin_event_names_its_session_and_its_twin() {
        let event = super::super::Session::new("vs_1Thin", 0).created(0);
        let cause = Cause {
            request_id: Some("req_1".to_owned()),
            idempotency_key: None,
        };
        let at = Timestamp::from_unix_micros(1_795_176_000_120_000);
        let told = Told::new(event, "vs_1Thin", cause, at);
        let thin = told.thin();
        assert_eq!(thin["created"], "2026-11-20T12:00:00.120Z");
        assert_eq!(thin["type"], "v1.identity.verification_session.created");
        assert_eq!(
            thin["related_object"]["url"],
            "/v1/identity/verification_sessions/vs_1Thin"
        );
        assert_eq!(thin["snapshot_event"], "evt_1Thin0001");
        assert_eq!(thin["reason"]["request"]["id"], "req_1");
        assert_eq!(thin["data"], Value::Null);
    }
}
