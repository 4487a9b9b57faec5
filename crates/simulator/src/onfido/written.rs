//! Files the vendor writes about a run that has ended.

use bytes::Bytes;
use idv_core::Timestamp;
use serde_json::json;

use super::generated::{pdf, zip};
use super::members::{set, text};
use super::run::told::{event, time};
use super::run::{Event, Run};
use super::site::Site;

/// How long it takes to write one. Clients ask every 2 s, up to 15 times.
pub(super) const WRITING_SECS: u64 = 4;
/// How long an address without a token is good for. Chosen.
const ADDRESS_SECS: i64 = 300;

/// What is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    SignedEvidence,
    EvidenceFolder,
    /// With its own id.
    Timeline(String),
}

/// A file that is written, or will be.
#[derive(Clone, Debug)]
pub(super) struct Written {
    pub(super) kind: Kind,
    pub(super) run: String,
    pub(super) ready_at: Timestamp,
    /// Whether its event was sent, or there is none.
    pub(super) is_told: bool,
}

impl Written {
    pub(super) fn is_ready(&self, now: Timestamp) -> bool {
        self.ready_at <= now
    }

    fn name(&self) -> String {
        let run = &self.run;
        match &self.kind {
            Kind::SignedEvidence => format!("signed-evidence-{run}.pdf"),
            Kind::EvidenceFolder => format!("evidence-{run}.zip"),
            Kind::Timeline(id) => format!("timeline-{id}.pdf"),
        }
    }

    /// The name and the signature of an address are one: nobody can make it up.
    fn signature(&self, secret: &str, expires_unix_secs: &str) -> String {
        super::sign(
            secret,
            format!("{} {expires_unix_secs}", self.name()).as_bytes(),
        )
    }

    /// An address at which it is handed out without a token, for a while.
    pub(super) fn address(&self, site: &Site, secret: &str, now: Timestamp) -> String {
        let expires = now.as_unix_secs().saturating_add(ADDRESS_SECS);
        let signature = self.signature(secret, &expires.to_string());
        site.file(&self.name(), &signature, expires)
    }

    /// Whether this is an address of it that is still good.
    pub(super) fn is_at(
        &self,
        secret: &str,
        name: &str,
        expires: &str,
        signature: &str,
        now: Timestamp,
    ) -> bool {
        let until = expires.parse().unwrap_or(i64::MIN);
        name == self.name()
            && signature == self.signature(secret, expires)
            && now.as_unix_secs() < until
    }

    /// Its media type, and what is in it.
    pub(super) fn content(&self, run: &Run) -> (&'static str, Bytes) {
        let object = run.object();
        let line = |name: &str| format!("{name}: {}", text(&object, name));
        let mut lines = vec!["Simulated. Nobody was verified.".to_owned()];
        lines.extend(["id", "workflow_id", "status", "created_at", "updated_at"].map(line));
        let tasks = run.all_tasks().iter();
        lines.extend(tasks.map(|task| format!("task: {}", task.id())));
        match self.kind {
            Kind::EvidenceFolder => {
                let report = pdf(&lines);
                let files = [("evidence.pdf", &*report)];
                ("application/zip", zip(&files))
            }
            _ => ("application/pdf", pdf(&lines)),
        }
    }

    /// What is sent when it is there: laid out after the vendor's OpenAPI file, for none was recorded. None for a file
    /// that nobody is told of.
    pub(super) fn created(&self, site: &Site, address: &str) -> Option<Event> {
        let run = self.run.as_str();
        let at = time(self.ready_at.as_unix_secs());
        let (action, resource_type, id, href) = match &self.kind {
            Kind::SignedEvidence => return None,
            Kind::EvidenceFolder => (
                "workflow_run_evidence_folder.created",
                "workflow_run_evidence_folder",
                run,
                site.api(&["workflow_runs", run, "evidence_folder"]),
            ),
            Kind::Timeline(id) => (
                "workflow_timeline_file.created",
                "workflow_timeline_file",
                id.as_str(),
                site.api(&["workflow_runs", run, "timeline_file", id]),
            ),
        };
        let object = json!({ "id": id, "completed_at_iso8601": at, "href": href });
        let mut resource = json!({ "id": id, "workflow_run_id": run, "created_at": at });
        if matches!(self.kind, Kind::Timeline(_)) {
            set(&mut resource, "timeline_file_download_url", address);
        }
        Some(event(action, resource_type, &object, &resource))
    }
}
