//! The account as one of the simulator's vendors.

use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use idv_core::Timestamp;
use serde_json::Value;

use super::account::{Account, WEBHOOK_TOKEN};
use super::action::Happening;
use super::members::set;
use super::refusal::Refusal;
use super::sign;
use super::site::Site;
use super::webhook::Webhook;
use crate::page::Choice;
use crate::scenario::Action;
use crate::speed::Speed;
use crate::{Begun, CannotPlay, Outgoing, Signer, Vendor, VendorKind};

/// When a webhook that was not taken is sent again, in seconds after the attempt before. The vendor says that it tries
/// again and not when: this is chosen, and given up within half a day.
const RETRY_SECS: [u64; 6] = [30, 120, 600, 3_600, 10_800, 21_600];

impl Vendor for Account {
    fn kind(&self) -> VendorKind {
        VendorKind::Onfido
    }

    fn set_base_url(&self, base_url: &str) {
        let mut state = self.state();
        state.site = Site::at(base_url, state.is_sandbox);
    }

    fn add_endpoint(&self, url: &str) {
        let mut state = self.state();
        let id = state.ids.uuid();
        let webhook = Webhook::new(id.clone(), WEBHOOK_TOKEN.to_owned(), url);
        state.webhooks.insert(id, webhook);
    }

    fn set_choices(&self, choices: Vec<Choice>) {
        self.state().choices = choices;
    }

    fn set_speed(&self, times: u32) {
        self.state().speed = Speed::times(times);
    }

    fn answer(&self, request: &Request<Bytes>, now: Timestamp) -> Response<Bytes> {
        self.answer_at(request, now)
    }

    fn check(&self, action: &Action) -> Result<(), String> {
        action.read::<Happening>().map(|_| ())
    }

    fn play(&self, object: &str, action: &Action, now: Timestamp) -> Result<(), CannotPlay> {
        let happening = action.read().map_err(CannotPlay::Unreadable)?;
        self.state().play(object, happening, now)
    }

    fn next_due(&self) -> Option<Timestamp> {
        self.state().next_due()
    }

    fn work_due(&self, now: Timestamp) {
        self.state().work_due(now);
    }

    fn take_begun(&self) -> Vec<Begun> {
        std::mem::take(&mut self.state().begun)
    }

    fn take_outgoing(&self) -> Vec<Outgoing> {
        std::mem::take(&mut self.state().outgoing)
    }

    fn sign(&self, outgoing: &Outgoing, body: &[u8], signer: Signer, _: Timestamp) -> HeaderMap {
        let state = self.state();
        let registered = state.webhooks.get(&outgoing.endpoint);
        let token = match signer {
            Signer::Vendor => registered.map(|webhook| webhook.token.as_str()),
            Signer::SomebodyElse => Some("a_token_of_somebody_else"),
        };
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        // Hex digits: always a header value.
        let signature = token.and_then(|token| sign(token, body).parse().ok());
        if let Some(signature) = signature {
            headers.insert("x-sha2-signature", signature);
        }
        headers
    }

    fn retry_delay(&self, failed_attempts: u32) -> Option<Duration> {
        let failed = usize::try_from(failed_attempts).ok()?;
        let secs = RETRY_SECS.get(failed.checked_sub(1)?)?;
        Some(Duration::from_secs(*secs))
    }

    /// The vendor's word for it is "20x".
    fn is_taken(&self, status: StatusCode) -> bool {
        (200..210).contains(&status.as_u16())
    }

    fn rate_limited(&self, retry_after_secs: Option<u32>) -> Response<Bytes> {
        let mut response = Refusal::rate_limited().answer();
        if let Some(secs) = retry_after_secs {
            response.headers_mut().insert(RETRY_AFTER, secs.into());
        }
        response
    }

    /// One that was taken away or switched off is not tried again. The vendor does not say so; nobody would be there.
    fn is_wanted(&self, outgoing: &Outgoing) -> bool {
        let state = self.state();
        let webhook = state.webhooks.get(&outgoing.endpoint);
        webhook.is_some_and(Webhook::is_enabled)
    }

    /// A gateway that waited in vain says nothing, as recorded.
    fn server_error(&self, status: StatusCode) -> Response<Bytes> {
        let mut response = Refusal::server_error(status).answer();
        if status == StatusCode::GATEWAY_TIMEOUT {
            *response.body_mut() = Bytes::new();
        }
        response
    }

    fn objects(&self) -> Vec<String> {
        self.state().runs.ids().cloned().collect()
    }

    /// The run with its tasks and what they have produced.
    fn object(&self, id: &str, now: Timestamp) -> Option<Value> {
        let mut state = self.state();
        state.pass(now);
        let run = state.runs.get(id)?;
        let tasks = run
            .all_tasks()
            .iter()
            .filter_map(|task| run.task(task.id()));
        let tasks = Value::Array(tasks.collect());
        let mut object = run.object();
        set(&mut object, "tasks", tasks);
        Some(object)
    }
}
