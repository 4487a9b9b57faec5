//! `idv providers`: what each kind of provider can do and tell.

use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use idv_core::{Abilities, Clock, SystemClock};

use super::{Failure, Outcome};
use crate::providers::{Kind, kinds};
use crate::terminal;

/// Lines are no longer than this.
const WIDTH: usize = 100;

#[derive(Debug, Args)]
pub(super) struct Providers {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Providers {
    pub(super) fn run(&self) -> Outcome {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let kinds = kinds(&clock);
        if self.json {
            let text = serde_json::to_string(&kinds)
                .map_err(|_| Failure::failed("the providers could not be written as JSON"))?;
            terminal::say(&text);
        } else {
            lines(&kinds).iter().for_each(|line| terminal::say(line));
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn lines(kinds: &[Kind]) -> Vec<String> {
    let mut lines = abilities(kinds);
    for kind in kinds {
        lines.push(String::new());
        lines.push(format!(
            "{} ({}): API version {}, mapping version {}",
            kind.vendor, kind.provider, kind.api_version, kind.mapping_version
        ));
        let told = kind.webhooks.iter().filter(|one| one.concerns_session);
        let ignored = kind.webhooks.iter().filter(|one| !one.concerns_session);
        for (what, words) in [
            ("statuses", words(&kind.statuses)),
            ("steps", words(&kind.steps)),
            ("reasons", words(&kind.reasons)),
            ("documents", words(&kind.document_kinds)),
            ("evidence", words(&kind.evidence)),
            (
                "webhooks",
                told.map(|one| one.event_type.to_owned()).collect(),
            ),
            (
                "ignored",
                ignored.map(|one| one.event_type.to_owned()).collect(),
            ),
        ] {
            lines.extend(wrapped(what, &words));
        }
    }
    lines
}

/// A row for each ability, a column for each kind, and what it is.
fn abilities(kinds: &[Kind]) -> Vec<String> {
    let known = Abilities::KNOWN;
    let first = known.iter().map(|(word, _)| word.len()).max().unwrap_or(0);
    let row = |word: &str, cells: Vec<&str>, what: &str| {
        let cells: String = kinds
            .iter()
            .zip(cells)
            .map(|(kind, cell)| format!("  {cell:width$}", width = kind.provider.len().max(3)))
            .collect();
        format!("{word:first$}{cells}  {what}")
            .trim_end()
            .to_owned()
    };
    let names = kinds.iter().map(|kind| kind.provider).collect();
    let mut lines = vec![row("ability", names, "")];
    for (word, what) in known {
        let has = |kind: &Kind| kind.abilities.contains(word);
        let cells = kinds.iter().map(|kind| if has(kind) { "yes" } else { "-" });
        lines.push(row(word, cells.collect(), what));
    }
    lines
}

fn words(values: &[impl ToString]) -> Vec<String> {
    values.iter().map(ToString::to_string).collect()
}

/// Words below a heading, in lines that are not too long.
fn wrapped(heading: &str, words: &[String]) -> Vec<String> {
    const INDENT: usize = 13;
    let mut lines = Vec::new();
    let mut line = format!("  {heading:width$}", width = INDENT - 2);
    if words.is_empty() {
        line.push('-');
    }
    for (index, word) in words.iter().enumerate() {
        let comma = if index + 1 < words.len() { "," } else { "" };
        let is_begun = line.len() > INDENT;
        if is_begun && line.len() + 1 + word.len() + comma.len() > WIDTH {
            lines.push(std::mem::replace(&mut line, " ".repeat(INDENT)));
        } else if is_begun {
            line.push(' ');
        }
        line.push_str(word);
        line.push_str(comma);
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_fits_and_every_word_is_there() {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let kinds = kinds(&clock);
        let lines = lines(&kinds);
        for line in &lines {
            assert!(line.chars().count() <= WIDTH, "{line}");
        }
        let text = lines.join("\n");
        for kind in &kinds {
            assert!(text.contains(kind.vendor));
            for word in kind.abilities.iter().copied() {
                assert!(text.contains(word), "{word}");
            }
        }
    }

    #[test]
    fn words_go_on_below_themselves() {
        let words: Vec<_> = (0..30).map(|number| format!("word_{number}")).collect();
        let lines = wrapped("statuses", &words);
        assert!(lines.len() > 1);
        assert!(
            lines[0].starts_with("  statuses   word_0, word_1,"),
            "{}",
            lines[0]
        );
        assert!(lines[1].starts_with("             word_"), "{}", lines[1]);
        assert!(
            lines
                .iter()
                .all(|line| line.len() <= WIDTH && !line.ends_with(' '))
        );
        assert_eq!(wrapped("steps", &[]), ["  steps      -"]);
    }
}
