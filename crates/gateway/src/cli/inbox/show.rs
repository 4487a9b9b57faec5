//! `idv inbox show`.

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

use clap::Args;
use idv_core::{DeliveryId, Purpose, RequestId};
use idv_engine::Engine;
use idv_engine::store::DeliveryRow;

use super::super::opened::{say_json, unanswered, with_engine};
use super::super::table::or_dash;
use super::super::{ConfigFile, Failure, Outcome};
use crate::gateway::reasons;
use crate::routes::v1::inbox::get::request_of;
use crate::routes::v1::inbox::view::WithRequestJson;
use crate::terminal;

#[derive(Debug, Args)]
pub(in crate::cli) struct Show {
    /// Which: `idv inbox list` shows their ids
    #[arg(value_name = "ID")]
    id: DeliveryId,
    /// Print its bytes as the vendor sent them, and nothing else. They are full of personal data
    #[arg(long, conflicts_with = "json")]
    body: bool,
    /// Print JSON, as GET /v1/inbox/{id} has it
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigFile,
}

impl Show {
    pub(super) async fn run(&self) -> Outcome {
        with_engine(&self.config, async |engine| {
            let row = engine.inbox_delivery(self.id).await;
            let row = row.map_err(|error| unanswered(&error))?.ok_or_else(|| {
                Failure::usage("there is no such webhook: `idv inbox list` shows those there are")
            })?;
            if self.body {
                return self.say_body(engine).await;
            }
            let request = request_of(engine.store(), &row).await;
            let request = request.map_err(|error| Failure::failed(reasons(&error)))?;
            if self.json {
                return say_json(&WithRequestJson::of(&row, request));
            }
            say(&row, request);
            Ok(())
        })
        .await?;
        Ok(ExitCode::SUCCESS)
    }

    async fn say_body(&self, engine: &Engine) -> Result<(), Failure> {
        let body = engine.delivery_body(self.id).await;
        let body = body.map_err(|error| unanswered(&error))?.ok_or_else(|| {
            Failure::failed(
                "its bytes are gone: the person was erased, or they were kept for long enough",
            )
        })?;
        let mut out = std::io::stdout().lock();
        // A reader that has gone away is not an error.
        let _ = out.write_all(body.expose(Purpose::ShowOperator));
        if out.is_terminal() {
            let _ = out.write_all(b"\n");
        }
        let _ = out.flush();
        Ok(())
    }
}

fn say(row: &DeliveryRow, request: Option<RequestId>) {
    let receipt = &row.receipt;
    let body = if row.body.as_bytes().is_empty() {
        "gone"
    } else {
        "`--body` prints it"
    };
    let lines = [
        ("webhook", row.id.to_string()),
        ("account", row.account.to_string()),
        ("state", row.state.as_word().to_owned()),
        ("reason", or_dash(row.reason.as_ref())),
        ("tries", row.attempts.to_string()),
        ("due", row.due_at.to_string()),
        ("session", or_dash(row.session.as_ref())),
        ("request", or_dash(request)),
        ("received", receipt.received_at.to_string()),
        ("signed", or_dash(receipt.signed_at)),
        (
            "proven by",
            format!("{} with key {}", receipt.scheme, receipt.key),
        ),
        ("body", body.to_owned()),
    ];
    for (name, value) in lines {
        terminal::say(&format!("{name:10} {value}"));
    }
}
