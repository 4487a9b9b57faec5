//! A vendor that is made for tests of the simulator.

use std::collections::BTreeMap;
use std::sync::Mutex;

use http::{HeaderMap, HeaderValue, Response};

use super::*;
use crate::page::Choice;
use crate::{Begun, CannotPlay, Outgoing, Signer};

/// A vendor whose objects are words. `POST /<id>` makes one, `GET /<id>` reads it.
#[derive(Default)]
pub(super) struct Words {
    pub(super) state: Mutex<WordsState>,
}

#[derive(Default)]
pub(super) struct WordsState {
    words: BTreeMap<String, String>,
    begun: Vec<Begun>,
    outgoing: Vec<Outgoing>,
    pub(super) choices: Vec<Choice>,
    pub(super) due: Option<Timestamp>,
    /// It tries nobody again.
    pub(super) stops: bool,
}

impl Words {
    fn tell(state: &mut WordsState, id: &str, word: &str) {
        state.outgoing.push(Outgoing {
            object: id.to_owned(),
            event: word.to_owned(),
            endpoint: "only".to_owned(),
            url: "http://receiver/".to_owned(),
            body: Bytes::from(json!({ "id": id, "word": word }).to_string()),
        });
    }
}

impl Vendor for Words {
    fn kind(&self) -> VendorKind {
        VendorKind::Stripe
    }
    fn set_base_url(&self, _: &str) {}
    fn add_endpoint(&self, _: &str) {}
    fn set_choices(&self, choices: Vec<Choice>) {
        self.state.lock().unwrap().choices = choices;
    }
    fn answer(&self, request: &Request<Bytes>, _: Timestamp) -> Response<Bytes> {
        let mut state = self.state.lock().unwrap();
        let id = request.uri().path().trim_start_matches('/').to_owned();
        if request.method() == Method::POST {
            state.words.insert(id.clone(), "new".to_owned());
            let scenario = request.uri().query().map(str::to_owned);
            let object = id.clone();
            state.begun.push(Begun { object, scenario });
            Self::tell(&mut state, &id, "new");
        }
        let word = state.words.get(&id).cloned().unwrap_or_default();
        Response::new(Bytes::from(json!({ "status": word }).to_string()))
    }
    fn check(&self, action: &Action) -> Result<(), String> {
        let known = ["good", "bad", "never"].contains(&action.name.as_str());
        known
            .then_some(())
            .ok_or_else(|| format!("{} is no action", action.name))
    }
    fn play(&self, object: &str, action: &Action, _: Timestamp) -> Result<(), CannotPlay> {
        if action.name == "never" {
            return Err(CannotPlay::NotNow("it never happens".to_owned()));
        }
        let mut state = self.state.lock().unwrap();
        state.words.insert(object.to_owned(), action.name.clone());
        Self::tell(&mut state, object, &action.name);
        Ok(())
    }
    fn next_due(&self) -> Option<Timestamp> {
        self.state.lock().unwrap().due
    }
    fn work_due(&self, _: Timestamp) {
        let mut state = self.state.lock().unwrap();
        state.due = None;
        Self::tell(&mut state, "own", "due");
    }
    fn take_begun(&self) -> Vec<Begun> {
        std::mem::take(&mut self.state.lock().unwrap().begun)
    }
    fn take_outgoing(&self) -> Vec<Outgoing> {
        std::mem::take(&mut self.state.lock().unwrap().outgoing)
    }
    fn sign(&self, _: &Outgoing, body: &[u8], signer: Signer, _: Timestamp) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let value = format!("{signer:?} {}", body.len());
        headers.insert("signature", HeaderValue::from_str(&value).unwrap());
        headers
    }
    fn retry_delay(&self, failed_attempts: u32) -> Option<Duration> {
        (failed_attempts < 3).then(|| Duration::from_secs(100))
    }
    fn is_tried_again(&self, _: &Outgoing, _: bool, _: Timestamp) -> bool {
        !self.state.lock().unwrap().stops
    }
    fn is_taken(&self, status: StatusCode) -> bool {
        status.is_success()
    }
    fn rate_limited(&self, retry_after_secs: Option<u32>) -> Response<Bytes> {
        let mut response = self.server_error(StatusCode::TOO_MANY_REQUESTS);
        if let Some(secs) = retry_after_secs {
            response.headers_mut().insert("retry-after", secs.into());
        }
        response
    }
    fn server_error(&self, status: StatusCode) -> Response<Bytes> {
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = status;
        response
    }
    fn objects(&self) -> Vec<String> {
        self.state.lock().unwrap().words.keys().cloned().collect()
    }
    fn object(&self, id: &str, _: Timestamp) -> Option<Value> {
        self.state
            .lock()
            .unwrap()
            .words
            .get(id)
            .map(|word| json!(word))
    }
}
