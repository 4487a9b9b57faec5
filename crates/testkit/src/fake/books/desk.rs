//! What may be handed in about a check, changed in it, taken back or asked again.

use bytes::Bytes;
use http::{Method, Request};
use idv_core::{Timestamp, json};
use serde_json::{Value, json};

use super::{Books, refusal};
use crate::fake::FakeState;

/// The task of each check.
const TASK: &str = "tsk_0001";

impl Books {
    /// None for what is done elsewhere.
    pub(super) fn act_at_the_desk(
        &mut self,
        id: &str,
        rest: &[&str],
        request: &Request<Bytes>,
        now: Timestamp,
    ) -> Option<(u16, String)> {
        if request.method() != Method::POST {
            return None;
        }
        match rest {
            [] => Some(self.change_check(id, request.body(), now)),
            ["tasks", task] => Some(self.complete_task(id, task, request.body())),
            ["files"] => Some(self.take_file(request.body())),
            ["restore"] => Some(self.restore(id, now)),
            ["again"] => Some(self.ask_again(id, request.body(), now)),
            _ => None,
        }
    }

    fn change_check(&mut self, id: &str, body: &Bytes, now: Timestamp) -> (u16, String) {
        let Some(check) = self.checks.get_mut(id) else {
            return refusal(404, "no_such_thing");
        };
        if !check.state.takes_input() {
            return refusal(409, "wrong_state");
        }
        check.changes.push(decoded(body));
        check.changed_at = now;
        (200, self.show(id).to_string())
    }

    fn complete_task(&mut self, id: &str, task: &str, body: &Bytes) -> (u16, String) {
        let data = decoded(body);
        let check = self.checks.get_mut(id);
        let Some(check) = check.filter(|_| task == TASK) else {
            return refusal(404, "no_such_thing");
        };
        if !data.is_object() {
            return refusal(400, "bad_field");
        }
        if !check.state.takes_input() {
            return refusal(409, "wrong_state");
        }
        check.handed_in.push(data);
        (200, json!({ "object": "task", "id": TASK }).to_string())
    }

    fn take_file(&mut self, content: &Bytes) -> (u16, String) {
        if content.is_empty() {
            return refused_field("content");
        }
        self.files += 1;
        let id = format!("fil_{:04}", self.files);
        (201, json!({ "object": "file", "id": id }).to_string())
    }

    fn restore(&mut self, id: &str, now: Timestamp) -> (u16, String) {
        let check = self.checks.get_mut(id);
        let Some(check) = check.filter(|check| check.data == "erasing") else {
            return refusal(409, "wrong_state");
        };
        check.data = "here";
        check.changed_at = now;
        (200, self.show(id).to_string())
    }

    /// Another check for the person of this one. What failed is asked again only if something has.
    fn ask_again(&mut self, id: &str, body: &Bytes, now: Timestamp) -> (u16, String) {
        let body = decoded(body);
        let Some(check) = self.checks.get(id) else {
            return refusal(404, "no_such_thing");
        };
        let failed = matches!(check.state, FakeState::Declined);
        if body["ask"] == "failed" && !failed {
            return refusal(409, "wrong_state");
        }
        let subject = check.subject.clone();
        let made = json!({ "subject": subject, "reference": body["reference"] });
        let id = self.make_check(&made, now);
        (201, self.show(&id).to_string())
    }
}

fn decoded(body: &Bytes) -> Value {
    json::decode(body).expect("the provider sends JSON")
}

pub(super) fn refused_field(field: &str) -> (u16, String) {
    let body = json!({ "error": { "word": "bad_field", "field": field } });
    (400, body.to_string())
}
