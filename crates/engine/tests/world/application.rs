//! The application's endpoints: they keep what they are sent, and answer as they are told.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use idv_core::bytes::Bytes;
use idv_core::http::{Request, Response};
use idv_core::{EndpointId, EventId, RequestId, Sent, Transport, TransportError, TransportFailure};
use idv_engine::store::{EventDeliveryState, EventPosition, PayloadForm};
use idv_engine::{EndpointSecret, EventDeliveryView, NewEndpoint};
use serde_json::Value;
use tokio::sync::Notify;

use super::World;

/// One request an endpoint was sent.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    /// The endpoint, by the host of its URL.
    pub(crate) host: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) bytes: Bytes,
    pub(crate) body: Value,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    pub(crate) fn id(&self) -> EventId {
        self.header("webhook-id").parse().unwrap()
    }

    /// The type of the event.
    pub(crate) fn kind(&self) -> &str {
        self.body["type"].as_str().unwrap()
    }

    pub(crate) fn request(&self) -> Option<RequestId> {
        let id = self.body["data"]["request_id"].as_str();
        id.map(|id| id.parse().unwrap())
    }

    pub(crate) fn is_about(&self, request: RequestId) -> bool {
        self.request() == Some(request)
    }

    /// How many secrets have signed it.
    pub(crate) fn signatures(&self) -> Vec<String> {
        let signatures = self.header("webhook-signature").split(' ');
        signatures.map(str::to_owned).collect()
    }
}

/// What an endpoint does with a request.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    Status(u16),
    With(u16, &'static [(&'static str, &'static str)], Bytes),
    Fail(TransportFailure),
    /// It never answers.
    Hang,
}

type Answers = Arc<dyn Fn(&Received) -> Reply + Send + Sync>;

#[derive(Default)]
pub(crate) struct Application {
    received: Mutex<Vec<Received>>,
    answers: Mutex<HashMap<String, Answers>>,
    arrived: Notify,
}

impl fmt::Debug for Application {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Application(..)")
    }
}

impl Application {
    /// From now on this endpoint answers like this. One that was told nothing takes everything.
    pub(crate) fn answers(
        &self,
        host: &str,
        answers: impl Fn(&Received) -> Reply + Send + Sync + 'static,
    ) {
        let answers: Answers = Arc::new(answers);
        self.answers
            .lock()
            .unwrap()
            .insert(host.to_owned(), answers);
    }

    pub(crate) fn always(&self, host: &str, status: u16) {
        self.answers(host, move |_| Reply::Status(status));
    }

    /// All that an endpoint was sent, in order.
    pub(crate) fn received(&self, host: &str) -> Vec<Received> {
        let received = self.received.lock().unwrap();
        received
            .iter()
            .filter(|r| r.host == host)
            .cloned()
            .collect()
    }

    /// What an endpoint was sent about one request: the types, in order.
    pub(crate) fn kinds_received(&self, host: &str, request: RequestId) -> Vec<String> {
        let mut received = self.received(host);
        received.retain(|received| received.is_about(request));
        received.iter().map(|r| r.kind().to_owned()).collect()
    }

    /// The same, and forgets it.
    pub(crate) fn take(&self, host: &str) -> Vec<Received> {
        let taken = self.received(host);
        self.received.lock().unwrap().retain(|r| r.host != host);
        taken
    }

    /// Waits until an endpoint was sent so many requests.
    pub(crate) async fn until_received(&self, host: &str, requests: usize) {
        loop {
            let arrived = self.arrived.notified();
            if self.received(host).len() >= requests {
                return;
            }
            arrived.await;
        }
    }
}

#[async_trait]
impl Transport for Application {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let (parts, bytes) = request.into_parts();
        let headers = parts.headers.iter();
        let received = Received {
            host: parts.uri.host().unwrap().to_owned(),
            headers: headers
                .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
                .collect(),
            body: idv_core::json::decode(&bytes).unwrap(),
            bytes,
        };
        let answers = self.answers.lock().unwrap().get(&received.host).cloned();
        let reply = answers.map_or(Reply::Status(200), |answers| answers(&received));
        self.received.lock().unwrap().push(received);
        self.arrived.notify_waiters();
        let answer = |status| Response::builder().status(status);
        match reply {
            Reply::Status(status) => Ok(answer(status).body(Bytes::new()).unwrap()),
            Reply::With(status, headers, body) => {
                let mut answer = answer(status);
                for (name, value) in headers {
                    answer = answer.header(*name, *value);
                }
                Ok(answer.body(body).unwrap())
            }
            Reply::Fail(reason) => Err(TransportError {
                sent: Sent::Unknown,
                reason,
            }),
            Reply::Hang => std::future::pending().await,
        }
    }

    async fn open(
        &self,
        request: Request<Bytes>,
    ) -> Result<Response<idv_core::BodyStream>, TransportError> {
        Ok(self.send(request).await?.map(idv_core::BodyStream::from))
    }
}

/// An endpoint at this host, which wants everything from the first event on.
pub(crate) fn endpoint_at(host: &str) -> NewEndpoint {
    NewEndpoint {
        url: format!("https://{host}/hooks/s3cret-path"),
        description: format!("the endpoint at {host}"),
        kinds: Vec::new(),
        payload: PayloadForm::Thin,
        rate_per_sec: None,
        headers: Vec::new(),
        secret: None,
        from: Some(EventPosition(0)),
    }
}

impl World {
    /// Makes an endpoint at this host.
    pub(crate) async fn endpoint(&self, host: &str) -> EndpointId {
        self.endpoint_with_secret(host).await.0
    }

    pub(crate) async fn endpoint_with_secret(&self, host: &str) -> (EndpointId, EndpointSecret) {
        let made = self.engine.create_endpoint(endpoint_at(host)).await;
        let (view, secret) = made.unwrap();
        (view.id, secret)
    }

    pub(crate) async fn event_delivery(
        &self,
        endpoint: EndpointId,
        event: EventId,
    ) -> EventDeliveryView {
        let view = self.engine.event_delivery(endpoint, event).await;
        view.unwrap()
    }

    /// Where a delivery stands; none if there is none yet.
    pub(crate) async fn event_delivery_state(
        &self,
        endpoint: EndpointId,
        event: EventId,
    ) -> Option<EventDeliveryState> {
        let view = self.engine.event_delivery(endpoint, event).await;
        view.ok().map(|view| view.state)
    }

    /// The event of this place in the story of a request.
    pub(crate) async fn event_of(&self, request: RequestId, index: usize) -> EventId {
        let events = self.store.reads().events_of(request).await.unwrap();
        events[index].id
    }

    /// How many deliveries to an endpoint are in this state.
    pub(crate) async fn count(&self, endpoint: EndpointId, state: EventDeliveryState) -> usize {
        let filter = idv_engine::store::EventDeliveryFilter {
            endpoint: Some(endpoint),
            state: Some(state),
            ..Default::default()
        };
        let page = idv_engine::store::PageRequest {
            after: None,
            limit: 500,
        };
        let page = self.engine.event_deliveries(&filter, page).await.unwrap();
        assert!(page.next.is_none(), "all on one page");
        page.rows.len()
    }
}
