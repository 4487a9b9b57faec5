//! Three columns side by side: what the vendor did, what the gateway made of it, what the application was told.

use idv_core::Timestamp;
use serde_json::Value;

use super::application::Told;
use super::vendors::{Deed, What};
use crate::terminal::Ink;

/// How wide each column is, in characters; with the time and what lies between, a hundred.
pub(super) const WIDTHS: [usize; 3] = [36, 27, 21];

/// One thing, in its column.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) at: Timestamp,
    column: usize,
    pub(super) text: String,
    pub(super) ink: Option<Ink>,
    /// For webhooks: how many, and what they were answered.
    posted: Option<(usize, String)>,
}

impl Entry {
    /// Something the vendor did.
    pub(super) fn of_vendor(deed: &Deed) -> Self {
        let (text, ink) = match &deed.what {
            What::Made => ("makes a session".to_owned(), None),
            What::Happened(what) => (what.clone(), None),
            What::Told(event, answer) => {
                let ink = if answer == "200" {
                    Ink::Faint
                } else {
                    Ink::Bad
                };
                (format!("→ {}: {answer}", end_of(event)), Some(ink))
            }
            What::Stuck(why) => (why.clone(), Some(Ink::Bad)),
        };
        Self {
            at: deed.at,
            column: 0,
            text,
            ink,
            posted: match &deed.what {
                What::Told(_, answer) => Some((1, answer.clone())),
                _ => None,
            },
        }
    }

    /// What the gateway learned, if that changed something, or if somebody told it to; below it the reasons.
    pub(super) fn of_gateway(entry: &Value) -> Vec<Self> {
        let text = |name: &str| entry.get(name).and_then(Value::as_str);
        let (before, after) = (text("status_before"), text("status_after"));
        let source = text("source").unwrap_or_default();
        let Some(at) = text("at").and_then(|at| at.parse().ok()) else {
            return Vec::new();
        };
        let entry_of = |text: String, ink| Self {
            at,
            column: 1,
            text,
            ink,
            posted: None,
        };
        let Some(after) = after.filter(|after| Some(*after) != before) else {
            let what = text("what").filter(|_| source == "command");
            let told = what.map(|what| entry_of(what.replace('_', " "), None));
            return told.into_iter().collect();
        };
        let ink = Some(ink_of(after));
        let findings = entry.get("findings").and_then(Value::as_array);
        let reasons = findings.into_iter().flatten().filter_map(Value::as_str);
        let mut entries = vec![entry_of(format!("{source}: {after}"), ink)];
        entries.extend(reasons.map(|reason| entry_of(format!("  {reason}"), ink)));
        entries
    }

    /// An event, as the application was told it.
    pub(super) fn of_application(told: &Told) -> Self {
        Self {
            at: told.at,
            column: 2,
            text: told.word().to_owned(),
            ink: Some(ink_of(&told.status)),
            posted: None,
        }
    }
}

impl Entry {
    /// Takes in a webhook that went out right after, and was answered alike.
    fn takes_in(&mut self, next: &Self) -> bool {
        match (&mut self.posted, &next.posted) {
            (Some((count, answer)), Some((more, the_same))) if answer == the_same => {
                *count += more;
                self.text = format!("→ {count} webhooks: {answer}");
                true
            }
            _ => false,
        }
    }
}

/// The colour of a status.
pub(super) fn ink_of(status: &str) -> Ink {
    match status {
        "passed" => Ink::Good,
        "failed" | "errored" | "expired" | "abandoned" | "cancelled" => Ink::Bad,
        _ => Ink::Waiting,
    }
}

/// The end of an event's name says what happened; its beginning is the same for all.
fn end_of(event: &str) -> &str {
    const LONGEST: usize = 23;
    match event.rsplit_once('.') {
        Some((_, end)) if event.len() > LONGEST => end,
        _ => event,
    }
}

/// One line: a cell for each column.
pub(super) type Row = [Option<Entry>; 3];

/// In the order in which it happened. What follows from something stands beside it, to its right; webhooks one right
/// after the other are counted.
pub(super) fn rows(mut entries: Vec<Entry>) -> Vec<Row> {
    entries.sort_by_key(|entry| entry.at);
    let mut rows: Vec<Row> = Vec::new();
    let mut last_column = usize::MAX;
    for entry in entries {
        let column = entry.column;
        let last_cell = rows.last_mut().and_then(|row| row.get_mut(column));
        if column == last_column
            && let Some(Some(cell)) = last_cell
            && cell.takes_in(&entry)
        {
            continue;
        }
        if column <= last_column {
            rows.push([None, None, None]);
        }
        last_column = column;
        if let Some(cell) = rows.last_mut().and_then(|row| row.get_mut(column)) {
            *cell = Some(entry);
        }
    }
    rows
}

/// The text in exactly so many characters.
pub(super) fn fitted(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return format!("{text:width$}");
    }
    let short: String = text.chars().take(width.saturating_sub(1)).collect();
    format!("{short}…")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn entry(at: i64, column: usize) -> Entry {
        Entry {
            at: Timestamp::from_unix_secs(at),
            column,
            text: at.to_string(),
            ink: None,
            posted: None,
        }
    }

    #[test]
    fn what_follows_stands_to_the_right_and_what_comes_next_below() {
        let entries = [(5, 1), (1, 0), (2, 0), (3, 1), (4, 2), (6, 2)];
        let rows = rows(entries.map(|(at, column)| entry(at, column)).to_vec());
        let texts: Vec<_> = rows
            .iter()
            .map(|row| {
                row.each_ref()
                    .map(|cell| cell.as_ref().map_or("", |entry| &entry.text))
            })
            .collect();
        assert_eq!(texts, [["1", "", ""], ["2", "3", "4"], ["", "5", "6"]]);
    }

    #[test]
    fn webhooks_one_after_the_other_are_counted() {
        let told = |at: i64, answer: &str| {
            Entry::of_vendor(&Deed {
                at: Timestamp::from_unix_secs(at),
                object: "vs_1".to_owned(),
                what: What::Told("a.b".to_owned(), answer.to_owned()),
            })
        };
        let entries = vec![
            told(1, "200"),
            told(2, "200"),
            told(3, "503"),
            entry(4, 1),
            told(5, "503"),
        ];
        let texts: Vec<_> = rows(entries)
            .into_iter()
            .filter_map(|[first, ..]| Some(first?.text))
            .collect();
        assert_eq!(texts, ["→ 2 webhooks: 200", "→ a.b: 503", "→ a.b: 503"]);
    }

    #[test]
    fn the_gateways_column_holds_changes_and_commands_only() {
        let of = |source: &str, before: &str, after: &str| {
            let entries = Entry::of_gateway(&json!({
                "at": "2026-11-20T18:43:00Z", "source": source, "what": "review_resolved",
                "status_before": before, "status_after": after, "findings": ["face_mismatch"],
            }));
            entries
                .into_iter()
                .map(|entry| entry.text)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            of("fetch", "created", "failed"),
            ["fetch: failed", "  face_mismatch"]
        );
        assert!(of("fetch", "passed", "passed").is_empty());
        assert_eq!(of("command", "passed", "passed"), ["review resolved"]);
    }

    #[test]
    fn a_cell_has_its_width() {
        assert_eq!(fitted("abc", 5), "abc  ");
        assert_eq!(fitted("abcdef", 5), "abcd…");
        assert_eq!(end_of("identity.verification_session.verified"), "verified");
        assert_eq!(end_of("workflow_run.completed"), "workflow_run.completed");
    }
}
