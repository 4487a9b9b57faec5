//! `idv translate`: a vendor's JSON in our words.

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use idv_core::{
    DataState, DecisionSource, ErrorKind, Finding, Kind, Mapped, SessionId, Status, StatusSummary,
    Step, SystemClock, UnknownValue,
};
use serde::Serialize;

use super::{Failure, Outcome, input};
use crate::providers::{self, Trusted};
use crate::terminal;

#[derive(Debug, Args)]
pub(super) struct Translate {
    /// The kind of provider the JSON comes from
    #[arg(value_name = "PROVIDER")]
    provider: String,
    /// The file; - for standard input
    file: PathBuf,
    /// What sort of object it is [default: guessed from the object]
    #[arg(long = "as", value_name = "KIND")]
    kind: Option<KindWord>,
    /// Print one line, also on a terminal
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum KindWord {
    Webhook,
    Session,
    Report,
    Error,
}

impl From<KindWord> for Kind {
    fn from(word: KindWord) -> Self {
        match word {
            KindWord::Webhook => Self::Webhook,
            KindWord::Session => Self::Session,
            KindWord::Report => Self::Report,
            KindWord::Error => Self::Error,
        }
    }
}

impl Translate {
    pub(super) fn run(&self) -> Outcome {
        let provider = super::provider(&self.provider)?;
        let bytes = input::read(&self.file)?;
        let nothing = Trusted::default();
        let translator = providers::receiver(provider, nothing, None, Arc::new(SystemClock))
            .map_err(Failure::failed)?;
        let mapped = translator
            .translate(self.kind.map(Kind::from), &bytes)
            .map_err(|unreadable| {
                let name = input::name(&self.file);
                Failure::usage(format!(
                    "{name}: {unreadable}: give JSON that {} sends, and with --as the kind it is",
                    provider.vendor
                ))
            })?;
        let translation = Translation::of(&mapped);
        let text = if self.json || !std::io::stdout().is_terminal() {
            serde_json::to_string(&translation)
        } else {
            serde_json::to_string_pretty(&translation)
        };
        terminal::say(
            &text.map_err(|_| Failure::failed("the translation could not be written as JSON"))?,
        );
        Ok(ExitCode::SUCCESS)
    }
}

/// The stable form of a translation. `null` where this kind of object has no such thing; a list adds `items`.
#[derive(Serialize)]
struct Translation<'a> {
    provider: &'a str,
    kind: &'a Kind,
    session_id: Option<&'a SessionId>,
    status: Option<&'a Status>,
    status_summary: Option<StatusSummary>,
    source: Option<&'a DecisionSource>,
    steps: &'a [Step],
    findings: Vec<&'a Finding>,
    data_state: Option<&'a DataState>,
    error_kind: Option<&'static str>,
    unknown: &'a [UnknownValue],
    #[serde(skip_serializing_if = "Option::is_none")]
    items: Option<Vec<Self>>,
}

impl<'a> Translation<'a> {
    fn of(mapped: &'a Mapped) -> Self {
        let items =
            (mapped.kind == Kind::List).then(|| mapped.items.iter().map(Self::of).collect());
        Self {
            provider: mapped.provider.as_str(),
            kind: &mapped.kind,
            session_id: mapped.session_id.as_ref(),
            status: mapped.status.as_ref(),
            status_summary: mapped
                .status
                .as_ref()
                .map(|status| status.summary(mapped.subject_started)),
            source: mapped.source.as_ref(),
            steps: &mapped.steps,
            findings: findings(mapped),
            data_state: mapped.data_state.as_ref(),
            error_kind: mapped.error_kind.as_ref().map(ErrorKind::as_word),
            unknown: &mapped.unknown,
            items,
        }
    }
}

/// Of a report, which has no outcome of its own, what its steps found.
fn findings(mapped: &Mapped) -> Vec<&Finding> {
    let own = mapped.findings.iter();
    if mapped.kind != Kind::Report {
        return own.collect();
    }
    let mut all: Vec<&Finding> = own.collect();
    for finding in mapped.steps.iter().flat_map(|step| &step.findings) {
        if !all.contains(&finding) {
            all.push(finding);
        }
    }
    all
}
