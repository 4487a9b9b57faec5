//! One environment of a client: its keys, templates and attempts, its HTTP API, its pages and its webhooks.

mod action;
mod api;
mod attempts;
mod evidence;
mod fault;
mod fields;
mod limits;
mod link;
mod magic;
mod page;
mod people;
mod retry;
mod screenings;
mod vendor;
mod webhooks;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::{Request, Response};
use idv_core::Timestamp;

use super::ids::Ids;
use super::{Attempt, Template, WebhookKey};
use crate::loopback::Api;
use crate::page::Choice;
use crate::{Begun, Outgoing};

/// An environment with everything in it. The two environments share nothing, their keys least of all.
pub struct Environment {
    name: &'static str,
    client_id: String,
    secret: String,
    options: Options,
    state: Mutex<State>,
}

/// How the environment behaves where the vendor lets its clients choose, or does not say.
#[derive(Debug)]
struct Options {
    is_enabled: bool,
    runs_selfies: bool,
    signs_anew: bool,
    tells_the_old_attempt: bool,
    page_size: usize,
}

struct State {
    ids: Ids,
    base_url: String,
    /// The last one that has not expired signs.
    keys: Vec<WebhookKey>,
    templates: BTreeMap<String, Template>,
    attempts: BTreeMap<String, Attempt>,
    /// Ids of attempts, oldest first: all, and by `client_user_id`.
    order: Vec<String>,
    of_person: BTreeMap<String, Vec<String>>,
    users: BTreeMap<String, people::User>,
    link_tokens: BTreeMap<String, link::LinkToken>,
    endpoints: Vec<webhooks::Endpoint>,
    limits: limits::Limits,
    choices: Vec<Choice>,
    begun: Vec<Begun>,
    outgoing: Vec<Outgoing>,
    /// The latest time anybody has told.
    latest: Timestamp,
}

impl Environment {
    /// The client's id in [`Environment::simulated`].
    pub const CLIENT_ID: &'static str = "simulated-plaid-client";
    /// The client's secret in [`Environment::simulated`].
    pub const SECRET: &'static str = "simulated-plaid-secret";

    /// A sandbox for everybody, with credentials that anybody may know.
    #[must_use]
    pub fn simulated() -> Self {
        Self::sandbox(Self::CLIENT_ID, Self::SECRET)
    }

    /// The sandbox, as the owner of these credentials sees it.
    pub fn sandbox(client_id: impl Into<String>, secret: impl Into<String>) -> Self {
        Self::named("sandbox", client_id.into(), secret.into(), 1)
    }

    /// Production, the same way.
    pub fn production(client_id: impl Into<String>, secret: impl Into<String>) -> Self {
        Self::named("production", client_id.into(), secret.into(), 2)
    }

    fn named(name: &'static str, client_id: String, secret: String, seed: u64) -> Self {
        Self {
            name,
            client_id,
            secret,
            options: Options {
                is_enabled: true,
                runs_selfies: true,
                signs_anew: true,
                tells_the_old_attempt: false,
                page_size: 20,
            },
            state: Mutex::new(State::new(name, seed)),
        }
    }

    /// Ids and keys of another seed: two environments of different seeds have none in common.
    #[must_use]
    pub fn with_seed(self, seed: u64) -> Self {
        let mut state = self.state();
        state.ids = Ids::of_seed(seed);
        state.keys.clear();
        state.make_key(FIRST_KEY_UNIX_SECS);
        drop(state);
        self
    }

    /// Adds a template, or puts it in the place of the one with its id.
    #[must_use]
    pub fn with_template(self, template: Template) -> Self {
        self.state().templates.insert(template.id.clone(), template);
        self
    }

    /// Calls are counted, and refused beyond what the vendor allows in a minute.
    #[must_use]
    pub fn with_rate_limits(self) -> Self {
        self.state().limits.are_on = true;
        self
    }

    /// Selfies are never taken, as in the vendor's own sandbox.
    #[must_use]
    pub fn without_selfies(mut self) -> Self {
        self.options.runs_selfies = false;
        self
    }

    /// The product is not enabled for the client: how it is in the vendor's sandbox until somebody asks for it.
    #[must_use]
    pub fn not_enabled(mut self) -> Self {
        self.options.is_enabled = false;
        self
    }

