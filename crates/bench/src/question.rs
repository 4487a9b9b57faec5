//! What is asked.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use crate::measure::Effort;
use crate::report::Table;
use crate::{api, event_out, ingest, rest, start_through_us, webhook};

/// What is asked. Each has a folder of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Question {
    /// What it costs to verify and translate one webhook.
    Webhook,
    /// Taking webhooks in durably, over HTTP.
    Ingest,
    /// From a vendor's webhook to the event at the application's endpoint.
    EventOut,
    /// Serving requests, by how many are stored.
    Api,
    /// What it costs that a gateway stands between.
    StartThroughUs,
    /// Starting, and doing nothing.
    Rest,
}

impl Question {
    /// The heading of its table.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Webhook => "Verify and translate one webhook",
            Self::Ingest => "Take webhooks in over HTTP, each on disk before it is acknowledged",
            Self::EventOut => "From webhook to event out",
            Self::Api => "Serve requests, by how many are stored",
            Self::StartThroughUs => "A start through us, against straight at the vendor",
            Self::Rest => "Start and rest",
        }
    }

    /// Measures.
    #[must_use]
    pub fn answer(self, effort: Effort) -> Table {
        match self {
            Self::Webhook => webhook::answer(effort),
            Self::Ingest => ingest::answer(effort),
            Self::EventOut => event_out::answer(effort),
            Self::Api => api::answer(effort),
            Self::StartThroughUs => start_through_us::answer(effort),
            Self::Rest => rest::answer(effort),
        }
    }
}
