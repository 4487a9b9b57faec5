//! `idv spec diff`: what has come and gone in a vendor's description of its API.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::json;

use super::{Failure, Outcome, opened::say_json};
use crate::spec_diff::{Description, Difference, Kind, compare};
use crate::terminal;

#[derive(Debug, Subcommand)]
pub(super) enum Spec {
    /// Compare what is mapped here with the vendor's OpenAPI file. Exit code 0 nothing is new, 1 something is, 2 wrong
    /// usage
    Diff(Diff),
}

#[derive(Debug, Args)]
pub(super) struct Diff {
    /// The kind of provider: `idv providers` shows those there are
    provider: String,
    /// The vendor's OpenAPI file, JSON or YAML, as it is published
    #[arg(long, value_name = "FILE")]
    spec: PathBuf,
    /// Show also the differences that are meant, with the reasons
    #[arg(long)]
    all: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Spec {
    pub(super) fn run(&self) -> Outcome {
        match self {
            Self::Diff(diff) => diff.run(),
        }
    }
}

impl Diff {
    fn run(&self) -> Outcome {
        let provider = super::provider(&self.provider)?;
        let description =
            Description::read(&self.spec).map_err(|error| Failure::usage(error.to_string()))?;
        let spec = (provider.spec)();
        let compared = spec.values.len().saturating_add(spec.objects.len());
        let differences = compare(&spec, &description);
        let is_new = |difference: &&Difference| difference.accepted.is_none();
        let new = differences.iter().filter(is_new).count();
        let accepted = differences.len().saturating_sub(new);
        let shown: Vec<_> = differences
            .iter()
            .filter(|difference| self.all || is_new(difference))
            .collect();
        if self.json {
            let version = description.version();
            say_json(&json!({
                "provider": provider.id,
                "spec_version": version,
                "compared": compared,
                "new": new,
                "accepted": accepted,
                "differences": shown,
            }))?;
        } else {
            print(&shown);
            let version = description.version().unwrap_or("without a version");
            terminal::say(&format!(
                "{} against its description ({version}): {compared} places, {new} new, {accepted} meant",
                provider.vendor
            ));
        }
        Ok(if new == 0 {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }
}

/// Grouped by place, one line each.
fn print(differences: &[&Difference]) {
    let mut place = None;
    for difference in differences {
        if place != Some(&difference.place) {
            terminal::say(&difference.place);
            place = Some(&difference.place);
        }
        let sign = match difference.kind {
            Kind::New => "+",
            Kind::Gone => "-",
            Kind::NoLongerDiffers => "=",
        };
        let says = match difference.accepted {
            Some(reason) => format!("is meant: {reason}"),
            None => difference.sentence().to_owned(),
        };
        let name = if difference.name.is_empty() {
            String::new()
        } else {
            format!(" {}", difference.name)
        };
        terminal::say(&format!("  {sign} {}{name} {says}", difference.what));
    }
    if !differences.is_empty() {
        terminal::say("");
    }
}
