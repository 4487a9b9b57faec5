//! The HTTP API, version 3.6: who may ask, and who answers.

mod applicants;
mod call;
mod credentials;
mod fields;
mod handed_out;
mod list;
mod media;
mod page;
mod runs;
mod tasks;
mod webhooks;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use idv_core::Timestamp;

use super::account::{Account, State};
use super::media::Collection;
use super::refusal::Refusal;
use crate::loopback::Api;
use call::Call;

/// What is answered: to be sent as it is, or a no.
type Answer = Result<Response<Bytes>, Refusal>;

impl Account {
    pub(super) fn answer_at(&self, request: &Request<Bytes>, now: Timestamp) -> Response<Bytes> {
        let mut state = self.state();
        state.pass(now);
        let call = Call::of(request, now);
        let answer = match call.path.as_slice() {
            ["l", run] => return page::answer(&mut state, &call, run),
            ["files", name] => handed_out::answer(&state, &call, name),
            ["v3.6", path @ ..] => answer(&mut state, &call, path),
            _ => Err(Refusal::no_such_path()),
        };
        answer.unwrap_or_else(|refusal| refusal.answer())
    }
}

/// Without a clock: the time is the latest that anybody has told it.
impl Api for Account {
    fn answer(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let now = self.state().now;
        self.answer_at(request, now)
    }
}

fn answer(state: &mut State, call: &Call<'_>, path: &[&str]) -> Answer {
    // Neither needs credentials: one gives them out.
    match (call.method, path) {
        (&Method::GET, ["ping"]) => return Ok(with_type("text/plain", Bytes::from_static(b"OK"))),
        (&Method::POST, ["oauth", "token"]) => return credentials::oauth_token(state, call),
        _ => {}
    }
    credentials::require(state, call)?;
    let now = state.now;
    if state.limit.as_mut().is_some_and(|limit| !limit.take(now)) {
        return Err(Refusal::rate_limited());
    }
    match (call.method, path) {
        (&Method::GET, ["applicants"]) => applicants::list(state, call),
        (&Method::POST, ["applicants"]) => applicants::create(state, call),
        (&Method::GET, ["applicants", id]) => applicants::find(state, id),
        (&Method::PUT, ["applicants", id]) => applicants::update(state, call, id),
        (&Method::DELETE, ["applicants", id]) => applicants::delete(state, call, id),
        (&Method::POST, ["applicants", id, "restore"]) => applicants::restore(state, call, id),
        (&Method::GET, ["applicants", id, "consents"]) => applicants::consents(state, id),

        (&Method::GET, ["workflow_runs"]) => runs::list(state, call),
        (&Method::POST, ["workflow_runs"]) => runs::create(state, call),
        (&Method::GET, ["workflow_runs", id]) => runs::find(state, id),
        (
            &Method::GET,
            [
                "workflow_runs",
                id,
                file @ ("signed_evidence_file" | "evidence_folder"),
            ],
        ) => handed_out::redirect(state, call, id, file),
        (&Method::POST, ["workflow_runs", id, "timeline_file"]) => {
            handed_out::create_timeline(state, call, id)
        }
        (&Method::GET, ["workflow_runs", id, "timeline_file", file]) => {
            handed_out::redirect(state, call, id, file)
        }
        (&Method::GET, ["workflow_runs", id, "tasks"]) => tasks::list(state, id),
        (&Method::GET, ["workflow_runs", id, "tasks", task]) => tasks::find(state, id, task),
        (&Method::POST, ["workflow_runs", id, "tasks", task, "complete"]) => {
            tasks::complete(state, call, id, task)
        }

        (&Method::POST, ["sdk_token"]) => credentials::sdk_token(state, call),

        (&Method::GET, ["webhooks"]) => webhooks::list(state),
        (&Method::POST, ["webhooks"]) => webhooks::create(state, call),
        (&Method::POST, ["webhooks", "resend"]) => webhooks::resend(call),
        (&Method::GET, ["webhooks", id]) => webhooks::find(state, id),
        (&Method::PUT, ["webhooks", id]) => webhooks::update(state, call, id),
        (&Method::DELETE, ["webhooks", id]) => webhooks::delete(state, id),

        (_, [word, path @ ..]) => match Collection::of_word(word) {
            Some(collection) => media::answer(state, call, collection, path),
            None => Err(Refusal::no_such_path()),
        },
        _ => Err(Refusal::no_such_path()),
    }
}

/// An answer that is no JSON.
fn with_type(media_type: &str, body: Bytes) -> Response<Bytes> {
    let mut response = Response::new(body);
    if let Ok(value) = HeaderValue::from_str(media_type) {
        response.headers_mut().insert(CONTENT_TYPE, value);
    }
    response
}

/// An answer of a status alone.
fn empty(status: StatusCode) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests;
