//! Keys, receivers, and how webhooks get there.

use std::collections::VecDeque;
use std::time::Duration;

use http::{HeaderMap, HeaderValue};
use idv_core::Timestamp;

use super::{Environment, State};
use crate::plaid::{Event, WebhookKey};
use crate::{Outgoing, Signer};

/// A receiver, as somebody has configured it in the dashboard.
#[derive(Debug)]
pub(super) struct Endpoint {
    id: String,
    url: String,
    /// Names such as `IDENTITY_VERIFICATION/STATUS_UPDATED`. None: every event.
    events: Option<Vec<String>>,
    /// How the receiver has answered lately, oldest first.
    answers: VecDeque<(Timestamp, bool)>,
}

/// The vendor looks back so far.
const LOOKING_BACK: Duration = Duration::from_secs(24 * 3_600);
/// The vendor does not say from how many answers on it counts. With fewer than these, it goes on trying.
const FEWEST_ANSWERS: usize = 10;
/// Nobody needs more answers than these to see what nine in ten are.
const MOST_ANSWERS: usize = 1_000;

/// The first of the waits; each is four times the one before.
const FIRST_WAIT: Duration = Duration::from_secs(30);
/// The sixth wait ends 11 h 22 min 30 s after the first attempt; the seventh would not end within a day.
const WAITS: u32 = 6;

/// How long the vendor waits after so many failed attempts. None: it gives up.
///
/// plaid.com/docs/api/webhooks, read 2026-11-20: 30 seconds, then four times as long each time, for up to 24 hours.
pub(super) fn wait(failed_attempts: u32) -> Option<Duration> {
    let before = failed_attempts.checked_sub(1)?;
    (before < WAITS).then(|| FIRST_WAIT * 4_u32.pow(before))
}

/// Somebody else's secret number.
const FORGERS_SECRET: [u8; 32] = [7; 32];

impl Environment {
    /// Sends these events there from now on, and no others: names such as `IDENTITY_VERIFICATION/STATUS_UPDATED`.
    pub fn add_endpoint_for(&self, url: &str, events: &[&str]) {
        let events = events.iter().map(|event| (*event).to_owned()).collect();
        self.state().add_endpoint(url, Some(events));
    }

    pub(super) fn headers(&self, body: &[u8], signer: Signer, at: Timestamp) -> HeaderMap {
        let at_unix_secs = at.as_unix_secs();
        let state = self.state();
        let key = state.signing_key();
        let token = match signer {
            Signer::Vendor => key.map(|key| key.sign(body, at_unix_secs)),
            Signer::SomebodyElse => {
                let kid = key.map_or("none", WebhookKey::id);
                let forger = WebhookKey::of_secret(kid, &FORGERS_SECRET, at_unix_secs);
                Some(forger.and_then(|forger| forger.sign(body, at_unix_secs)))
            }
        };
        let mut headers = HeaderMap::new();
        headers.insert("content-type", HeaderValue::from_static("application/json"));
        // Base64url and dots: always a header value.
        let token = token.and_then(Result::ok).map(HeaderValue::try_from);
        if let Some(Ok(token)) = token {
            headers.insert("plaid-verification", token);
        }
        headers
    }

    /// Takes down how a receiver has answered. Whether it is tried again: not if it has refused more than nine in ten
    /// within a day.
    pub(super) fn is_tried_again(
        &self,
        outgoing: &Outgoing,
        is_taken: bool,
        now: Timestamp,
    ) -> bool {
        let mut state = self.state();
        let mut endpoints = state.endpoints.iter_mut();
        let endpoint = endpoints.find(|endpoint| endpoint.id == outgoing.endpoint);
        endpoint.is_none_or(|endpoint| endpoint.takes_down(is_taken, now))
    }
}

impl Endpoint {
    fn takes_down(&mut self, is_taken: bool, now: Timestamp) -> bool {
        self.answers.push_back((now, is_taken));
        let is_old = |at: Timestamp| now.since(at) > LOOKING_BACK;
        while self.answers.len() > MOST_ANSWERS
            || self.answers.front().is_some_and(|(at, _)| is_old(*at))
        {
            self.answers.pop_front();
        }
        let all = self.answers.len();
        let refused = self
            .answers
            .iter()
            .filter(|(_, is_taken)| !is_taken)
            .count();
        all < FEWEST_ANSWERS || refused * 10 <= all * 9
    }

    fn wants(&self, event: &Event) -> bool {
        let name = event.name();
        self.events
            .as_ref()
            .is_none_or(|events| events.contains(&name))
    }
}

impl State {
    pub(super) fn add_endpoint(&mut self, url: &str, events: Option<Vec<String>>) {
        let id = format!("receiver-{}", self.endpoints.len() + 1);
        self.endpoints.push(Endpoint {
            id,
            url: url.to_owned(),
            events,
            answers: VecDeque::new(),
        });
    }

    /// Puts events about an attempt on their way, to each receiver that wants them.
    pub(super) fn send(
        &mut self,
        environment: &str,
        object: &str,
        events: impl IntoIterator<Item = Event>,
    ) {
        for event in events {
            for endpoint in self.endpoints.iter().filter(|it| it.wants(&event)) {
                self.outgoing.push(Outgoing {
                    object: object.to_owned(),
                    event: event.code.to_owned(),
                    endpoint: endpoint.id.clone(),
                    url: endpoint.url.clone(),
                    body: event.body(environment).into(),
                });
            }
        }
    }

    pub(super) fn key(&self, id: &str) -> Option<&WebhookKey> {
        self.keys.iter().find(|key| key.id() == id)
    }

    fn signing_key(&self) -> Option<&WebhookKey> {
        self.keys.iter().rev().find(|key| !key.has_expired())
    }

    pub(super) fn make_key(&mut self, created_unix_secs: i64) -> String {
        let kid = self.ids.uuid("kid");
        // One number in four thousand million is none of the curve's.
        let key = std::iter::repeat_with(|| self.ids.bytes("webhook key"))
            .take(4)
            .find_map(|secret| WebhookKey::of_secret(&kid, &secret, created_unix_secs).ok());
        self.keys.extend(key);
        kid
    }

    pub(super) fn rotate_key(&mut self, now: Timestamp) -> String {
        let unix_secs = now.as_unix_secs();
        for key in self.keys.iter_mut().filter(|key| !key.has_expired()) {
            key.expire(unix_secs);
        }
        self.make_key(unix_secs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wait_is_four_times_the_one_before_and_the_sixth_is_the_last() {
        let waits: Vec<_> = (1..9).map_while(wait).map(|wait| wait.as_secs()).collect();
        assert_eq!(waits, [30, 120, 480, 1_920, 7_680, 30_720]);
        assert!(waits.iter().sum::<u64>() < LOOKING_BACK.as_secs());
        assert_eq!(wait(0), None);
    }

    #[test]
    fn whoever_refuses_more_than_nine_in_ten_is_not_tried_again() {
        let mut state = State::new("sandbox", 1);
        state.add_endpoint("http://receiver/", None);
        let endpoint = state.endpoints.last_mut().unwrap();
        let at = |hours: i64| Timestamp::from_unix_secs(hours * 3_600);
        for _ in 1..FEWEST_ANSWERS {
            assert!(endpoint.takes_down(false, at(0)));
        }
        assert!(!endpoint.takes_down(false, at(0)));
        assert!(
            !endpoint.takes_down(true, at(0)),
            "10 of 11 are more than nine in ten"
        );
        assert!(endpoint.takes_down(true, at(1)));
        assert!(endpoint.takes_down(false, at(30)), "yesterday is forgotten");
    }
}
