//! Registered webhooks, and what is sent to them.

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::members::set;
use super::run::Event;
use crate::Outgoing;

/// Every event there is, by the vendor's OpenAPI file.
pub(super) const EVENTS: &[&str] = &[
    "audit_log.created",
    "watchlist_monitor.matches_updated",
    "workflow_run.completed",
    "workflow_task.started",
    "workflow_task.completed",
    "check.started",
    "check.reopened",
    "check.withdrawn",
    "check.completed",
    "check.form_completed",
    "report.withdrawn",
    "report.resumed",
    "report.cancelled",
    "report.awaiting_approval",
    "report.completed",
    "workflow_timeline_file.created",
    "workflow_run_evidence_folder.created",
];

pub(super) const ENVIRONMENTS: &[&str] = &["sandbox", "live"];

/// Where events go, and with which token they are signed.
#[derive(Clone, Debug)]
pub(super) struct Webhook {
    pub(super) id: String,
    pub(super) token: String,
    url: String,
    name: Option<String>,
    is_enabled: bool,
    /// Which events; none: all.
    events: Option<Vec<String>>,
    environments: Vec<String>,
    payload_version: Value,
    oauth: Map<String, Value>,
}

/// The members about a token of the receiver's, which the vendor would fetch first. They are kept and shown; nothing is
/// fetched here.
const OAUTH: &[&str] = &[
    "oauth_server_url",
    "oauth_server_client_id",
    "oauth_server_client_secret",
    "oauth_server_scope",
];

impl Webhook {
    /// For every event of both environments.
    pub(super) fn new(id: String, token: String, url: &str) -> Self {
        Self {
            id,
            token,
            url: url.to_owned(),
            name: None,
            is_enabled: true,
            events: None,
            environments: ENVIRONMENTS.iter().map(|e| (*e).to_owned()).collect(),
            payload_version: Value::from(3),
            oauth: Map::new(),
        }
    }

    /// Takes what a checked body has.
    pub(super) fn update(&mut self, body: &Map<String, Value>) {
        let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
        let words = |name: &str| {
            let words = body.get(name).and_then(Value::as_array)?;
            let words = words.iter().filter_map(Value::as_str);
            Some(words.map(str::to_owned).collect::<Vec<_>>())
        };
        if let Some(url) = text("url") {
            self.url = url;
        }
        self.name = text("name").or_else(|| self.name.take());
        let is_enabled = body.get("enabled").and_then(Value::as_bool);
        self.is_enabled = is_enabled.unwrap_or(self.is_enabled);
        self.events = words("events")
            .filter(|events| !events.is_empty())
            .or_else(|| self.events.take());
        if let Some(environments) = words("environments").filter(|words| !words.is_empty()) {
            self.environments = environments;
        }
        if let Some(version) = body.get("payload_version").filter(|v| v.is_number()) {
            self.payload_version = version.clone();
        }
        let oauth = OAUTH.iter().chain(&["oauth_enabled"]);
        for name in oauth {
            if let Some(value) = body.get(*name) {
                self.oauth.insert((*name).to_owned(), value.clone());
            }
        }
    }

    pub(super) const fn is_enabled(&self) -> bool {
        self.is_enabled
    }

    fn wants(&self, event: &str, environment: &str) -> bool {
        let is_listed = |events: &Vec<String>| events.iter().any(|listed| listed == event);
        self.is_enabled
            && self.environments.iter().any(|listed| listed == environment)
            && self.events.as_ref().is_none_or(is_listed)
    }

    /// The event for this webhook. None if it is not for it.
    pub(super) fn outgoing(&self, run: &str, event: &Event, environment: &str) -> Option<Outgoing> {
        self.wants(event.action, environment).then(|| Outgoing {
            object: run.to_owned(),
            event: event.action.to_owned(),
            endpoint: self.id.clone(),
            url: self.url.clone(),
            body: Bytes::from(event.body.clone()),
        })
    }

    /// As the API shows it, token included.
    pub(super) fn object(&self) -> Value {
        let all = || EVENTS.iter().map(|event| (*event).to_owned()).collect();
        let mut object = json!({
            "id": self.id,
            "url": self.url,
            "token": self.token,
            "enabled": self.is_enabled,
            "href": format!("/v3.6/webhooks/{}", self.id),
            "environments": self.environments,
            "events": self.events.clone().unwrap_or_else(all),
            "payload_version": self.payload_version,
            "oauth_enabled": self.oauth.get("oauth_enabled").cloned().unwrap_or(Value::Bool(false)),
        });
        if let Some(name) = &self.name {
            set(&mut object, "name", name.as_str());
        }
        for name in OAUTH {
            if let Some(value) = self.oauth.get(*name) {
                set(&mut object, name, value.clone());
            }
        }
        object
    }
}
