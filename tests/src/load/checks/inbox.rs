//! The inbox, held against the vendors' books.

use std::collections::HashMap;

use idv_engine::store::{DeliveryFilter, DeliveryRow, DeliveryState, PageRequest, Store};

use super::Check;
use crate::load::ledger::{Key, Kind, Pages};
use crate::load::vendors::{account, of_account};

const PAGE: u32 = 1_000;

/// A row, as far as it matters here.
struct Row {
    id: String,
    state: DeliveryState,
    reason: Option<String>,
}

/// Reads the whole inbox.
pub(crate) async fn inbox(store: &dyn Store, books: &Pages) -> Vec<Check> {
    let mut rows: HashMap<Key, Vec<Row>> = HashMap::new();
    let mut strangers = Vec::new();
    let filter = DeliveryFilter::default();
    let mut page = PageRequest {
        after: None,
        limit: PAGE,
    };
    loop {
        let read = store.inbox().deliveries(&filter, page).await.unwrap();
        for row in read.rows {
            match key_of(&row) {
                Some(key) => rows.entry(key).or_default().push(Row {
                    id: row.id.to_string(),
                    state: row.state,
                    reason: row.reason,
                }),
                None => strangers.push(format!("{} is of account {}", row.id, row.account)),
            }
        }
        match read.next {
            Some(next) => page.after = Some(next),
            None => break,
        }
    }
    vec![
        acknowledged_once(books, &rows),
        nothing_else(books, &rows, strangers),
        worked_on(books, &rows),
    ]
}

fn key_of(row: &DeliveryRow) -> Option<Key> {
    Some(Key {
        vendor: of_account(row.account.as_str())?,
        text: row.receipt.deduplication_key.as_str().into(),
    })
}

fn acknowledged_once(books: &Pages, rows: &HashMap<Key, Vec<Row>>) -> Check {
    let breaches = books.acknowledged.iter().filter_map(|key| {
        let count = rows.get(key).map_or(0, Vec::len);
        (count != 1).then(|| format!("{} is there {count} times", name(key)))
    });
    Check::new(
        "every acknowledged webhook is in the inbox exactly once",
        books.acknowledged.len(),
        breaches.collect(),
    )
}

/// What was not acknowledged may be there: the process died after the disk had it and before the answer was out.
fn nothing_else(books: &Pages, rows: &HashMap<Key, Vec<Row>>, mut breaches: Vec<String>) -> Check {
    for (key, found) in rows {
        let name = name(key);
        match books.sent.get(key) {
            None if books.forged.contains(key) => breaches.push(format!("{name} is forged")),
            None => breaches.push(format!("{name} was never sent")),
            Some(_) if found.len() != 1 => {
                breaches.push(format!("{name} is there {} times", found.len()));
            }
            Some(_) => {}
        }
    }
    let promise = "nothing forged, nothing unknown and nothing twice is in the inbox";
    Check::new(promise, rows.len(), breaches)
}

fn worked_on(books: &Pages, rows: &HashMap<Key, Vec<Row>>) -> Check {
    let mut breaches = Vec::new();
    for (key, row) in rows
        .iter()
        .flat_map(|(key, rows)| rows.iter().map(move |row| (key, row)))
    {
        let expected = match books.sent.get(key) {
            Some(Kind::OfSession) => DeliveryState::Done,
            Some(Kind::OfUnknownSession) => DeliveryState::Unmatched,
            None => continue,
        };
        if row.state != expected {
            let (name, state) = (name(key), row.state.as_word());
            let reason = row.reason.as_deref().unwrap_or("no reason");
            breaches.push(format!(
                "{name} ({}) is {state}, not {}: {reason}",
                row.id,
                expected.as_word()
            ));
        }
    }
    let promise = "every webhook is worked on, and those of unknown sessions are set aside";
    Check::new(promise, rows.len(), breaches)
}

fn name(key: &Key) -> String {
    format!("{} {}", account(key.vendor), key.text)
}
