//! `idv endpoint deliveries`.

use std::process::ExitCode;

use clap::Args;
use idv_core::{EndpointId, EventId, RequestId};
use idv_engine::store::{EventDeliveryFilter, EventDeliveryState, PageRequest};
use idv_engine::{Engine, EventDeliveryView};

use super::super::opened::{refused, say_json, with_engine};
use super::super::table::{self, or_dash};
use super::super::{ConfigFile, Failure, Outcome};
use crate::routes::v1::endpoints::deliveries::view::{DeliveryJson, WithAttemptsJson};
use crate::terminal;

#[derive(Debug, Args)]
pub(in crate::cli) struct Deliveries {
    /// Which endpoint: `idv endpoint list` shows their ids
    #[arg(value_name = "ENDPOINT")]
    id: EndpointId,
    /// Only this event, with every attempt
    #[arg(value_name = "EVENT", conflicts_with_all = ["state", "request", "limit"])]
    event: Option<EventId>,
    /// Only those in this state: pending, delivered or failed
    #[arg(long, value_name = "STATE", value_parser = state)]
    state: Option<EventDeliveryState>,
    /// Only those about this request
    #[arg(long, value_name = "REQUEST")]
    request: Option<RequestId>,
    /// At most so many
    #[arg(long, value_name = "COUNT", default_value_t = 50)]
    limit: u32,
    /// Print JSON, as GET /v1/endpoints/{id}/deliveries has it
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigFile,
}

fn state(word: &str) -> Result<EventDeliveryState, &'static str> {
    EventDeliveryState::from_word(word).ok_or("use pending, delivered or failed")
}

impl Deliveries {
    pub(super) async fn run(&self) -> Outcome {
        with_engine(&self.config, async |engine| match self.event {
            Some(event) => self.one(engine, event).await,
            None => self.all(engine).await,
        })
        .await?;
        Ok(ExitCode::SUCCESS)
    }

    async fn one(&self, engine: &Engine, event: EventId) -> Result<(), Failure> {
        let view = engine.event_delivery(self.id, event).await;
        let view = view.map_err(|error| refused(&error))?;
        if self.json {
            return say_json(&WithAttemptsJson::of(&view));
        }
        terminal::say(&format!(
            "{}  {}  {}  {}",
            view.event,
            view.kind,
            view.state.as_word(),
            or_dash(view.request)
        ));
        for attempt in &view.log {
            terminal::say(&format!(
                "  {}  {} ms  {}  {}  {}",
                attempt.began_at,
                attempt.took.as_millis(),
                or_dash(attempt.status),
                attempt.outcome,
                or_dash(attempt.answer.as_ref())
            ));
        }
        Ok(())
    }

    async fn all(&self, engine: &Engine) -> Result<(), Failure> {
        let endpoint = engine.endpoint(self.id).await;
        endpoint.map_err(|error| refused(&error))?;
        let filter = EventDeliveryFilter {
            endpoint: Some(self.id),
            state: self.state,
            request: self.request,
        };
        let page = PageRequest {
            after: None,
            limit: self.limit.max(1),
        };
        let page = engine.event_deliveries(&filter, page).await;
        let page = page.map_err(|error| refused(&error))?;
        if self.json {
            let all: Vec<_> = page.rows.iter().map(DeliveryJson::of).collect();
            return say_json(&all);
        }
        let cells: Vec<_> = page.rows.iter().map(cells).collect();
        let headings = ["event", "type", "request", "state", "tries", "due"];
        table::say(headings, &cells);
        if page.rows.is_empty() {
            terminal::say("Nothing was on its way to it, as far as it is kept.");
        }
        if page.next.is_some() {
            terminal::say("There are more: give a larger --limit.");
        }
        Ok(())
    }
}

fn cells(view: &EventDeliveryView) -> [String; 6] {
    [
        view.event.to_string(),
        view.kind.to_string(),
        or_dash(view.request),
        view.state.as_word().to_owned(),
        view.attempts.to_string(),
        view.due_at.to_string(),
    ]
}
