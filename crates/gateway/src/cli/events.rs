//! `idv events`: what happened, oldest first.

use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use idv_engine::store::{EventKind, EventPosition};
use idv_engine::{Engine, EventView};

use super::endpoint::read_kind;
use super::opened::{refused, say_json, with_engine};
use super::{ConfigFile, Failure, Outcome};
use crate::routes::v1::events::view::EventJson;
use crate::routes::v1::events::{cursor_of, position_of};
use crate::terminal;

/// How many events are read at a time.
const BATCH: u32 = 500;

/// How often --follow looks for more.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

#[derive(Debug, Args)]
pub(super) struct Events {
    /// Only what happened after this cursor; `now` for what happens from now on [default: from the beginning]
    #[arg(long, value_name = "CURSOR", value_parser = Place::read)]
    after: Option<Place>,
    /// Only these types, with commas between them, such as `verification_request.passed`
    #[arg(long, value_name = "TYPES", value_delimiter = ',', value_parser = read_kind)]
    types: Vec<EventKind>,
    /// At most so many [default: all there are]
    #[arg(long, value_name = "COUNT")]
    limit: Option<u64>,
    /// Stay, and print what happens as it happens
    #[arg(long, conflicts_with = "limit")]
    follow: bool,
    /// Print JSON, one event per line, as GET /v1/events has it
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigFile,
}

/// Where to begin.
#[derive(Clone, Copy, Debug)]
enum Place {
    After(EventPosition),
    Now,
}

impl Place {
    fn read(text: &str) -> Result<Self, &'static str> {
        if text == "now" {
            return Ok(Self::Now);
        }
        let position = position_of(text).map_err(
            |_| "it is no cursor: take one that `idv events` or GET /v1/events has shown, or `now`",
        )?;
        Ok(Self::After(position))
    }
}

impl Events {
    pub(super) async fn run(&self) -> Outcome {
        with_engine(&self.config, async |engine| self.print(engine).await).await?;
        Ok(ExitCode::SUCCESS)
    }

    async fn print(&self, engine: &Engine) -> Result<(), Failure> {
        let mut position = match self.after {
            None => EventPosition::default(),
            Some(Place::After(position)) => position,
            Some(Place::Now) => engine
                .last_event_position()
                .await
                .map_err(|error| refused(&error))?,
        };
        let mut left = self.limit.unwrap_or(u64::MAX);
        while left > 0 {
            let events = engine.events_after(position, BATCH).await;
            let events = events.map_err(|error| refused(&error))?;
            for event in &events {
                if left == 0 {
                    break;
                }
                position = event.position;
                if self.types.is_empty() || self.types.contains(&event.kind) {
                    left = left.saturating_sub(1);
                    self.say(event)?;
                }
            }
            if !events.is_empty() {
                continue;
            }
            if !self.follow {
                break;
            }
            let _ = tokio::time::timeout(POLL_INTERVAL, engine.event_arrived()).await;
        }
        if !self.json {
            let cursor = cursor_of(position);
            terminal::complain(&format!("idv: read on with `idv events --after {cursor}`"));
        }
        Ok(())
    }

    fn say(&self, event: &EventView) -> Result<(), Failure> {
        if self.json {
            let json = EventJson::of(event);
            let json = json.ok_or_else(|| Failure::failed("an event could not be read"))?;
            return say_json(&json);
        }
        let about = match (event.request, &event.data) {
            (Some(request), Some(_)) => request.to_string(),
            (Some(request), None) => format!("{request}  (the person was erased)"),
            (None, Some(data)) => data.get().to_owned(),
            (None, None) => String::new(),
        };
        let line = format!(
            "{:27}  {:36}  {about}",
            event.created_at.to_string(),
            event.kind.to_string()
        );
        terminal::say(line.trim_end());
        Ok(())
    }
}
