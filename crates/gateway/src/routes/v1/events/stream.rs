//! `GET /v1/events/stream`: what happens, as it happens, in the form of server-sent events.
//!
//! The layer that limits the time of a request waits for the head of the answer, which is written at once; the body goes
//! on for as long as the client stays, and ends when the server does.

use std::fmt::Write as _;
use std::time::Duration;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, Uri, header};
use idv_engine::EventView;
use idv_engine::store::{ApiKeyId, EventPosition};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::cursor_of;
use super::place::{Place, Wanted};
use super::view::{EventJson, EventType};
use crate::gateway::reasons;
use crate::openapi::{WITH_A_KEY, problems};
use crate::problem::{Kind, Problem};
use crate::routes::Api;
use crate::routes::authorisation::Reader;
use crate::routes::pulled_body::{self, Source};
use crate::routes::query::Query;

/// How many events are read, and sent, at a time.
const BATCH: u32 = 50;

/// After how long a client that hears nothing is told that we are still there.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// How often is looked for what other processes have written.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// When a client should come back after the stream has ended.
const RETRY_MILLIS: u64 = 2000;

/// When a client should come back if there are too many streams.
const RETRY_AFTER_SECS: u64 = 5;

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Proxies that collect answers before they pass them on are asked not to.
const UNBUFFERED: (HeaderName, &str) = (HeaderName::from_static("x-accel-buffering"), "no");

/// The parameters.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes what the handler reads by hand")]
struct Parameters {
    /// Where to begin: a cursor of the feed, or `now`. Without it from the beginning. `Last-Event-ID` goes before it.
    after: Option<String>,
    /// Only these types, with commas between them.
    #[param(style = Form, explode = false, value_type = Option<Vec<EventType>>)]
    types: Option<Vec<String>>,
}

/// The header.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "it describes what the handler reads by hand")]
struct LastEventId {
    /// The `id` of the last event that was read: the stream goes on after it. Clients send it by themselves when they
    /// come back.
    #[param(rename = "Last-Event-ID")]
    last_event_id: Option<String>,
}

problems!(
    Problems = WITH_A_KEY,
    &[Kind::InvalidParameter, Kind::InvalidCursor]
);

/// Hear what happens, as it happens
///
/// Server-sent events: `id` is the cursor, `event` the type, `data` an Event in one line of JSON. A client that comes
/// back with the last `id` it read misses nothing and gets nothing twice. An `id` may also come alone, without an
/// event. The stream ends when the server leaves or the key is revoked; come back then.
#[utoipa::path(
    get,
    path = "/v1/events/stream",
    operation_id = "stream_events",
    tag = "events",
    params(Parameters, LastEventId),
    responses(
        (status = 200, description = "Server-sent events, for as long as the client stays.",
            content_type = "text/event-stream", body = String),
        Problems
    ),
    security(("api_key" = ["read"]))
)]
pub(in crate::routes) async fn get(
    State(api): State<Api>,
    Reader(key): Reader,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Problem> {
    let mut query = Query::of(&uri);
    let after = query.text("after");
    let wanted = Wanted::read(&mut query);
    query.finish()?;
    let place = match headers.get(LAST_EVENT_ID) {
        // An empty one is what a client sends that has read none.
        Some(id) if !id.is_empty() => Place::read(Some(id.to_str().unwrap_or_default()))?,
        _ => Place::read(after.as_deref())?,
    };
    let slot = api.streams.clone().try_acquire_owned();
    let slot = slot.map_err(|_| {
        Problem::new(Kind::Unavailable)
            .detail("as many streams are open as there may be: read /v1/events meanwhile")
            .retry_after_secs(RETRY_AFTER_SECS)
    })?;
    let position = place.position(&api.engine).await?;
    let stop = api.shutdown.stop();
    let body = pulled_body::body(Feed {
        api,
        key,
        wanted,
        position,
        begun: false,
        stop,
        _slot: slot,
    });
    let head = [(header::CONTENT_TYPE, "text/event-stream"), UNBUFFERED];
    Ok((head, body).into_response())
}

/// One client's stream.
struct Feed {
    api: Api,
    key: ApiKeyId,
    wanted: Wanted,
    /// Everything up to here was sent, or is not wanted.
    position: EventPosition,
    begun: bool,
    stop: CancellationToken,
    _slot: OwnedSemaphorePermit,
}

impl Source for Feed {
    async fn next(mut self) -> Option<(Bytes, Self)> {
        if !self.begun {
            self.begun = true;
            return Some((self.greeting(), self));
        }
        let heartbeat_at = Instant::now() + HEARTBEAT;
        loop {
            if self.stop.is_cancelled() {
                return None;
            }
            // Asked for before looking, so that what comes in between is not slept through.
            let arrived = self.api.engine.event_arrived();
            let events = self.api.engine.events_after(self.position, BATCH).await;
            let events = match events {
                Ok(events) => events,
                Err(error) => {
                    tracing::warn!(error = reasons(&error), "a stream of events ended");
                    return None;
                }
            };
            if let Some(last) = events.last() {
                self.position = last.position;
                let text = self.text_of(&events);
                if !text.is_empty() {
                    return Some((text.into(), self));
                }
            }
            if Instant::now() >= heartbeat_at {
                return self.is_welcome().await.then(|| (self.heartbeat(), self));
            }
            if events.is_empty() {
                tokio::select! {
                    () = self.stop.cancelled() => {}
                    _ = tokio::time::timeout(POLL_INTERVAL, arrived) => {}
                }
            }
        }
    }
}

impl Feed {
    /// The place is told before any event: a client that is cut off at once still knows where it was.
    fn greeting(&self) -> Bytes {
        let cursor = cursor_of(self.position);
        format!("retry: {RETRY_MILLIS}\nid: {cursor}\n\n").into()
    }

    fn heartbeat(&self) -> Bytes {
        let cursor = cursor_of(self.position);
        format!(": still here\nid: {cursor}\n\n").into()
    }

    fn text_of(&self, events: &[EventView]) -> String {
        let mut text = String::new();
        for event in events.iter().filter(|event| self.wanted.has(event.kind)) {
            // Compact JSON has no line breaks.
            let json = EventJson::of(event).and_then(|json| serde_json::to_string(&json).ok());
            let Some(json) = json else { continue };
            let cursor = cursor_of(event.position);
            let _ = write!(
                text,
                "id: {cursor}\nevent: {}\ndata: {json}\n\n",
                event.kind
            );
        }
        text
    }

    /// False once the key was revoked. A database that is away does not end the stream.
    async fn is_welcome(&self) -> bool {
        match self.api.engine.store().api_keys().api_key(self.key).await {
            Ok(row) => row.is_some_and(|row| row.revoked_at.is_none()),
            Err(_) => true,
        }
    }
}
