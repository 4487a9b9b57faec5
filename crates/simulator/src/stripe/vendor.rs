//! The account as a vendor of the simulator.

use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, USER_AGENT};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use idv_core::Timestamp;
use serde_json::Value;

use super::account::{Account, WEBHOOK_SECRET};
use super::action::Deed;
use super::api::json;
use super::endpoint::Style;
use super::expand::Expansions;
use super::rate_limits::limited;
use super::refusal::Refusal;
use super::sign;
use crate::page::Choice;
use crate::scenario::Action;
use crate::speed::Speed;
use crate::{Begun, CannotPlay, Outgoing, Signer, Vendor, VendorKind};

/// After how many attempts a sandbox gives up.
const SANDBOX_ATTEMPTS: u32 = 3;
/// The first wait of a sandbox. The vendor says: three tries over a few hours.
const SANDBOX_WAIT_SECS: u64 = 3_600;
/// The first wait of the live mode, and for how long it goes on: the vendor says for three days, waiting longer each time.
const LIVE_WAIT_SECS: u64 = 300;
const LIVE_SECS: u64 = 3 * 24 * 3_600;

impl Vendor for Account {
    fn kind(&self) -> VendorKind {
        VendorKind::Stripe
    }

    fn set_base_url(&self, base_url: &str) {
        base_url.clone_into(&mut self.state().base_url);
    }

    /// Every event of sessions, with snapshots, signed with [`WEBHOOK_SECRET`].
    fn add_endpoint(&self, url: &str) {
        self.add(url, WEBHOOK_SECRET, Style::Snapshot);
    }

    fn set_choices(&self, mut choices: Vec<Choice>) {
        // What most people want to see first comes first, and is chosen already.
        choices.sort_by_key(|choice| (choice.value != "verified", choice.value.clone()));
        self.state().choices = choices;
    }

    fn set_speed(&self, times: u32) {
        self.state().speed = Speed::times(times);
    }

    fn answer(&self, request: &Request<Bytes>, now: Timestamp) -> Response<Bytes> {
        self.answer_at(request, now)
    }

    fn check(&self, action: &Action) -> Result<(), String> {
        Deed::read(action).map(|_| ())
    }

    fn play(&self, object: &str, action: &Action, now: Timestamp) -> Result<(), CannotPlay> {
        let deed = Deed::read(action).map_err(CannotPlay::Unreadable)?;
        self.state().act(object, deed, now)
    }

    fn next_due(&self) -> Option<Timestamp> {
        self.state().erasures.iter().map(|(at, _)| *at).min()
    }

    fn work_due(&self, now: Timestamp) {
        self.state().complete_erasures(now);
    }

    fn take_begun(&self) -> Vec<Begun> {
        std::mem::take(&mut self.state().begun)
    }

    fn take_outgoing(&self) -> Vec<Outgoing> {
        std::mem::take(&mut self.state().outgoing)
    }

    fn sign(&self, outgoing: &Outgoing, body: &[u8], signer: Signer, now: Timestamp) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            (ACCEPT, "*/*; q=0.5, application/xml"),
            (CACHE_CONTROL, "no-cache"),
            (CONTENT_TYPE, "application/json; charset=utf-8"),
            (USER_AGENT, "Stripe/1.0 (+https://stripe.com/docs/webhooks)"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        let at = now.as_unix_secs();
        let state = self.state();
        let endpoint = state.endpoints.get(&outgoing.endpoint);
        let signature = match (signer, endpoint) {
            (Signer::Vendor, Some(endpoint)) => endpoint.signature(body, at),
            _ => sign("whsec_of_somebody_else", body, at),
        };
        // Digits, hex, commas and equals signs: always a header value.
        if let Ok(value) = HeaderValue::from_str(&signature) {
            headers.insert("stripe-signature", value);
        }
        headers
    }

    /// Sandbox: three attempts, one and two hours apart. Live: 5, 10, 20 … minutes apart, and the last one after three
    /// days. The vendor publishes how long it tries and that it waits longer each time; the waits themselves are chosen
    /// here.
    fn retry_delay(&self, failed_attempts: u32) -> Option<Duration> {
        let doublings = failed_attempts.saturating_sub(1).min(30);
        if !self.is_live {
            let wait = SANDBOX_WAIT_SECS << doublings;
            return (failed_attempts < SANDBOX_ATTEMPTS).then(|| Duration::from_secs(wait));
        }
        // The last attempt is made when the time is up.
        let waited = LIVE_WAIT_SECS * ((1_u64 << doublings) - 1);
        let left = LIVE_SECS.checked_sub(waited)?;
        Some(Duration::from_secs(left.min(LIVE_WAIT_SECS << doublings)))
    }

    /// Any 2xx. A redirection is a failure.
    fn is_taken(&self, status: StatusCode) -> bool {
        status.is_success()
    }

    fn is_wanted(&self, outgoing: &Outgoing) -> bool {
        let state = self.state();
        let endpoint = state.endpoints.get(&outgoing.endpoint);
        endpoint.is_some_and(|endpoint| endpoint.is_enabled)
    }

    fn delivered(&self, outgoing: &Outgoing) {
        let mut state = self.state();
        let event = event_of(&outgoing.body);
        if let Some(told) = event.and_then(|id| state.events.get_mut(&id)) {
            told.taken_by(&outgoing.endpoint);
        }
    }

    fn rate_limited(&self, retry_after_secs: Option<u32>) -> Response<Bytes> {
        let refusal = limited("global-rate");
        let mut response = json(refusal.status, &refusal.body("req_simulated", 0));
        let headers = response.headers_mut();
        let reason = HeaderValue::from_static("global-rate");
        headers.insert("stripe-rate-limited-reason", reason);
        if let Some(secs) = retry_after_secs {
            headers.insert(RETRY_AFTER, secs.into());
        }
        response
    }

    fn server_error(&self, status: StatusCode) -> Response<Bytes> {
        let refusal = Refusal {
            error_type: "api_error",
            ..Refusal::new(
                status,
                "Sorry! There was an error while talking to one of our backends.",
            )
        };
        json(status, &refusal.body("req_simulated", 0))
    }

    fn objects(&self) -> Vec<String> {
        let state = self.state();
        state.sessions.iter().map(|(id, _)| id.to_owned()).collect()
    }

    fn object(&self, id: &str, now: Timestamp) -> Option<Value> {
        let state = self.state();
        let session = state.sessions.get(id)?;
        Some(session.expanded(None, &Expansions::everything(), now.as_unix_secs()))
    }
}

/// The id of the event in these bytes.
fn event_of(body: &[u8]) -> Option<String> {
    let body: Value = idv_core::json::decode(body).ok()?;
    body.get("id")?.as_str().map(str::to_owned)
}
