//! One attempt to deliver one event.

use std::time::Duration;

use bytes::Bytes;
use idv_core::http::header::{CONTENT_TYPE, HeaderValue, USER_AGENT};
use idv_core::http::{HeaderName, Method, Request};
use idv_core::{Call, Repeat, Timestamp};

use super::address::Address;
use super::outcome::Outcome;
use super::schedule::MOST_BEGUN;
use super::signature::signatures;
use crate::Engine;
use crate::crypt::KeyRingError;
use crate::lease::Claimed;
use crate::store::{EventDeliveryRow, PayloadForm};

/// How long an endpoint may take to answer.
const DEADLINE: Duration = Duration::from_secs(30);
/// Whatever carries the request keeps the deadline; if it does not, this ends it.
const AT_THE_LATEST: Duration = Duration::from_secs(35);

const OUR_NAME: &str = concat!("idv-gateway/", env!("CARGO_PKG_VERSION"));

/// An endpoint, as it is sent to.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) address: Address,
    pub(super) payload: PayloadForm,
}

/// An attempt that came to an end.
#[derive(Debug)]
pub(super) struct Attempt {
    pub(super) began_at: Timestamp,
    pub(super) took: Duration,
    pub(super) outcome: Outcome,
    /// What was answered.
    pub(super) answer: Bytes,
}

impl Engine {
    /// Sends an event that was claimed, and writes down what came of it. If this is interrupted, the event is sent again
    /// when its lease is up, under the same id.
    pub(super) async fn deliver(&self, target: &Target, delivery: &EventDeliveryRow) {
        let claimed = Claimed::EventDelivery(delivery.endpoint, delivery.event.id);
        let work = Box::pin(async {
            let made = self.attempt(target, delivery).await?;
            self.settle_attempt(delivery, &made).await
        });
        if let Err(error) = self.holding(claimed, work).await {
            tracing::error!(
                event = %delivery.event.id, endpoint = %delivery.endpoint, attempt = delivery.attempts, %error,
                "an event is sent again when its lease is up: the database failed"
            );
        }
    }

    async fn attempt(
        &self,
        target: &Target,
        delivery: &EventDeliveryRow,
    ) -> Result<Attempt, KeyRingError> {
        let began_at = self.now();
        let not_sent = |outcome| Attempt {
            began_at,
            took: Duration::ZERO,
            outcome,
            answer: Bytes::new(),
        };
        if delivery.attempts > MOST_BEGUN {
            return Ok(not_sent(Outcome::never_ended()));
        }
        let body = match self.body_of(&delivery.event, target.payload).await {
            Ok(Some(body)) => body,
            Ok(None) => return Ok(not_sent(Outcome::unreadable())),
            Err(KeyRingError::MissingMasterKeys { .. }) => {
                return Ok(not_sent(Outcome::no_key()));
            }
            Err(error) => return Err(error),
        };
        let Some(request) = request(&target.address, delivery, began_at, body) else {
            return Ok(not_sent(Outcome::unsendable()));
        };
        let (outcome, answer) = self.send(request).await;
        Ok(Attempt {
            began_at,
            took: self.now().since(began_at),
            outcome,
            answer,
        })
    }

    async fn send(&self, request: Request<Bytes>) -> (Outcome, Bytes) {
        let Some(transport) = self.inner.outward.transport.get() else {
            return (Outcome::unsendable(), Bytes::new());
        };
        match tokio::time::timeout(AT_THE_LATEST, transport.send(request)).await {
            Ok(Ok(answer)) => {
                let outcome = Outcome::of_answer(&answer, self.now());
                (outcome, answer.into_body())
            }
            Ok(Err(error)) => (Outcome::of_failure(&error), Bytes::new()),
            Err(_) => (Outcome::timeout(), Bytes::new()),
        }
    }
}