    /// A webhook that is sent again carries the time of its first attempt. The vendor does not say whether it does.
    #[must_use]
    pub fn signing_once(mut self) -> Self {
        self.options.signs_anew = false;
        self
    }

    /// `RETRIED` names the attempt before the new one. The vendor does not say which one it names.
    #[must_use]
    pub fn telling_the_old_attempt(mut self) -> Self {
        self.options.tells_the_old_attempt = true;
        self
    }

    /// So many attempts on a page of a list: 20, unless this is called. The vendor does not say.
    #[must_use]
    pub fn with_page_size(mut self, attempts: usize) -> Self {
        self.options.page_size = attempts.max(1);
        self
    }

    /// Its name, as webhooks give it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Publishes a key, or puts it in the place of the one with its id. It signs from now on.
    pub fn publish(&self, key: WebhookKey) {
        let mut state = self.state();
        state.keys.retain(|other| other.id() != key.id());
        state.keys.push(key);
    }

    /// Does something with a key, such as signing. None if there is no key of this id.
    pub fn with_key<T>(&self, id: &str, act: impl FnOnce(&WebhookKey) -> T) -> Option<T> {
        self.state().key(id).map(act)
    }

    /// Signs with a new key from now on: its id. The ones before have expired, and can still be asked for.
    pub fn rotate_key(&self, now: Timestamp) -> String {
        self.state().rotate_key(now)
    }

    /// Adds an attempt, or puts it in the place of the one with its id.
    pub fn insert(&self, attempt: Attempt) {
        self.state().insert(attempt);
    }

    /// Does something with an attempt. None if there is no attempt of this id. No webhook is sent by itself: whoever
    /// does it has the event.
    pub fn with<T>(&self, id: &str, act: impl FnOnce(&mut Attempt) -> T) -> Option<T> {
        self.state().attempts.get_mut(id).map(act)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// 2026-01-01T00:00:00Z. The first key of an environment is older than whatever happens in it.
const FIRST_KEY_UNIX_SECS: i64 = 1_767_225_600;

impl State {
    fn new(environment: &str, seed: u64) -> Self {
        let mut state = Self {
            ids: Ids::of_seed(seed),
            base_url: match environment {
                "production" => "https://verify.plaid.com".to_owned(),
                _ => "https://verify-sandbox.plaid.com".to_owned(),
            },
            keys: Vec::new(),
            templates: Template::usual().map(|it| (it.id.clone(), it)).into(),
            attempts: BTreeMap::new(),
            order: Vec::new(),
            of_person: BTreeMap::new(),
            users: BTreeMap::new(),
            link_tokens: BTreeMap::new(),
            endpoints: Vec::new(),
            limits: limits::Limits::default(),
            choices: Vec::new(),
            begun: Vec::new(),
            outgoing: Vec::new(),
            latest: Timestamp::from_unix_secs(FIRST_KEY_UNIX_SECS),
        };
        state.make_key(FIRST_KEY_UNIX_SECS);
        state
    }

    fn pass(&mut self, now: Timestamp) {
        self.latest = self.latest.max(now);
    }

    fn insert(&mut self, attempt: Attempt) {
        self.pass(attempt.created_at());
        let id = attempt.id().to_owned();
        let person = attempt.client_user_id().to_owned();
        if self.attempts.insert(id.clone(), attempt).is_none() {
            self.order.push(id.clone());
            self.of_person.entry(person).or_default().push(id);
        }
    }

    /// The attempts of a person, oldest first.
    fn attempts_of(&self, client_user_id: &str) -> impl DoubleEndedIterator<Item = &Attempt> {
        let ids = self.of_person.get(client_user_id).into_iter().flatten();
        ids.filter_map(|id| self.attempts.get(id))
    }
}

/// Shows no credentials.
impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Environment")
            .field("name", &self.name)
            .field("options", &self.options)
            .field("attempts", &self.state().attempts.len())
            .finish_non_exhaustive()
    }
}

/// Without a simulator around it: the time is the latest that anybody has told it, and nobody sends its webhooks.
impl Api for Environment {
    fn answer(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let now = self.state().latest;
        api::answer(self, request, now)
    }
}

#[cfg(test)]
mod tests;
