//! `idv explain`: the story of one request, each line with where it comes from.

use std::process::ExitCode;

use clap::Args;
use idv_core::{Actor, DataState, Phase, RequestId, Timestamp, WaitingOn};
use idv_engine::store::PageRequest;
use idv_engine::{Because, Engine, Explained, RequestView, TimelineEntry};

use super::opened::{say_json, unanswered, with_engine};
use super::table::{self, or_dash};
use super::{ConfigFile, Failure, Outcome};
use crate::routes::v1::verification_requests::explain::{ExplanationJson, word};
use crate::terminal;

/// So many entries of a timeline are shown; a longer one is read over HTTP.
const MOST_ENTRIES: u32 = 500;

#[derive(Debug, Args)]
pub(super) struct Explain {
    /// The request: its id, as the API and the logs have it
    #[arg(value_name = "REQUEST")]
    request: String,
    /// Print JSON, as GET /v1/verification-requests/{id}/explain has it
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigFile,
}

impl Explain {
    pub(super) async fn run(&self) -> Outcome {
        let request: RequestId = self.request.parse().map_err(|_| {
            Failure::usage(
                "that is no id of a request: one looks like idv_01kafrg2v0e9wtz4q8m5n7r3xa",
            )
        })?;
        with_engine(&self.config, async |engine| {
            let unknown = || {
                Failure::usage(
                    "there is no such request in this database: GET /v1/verification-requests lists those there are",
                )
            };
            let failed = |error| unanswered(&error);
            let explained = engine.explain(request).await.map_err(failed)?;
            let explained = explained.ok_or_else(unknown)?;
            if self.json {
                return say_json(&ExplanationJson::of(&explained));
            }
            let view = engine.request(request).await.map_err(failed)?;
            let view = view.ok_or_else(unknown)?;
            let (timeline, goes_on) = timeline(engine, request).await?;
            story(&view, &explained, &timeline);
            if goes_on {
                let path = format!("/v1/verification-requests/{request}/timeline");
                terminal::say(&format!("… and more: GET {path} has all of it, page by page"));
            }
            Ok(())
        })
        .await?;
        Ok(ExitCode::SUCCESS)
    }
}

/// The beginning of a timeline, and whether there is more.
async fn timeline(
    engine: &Engine,
    request: RequestId,
) -> Result<(Vec<TimelineEntry>, bool), Failure> {
    let page = PageRequest {
        after: None,
        limit: MOST_ENTRIES,
    };
    let page = engine.timeline(request, page).await;
    let page = page.map_err(|error| unanswered(&error))?;
    Ok(page.map_or_else(Default::default, |page| (page.rows, page.next.is_some())))
}

/// Never who it is about: ids and words of ours.
fn story(view: &RequestView, explained: &[Explained], timeline: &[TimelineEntry]) {
    head(view);
    terminal::say("");
    sessions(view);
    terminal::say("");
    values(explained);
    terminal::say("");
    events(timeline);
}

fn head(view: &RequestView) {
    let state = &view.request.state;
    let by = state.source.as_ref().map(ToString::to_string);
    let mut lines = vec![
        ("request", view.request.id.to_string()),
        ("status", state.status.to_string()),
        ("waits for", waits_for(view).to_owned()),
        ("decided by", or_dash(by)),
        ("decided at", or_dash(state.decided_at.map(seconds))),
    ];
    if state.unconfirmed {
        let rests = "webhooks alone: the account has no API key, so nobody asked the vendor";
        lines.push(("rests on", rests.to_owned()));
    }
    if state.data_state != DataState::Present {
        lines.push(("data", state.data_state.to_string()));
    }
    if let Some(at) = view.erased_at {
        lines.push(("erased", format!("the person was erased here at {at}")));
    }
    for attention in &state.attention {
        lines.push(("look at", attention.to_string()));
    }
    for (name, value) in lines {
        terminal::say(&format!("{name:10} {value}"));
    }
}

fn waits_for(view: &RequestView) -> &'static str {
    let status = &view.request.state.status;
    match status.waiting_on() {
        WaitingOn::Subject => "the person: they have something to do at the vendor's page",
        WaitingOn::Client => {
            "the application: a task of the session is its own, or nobody knows its status"
        }
        WaitingOn::Vendor => "the vendor's machines",
        WaitingOn::Reviewer => "a person who decides the review",
        WaitingOn::Nobody if status.phase() == Phase::Decided => "nobody: it is decided",
        _ => "nobody: it is over",
    }
}

fn sessions(view: &RequestView) {
    let rows: Vec<_> = view
        .sessions
        .iter()
        .map(|session| {
            let current = if session.is_current { "*" } else { "" };
            [
                current.to_owned(),
                session.account.to_string(),
                session.provider.to_string(),
                or_dash(session.session_id.as_ref()),
                session.state.status.to_string(),
                or_dash(session.state.vendor_created_at),
            ]
        })
        .collect();
    if rows.is_empty() {
        terminal::say("no session was made yet");
    }
    table::say(
        ["", "account", "provider", "session", "status", "made at"],
        &rows,
    );
}

/// Every value, and below it where it comes from.
fn values(explained: &[Explained]) {
    for value in explained {
        terminal::say(&format!("{} is {}", value.place, value.value));
        terminal::say(&format!("    {}", origin(&value.because)));
    }
}

fn origin(because: &Because) -> String {
    match because {
        Because::Vendor {
            source,
            what,
            as_of,
            origin,
            ..
        } => format!(
            "by row {} (tables {}) from {} of the {}\n    learned by the {} {what} at {}",
            origin.rule,
            origin.mapping_version,
            if origin.pointer.is_empty() {
                "all"
            } else {
                &origin.pointer
            },
            origin.part,
            source.as_word(),
            seconds(*as_of)
        ),
        Because::Command {
            decided, actor, at, ..
        } => format!("{} by {} at {}", word(decided), name(actor), seconds(*at)),
        _ => "nothing was said about it yet".to_owned(),
    }
}

/// To the second: that is what a person reads. The whole time is in the JSON.
fn seconds(at: Timestamp) -> String {
    Timestamp::from_unix_secs(at.as_unix_secs()).to_string()
}

fn name(actor: &Actor) -> String {
    match actor {
        Actor::ApiKey(key) => format!("the API key {key}"),
        Actor::Staff(number) => format!("staff {number}"),
        _ => "the gateway".to_owned(),
    }
}

fn events(timeline: &[TimelineEntry]) {
    let rows: Vec<_> = timeline
        .iter()
        .map(|entry| {
            let change = match (&entry.status_before, &entry.status_after) {
                (Some(before), Some(after)) if before != after => format!("{before} → {after}"),
                _ => String::new(),
            };
            let mut notes: Vec<_> = entry.findings.iter().map(|code| code.as_word()).collect();
            let by = entry
                .actor
                .as_ref()
                .map(|actor| format!("by {}", name(actor)));
            notes.extend(by.map(Into::into));
            [
                seconds(entry.at),
                entry.source.as_word().to_owned(),
                entry.what.clone(),
                change,
                notes.join(", "),
            ]
        })
        .collect();
    table::say(["learned at", "source", "what", "session", ""], &rows);
}