/// The request of one attempt. None if the address does not make one.
fn request(
    address: &Address,
    delivery: &EventDeliveryRow,
    at: Timestamp,
    body: Bytes,
) -> Option<Request<Bytes>> {
    let event = &delivery.event;
    let secrets = address.secrets_at(at).map(|signing| &signing.secret);
    let signature = signatures(secrets, event.id, at, &body);
    let mut request = Request::builder()
        .method(Method::POST)
        .uri(address.url.expose())
        .header(CONTENT_TYPE, "application/json")
        .header(USER_AGENT, OUR_NAME)
        .header("webhook-id", event.id.to_string())
        .header("webhook-timestamp", at.as_unix_secs())
        .header("webhook-signature", signature);
    if let Some(trace) = &event.trace {
        request = request.header("traceparent", trace);
    }
    for (name, value) in &address.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        let mut value = HeaderValue::from_str(value.expose()).ok()?;
        value.set_sensitive(true);
        request = request.header(name, value);
    }
    let call = Call {
        operation: "deliver_event",
        // Whether and when it is sent again is for the schedule to say.
        repeat: Repeat::Never,
        deadline: DEADLINE,
    };
    request.extension(call).body(body).ok()
}

#[cfg(test)]
mod tests {
    use idv_core::{EndpointId, EventId, Secret};

    use super::super::EndpointSecret;
    use super::super::address::SigningSecret;
    use super::*;
    use crate::store::{EventDeliveryState, EventKind, EventPosition, EventRow, Sealed};

    const AT: Timestamp = Timestamp::from_unix_secs(1_614_265_330);
    const BODY: &[u8] = br#"{"test": 2432232314}"#;

    fn delivery(trace: Option<&str>) -> EventDeliveryRow {
        EventDeliveryRow {
            endpoint: EndpointId::new(AT),
            event: EventRow {
                id: EventId::new(AT),
                request: None,
                subject: None,
                addressed_to: None,
                trace: trace.map(str::to_owned),
                kind: EventKind::EndpointTest,
                key: String::new(),
                created_at: AT,
                payload: Sealed::from_bytes(Vec::new()),
            },
            position: EventPosition(1),
            state: EventDeliveryState::Pending,
            attempts: 1,
            due_at: AT,
        }
    }

    fn signing(secret: &EndpointSecret, expires_at: Option<Timestamp>) -> SigningSecret {
        SigningSecret {
            secret: secret.clone(),
            created_at: Timestamp::UNIX_EPOCH,
            expires_at,
        }
    }

    fn made(address: &Address, delivery: &EventDeliveryRow) -> Request<Bytes> {
        request(address, delivery, AT, Bytes::from_static(BODY)).unwrap()
    }

    #[test]
    fn an_attempt_is_signed_over_its_own_id_time_and_body_by_every_secret_that_is_valid() {
        let [old, current, expired] = [0, 1, 2].map(|_| EndpointSecret::generate().unwrap());
        let address = Address {
            url: Secret::from("https://app.example.com/hooks?key=1"),
            secrets: vec![
                signing(&current, None),
                signing(&old, Some(Timestamp::from_unix_secs(1_614_265_331))),
                signing(&expired, Some(AT)),
            ],
            headers: vec![("x-key".to_owned(), Secret::from("hush"))],
        };
        let delivery = delivery(Some(
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ));
        let request = made(&address, &delivery);
        let header = |name| request.headers()[name].to_str().unwrap();
        let id = delivery.event.id.to_string();
        let by = |secret: &EndpointSecret| secret.sign(&id, 1_614_265_330, BODY);
        assert_eq!(request.method(), Method::POST);
        assert_eq!(request.uri(), "https://app.example.com/hooks?key=1");
        assert_eq!(header("webhook-id"), id);
        assert_eq!(header("webhook-timestamp"), "1614265330");
        assert_eq!(
            header("webhook-signature"),
            format!("{} {}", by(&current), by(&old))
        );
        assert!(header("traceparent").starts_with("00-0af7651916cd43dd"));
        assert_eq!(header("x-key"), "hush");
        assert!(request.headers()["x-key"].is_sensitive());
        let call = Call::of(&request);
        assert_eq!((call.repeat, call.deadline), (Repeat::Never, DEADLINE));
    }

    #[test]
    fn an_event_without_a_trace_has_no_header_for_it() {
        let address = Address {
            url: Secret::from("https://app.example.com/"),
            secrets: Vec::new(),
            headers: Vec::new(),
        };
        let request = made(&address, &delivery(None));
        assert!(!request.headers().contains_key("traceparent"));
    }
}
