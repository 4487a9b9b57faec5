//! The environment as one of the vendors of a simulator.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use idv_core::Timestamp;
use serde_json::Value;

use super::action::Act;
use super::api::{self, Call};
use super::fault::Fault;
use super::{Environment, webhooks};
use crate::page::Choice;
use crate::scenario::Action;
use crate::{Begun, CannotPlay, Outgoing, Signer, Vendor, VendorKind};

impl Vendor for Environment {
    fn kind(&self) -> VendorKind {
        VendorKind::Plaid
    }

    fn set_base_url(&self, base_url: &str) {
        base_url.clone_into(&mut self.state().base_url);
    }

    /// Every event there is goes there. The dashboard is the only place where the vendor takes receivers.
    fn add_endpoint(&self, url: &str) {
        self.state().add_endpoint(url, None);
    }

    fn set_choices(&self, choices: Vec<Choice>) {
        self.state().choices = choices;
    }

    fn answer(&self, request: &Request<Bytes>, now: Timestamp) -> Response<Bytes> {
        api::answer(self, request, now)
    }

    fn check(&self, action: &Action) -> Result<(), String> {
        action.read::<Act>().map(|_| ())
    }

    fn play(&self, object: &str, action: &Action, now: Timestamp) -> Result<(), CannotPlay> {
        let act = action.read().map_err(CannotPlay::Unreadable)?;
        self.act(object, act, now)
    }

    fn take_begun(&self) -> Vec<Begun> {
        std::mem::take(&mut self.state().begun)
    }

    fn take_outgoing(&self) -> Vec<Outgoing> {
        std::mem::take(&mut self.state().outgoing)
    }

    fn sign(&self, _: &Outgoing, body: &[u8], signer: Signer, now: Timestamp) -> HeaderMap {
        self.headers(body, signer, now)
    }

    fn sign_again(
        &self,
        _: &Outgoing,
        body: &[u8],
        signer: Signer,
        first: Timestamp,
        now: Timestamp,
    ) -> HeaderMap {
        let at = if self.options.signs_anew { now } else { first };
        self.headers(body, signer, at)
    }

    fn is_tried_again(&self, outgoing: &Outgoing, is_taken: bool, now: Timestamp) -> bool {
        self.is_tried_again(outgoing, is_taken, now)
    }

    fn retry_delay(&self, failed_attempts: u32) -> Option<Duration> {
        webhooks::wait(failed_attempts)
    }

    /// The vendor's pages ask for 200; whether another 2xx would do is not said.
    fn is_taken(&self, status: StatusCode) -> bool {
        status == StatusCode::OK
    }

    /// The vendor does not say whether its answers have a `Retry-After`.
    fn rate_limited(&self, retry_after_secs: Option<u32>) -> Response<Bytes> {
        let mut response = self.fault(&Fault::too_many());
        if let Some(secs) = retry_after_secs {
            response.headers_mut().insert("retry-after", secs.into());
        }
        response
    }

    fn server_error(&self, status: StatusCode) -> Response<Bytes> {
        self.fault(&Fault::of_vendor(status))
    }

    fn objects(&self) -> Vec<String> {
        self.state().order.clone()
    }

    fn object(&self, id: &str, now: Timestamp) -> Option<Value> {
        let mut state = self.state();
        let mut call = Call {
            environment: self,
            state: &mut state,
            now,
        };
        call.shown(id).ok()
    }
}

impl Environment {
    fn fault(&self, fault: &Fault) -> Response<Bytes> {
        let request_id = self.state().ids.word("", 15);
        fault.answer(&request_id)
    }
}
