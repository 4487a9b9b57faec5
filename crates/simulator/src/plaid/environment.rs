//! One environment's HTTP API, as far as attempts and signing keys are read.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use idv_core::json;
use serde_json::{Map, Value, json};

use super::{Attempt, WebhookKey};
use crate::loopback::{Api, json_answer};

/// An environment with its keys and attempts. The two environments share nothing.
pub struct Environment {
    name: &'static str,
    client_id: String,
    secret: String,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    keys: BTreeMap<String, WebhookKey>,
    attempts: BTreeMap<String, Attempt>,
    answers: u64,
}

/// What is wrong with a request: status, type and code.
type Fault = (StatusCode, &'static str, &'static str);

const fn invalid(code: &'static str) -> Fault {
    (StatusCode::BAD_REQUEST, "INVALID_REQUEST", code)
}

const NO_SUCH_PAGE: Fault = (StatusCode::NOT_FOUND, "INVALID_REQUEST", "NOT_FOUND");
const WRONG_CREDENTIALS: Fault = (StatusCode::BAD_REQUEST, "INVALID_INPUT", "INVALID_API_KEYS");
const NO_SUCH_KEY: Fault = (
    StatusCode::BAD_REQUEST,
    "INVALID_INPUT",
    "INVALID_WEBHOOK_VERIFICATION_KEY_ID",
);
/// The vendor does not publish its code for an attempt nobody knows.
const NO_SUCH_ATTEMPT: Fault = invalid("INVALID_FIELD");

impl Environment {
    /// The sandbox, as the owner of these credentials sees it.
    pub fn sandbox(client_id: impl Into<String>, secret: impl Into<String>) -> Self {
        Self::named("sandbox", client_id.into(), secret.into())
    }

    /// Production, the same way.
    pub fn production(client_id: impl Into<String>, secret: impl Into<String>) -> Self {
        Self::named("production", client_id.into(), secret.into())
    }

    fn named(name: &'static str, client_id: String, secret: String) -> Self {
        Self {
            name,
            client_id,
            secret,
            state: Mutex::default(),
        }
    }

    /// Its name, as webhooks give it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Publishes a key, or puts it in the place of the one with its id.
    pub fn publish(&self, key: WebhookKey) {
        self.state().keys.insert(key.id().to_owned(), key);
    }

    /// Does something with a key, such as signing. None if there is no key of this id.
    pub fn with_key<T>(&self, id: &str, act: impl FnOnce(&WebhookKey) -> T) -> Option<T> {
        self.state().keys.get(id).map(act)
    }

    /// Adds an attempt, or puts it in the place of the one with its id.
    pub fn insert(&self, attempt: Attempt) {
        let id = attempt.id().to_owned();
        self.state().attempts.insert(id, attempt);
    }

    /// Does something with an attempt. None if there is no attempt of this id.
    pub fn with<T>(&self, id: &str, act: impl FnOnce(&mut Attempt) -> T) -> Option<T> {
        self.state().attempts.get_mut(id).map(act)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn object(&self, request: &Request<Bytes>) -> Result<Value, Fault> {
        let (wanted, of_key) = match request.uri().path() {
            "/webhook_verification_key/get" => ("key_id", true),
            "/identity_verification/get" => ("identity_verification_id", false),
            _ => return Err(NO_SUCH_PAGE),
        };
        if request.method() != Method::POST {
            return Err(NO_SUCH_PAGE);
        }
        let body: Map<String, Value> =
            json::decode(request.body()).map_err(|_| invalid("INVALID_BODY"))?;
        if !self.is_signed_in(request, &body) {
            return Err(WRONG_CREDENTIALS);
        }
        let known = ["client_id", "secret", wanted];
        if body.keys().any(|name| !known.contains(&name.as_str())) {
            return Err(invalid("UNKNOWN_FIELDS"));
        }
        let id = body.get(wanted).ok_or(invalid("MISSING_FIELDS"))?;
        let id = id.as_str().ok_or(invalid("INVALID_FIELD"))?;
        let state = self.state();
        if of_key {
            let key = state.keys.get(id).ok_or(NO_SUCH_KEY)?;
            return Ok(json!({ "key": key.jwk() }));
        }
        let attempt = state.attempts.get(id).ok_or(NO_SUCH_ATTEMPT)?;
        Ok(attempt.object())
    }

    /// The credentials stand in headers or in the body.
    fn is_signed_in(&self, request: &Request<Bytes>, body: &Map<String, Value>) -> bool {
        let is = |header: &str, member: &str, wanted: &str| {
            let in_header = request.headers().get(header);
            let in_body = body.get(member).and_then(Value::as_str);
            match in_header {
                Some(value) => value.as_bytes() == wanted.as_bytes(),
                None => in_body == Some(wanted),
            }
        };
        is("plaid-client-id", "client_id", &self.client_id)
            && is("plaid-secret", "secret", &self.secret)
    }
}

/// Shows no credentials.
impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Environment")
            .field("name", &self.name)
            .field("attempts", &self.state().attempts.len())
            .finish_non_exhaustive()
    }
}

