//! A vendor with somebody at its door.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use idv_core::Timestamp;
use serde_json::Value;

use crate::page::Choice;
use crate::scenario::Action;
use crate::{Begun, CannotPlay, Outgoing, Signer, Vendor, VendorKind};

/// A vendor with somebody at its door, who sees every request before it is answered: lets it in, changes it, takes its
/// time, or answers in the vendor's place. All else is the vendor's own.
///
/// For a vendor that breaks a promise in a way no other one does, and that is the thing to be seen: it belongs to whoever
/// wants to see it.
pub struct Around<F> {
    vendor: Arc<dyn Vendor>,
    answer: F,
    tries_on: bool,
}

impl<F> Around<F>
where
    F: Fn(&dyn Vendor, &Request<Bytes>, Timestamp) -> Response<Bytes> + Send + Sync + 'static,
{
    /// `answer` answers every request in the vendor's place, most often by asking the vendor.
    pub fn new(vendor: Arc<dyn Vendor>, answer: F) -> Self {
        Self {
            vendor,
            answer,
            tries_on: false,
        }
    }

    /// Tries every receiver again, however it has answered so far. A vendor may stop for one that refuses nearly
    /// everything: then what it has to tell is lost, and nobody can see whether all that was told has arrived.
    #[must_use]
    pub fn trying_on(mut self) -> Self {
        self.tries_on = true;
        self
    }
}

impl<F> std::fmt::Debug for Around<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Around({})", self.vendor.kind())
    }
}

impl<F> Vendor for Around<F>
where
    F: Fn(&dyn Vendor, &Request<Bytes>, Timestamp) -> Response<Bytes> + Send + Sync + 'static,
{
    fn answer(&self, request: &Request<Bytes>, now: Timestamp) -> Response<Bytes> {
        (self.answer)(&*self.vendor, request, now)
    }

    fn kind(&self) -> VendorKind {
        self.vendor.kind()
    }

    fn set_base_url(&self, base_url: &str) {
        self.vendor.set_base_url(base_url);
    }

    fn add_endpoint(&self, url: &str) {
        self.vendor.add_endpoint(url);
    }

    fn set_choices(&self, choices: Vec<Choice>) {
        self.vendor.set_choices(choices);
    }

    fn set_speed(&self, times: u32) {
        self.vendor.set_speed(times);
    }

    fn check(&self, action: &Action) -> Result<(), String> {
        self.vendor.check(action)
    }

    fn play(&self, object: &str, action: &Action, now: Timestamp) -> Result<(), CannotPlay> {
        self.vendor.play(object, action, now)
    }

    fn next_due(&self) -> Option<Timestamp> {
        self.vendor.next_due()
    }

    fn work_due(&self, now: Timestamp) {
        self.vendor.work_due(now);
    }

    fn take_begun(&self) -> Vec<Begun> {
        self.vendor.take_begun()
    }

    fn take_outgoing(&self) -> Vec<Outgoing> {
        self.vendor.take_outgoing()
    }

    fn sign(&self, outgoing: &Outgoing, body: &[u8], signer: Signer, now: Timestamp) -> HeaderMap {
        self.vendor.sign(outgoing, body, signer, now)
    }

    fn sign_again(
        &self,
        outgoing: &Outgoing,
        body: &[u8],
        signer: Signer,
        first: Timestamp,
        now: Timestamp,
    ) -> HeaderMap {
        self.vendor.sign_again(outgoing, body, signer, first, now)
    }

    fn is_tried_again(&self, outgoing: &Outgoing, is_taken: bool, now: Timestamp) -> bool {
        self.vendor.is_tried_again(outgoing, is_taken, now) || self.tries_on
    }

    fn retry_delay(&self, failed_attempts: u32) -> Option<Duration> {
        self.vendor.retry_delay(failed_attempts)
    }

    fn is_taken(&self, status: StatusCode) -> bool {
        self.vendor.is_taken(status)
    }

    fn is_wanted(&self, outgoing: &Outgoing) -> bool {
        self.vendor.is_wanted(outgoing)
    }

    fn delivered(&self, outgoing: &Outgoing) {
        self.vendor.delivered(outgoing);
    }

    fn rate_limited(&self, retry_after_secs: Option<u32>) -> Response<Bytes> {
        self.vendor.rate_limited(retry_after_secs)
    }

    fn server_error(&self, status: StatusCode) -> Response<Bytes> {
        self.vendor.server_error(status)
    }

    fn objects(&self) -> Vec<String> {
        self.vendor.objects()
    }

    fn object(&self, id: &str, now: Timestamp) -> Option<Value> {
        self.vendor.object(id, now)
    }
}

#[cfg(test)]
mod tests {
    /// What is not passed on would be done by the trait's own body, and not by the vendor.
    #[test]
    fn everything_a_vendor_can_do_is_passed_on() {
        let source = include_str!("vendor.rs");
        let (_, vendor) = source.split_once("pub trait Vendor").unwrap();
        let (vendor, _) = vendor.split_once("\n}\n").unwrap();
        let (_, around) = include_str!("around.rs")
            .split_once("Vendor for Around")
            .unwrap();
        let names = vendor
            .lines()
            .filter_map(|line| line.strip_prefix("    fn "));
        let names: Vec<_> = names.map(|rest| rest.split('(').next().unwrap()).collect();
        assert!(names.len() > 15, "{names:?}");
        for name in names {
            assert!(around.contains(&format!("    fn {name}(")), "{name}");
            assert!(
                around.contains(&format!("vendor.{name}(")) || name == "answer",
                "{name}"
            );
        }
    }
}
