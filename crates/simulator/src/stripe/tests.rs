//! The account as a whole: what is asked over HTTP, what is answered, what is sent.

mod calls;
mod endpoints;
mod files;
mod pages;
mod results;
mod sessions;
mod stories;

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response};
use idv_core::Timestamp;
use serde_json::Value;

use super::*;
use crate::scenario::Action;
use crate::{Begun, CannotPlay, Vendor};

const START: Timestamp = Timestamp::from_unix_secs(1_795_176_000);
const SESSIONS: &str = "/v1/identity/verification_sessions";

/// An answer, read.
struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Value,
}

impl Answer {
    fn of(response: &Response<Bytes>) -> Self {
        Self {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: serde_json::from_slice(response.body()).unwrap_or_default(),
        }
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    fn code(&self) -> Option<&str> {
        self.body["error"]["code"].as_str()
    }

    fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{:#}", self.body);
        self.body
    }
}

/// An account and the time at which it is asked.
struct World {
    account: Arc<Account>,
    now: Timestamp,
}

impl World {
    fn new() -> Self {
        Self::of(Account::simulated())
    }

    fn of(account: Account) -> Self {
        Self {
            account: Arc::new(account),
            now: START,
        }
    }

    fn later(&mut self, secs: i64) {
        self.now = Timestamp::from_unix_secs(self.now.as_unix_secs() + secs);
    }

    fn send(
        &self,
        method: Method,
        uri: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Response<Bytes> {
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Bytes::from(body.to_owned())).unwrap();
        self.account.answer(&request, self.now)
    }

    fn get_with(&self, key: &str, uri: &str) -> Answer {
        let bearer = format!("Bearer {key}");
        Answer::of(&self.send(Method::GET, uri, &[("authorization", &bearer)], ""))
    }

    fn get(&self, uri: &str) -> Answer {
        self.get_with(API_KEY, uri)
    }

    fn post_with(&self, key: &str, uri: &str, body: &str) -> Answer {
        let bearer = format!("Bearer {key}");
        Answer::of(&self.send(Method::POST, uri, &[("authorization", &bearer)], body))
    }

    fn post(&self, uri: &str, body: &str) -> Answer {
        self.post_with(API_KEY, uri, body)
    }

    /// A new session of this form: its id.
    fn session(&self, body: &str) -> String {
        let session = self.post(SESSIONS, body).ok();
        session["id"].as_str().unwrap().to_owned()
    }

    fn play(&self, id: &str, action: &Action) -> Result<(), CannotPlay> {
        self.account.play(id, action, self.now)
    }

    fn submit(&self, id: &str) {
        self.play(id, &Action::new("submit")).unwrap();
    }

    /// A session of this form that was verified just now: its id.
    fn verified(&self, body: &str) -> String {
        let id = self.session(body);
        self.submit(&id);
        self.play(&id, &Action::new("verify")).unwrap();
        id
    }

    fn begun(&self) -> Vec<(String, Option<String>)> {
        let begun = self.account.take_begun().into_iter();
        begun
            .map(|Begun { object, scenario }| (object, scenario))
            .collect()
    }

    /// Types and bodies of what is to be sent.
    fn outgoing(&self) -> Vec<(String, Value)> {
        let outgoing = self.account.take_outgoing().into_iter();
        let read = |body: &[u8]| serde_json::from_slice(body).unwrap();
        outgoing
            .map(|sent| (sent.event, read(&sent.body)))
            .collect()
    }
}
