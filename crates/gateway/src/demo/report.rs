//! The demo's words, for people.

use std::cell::Cell;
use std::net::SocketAddr;
use std::path::Path;

use http::StatusCode;
use idv_core::Secret;
use serde_json::Value;

use super::ACCOUNT;
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
        say(&this.ink(Ink::Strong, "A gateway of your own, for one story"));
        say(&format!("  listens on      http://{address}"));
        say(&format!(
            "  keeps its data  {} (removed at the end)",
            folder.display()
        ));
        say(&format!(
            "  account         {ACCOUNT}: only receives, no API key, adopts sessions it did not start"
        ));
        say("");
        say(&this.ink(Ink::Strong, "The vendor sends webhooks"));
        this
    }

    fn ink(&self, ink: Ink, text: &str) -> String {
        ink.paint(text, self.colours)
    }

    /// One webhook, what it was answered, and the status of the request afterwards.
    pub(super) fn delivered(
        &self,
        event_type: &str,
        meaning: &str,
        answer: StatusCode,
        status: Option<&str>,
    ) {
        let number = self.number.get() + 1;
        self.number.set(number);
        // The end of the name says what happened; its beginning is the same for all.
        let happening = event_type.rsplit('.').next().unwrap_or(event_type);
        let answer_ink = if answer == StatusCode::OK {
            Ink::Good
        } else {
            Ink::Bad
        };
        let answer = self.ink(answer_ink, answer.as_str());
        let status = status.map_or_else(|| "-".to_owned(), |status| self.status(status));
        say(&format!(
            "  {number}  {happening:14}  {meaning:46}  {answer}  {status}"
        ));
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

    /// The request and its timeline, as the API tells them.
    pub(super) fn request(&self, request: &Value, timeline: &Value) {
        say("");
        say(&self.ink(
            Ink::Strong,
            &format!("The verification request  {}", text(request, "id")),
        ));
        let confirmed = if request.get("unconfirmed") == Some(&Value::Bool(true)) {
            "no: it rests on webhooks alone, since the account has no API key to ask with"
        } else {
            "yes"
        };
        say(&format!(
            "  status      {}",
            self.status(text(request, "status"))
        ));
        say(&format!("  decided by  {}", text(request, "source")));
        say(&format!("  confirmed   {confirmed}"));
        say(&format!("  subject     {}", text(request, "subject")));
        for session in items(request, "sessions") {
            say(&format!(
                "  session     {} with {}",
                text(session, "session_id"),
                text(session, "account")
            ));
        }
        for step in items(request, "steps") {
            let codes: Vec<_> = items(step, "findings")
                .iter()
                .map(|finding| text(finding, "code"))
                .collect();
            let status = self.status(text(step, "status"));
            let line = format!(
                "  step        {:10}  {status}  {}",
                text(step, "kind"),
                codes.join(", ")
            );
            say(line.trim_end());
        }
        for finding in items(request, "findings") {
            say(&format!(
                "  reason      {}: {}",
                text(finding, "code"),
                text(finding, "explanation")
            ));
        }
        say("");
        say(&self.ink(Ink::Strong, "Its timeline (UTC)"));
        say(&self.ink(Ink::Faint, "  happened  learned   source    what"));
        for entry in timeline.as_array().map_or(&[][..], Vec::as_slice) {
            self.entry(entry);
        }
    }

    fn entry(&self, entry: &Value) {
        // What we did ourselves has no time by the vendor's clock.
        let happened = time_of_day(text(entry, "vendor_time"));
        let learned = time_of_day(text(entry, "at"));
        let what = text(entry, "what");
        let what = what.rsplit('.').next().unwrap_or(what);
        let (before, after) = (text(entry, "status_before"), text(entry, "status_after"));
        let change = match (before, after) {
            (_, "-") => String::new(),
            (before, after) if before == after => self.status(after),
            (before, after) => {
                format!("{} → {}", self.ink(Ink::Faint, before), self.status(after))
            }
        };
        let reasons: Vec<_> = items(entry, "findings")
            .iter()
            .filter_map(Value::as_str)
            .collect();
        let reasons = if reasons.is_empty() {
            String::new()
        } else {
            format!("  ({})", reasons.join(", "))
        };
        let source = text(entry, "source");
        say(
            format!("  {happened:8}  {learned:8}  {source:8}  {what:16}  {change}{reasons}")
                .trim_end(),
        );
    }

    /// What the story was to show. True if it did.
    pub(super) fn checks(&self, checks: &[(&str, bool)]) -> bool {
        say("");
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
