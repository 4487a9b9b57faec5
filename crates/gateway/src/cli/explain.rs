//! `idv explain`: the story of one request, each line with where it comes from.

mod story;
mod values;

use std::process::ExitCode;

use clap::Args;
use idv_core::RequestId;
use idv_engine::store::PageRequest;
use idv_engine::{Engine, TimelineEntry};

use super::opened::{say_json, unanswered, with_engine};
use super::{ConfigFile, Failure, Outcome};
use crate::routes::v1::verification_requests::explain::ExplanationJson;
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
            for line in story::lines(&view, &explained, &timeline) {
                terminal::say(&line);
            }
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
