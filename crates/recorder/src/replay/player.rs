//! The answers of a recording.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use idv_core::BodyStream;
use serde_json::{Value, json};

use super::matching::{Match, compare};
use crate::recording::Recording;
use crate::server::{Answers, Server};
use crate::table::Signing;

/// Answers requests as they were answered when they were recorded.
///
/// The first exchange that fits and was not used yet gives the answer; when all that fit are used, the last of them gives
/// it again, so that whoever polls ends where the recording ended. Values that were replaced may be any: an application
/// that is played to has people of its own.
#[derive(Debug)]
pub struct Player {
    recording: Recording,
    used: Mutex<Vec<bool>>,
}

impl Player {
    /// From its beginning.
    #[must_use]
    pub fn new(recording: Recording) -> Self {
        let used = Mutex::new(vec![false; recording.exchanges.len()]);
        Self { recording, used }
    }

    /// What is played.
    #[must_use]
    pub const fn recording(&self) -> &Recording {
        &self.recording
    }

    /// The recorded answer. Without one, status 501 and a JSON object that says which exchange is nearest and in which
    /// places it differs.
    #[must_use]
    pub fn answer(&self, request: &Request<Bytes>) -> Response<Bytes> {
        if let Some(answer) = self.key(request) {
            return answer;
        }
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let mut best: Option<(u8, usize)> = None;
        let mut nearest: Option<(usize, Vec<String>)> = None;
        for (index, played) in self.recording.exchanges.iter().enumerate() {
            let is_used = used.get(index).copied().unwrap_or(true);
            let rank = match compare(played, request) {
                Match::Equal => 0,
                Match::Alike => 1,
                Match::Differs(places) => {
                    if nearest
                        .as_ref()
                        .is_none_or(|(_, fewest)| places.len() < fewest.len())
                    {
                        nearest = Some((index, places));
                    }
                    continue;
                }
            };
            // Unused before used; equal before alike; of the unused the first, of the used the last.
            let rank = rank + if is_used { 2 } else { 0 };
            if best.is_none_or(|(least, _)| rank < least || (is_used && rank == least)) {
                best = Some((rank, index));
            }
        }
        let Some((_, index)) = best else {
            return not_recorded(nearest);
        };
        if let Some(used) = used.get_mut(index) {
            *used = true;
        }
        let played = self.recording.exchanges.get(index);
        played.map_or_else(|| not_recorded(None), crate::recording::Played::to_response)
    }

    /// Begins to serve on this address. Needs a tokio runtime.
    ///
    /// # Errors
    /// If it cannot be listened on.
    pub async fn serve(self: Arc<Self>, listen: SocketAddr) -> std::io::Result<Server> {
        Server::serve(listen, self).await
    }

    /// The test key, for who asks for it by its id.
    fn key(&self, request: &Request<Bytes>) -> Option<Response<Bytes>> {
        let Signing::KeyPair { endpoint, .. } = self.recording.vendor().table().signing else {
            return None;
        };
        if request.uri().path() != endpoint {
            return None;
        }
        let jwk = self.recording.keys().jwk()?;
        let asked: Value = idv_core::json::decode(request.body()).ok()?;
        (asked.get("key_id")? == jwk.get("kid")?).then(|| {
            let body = json!({ "key": jwk, "request_id": "recordedKey0001" });
            json_answer(StatusCode::OK, &body)
        })
    }
}

#[async_trait]
impl Answers for Player {
    async fn answer(&self, request: Request<Bytes>) -> Response<BodyStream> {
        Self::answer(self, &request).map(BodyStream::from)
    }
}

fn json_answer(status: StatusCode, body: &Value) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body.to_string()));
    *response.status_mut() = status;
    let json = http::HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}

fn not_recorded(nearest: Option<(usize, Vec<String>)>) -> Response<Bytes> {
    let (number, differs) = nearest.map_or((None, Vec::new()), |(index, places)| {
        (Some(index + 1), places)
    });
    let body = json!({
        "recording": "no recorded answer fits this request",
        "nearest_exchange": number,
        "recorded_there": differs,
    });
    json_answer(StatusCode::NOT_IMPLEMENTED, &body)
}
