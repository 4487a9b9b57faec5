//! What the fake vendor knows, and what it does when it is called.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use http::{Method, Request};
use idv_core::{Timestamp, json};
use serde_json::{Value, json};

mod desk;
mod list;
mod registrations;

use super::client::KEY_HEADER;
use super::{FakeState, Fault};

#[derive(Default)]
pub(super) struct Books {
    pub(super) checks: BTreeMap<String, Check>,
    /// What each idempotency key has led to: status and body of the first answer.
    pub(super) keys: BTreeMap<String, (u16, String)>,
    pub(super) people: usize,
    pub(super) made: Vec<String>,
    pub(super) given_names: Vec<Option<String>>,
    pub(super) events: usize,
    pub(super) links: usize,
    pub(super) faults: VecDeque<Fault>,
    pub(super) calls: BTreeMap<&'static str, usize>,
    pub(super) notify_only: bool,
    pub(super) given_back: Option<String>,
    pub(super) erases_slowly: bool,
    /// Events nobody could be told of, in order.
    pub(super) undelivered: Vec<Undelivered>,
    /// Where webhooks go, in order.
    pub(super) registrations: Vec<registrations::Registration>,
    pub(super) registrations_made: usize,
    pub(super) files: usize,
    /// How files come.
    pub(super) shelf: super::evidence::Shelf,
}

/// An event nobody could be told of.
pub(super) struct Undelivered {
    pub(super) id: String,
    pub(super) check: String,
    pub(super) at: Timestamp,
}

#[derive(Clone)]
pub(super) struct Check {
    pub(super) state: FakeState,
    pub(super) subject: Value,
    pub(super) reference: Value,
    pub(super) link: String,
    pub(super) data: &'static str,
    /// It shows no state, so nobody can read it.
    pub(super) garbled: bool,
    /// What its task was handed, in order.
    pub(super) handed_in: Vec<Value>,
    /// What was to be changed, in order.
    pub(super) changes: Vec<Value>,
    pub(super) made_at: Timestamp,
    pub(super) changed_at: Timestamp,
}

impl Books {
    pub(super) fn take_fault(&mut self, operation: &str) -> Option<Fault> {
        let fits = |fault: &Fault| fault.operation.is_none_or(|named| named == operation);
        let index = self.faults.iter().position(fits)?;
        self.faults.remove(index)
    }

    /// A key repeats the first answer, whatever it was, as vendors with keys do.
    pub(super) fn answer(&mut self, request: &Request<Bytes>, now: Timestamp) -> (u16, String) {
        let key = request
            .headers()
            .get(KEY_HEADER)
            .and_then(|key| key.to_str().ok());
        let Some(key) = key else {
            return self.act(request, now);
        };
        if let Some(first) = self.keys.get(key) {
            return first.clone();
        }
        let answer = self.act(request, now);
        self.keys.insert(key.to_owned(), answer.clone());
        answer
    }

    fn act(&mut self, request: &Request<Bytes>, now: Timestamp) -> (u16, String) {
        let segments: Vec<&str> = request.uri().path().split('/').skip(1).collect();
        match (request.method(), segments.as_slice()) {
            (&Method::POST, ["v1", "people"]) => {
                self.people += 1;
                let id = format!("per_{:04}", self.people);
                (201, json!({ "object": "person", "id": id }).to_string())
            }
            (&Method::POST, ["v1", "checks"]) => {
                if let Some(id) = self.given_back.take() {
                    return (200, self.show(&id).to_string());
                }
                let body: Value = json::decode(request.body()).expect("the provider sends JSON");
                let id = self.make_check(&body, now);
                (201, self.show(&id).to_string())
            }
            (&Method::GET, ["v1", "checks"]) => self.list_checks(request.uri()),
            (&Method::GET, ["v1", "undelivered", since, after @ ..]) => {
                (200, self.list_undelivered(since, after.first()).to_string())
            }
            (method, ["v1", "webhooks", rest @ ..]) => {
                self.act_on_registrations(method, rest, request.body())
            }
            (method, ["v1", "checks", id, rest @ ..]) => {
                let id = (*id).to_owned();
                if self.checks.contains_key(&id) {
                    match self.act_at_the_desk(&id, rest, request, now) {
                        Some(answer) => answer,
                        None => self.act_on_check(method, &id, rest, now),
                    }
                } else {
                    refusal(404, "no_such_thing")
                }
            }
            _ => refusal(404, "no_such_thing"),
        }
    }

