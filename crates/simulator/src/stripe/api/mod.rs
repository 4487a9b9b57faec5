//! The API over HTTP: who calls, what is called, and how the answer looks.

mod endpoints;
mod events;
mod file_links;
mod files;
mod pages;
mod reports;
mod route;
mod sessions;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use idv_core::Timestamp;
use serde_json::Value;

use super::accepted;
use super::account::{ACCOUNT_ID, Account, State};
use super::expand::Expansions;
use super::idempotency::{Fingerprint, Kept};
use super::keys::{Key, key_of};
use super::params::Params;
use super::refusal::Refusal;
use super::session::API_VERSION;
use super::told::Cause;
use route::{Route, find};

/// One call that may be carried out.
struct Call<'a> {
    params: Params,
    expansions: Expansions,
    key: &'a Key,
    is_live: bool,
    request_id: String,
    idempotency_key: Option<String>,
    now: Timestamp,
}

impl Call<'_> {
    const fn now_unix_secs(&self) -> i64 {
        self.now.as_unix_secs()
    }

    fn cause(&self) -> Cause {
        Cause {
            request_id: Some(self.request_id.clone()),
            idempotency_key: self.idempotency_key.clone(),
        }
    }
}

/// What a call comes to, before it is written down.
struct Outcome {
    result: Result<Value, Refusal>,
    /// The first call of the same key, if this is its answer.
    replays: Option<Kept>,
    idempotency_key: Option<String>,
}

impl Account {
    /// Answers one request at this time: of the API, of a page, or of a link to a file.
    pub(super) fn answer_at(&self, request: &Request<Bytes>, now: Timestamp) -> Response<Bytes> {
        let mut state = self.state();
        state.pass(now);
        let path = request.uri().path();
        if let Some(token) = path.strip_prefix("/start/") {
            return state.page(request, token, now.as_unix_secs());
        }
        if let Some(token) = path.strip_prefix("/links/") {
            return state.open_file_link(token, now.as_unix_secs());
        }
        let request_id = state.maker.id("req_", 14);
        if let Some(content) = self.file_content(&mut state, request, now) {
            return match content {
                Ok(response) => response,
                Err(refusal) => written(&Outcome::refused(refusal), &request_id, now, API_VERSION),
            };
        }
        let outcome = self.outcome(&mut state, request, &request_id, now);
        let version = request.headers().get("stripe-version");
        let version = version.and_then(|version| version.to_str().ok());
        written(&outcome, &request_id, now, version.unwrap_or(API_VERSION))
    }

    fn outcome(
        &self,
        state: &mut State,
        request: &Request<Bytes>,
        request_id: &str,
        now: Timestamp,
    ) -> Outcome {
        let header = |name: &str| {
            request
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok())
        };
        // It has no effect on anything but POST.
        let idempotency_key =
            header("idempotency-key").filter(|_| request.method() == Method::POST);
        let admitted = self.admit(state, request, now);
        let (route, id, key) = match admitted {
            Ok(admitted) => admitted,
            Err(refusal) => return Outcome::refused(refusal),
        };
        let params = Params::of(request);
        let place = format!("{} {}", request.method(), request.uri().path());
        let fingerprint: Fingerprint = (place, params.fingerprint());
        if let Some(key) = idempotency_key {
            let found = state
                .idempotency_keys
                .find(key, &fingerprint, now.as_unix_secs());
            match found {
                Ok(Some(kept)) => return Outcome::replayed(kept, key),
                Ok(None) => {}
                Err(refusal) => return Outcome::refused(refusal).with_key(Some(key)),
            }
        }
        let result = self.carry_out(
            state,
            &route,
            &id,
            &key,
            params,
            idempotency_key,
            request_id,
            now,
        );
        if let (Some(key), true) = (idempotency_key, is_kept(&result)) {
            let kept = Kept {
                status: status_of(&result),
                body: body_of(&result, request_id, now),
                request_id: request_id.to_owned(),
            };
            state
                .idempotency_keys
                .keep(key, fingerprint, kept, now.as_unix_secs());
        }
        Outcome {
            result,
            replays: None,
            idempotency_key: idempotency_key.map(str::to_owned),
        }
    }

    /// Whether the call may be made at all: the endpoint, the object its path names, and the key.
    fn admit(
        &self,
        state: &mut State,
        request: &Request<Bytes>,
        now: Timestamp,
    ) -> Result<(Route, String, Key), Refusal> {
        let keys: Vec<Key> = [self.keys.as_slice(), &state.ephemeral_keys].concat();
        let key = key_of(request, &keys, now.as_unix_secs())?.clone();
        check_headers(request)?;
        let (route, id) = find(request)?;
        if let Some(limits) = &mut state.rate_limits {
            let endpoint = format!("{} {}", route.method, route.path);
            limits.check(&endpoint, self.is_live, now)?;
        }
        key.check(route.area, &id, ACCOUNT_ID)?;
        Ok((route, id, key))
    }

    #[expect(clippy::too_many_arguments, reason = "they become one `Call` here")]
    fn carry_out(
        &self,
        state: &mut State,
        route: &Route,
        id: &str,
        key: &Key,
        params: Params,
        idempotency_key: Option<&str>,
        request_id: &str,
        now: Timestamp,
    ) -> Result<Value, Refusal> {
        accepted::check(&params, route.accepts)?;
        let sees = key.sees_until_age_secs();
        let expansions = Expansions::of(&params, route.expands, route.is_list, sees)?;
        let call = Call {
            params,
            expansions,
            key,
            is_live: self.is_live,
            request_id: request_id.to_owned(),
            idempotency_key: idempotency_key.map(str::to_owned),
            now,
        };
        (route.act)(state, &call, id)
    }
}

