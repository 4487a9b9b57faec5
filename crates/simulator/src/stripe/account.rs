//! An account and everything in it.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::{Request, Response};
use idv_core::Timestamp;

use super::endpoint::{Endpoint, Style};
use super::file::{Content, DOCUMENT, File, FileLink, SELFIE};
use super::idempotency::IdempotencyKeys;
use super::keys::Key;
use super::made::Maker;
use super::rate_limits::RateLimits;
use super::session::{Event, Link, Session};
use super::shelf::Shelf;
use super::told::{Cause, Told};
use crate::loopback::Api;
use crate::page::Choice;
use crate::speed::Speed;
use crate::{Begun, Outgoing};

/// The secret key of [`Account::simulated`].
pub const API_KEY: &str = "sk_test_idv_simulator";
/// Its restricted key, which may read sensitive results too.
pub const RESTRICTED_KEY: &str = "rk_test_idv_simulator";
/// Its restricted key that may read sessions and reports, and nothing else.
pub const READ_ONLY_KEY: &str = "rk_test_idv_simulator_reads";
/// Its key that was taken back.
pub const EXPIRED_KEY: &str = "sk_test_idv_simulator_expired";
/// The secret of the endpoints that are added without the API.
pub const WEBHOOK_SECRET: &str = "whsec_idv_simulator";
/// The secret of those among them that are sent thin events.
pub const THIN_WEBHOOK_SECRET: &str = "whsec_idv_simulator_thin";

/// The id of every account here.
pub(super) const ACCOUNT_ID: &str = "acct_1IdvSimulator";

/// How long an erasure takes, in seconds. The vendor says up to four days; nobody wants to wait for that here.
pub(super) const ERASURE_SECS: u64 = 30;

/// An account with its sessions.
pub struct Account {
    pub(super) keys: Vec<Key>,
    pub(super) is_live: bool,
    state: Mutex<State>,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) is_live: bool,
    pub(super) base_url: String,
    pub(super) maker: Maker,
    pub(super) sessions: Shelf<Session>,
    /// The session of each report.
    pub(super) reports: Shelf<String>,
    pub(super) files: Shelf<File>,
    pub(super) file_links: Shelf<FileLink>,
    pub(super) endpoints: Shelf<Endpoint>,
    pub(super) events: Shelf<Told>,
    pub(super) idempotency_keys: IdempotencyKeys,
    pub(super) ephemeral_keys: Vec<Key>,
    pub(super) rate_limits: Option<RateLimits>,
    pub(super) choices: Vec<Choice>,
    pub(super) used_links: HashSet<String>,
    pub(super) begun: Vec<Begun>,
    pub(super) outgoing: Vec<Outgoing>,
    pub(super) speed: Speed,
    /// When which session's erasure is complete.
    pub(super) erasures: Vec<(Timestamp, String)>,
    /// The latest time anybody has told.
    latest: Option<Timestamp>,
}

impl Account {
    /// An account with one API key and no session yet. It is of the live mode if the key is.
    pub fn new(api_key: impl Into<String>) -> Self {
        let key = Key::of(api_key);
        let is_live = key.is_live();
        let state = State {
            is_live,
            ..State::default()
        };
        Self {
            is_live,
            keys: vec![key],
            state: Mutex::new(state),
        }
    }

    /// A sandbox account with the credentials of this module.
    #[must_use]
    pub fn simulated() -> Self {
        let keys = vec![
            Key::of(API_KEY),
            Key::of(RESTRICTED_KEY),
            Key::reading(READ_ONLY_KEY),
            Key::expired(EXPIRED_KEY),
        ];
        Self {
            keys,
            ..Self::new(API_KEY)
        }
    }

    /// Ids and people that follow from this seed: the same calls in the same order make the same objects.
    #[must_use]
    pub fn with_seed(self, seed: u64) -> Self {
        self.state().maker = Maker::new(seed);
        self
    }

    /// Refuses calls that come too often, as the vendor does. Without this nobody is refused.
    #[must_use]
    pub fn with_rate_limits(self) -> Self {
        self.state().rate_limits = Some(RateLimits::default());
        self
    }

    /// Sends thin events there from now on (see [`THIN_WEBHOOK_SECRET`]).
    pub fn add_thin_endpoint(&self, url: &str) {
        self.add(url, THIN_WEBHOOK_SECRET, Style::Thin);
    }

    pub(super) fn add(&self, url: &str, secret: &str, style: Style) {
        let mut state = self.state();
        let id = state.maker.id("we_1", 23);
        let created = state.latest().as_unix_secs();
        let endpoint = Endpoint {
            style,
            livemode: self.is_live,
            ..Endpoint::new(id.clone(), url, secret, created)
        };
        state.endpoints.put(id, endpoint);
    }

