//! The door: where each request goes, and what all of them have in common.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{Method, Request, Response, StatusCode};
use idv_core::{Timestamp, json};
use serde_json::{Map, Value, json};

use super::evidence::{self, Fresh};
use super::fault::Fault;
use super::fields::Fields;
use super::{Environment, State, page};
use crate::loopback::json_answer;
use crate::plaid::Attempt;

/// The only version of the API that has this product.
const VERSION: &str = "2020-09-14";

/// One request, while it is answered.
pub(super) struct Call<'a> {
    pub(super) environment: &'a Environment,
    pub(super) state: &'a mut State,
    pub(super) now: Timestamp,
}

type Endpoint = fn(&mut Call<'_>, &Map<String, Value>) -> Result<Value, Fault>;

fn endpoint(path: &str) -> Option<Endpoint> {
    Some(match path {
        "/identity_verification/create" => |call, body| call.create(body),
        "/identity_verification/get" => |call, body| call.get(body),
        "/identity_verification/list" => |call, body| call.list(body),
        "/identity_verification/retry" => |call, body| call.retry(body),
        "/identity_verification/autofill/create" => |call, body| call.autofill(body),
        "/link/token/create" => |call, body| call.create_link_token(body),
        "/user/create" => |call, body| call.create_user(body),
        "/watchlist_screening/individual/get" => |call, body| call.get_screening(body),
        "/watchlist_screening/individual/hit/list" => |call, body| call.list_hits(body),
        "/watchlist_screening/individual/update" => |call, body| call.update_screening(body),
        "/webhook_verification_key/get" => |call, body| call.get_key(body),
        _ => return None,
    })
}

/// Answers a request of the API, of a page or of a picture.
pub(super) fn answer(
    environment: &Environment,
    request: &Request<Bytes>,
    now: Timestamp,
) -> Response<Bytes> {
    let mut state = environment.state();
    state.pass(now);
    let path = request.uri().path();
    if path.starts_with(evidence::FOLDER) {
        return evidence::answer(&state, &environment.secret, request, now);
    }
    let request_id = state.ids.word("", 15);
    let mut call = Call {
        environment,
        state: &mut state,
        now,
    };
    if let Some(response) = page::answer(&mut call, request) {
        return response;
    }
    match call.object(request) {
        Ok(mut object) => {
            if let Some(members) = object.as_object_mut() {
                members.insert("request_id".to_owned(), request_id.into());
            }
            json_answer(StatusCode::OK, &object)
        }
        Err(fault) => fault.answer(&request_id),
    }
}

impl Call<'_> {
    fn object(&mut self, request: &Request<Bytes>) -> Result<Value, Fault> {
        let path = request.uri().path();
        let endpoint = endpoint(path).filter(|_| request.method() == Method::POST);
        let endpoint = endpoint.ok_or_else(Fault::no_such_page)?;
        check_headers(request)?;
        let body: Map<String, Value> = json::decode(request.body()).map_err(|_| Fault::body())?;
        if !self.is_signed_in(request, &body) {
            return Err(Fault::credentials());
        }
        let name = self.environment.name;
        if !self.state.limits.take(name, path, self.now) {
            return Err(Fault::too_many());
        }
        if !self.environment.options.is_enabled && path.starts_with("/identity_verification/") {
            return Err(Fault::product());
        }
        endpoint(self, &body)
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
        is("plaid-client-id", "client_id", &self.environment.client_id)
            && is("plaid-secret", "secret", &self.environment.secret)
    }

    fn get_key(&mut self, body: &Map<String, Value>) -> Result<Value, Fault> {
        let fields = Fields::of(body, &["key_id"], &[])?;
        let key = self.state.key(fields.wanted_text("key_id")?);
        let key = key.ok_or_else(Fault::key)?;
        Ok(json!({ "key": key.jwk() }))
    }

    /// An attempt with addresses that are valid now.
    pub(super) fn shown(&mut self, id: &str) -> Result<Value, Fault> {
        let nonce = self.state.ids.hex("nonce");
        let attempt = self.state.attempts.get(id).ok_or_else(no_such_attempt)?;
        let links = Fresh {
            base_url: &self.state.base_url,
            secret: &self.environment.secret,
            nonce,
            now: self.now,
        };
        Ok(attempt.object_with(&links))
    }

    pub(super) fn attempt(&self, id: &str) -> Result<&Attempt, Fault> {
        self.state.attempts.get(id).ok_or_else(no_such_attempt)
    }

    pub(super) fn now_unix_secs(&self) -> i64 {
        self.now.as_unix_secs()
    }
}

/// The vendor does not publish its code for an attempt nobody knows.
fn no_such_attempt() -> Fault {
    Fault::field("identity_verification_id does not belong to an identity verification")
}

fn check_headers(request: &Request<Bytes>) -> Result<(), Fault> {
    let headers = request.headers();
    let is_json = |value: &[u8]| value.to_ascii_lowercase().starts_with(b"application/json");
    let media_type = headers.get(CONTENT_TYPE).map(http::HeaderValue::as_bytes);
    if !media_type.is_none_or(is_json) {
        return Err(Fault::headers("Content-Type must be application/json"));
    }
    let version = headers.get("plaid-version");
    if version.is_some_and(|version| version != VERSION) {
        return Err(Fault::version());
    }
    Ok(())
}
