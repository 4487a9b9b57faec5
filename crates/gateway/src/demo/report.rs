//! The demo's words, for people: a terminal of a hundred columns.

use std::cell::Cell;
use std::path::Path;

use idv_core::{Secret, Timestamp};
use idv_simulator::VendorKind;
use serde_json::Value;

use super::lanes::{Entry, Row, WIDTHS, fitted, ink_of, rows};
use super::story::Told;
use crate::terminal::{Ink, colours, say};

/// Where everything is.
pub(super) struct Places<'a> {
    pub(super) gateway: &'a str,
    pub(super) application: &'a str,
    pub(super) vendors: Vec<(VendorKind, String)>,
    pub(super) speed: u32,
    pub(super) folder: &'a Path,
}

/// Prints the stories.
pub(super) struct Report {
    gateway: String,
    colours: bool,
    /// When the story that is told began.
    began: Cell<Timestamp>,
}

impl Report {
    pub(super) fn begin(places: &Places<'_>) -> Self {
        let this = Self {
            gateway: places.gateway.to_owned(),
            colours: colours(&std::io::stdout()),
            began: Cell::new(Timestamp::UNIX_EPOCH),
        };
        say(&this.ink(
            Ink::Strong,
            "A gateway of your own, three simulated vendors, and an application",
        ));
        let line = |name: &str, place: &str| say(&format!("  {name:12}  {place}"));
        line("gateway", places.gateway);
        for (kind, base_url) in &places.vendors {
            line(kind.as_word(), base_url);
        }
        line("application", places.application);
        line(
            "time",
            &format!(
                "{} times as fast for whoever has to do something at a vendor",
                places.speed
            ),
        );
        line(
            "data",
            &format!("{} (removed at the end)", places.folder.display()),
        );
        this
    }

    /// A story begins.
    pub(super) fn story(&self, title: &str, account: &str, vendor: &str, now: Timestamp) {
        self.began.set(now);
        say("");
        say(&format!(
            "{}  (account {account})",
            self.ink(Ink::Strong, title)
        ));
        let [first, second, third] = WIDTHS;
        let did = format!("what {vendor} did");
        let heads = format!(
            "  {:8}  {did:first$}  {:second$}  {:third$}",
            "", "what the gateway made of it", "the application heard"
        );
        say(&self.ink(Ink::Faint, heads.trim_end()));
    }

    /// Somebody does something.
    pub(super) fn scene(&self, meaning: &str) {
        say(&format!("  {}", self.ink(Ink::Strong, meaning)));
    }

    /// What came of it, side by side.
    pub(super) fn rows(&self, entries: Vec<Entry>) {
        let mut times_above = Vec::new();
        for row in rows(entries) {
            let times: Vec<_> = row.iter().flatten().map(|entry| entry.at).collect();
            // What belongs to something above has its time.
            let first = times.iter().min().copied();
            let time = first.filter(|first| !times_above.contains(first));
            say(&self.row(&row, time));
            times_above = times;
        }
    }

    fn row(&self, row: &Row, first: Option<Timestamp>) -> String {
        let time = first.map(|at| at.since(self.began.get()).as_secs_f64());
        let time = time.map(|secs| format!("+{secs:.2} s")).unwrap_or_default();
        let mut line = format!("  {}", self.ink(Ink::Faint, &format!("{time:>8}")));
        for (cell, width) in row.iter().zip(WIDTHS) {
            line.push_str("  ");
            let text = cell.as_ref().map_or("", |entry| &entry.text);
            let text = fitted(text, width);
            // Colours end with the words, so that no line ends in painted spaces.
            let words = text.trim_end();
            let rest = " ".repeat(width.saturating_sub(words.chars().count()));
            match cell.as_ref().and_then(|entry| entry.ink) {
                Some(ink) => line.push_str(&self.ink(ink, words)),
                None => line.push_str(words),
            }
            line.push_str(&rest);
        }
        line.trim_end().to_owned()
    }

    /// Somebody posts something to the gateway that the vendor did not mean to.
    pub(super) fn posted(&self, what: &str, answer: &str, is_right: bool, came_of_it: &str) {
        let [first, second, _] = WIDTHS;
        let ink = if is_right { Ink::Good } else { Ink::Bad };
        let what = fitted(&format!("{what}: "), first);
        let words = what.trim_end();
        let pad = " ".repeat(first.saturating_sub(words.chars().count() + 1 + answer.len()));
        let answer = self.ink(ink, answer);
        let came = fitted(came_of_it, second);
        say(format!("  {:8}  {words} {answer}{pad}  {came}", "").trim_end());
    }

    fn ink(&self, ink: Ink, text: &str) -> String {
        ink.paint(text, self.colours)
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
                "no: rests on webhooks"
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
        self.table("events", &lines(&|told| vec![told.events.to_string()]));
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
                let padded = format!("{text:27}");
                line.push_str(&match name {
                    "status" => padded.replacen(text, &self.ink(ink_of(text), text), 1),
                    _ => padded,
                });
            }
            say(line.trim_end());
        }
    }

    /// What to do while it stays up.
    pub(super) fn stays_up(&self, key: &Secret, account: &str) {
        say("");
        say(&self.ink(
            Ink::Strong,
            "All of it stays up until Ctrl-C. Play the application yourself:",
        ));
        let (key, gateway) = (key.expose(), &self.gateway);
        say(&format!(
            "  curl -H 'Authorization: Bearer {key}' -H 'Content-Type: application/json' \\\n       \
             -d '{{\"subject\": \"you\", \"account\": \"{account}\"}}' {gateway}/v1/verification-requests"
        ));
        say(
            "and the person: open the hosted_url of the answer in a browser and choose what happens.",
        );
        say("What the application is told stands here:");
    }
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