impl Outcome {
    const fn refused(refusal: Refusal) -> Self {
        Self {
            result: Err(refusal),
            replays: None,
            idempotency_key: None,
        }
    }

    fn replayed(kept: Kept, key: &str) -> Self {
        Self {
            result: Ok(kept.body.clone()),
            replays: Some(kept),
            idempotency_key: Some(key.to_owned()),
        }
    }

    fn with_key(mut self, key: Option<&str>) -> Self {
        self.idempotency_key = key.map(str::to_owned);
        self
    }
}

/// A version that can be one, and no account but this.
fn check_headers(request: &Request<Bytes>) -> Result<(), Refusal> {
    let header = |name: &str| {
        request
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    if let Some(version) = header("stripe-version").filter(|version| !is_version(version)) {
        let message = format!("Invalid Stripe API version: {version}");
        return Err(Refusal::new(StatusCode::BAD_REQUEST, message));
    }
    match header("stripe-account") {
        Some(account) if account != ACCOUNT_ID => Err(Refusal {
            code: Some("account_invalid"),
            ..Refusal::new(
                StatusCode::FORBIDDEN,
                format!(
                    "The provided key does not have access to account '{account}' (or that account does not exist). Application \
                     access may have been revoked."
                ),
            )
        }),
        _ => Ok(()),
    }
}

/// `2026-07-29`, with a word after a dot or without, and with what a client adds after semicolons.
fn is_version(version: &str) -> bool {
    let version = version.split(';').next().unwrap_or_default().trim();
    let (date, train) = version.split_once('.').unwrap_or((version, "word"));
    let is_digits = |part: &str, count: usize| {
        part.len() == count && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    let mut parts = date.split('-');
    let is_date = [4, 2, 2]
        .iter()
        .all(|count| parts.next().is_some_and(|part| is_digits(part, *count)));
    is_date
        && parts.next().is_none()
        && !train.is_empty()
        && train.bytes().all(|b| b.is_ascii_lowercase())
}

/// Whether the answer is kept under an idempotency key: everything since the endpoint has begun to work.
fn is_kept(result: &Result<Value, Refusal>) -> bool {
    result
        .as_ref()
        .err()
        .is_none_or(|refusal| refusal.has_begun)
}

fn status_of(result: &Result<Value, Refusal>) -> StatusCode {
    result
        .as_ref()
        .err()
        .map_or(StatusCode::OK, |refusal| refusal.status)
}

fn body_of(result: &Result<Value, Refusal>, request_id: &str, now: Timestamp) -> Value {
    match result {
        Ok(body) => body.clone(),
        Err(refusal) => refusal.body(request_id, now.as_unix_secs()),
    }
}

fn written(outcome: &Outcome, request_id: &str, now: Timestamp, version: &str) -> Response<Bytes> {
    let (status, body) = match &outcome.replays {
        Some(kept) => (kept.status, kept.body.clone()),
        None => (
            status_of(&outcome.result),
            body_of(&outcome.result, request_id, now),
        ),
    };
    let mut response = json(status, &body);
    let mut set = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(name, value);
        }
    };
    set("request-id", request_id);
    set("stripe-version", version);
    if let Some(key) = &outcome.idempotency_key {
        set("idempotency-key", key);
        let first = outcome
            .replays
            .as_ref()
            .map_or(request_id, |kept| &kept.request_id);
        set("original-request", first);
    }
    if outcome.replays.is_some() {
        set("idempotent-replayed", "true");
    }
    if let Err(refusal) = &outcome.result {
        if let Some(should_retry) = refusal.should_retry {
            set(
                "stripe-should-retry",
                if should_retry { "true" } else { "false" },
            );
        }
        if let Some(reason) = refusal.limited_by {
            set("stripe-rate-limited-reason", reason);
        }
    }
    response
}

/// Indented, as the vendor writes it.
pub(super) fn json(status: StatusCode, body: &Value) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(format!("{body:#}\n")));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("application/json");
    response
        .headers_mut()
        .insert(http::header::CONTENT_TYPE, kind);
    response
}
