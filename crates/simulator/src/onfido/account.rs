//! An account with everything in it.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use idv_core::Timestamp;

use super::applicant::Applicant;
use super::ids::Ids;
use super::limit::limit;
use super::media::Medium;
use super::ordered::Ordered;
use super::run::{Event, Run};
use super::site::Site;
use super::webhook::Webhook;
use super::workflow::Workflow;
use super::written::{Kind, WRITING_SECS, Written};
use crate::agenda::Agenda;
use crate::bucket::Bucket;
use crate::page::Choice;
use crate::speed::Speed;
use crate::{Begun, Outgoing};

/// The token of the simulated account's API.
pub const API_TOKEN: &str = "api_sandbox.simulated_onfido_token";
/// The token with which the simulated account signs to endpoints that were not registered by a call.
pub const WEBHOOK_TOKEN: &str = "simulated_onfido_webhook_token_1";
/// The id of the simulated account's OAuth credentials.
pub const OAUTH_CLIENT_ID: &str = "simulated-onfido-client";
/// Their secret.
pub const OAUTH_CLIENT_SECRET: &str = "simulated_onfido_client_secret";

/// An account at the vendor, in one of its environments and regions: applicants, runs, files, webhooks.
///
/// The API token says which: `api_live…` is live and anything else a sandbox, `api_sandbox_us.…` is of the region us and one
/// without a region of the region eu. There is no clock in it; the time is always given.
pub struct Account {
    state: Mutex<State>,
}

/// What is in an account.
pub(super) struct State {
    pub(super) api_token: String,
    /// Client id and secret.
    pub(super) oauth: Option<(String, String)>,
    /// Until when which token of those credentials is good.
    pub(super) bearers: BTreeMap<String, i64>,
    pub(super) is_sandbox: bool,
    pub(super) site: Site,
    pub(super) ids: Ids,
    pub(super) limit: Option<Bucket>,
    pub(super) workflows: Vec<Workflow>,
    pub(super) applicants: Ordered<Applicant>,
    pub(super) runs: Ordered<Run>,
    pub(super) media: Ordered<Medium>,
    pub(super) written: Vec<Written>,
    pub(super) speed: Speed,
    pub(super) webhooks: Ordered<Webhook>,
    pub(super) choices: Vec<Choice>,
    /// The runs whose scenario was chosen, or has done something.
    pub(super) steered: std::collections::BTreeSet<String>,
    pub(super) begun: Vec<Begun>,
    pub(super) outgoing: Vec<Outgoing>,
    /// Which applicant is to be erased when, unless that is taken back.
    pub(super) deletions: Agenda<String>,
    /// The latest time anybody has told.
    pub(super) now: Timestamp,
}

impl Account {
    /// An account with one API token and nothing else yet.
    pub fn new(api_token: impl Into<String>) -> Self {
        let api_token = api_token.into();
        let is_sandbox = !api_token.starts_with("api_live");
        let state = State {
            api_token,
            oauth: None,
            bearers: BTreeMap::new(),
            is_sandbox,
            site: Site::of_the_vendor(is_sandbox),
            ids: Ids::default(),
            limit: None,
            workflows: Workflow::usual(),
            applicants: Ordered::default(),
            runs: Ordered::default(),
            media: Ordered::default(),
            written: Vec::new(),
            speed: Speed::default(),
            webhooks: Ordered::default(),
            choices: Vec::new(),
            steered: std::collections::BTreeSet::new(),
            begun: Vec::new(),
            outgoing: Vec::new(),
            deletions: Agenda::default(),
            now: Timestamp::UNIX_EPOCH,
        };
        Self {
            state: Mutex::new(state),
        }
    }

    /// The sandbox that everybody has: with [`API_TOKEN`], [`OAUTH_CLIENT_ID`], and the workflows of this module.
    #[must_use]
    pub fn simulated() -> Self {
        Self::new(API_TOKEN).with_oauth(OAUTH_CLIENT_ID, OAUTH_CLIENT_SECRET)
    }

    /// With OAuth credentials too.
    #[must_use]
    pub fn with_oauth(self, client_id: &str, client_secret: &str) -> Self {
        self.state().oauth = Some((client_id.to_owned(), client_secret.to_owned()));
        self
    }

    /// With the vendor's limits: 30 calls a minute in a sandbox, 400 live.
    #[must_use]
    pub fn with_rate_limits(self) -> Self {
        let mut state = self.state();
        state.limit = Some(limit(state.is_sandbox));
        drop(state);
        self
    }

    /// With other ids than those of seed 0.
    #[must_use]
    pub fn with_seed(self, seed: u64) -> Self {
        self.state().ids = Ids::of_seed(seed);
        self
    }

    /// Adds a run, or puts it in the place of the one with its id.
    pub fn insert(&self, run: Run) {
        self.state().runs.insert(run.id().to_owned(), run);
    }

    /// Does something with a run. None if there is no run of this id. Nobody is told of what happens: the events are
    /// what the run's own functions return.
    pub fn with<T>(&self, id: &str, act: impl FnOnce(&mut Run) -> T) -> Option<T> {
        self.state().runs.get_mut(id).map(act)
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Shows no token.
impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account")
            .field("runs", &self.state().runs.len())
            .finish_non_exhaustive()
    }
}

impl State {
    pub(super) const fn environment(&self) -> &'static str {
        if self.is_sandbox { "sandbox" } else { "live" }
    }

    /// Sends an event about a run to every webhook that wants it.
    pub(super) fn tell(&mut self, run: &str, event: &Event) {
        let environment = self.environment();
        let webhooks = self.webhooks.iter();
        let outgoing = webhooks.filter_map(|webhook| webhook.outgoing(run, event, environment));
        self.outgoing.extend(outgoing.collect::<Vec<_>>());
    }

    /// When a file is there that is asked for now.
    pub(super) fn written_at(&self, now: Timestamp) -> Timestamp {
        now.plus(self.speed.delay(WRITING_SECS))
    }

    /// Has what is written about every run that has ended written about this one.
    pub(super) fn write_evidence(&mut self, run: &str, now: Timestamp) {
        let ready_at = self.written_at(now);
        for (kind, is_told) in [(Kind::SignedEvidence, true), (Kind::EvidenceFolder, false)] {
            self.written.push(Written {
                kind,
                run: run.to_owned(),
                ready_at,
                is_told,
            });
        }
    }

    /// When the next file is written that somebody is told of.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        let untold = self.written.iter().filter(|file| !file.is_told);
        untold.map(|file| file.ready_at).min()
    }

    /// Tells of files that are written by now.
    pub(super) fn work_due(&mut self, now: Timestamp) {
        self.pass(now);
        let secret = self.api_token.clone();
        let mut events = Vec::new();
        for file in &mut self.written {
            if file.is_told || !file.is_ready(now) {
                continue;
            }
            file.is_told = true;
            let address = file.address(&self.site, &secret, now);
            if let Some(event) = file.created(&self.site, &address) {
                events.push((file.run.clone(), event));
            }
        }
        for (run, event) in events {
            self.tell(&run, &event);
        }
    }
}