    /// Gives the endpoint of this id another secret, as the dashboard does. The old one signs too for 24 hours. False if
    /// there is no such endpoint.
    pub fn roll_secret(&self, endpoint: &str, secret: &str, now: Timestamp) -> bool {
        let mut state = self.state();
        let endpoint = state.endpoints.get_mut(endpoint);
        endpoint
            .map(|endpoint| endpoint.roll(secret, now.as_unix_secs()))
            .is_some()
    }

    /// Adds a session, or puts it in the place of the one with its id.
    pub fn insert(&self, session: Session) {
        let mut state = self.state();
        let created = Timestamp::from_unix_secs(session.created_unix_secs());
        state.pass(created);
        let id = session.id().to_owned();
        state.sessions.put(id.clone(), session);
        state.file_reports(&id);
    }

    /// Does something with a session, without telling any endpoint. None if there is no session of this id.
    pub fn with<T>(&self, id: &str, act: impl FnOnce(&mut Session) -> T) -> Option<T> {
        let mut state = self.state();
        let done = state.sessions.get_mut(id).map(act);
        state.file_reports(id);
        done
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Where files are.
    pub(super) fn files_base_url(&self) -> &str {
        self.base_or("https://files.stripe.com")
    }

    /// Where the page is.
    pub(super) fn page_base_url(&self) -> &str {
        self.base_or("https://verify.stripe.com")
    }

    fn base_or<'a>(&'a self, real: &'a str) -> &'a str {
        if self.base_url.is_empty() {
            real
        } else {
            &self.base_url
        }
    }

    pub(super) fn pass(&mut self, now: Timestamp) {
        self.latest = Some(self.latest().max(now));
    }

    pub(super) fn latest(&self) -> Timestamp {
        self.latest.unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// A fresh link of a session that requires input; none of any other.
    pub(super) fn link(&mut self, session: &str, now_unix_secs: i64) -> Option<Link> {
        let takes_input = self.sessions.get(session).is_some_and(Session::takes_input);
        takes_input.then(|| self.fresh_link(session, now_unix_secs))
    }

    /// Puts the reports of a session where they are found, with their pictures.
    pub(super) fn file_reports(&mut self, session_id: &str) {
        let Some(session) = self.sessions.get(session_id) else {
            return;
        };
        for report in session.reports() {
            if self.reports.get(&report.id).is_some() {
                continue;
            }
            self.reports.put(report.id.clone(), session_id.to_owned());
            let documents = report.pictures.document.iter().map(|id| (id, DOCUMENT));
            let selfie = report.pictures.selfie.iter().map(|id| (id, SELFIE));
            for (id, purpose) in documents.chain(selfie) {
                let content = Content::Picture {
                    session: session_id.to_owned(),
                    seed: self.maker.number(id),
                };
                let file = File {
                    id: id.clone(),
                    created_unix_secs: report.created_unix_secs,
                    purpose: purpose.to_owned(),
                    filename: Some(format!("{purpose}.png")),
                    title: None,
                    file_type: "png".to_owned(),
                    content,
                };
                self.files.put(id.clone(), file);
            }
        }
    }

    /// Keeps an event and puts it on its way to whoever wants it.
    pub(super) fn tell(&mut self, session: &str, event: Event, cause: Cause, now: Timestamp) {
        self.file_reports(session);
        let mut told = Told::new(event, session, cause, now);
        let endpoints = self.endpoints.iter().map(|(_, endpoint)| endpoint);
        let wanting: Vec<_> = endpoints.filter(|e| e.wants(&told.event_type)).collect();
        told.is_for(wanting.iter().copied());
        let outgoing = wanting.iter().map(|endpoint| Outgoing {
            object: session.to_owned(),
            event: told.event_type.clone(),
            endpoint: endpoint.id.clone(),
            url: endpoint.url.clone(),
            body: told.body(endpoint),
        });
        let outgoing: Vec<_> = outgoing.collect();
        self.outgoing.extend(outgoing);
        self.events.put(told.id.clone(), told);
    }

    /// Erases what is known of a session's subject, and sets the time at which that is complete.
    pub(super) fn erase(&mut self, session: &str, now: Timestamp, takes_secs: u64) {
        for told in self
            .events
            .iter_mut()
            .filter(|told| told.session == session)
        {
            told.erase();
        }
        let of_session = |file: &File| file.session() == Some(session);
        let pictures = self.files.iter().filter(|(_, file)| of_session(file));
        let pictures: Vec<String> = pictures.map(|(id, _)| id.to_owned()).collect();
        for picture in pictures {
            self.files.remove(&picture);
        }
        let at = now.plus(self.speed.delay(takes_secs));
        self.erasures.push((at, session.to_owned()));
    }
}

/// Shows no key.
impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account")
            .field("is_live", &self.is_live)
            .field("sessions", &self.state().sessions.len())
            .finish_non_exhaustive()
    }
}

/// At the latest time that the account was told: of its newest session, or of the last call.
impl Api for Account {
    fn answer(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let now = self.state().latest();
        self.answer_at(request, now)
    }
}