    fn act_on_check(
        &mut self,
        method: &Method,
        id: &str,
        rest: &[&str],
        now: Timestamp,
    ) -> (u16, String) {
        let next_link = self.links + 1;
        let erased = if self.erases_slowly {
            "erasing"
        } else {
            "erased"
        };
        let Some(check) = self.checks.get_mut(id) else {
            return refusal(404, "no_such_thing");
        };
        match (method, rest) {
            (&Method::GET, []) => (200, self.show(id).to_string()),
            (&Method::GET, ["details"]) if check.data != "erased" => (200, details(id).to_string()),
            (_, ["files", rest @ ..]) if check.data != "erased" => {
                let is_over = !check.state.takes_input() && check.state != FakeState::Checking;
                super::evidence::answer(method, rest, is_over)
                    .unwrap_or_else(|| refusal(404, "no_such_thing"))
            }
            (&Method::POST, ["link"]) if check.state.takes_input() => {
                check.link = link(next_link);
                let body = json!({ "object": "link", "link": check.link });
                self.links = next_link;
                (200, body.to_string())
            }
            (&Method::POST, ["cancel"])
                if check.state.takes_input() || check.state == FakeState::Withdrawn =>
            {
                if check.state != FakeState::Withdrawn {
                    check.state = FakeState::Withdrawn;
                    check.changed_at = now;
                }
                (200, self.show(id).to_string())
            }
            (&Method::POST, ["erase"]) if check.data != "here" => (200, self.show(id).to_string()),
            // What is being looked at cannot be erased; what is open is withdrawn by it.
            (&Method::POST, ["erase"]) if check.state != FakeState::Checking => {
                if check.state.takes_input() {
                    check.state = FakeState::Withdrawn;
                }
                check.data = erased;
                check.changed_at = now;
                (200, self.show(id).to_string())
            }
            (&Method::POST, _) => refusal(409, "wrong_state"),
            _ => refusal(404, "no_such_thing"),
        }
    }

    pub(super) fn make_check(&mut self, body: &Value, now: Timestamp) -> String {
        let id = format!("chk_{:04}", self.made.len() + 1);
        self.links += 1;
        let check = Check {
            state: FakeState::Open,
            subject: body["subject"].clone(),
            reference: body["reference"].clone(),
            link: link(self.links),
            data: "here",
            garbled: false,
            handed_in: Vec::new(),
            changes: Vec::new(),
            made_at: now,
            changed_at: now,
        };
        self.checks.insert(id.clone(), check);
        self.made.push(id.clone());
        id
    }

    /// Oldest first, two on a page.
    fn list_undelivered(&self, since: &str, after: Option<&&str>) -> Value {
        const PAGE: usize = 2;
        let since: i64 = since.parse().unwrap_or_default();
        let known = after.and_then(|after| {
            let is_it = |event: &Undelivered| event.id == **after;
            self.undelivered.iter().position(is_it)
        });
        let rest = self
            .undelivered
            .iter()
            .skip(known.map_or(0, |known| known + 1));
        let rest: Vec<_> = rest
            .filter(|event| event.at.as_unix_micros() >= since)
            .collect();
        let page: Vec<_> = rest
            .iter()
            .take(PAGE)
            .map(|event| json!({ "id": event.id, "type": "check.changed", "check": event.check, "at": event.at }))
            .collect();
        json!({ "object": "undelivered", "events": page, "more": rest.len() > PAGE })
    }

    pub(super) fn show(&self, id: &str) -> Value {
        let check = self
            .checks
            .get(id)
            .expect("the fake vendor has no such check");
        let step = match check.state {
            FakeState::Approved => "good",
            FakeState::Declined | FakeState::Again => "bad",
            _ => "waiting",
        };
        json!({
            "object": "check",
            "id": id,
            "state": (!check.garbled).then(|| check.state.word()),
            "reason": check.state.reason(),
            "steps": [{ "what": "document", "state": step }],
            "subject": if check.data == "erased" { &Value::Null } else { &check.subject },
            "reference": check.reference,
            "link": check.state.takes_input().then_some(&check.link),
            "data": check.data,
            "live": false,
            "made_at": check.made_at,
            "changed_at": check.changed_at,
        })
    }
}

fn details(id: &str) -> Value {
    json!({
        "object": "details",
        "check": id,
        "given_name": "Fenna",
        "family_name": "Fakeperson",
    })
}

fn link(number: usize) -> String {
    format!("https://fake.invalid/go/secret-token-{number}")
}

fn refusal(status: u16, word: &str) -> (u16, String) {
    (status, json!({ "error": { "word": word } }).to_string())
}