impl Api for Environment {
    fn answer(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let (status, mut body) = match self.object(request) {
            Ok(object) => (StatusCode::OK, object),
            Err((status, error_type, code)) => {
                let error = json!({
                    "display_message": null,
                    "error_code": code,
                    "error_message": "simulated",
                    "error_type": error_type,
                });
                (status, error)
            }
        };
        let mut state = self.state();
        state.answers += 1;
        if let Some(members) = body.as_object_mut() {
            let id = format!("simulated{:06}", state.answers);
            members.insert("request_id".to_owned(), id.into());
        }
        json_answer(status, &body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plaid::Step;

    fn world() -> Environment {
        let world = Environment::sandbox("client", "secret");
        world.publish(WebhookKey::generate("kid-1", 7).unwrap());
        world.insert(Attempt::new("idv_1", "subject-1", &[Step::AcceptTos], 0));
        world
    }

    fn post(world: &Environment, path: &str, body: &Value) -> (u16, Value) {
        let request = Request::post(path).body(Bytes::from(body.to_string()));
        let response = world.answer(&request.unwrap());
        let body = serde_json::from_slice(response.body()).unwrap();
        (response.status().as_u16(), body)
    }

    const KEY: &str = "/webhook_verification_key/get";
    const ATTEMPT: &str = "/identity_verification/get";

    #[test]
    fn keys_and_attempts_are_read_by_whoever_signs_in_either_way() {
        let world = world();
        let body = json!({ "client_id": "client", "secret": "secret", "key_id": "kid-1" });
        let (status, answer) = post(&world, KEY, &body);
        assert_eq!(status, 200);
        assert_eq!(
            answer["key"],
            world.with_key("kid-1", WebhookKey::jwk).unwrap()
        );
        assert_eq!(answer["key"]["created_at"], 7);

        world.with("idv_1", |attempt| attempt.pass(Step::AcceptTos, None));
        let request = Request::post(ATTEMPT)
            .header("PLAID-CLIENT-ID", "client")
            .header("PLAID-SECRET", "secret")
            .body(r#"{"identity_verification_id":"idv_1"}"#.into());
        let answer = world.answer(&request.unwrap());
        let answer: Value = serde_json::from_slice(answer.body()).unwrap();
        assert_eq!(answer["steps"]["accept_tos"], "success");
        assert_eq!(answer["request_id"], "simulated000002");
    }

    #[test]
    fn each_fault_has_the_vendors_words() {
        let world = world();
        let with = |name: &str, value: &str| {
            let mut body = json!({ "client_id": "client", "secret": "secret" });
            body[name] = value.into();
            body
        };
        for (path, body, status, code) in [
            ("/item/get", with("key_id", "kid-1"), 404, "NOT_FOUND"),
            (KEY, json!([]), 400, "INVALID_BODY"),
            (KEY, json!({ "key_id": "kid-1" }), 400, "INVALID_API_KEYS"),
            (
                KEY,
                with("secret", "of-production"),
                400,
                "INVALID_API_KEYS",
            ),
            (
                KEY,
                with("identity_verification_id", "x"),
                400,
                "UNKNOWN_FIELDS",
            ),
            (KEY, with("client_id", "client"), 400, "MISSING_FIELDS"),
            (
                KEY,
                with("key_id", "kid-2"),
                400,
                "INVALID_WEBHOOK_VERIFICATION_KEY_ID",
            ),
            (
                ATTEMPT,
                with("identity_verification_id", "idv_2"),
                400,
                "INVALID_FIELD",
            ),
        ] {
            let (given, answer) = post(&world, path, &body);
            assert_eq!(
                (given, &answer["error_code"]),
                (status, &json!(code)),
                "{body}"
            );
            assert!(answer["request_id"].is_string());
        }
        assert!(!format!("{world:?}").contains("secret"));
    }
}
