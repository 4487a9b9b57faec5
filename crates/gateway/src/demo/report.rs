//! The demo's words, for people.

use std::cell::Cell;
use std::net::SocketAddr;
use std::path::Path;

use http::StatusCode;
use idv_core::Secret;
use serde_json::Value;

use super::story::Told;
use crate::terminal::{Ink, colours, say};

/// Prints the story, in columns.
pub(super) struct Report {
    address: SocketAddr,
    colours: bool,
    number: Cell<u32>,
}

impl Report {
    pub(super) fn begin(address: SocketAddr, folder: &Path) -> Self {
        let this = Self {
            address,
            colours: colours(&std::io::stdout()),
            number: Cell::new(0),
        };
        say(&this.ink(Ink::Strong, "A gateway of your own, and three vendors"));
        say(&format!("  listens on      http://{address}"));
        say(&format!(
            "  keeps its data  {} (removed at the end)",
            folder.display()
        ));
        say("  times           UTC, by the vendor's clock");
        this
    }

    /// A story begins.
    pub(super) fn story(&self, title: &str, account: &str) {
        self.number.set(0);
        say("");
        say(&format!(
            "{}  (account {account})",
            self.ink(Ink::Strong, title)
        ));
        let columns = row(["#", "webhook", "what happened", "got", "the request is"]);
        say(&self.ink(Ink::Faint, &columns));
    }

    fn ink(&self, ink: Ink, text: &str) -> String {
        ink.paint(text, self.colours)
    }

    /// One webhook, what it was answered, and the status of the request afterwards.
    pub(super) fn delivered(
        &self,
        event: &str,
        meaning: &str,
        answer: StatusCode,
        status: Option<&str>,
    ) {
        let number = self.number.get() + 1;
        self.number.set(number);
        let answer_ink = if answer == StatusCode::OK {
            Ink::Good
        } else {
            Ink::Bad
        };
        let answer = self.ink(answer_ink, answer.as_str());
        let status = status.map_or_else(|| "-".to_owned(), |status| self.status(status));
        say(&row([
            &number.to_string(),
            event,
            meaning,
            &answer,
            &status,
        ]));
    }

    /// A status in its colour.
    fn status(&self, status: &str) -> String {
        let ink = match status {
            "passed" => Ink::Good,
            "failed" | "errored" | "expired" | "abandoned" | "cancelled" => Ink::Bad,
            _ => Ink::Waiting,
        };
        self.ink(ink, status)
    }

    /// The timeline of the request, as the API tells it.
    pub(super) fn timeline(&self, timeline: &Value) {
        let columns = entry_row(["happened", "source", "what", "the request's status"]);
        say(&self.ink(Ink::Faint, &columns));
        for entry in timeline.as_array().map_or(&[][..], Vec::as_slice) {
            self.entry(entry);
        }
    }

    fn entry(&self, entry: &Value) {
        // What we did ourselves has no time by the vendor's clock, and some vendors give none.
        let happened = time_of_day(text(entry, "vendor_time"));
        let what = text(entry, "what");
        let what = match what.rsplit_once('.') {
            Some((_, end)) if what.len() > WIDTH_OF_EVENT => end,
            _ => what,
        };
        let (before, after) = (text(entry, "status_before"), text(entry, "status_after"));
        let change = if after == "-" || before == after {
            String::new()
        } else {
            format!("{} → {}", self.ink(Ink::Faint, before), self.status(after))
        };
        let reasons: Vec<_> = items(entry, "findings")
            .iter()
            .filter_map(Value::as_str)
            .collect();
        let reasons = if reasons.is_empty() {
            String::new()
        } else {
            format!("({})", reasons.join(", "))
        };
        let source = text(entry, "source");
        let change = format!("{change}  {reasons}");
        let line = entry_row([happened, source, what, change.trim_start()]);
        say(line.trim_end());
    }

    /// What the story was to show. True if it did.
    pub(super) fn checks(&self, checks: &[(&str, bool)]) -> bool {
        for (what, holds) in checks {
            let mark = if *holds {
                self.ink(Ink::Good, "ok  ")
            } else {
                self.ink(Ink::Bad, "NOT ")
            };
            say(&format!("  {mark}{what}"));
        }
        checks.iter().all(|(_, holds)| *holds)
    }

    /// The requests beside each other, in the same words.
    pub(super) fn side_by_side(&self, told: &[Told]) {
        let lines = |of: &dyn Fn(&Told) -> Vec<String>| told.iter().map(of).collect::<Vec<_>>();
        let one = |name: &'static str| {
            lines(&move |told: &Told| vec![text(&told.request, name).to_owned()])
        };
        say("");
        say(&self.ink(Ink::Strong, "Side by side, in the same words"));
        self.table("", &lines(&|told| vec![told.account.to_owned()]));
        self.table("status", &one("status"));
        self.table("decided by", &one("source"));
        let confirmed = |told: &Told| {
            let is_unconfirmed = told.request.get("unconfirmed") == Some(&Value::Bool(true));
            let word = if is_unconfirmed {
                "no: only receives"
            } else {
                "yes: the vendor was asked"
            };
            vec![word.to_owned()]
        };
        self.table("confirmed", &lines(&confirmed));
        let steps = |told: &Told| {
            let steps = items(&told.request, "steps").iter();
            let steps = steps.filter(|step| text(step, "status") != "not_applicable");
            let steps =
                steps.map(|step| format!("{} {}", text(step, "kind"), text(step, "status")));
            steps.collect()
        };
        self.table("steps", &lines(&steps));
        let reasons = |told: &Told| {
            let findings = items(&told.request, "findings").iter();
            findings
                .map(|finding| text(finding, "code").to_owned())
                .collect()
        };
        self.table("reasons", &lines(&reasons));
        self.table("subject", &one("subject"));
    }

    /// One row with a cell per story; a cell has any number of lines.
    fn table(&self, name: &str, cells: &[Vec<String>]) {
        let height = cells.iter().map(Vec::len).max().unwrap_or(0).max(1);
        for index in 0..height {
            let mut line = format!("  {:12}", if index == 0 { name } else { "" });
            for cell in cells {
                let missing = if index == 0 { "-" } else { "" };
                let text = cell.get(index).map_or(missing, String::as_str);
                line.push_str(&format!("{text:27}"));
            }
            say(line.trim_end());
        }
    }

    /// What to do while it stays up.
    pub(super) fn stays_up(&self, key: &Secret) {
        say("");
        say(&self.ink(
            Ink::Strong,
            "The gateway stays up until Ctrl-C. Ask it yourself:",
        ));
        say(&format!(
            "  curl -H 'Authorization: Bearer {}' http://{}/v1/verification-requests",
            key.expose(),
            self.address
        ));
    }
}

/// One line of a story. What is coloured must not be measured, so it stands last or has a width of its own.
fn row([number, event, meaning, answer, status]: [&str; 5]) -> String {
    format!("  {number}  {event:WIDTH_OF_EVENT$}  {meaning:40}  {answer}  {status}")
}

/// One line of a timeline.
fn entry_row([happened, source, what, change]: [&str; 4]) -> String {
    format!("  {happened:8}  {source:12}  {what:WIDTH_OF_EVENT$}  {change}")
}

/// The longest name of an event that is shown whole, in characters.
const WIDTH_OF_EVENT: usize = 23;

/// The time of day in an RFC 3339 time, in UTC, to the second.
fn time_of_day(time: &str) -> &str {
    time.get(11..19).unwrap_or(time)
}

/// A text, or `-` where there is none.
fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or("-")
}

fn items<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value
        .get(key)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}
