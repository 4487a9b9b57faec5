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

    /// Measures. The client of all questions has a runtime of two threads, as there are processors.
    ///
    /// # Panics
    /// If what is measured does not do what it does every day.
    #[must_use]
    pub fn answer(self, effort: Effort) -> Table {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        match self {
            Self::Webhook => webhook::answer(effort),
            Self::Ingest => runtime.block_on(ingest::answer(effort)),
            Self::EventOut => runtime.block_on(event_out::answer(effort)),
            Self::Api => runtime.block_on(api::answer(effort)),
            Self::StartThroughUs => runtime.block_on(start_through_us::answer(effort)),
            Self::Rest => runtime.block_on(rest::answer(effort)),
        }
    }
}
