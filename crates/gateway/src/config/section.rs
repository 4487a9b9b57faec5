//! Reading one table, key by key. Every problem is collected, so that an operator sees all of them at once.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use super::Problem;
use super::tree::{Node, Origin, Value};

/// The problems found so far.
#[derive(Default)]
pub(crate) struct Complaints {
    list: Vec<Problem>,
    /// Whether accounts without webhook secrets are no problem: before they are connected they have none.
    pub(super) may_lack_secrets: bool,
}

impl Complaints {
    pub(crate) fn add(&mut self, origin: &Origin, key: &str, what: &str, remedy: &str) {
        self.list.push(Problem {
            place: origin.to_string(),
            key: key.to_owned(),
            what: what.to_owned(),
            remedy: remedy.to_owned(),
        });
    }

    pub(crate) fn push(&mut self, problem: Problem) {
        self.list.push(problem);
    }

    /// Whether there is one about this key already.
    pub(crate) fn names(&self, key: &str) -> bool {
        self.list.iter().any(|problem| problem.key == key)
    }

    pub(crate) fn count(&self) -> usize {
        self.list.len()
    }

    pub(crate) fn into_list(self) -> Vec<Problem> {
        self.list
    }
}

/// A value that was there, with its place.
pub(crate) struct Found<T> {
    pub(crate) value: T,
    pub(crate) origin: Origin,
}

/// One table while it is read. Whatever is left in the end is a key nobody knows.
pub(crate) struct Section {
    path: String,
    pub(crate) origin: Origin,
    entries: BTreeMap<String, Node>,
    /// The keys asked for, to suggest one for a misspelt one.
    known: Vec<&'static str>,
}

impl Section {
    /// Opens a table. Anything else is a problem and reads as an empty table.
    pub(crate) fn open(path: impl Into<String>, node: Node, complaints: &mut Complaints) -> Self {
        let path = path.into();
        let entries = match node.value {
            Value::Table(entries) => entries,
            _ => {
                let remedy = format!("write it as a table: [{path}]");
                complaints.add(&node.origin, &path, "is not a table", &remedy);
                BTreeMap::new()
            }
        };
        Self {
            path,
            origin: node.origin,
            entries,
            known: Vec::new(),
        }
    }

    /// The dotted name of one of its keys.
    pub(crate) fn name_of(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }

    pub(crate) fn take(&mut self, key: &'static str) -> Option<Node> {
        self.known.push(key);
        self.entries.remove(key)
    }

    /// Undoes a [`Section::take`].
    pub(crate) fn put_back(&mut self, key: &'static str, node: Node) {
        self.entries.insert(key.to_owned(), node);
    }

    /// Where an entry is written that was not taken yet.
    pub(crate) fn origin_of(&self, key: &str) -> Option<Origin> {
        self.entries.get(key).map(|node| node.origin.clone())
    }

    /// Every entry of a table whose keys are names, such as the accounts.
    pub(crate) fn take_all(&mut self) -> BTreeMap<String, Node> {
        std::mem::take(&mut self.entries)
    }

    /// A table below. An absent one is empty.
    pub(crate) fn section(&mut self, key: &'static str, complaints: &mut Complaints) -> Self {
        let node = self
            .take(key)
            .unwrap_or_else(|| Node::empty_table(self.origin.clone()));
        Self::open(self.name_of(key), node, complaints)
    }

    /// A text. `expected`: what is expected there, for the remedy.
    pub(crate) fn text(
        &mut self,
        key: &'static str,
        expected: &str,
        complaints: &mut Complaints,
    ) -> Option<Found<String>> {
        let Node { origin, value } = self.take(key)?;
        match value {
            Value::Text(value) | Value::Untyped(value) if !value.trim().is_empty() => {
                Some(Found { value, origin })
            }
            other => {
                let what = if matches!(other, Value::Text(_) | Value::Untyped(_)) {
                    "is blank"
                } else {
                    "is not text in quotes"
                };
                let remedy = format!("give {expected}, or leave the key out");
                complaints.add(&origin, &self.name_of(key), what, &remedy);
                None
            }
        }
    }

    /// A list of texts. From the environment also one text, or numbered ones.
    pub(crate) fn texts(
        &mut self,
        key: &'static str,
        expected: &str,
        complaints: &mut Complaints,
    ) -> Option<Found<Vec<Found<String>>>> {
        let Node { origin, value } = self.take(key)?;
        let items = match value {
            Value::List(items) => items,
            value @ Value::Untyped(_) => vec![Node {
                origin: origin.clone(),
                value,
            }],
            Value::Table(entries) if is_numbered(&entries) => entries.into_values().collect(),
            _ => {
                let remedy = format!("give {expected}");
                complaints.add(
                    &origin,
                    &self.name_of(key),
                    "is not a list of texts",
                    &remedy,
                );
                return None;
            }
        };
        let mut texts = Vec::new();
        for (index, item) in items.into_iter().enumerate() {
            match item.value {
                Value::Text(value) | Value::Untyped(value) => texts.push(Found {
                    value,
                    origin: item.origin,
                }),
                _ => {
                    let name = self.name_of(&format!("{key}[{index}]"));
                    complaints.add(
                        &item.origin,
                        &name,
                        "is not text in quotes",
                        &format!("give {expected}"),
                    );
                }
            }
        }
        Some(Found {
            value: texts,
            origin,
        })
    }

    /// A whole number within bounds. `unit`: what it counts.
    pub(crate) fn whole(
        &mut self,
        key: &'static str,
        unit: &str,
        range: RangeInclusive<u64>,
        complaints: &mut Complaints,
    ) -> Option<u64> {
        let (least, most) = (range.start(), range.end());
        let Some(Node { origin, value }) = self.take(key) else {
            self.missing(key, &format!("give a whole number of {unit}"), complaints);
            return None;
        };
        let number = match value {
            Value::Integer(number) => u64::try_from(number).ok(),
            Value::Untyped(text) => text.trim().parse().ok(),
            _ => None,
        };
        let within = number.filter(|number| range.contains(number));
        if within.is_none() {
            let what = if number.is_some() {
                "is out of bounds"
            } else {
                "is not a whole number"
            };
            let remedy = format!("give {unit} from {least} to {most}, without quotes");
            complaints.add(&origin, &self.name_of(key), what, &remedy);
        }
        within
    }

    /// A whole number, where one is given.
    pub(crate) fn whole_if_given(
        &mut self,
        key: &'static str,
        unit: &str,
        range: RangeInclusive<u64>,
        complaints: &mut Complaints,
    ) -> Option<u64> {
        let node = self.take(key)?;
        self.put_back(key, node);
        self.whole(key, unit, range, complaints)
    }

    /// Yes or no.
    pub(crate) fn boolean(
        &mut self,
        key: &'static str,
        complaints: &mut Complaints,
    ) -> Option<Found<bool>> {
        let Node { origin, value } = self.take(key)?;
        let value = match value {
            Value::Boolean(value) => Some(value),
            Value::Untyped(text) => text.trim().parse().ok(),
            _ => None,
        };
        if value.is_none() {
            complaints.add(
                &origin,
                &self.name_of(key),
                "is neither true nor false",
                "write true or false, without quotes",
            );
        }
        value.map(|value| Found { value, origin })
    }

    /// One of a few words.
    pub(crate) fn word<T: Copy>(
        &mut self,
        key: &'static str,
        words: &[(&str, T)],
        complaints: &mut Complaints,
    ) -> Option<Found<T>> {
        let Node { origin, value } = self.take(key)?;
        let found = match &value {
            Value::Text(text) | Value::Untyped(text) => words
                .iter()
                .find(|(word, _)| word == text)
                .map(|(_, value)| *value),
            _ => None,
        };
        if found.is_none() {
            let list: Vec<_> = words
                .iter()
                .map(|(word, _)| format!("\"{word}\""))
                .collect();
            let remedy = format!("write {}", list.join(" or "));
            complaints.add(
                &origin,
                &self.name_of(key),
                "is not a word known here",
                &remedy,
            );
        }
        found.map(|value| Found { value, origin })
    }

    /// Complains that a key is not there.
    pub(crate) fn missing(&self, key: &str, remedy: &str, complaints: &mut Complaints) {
        complaints.add(&self.origin, &self.name_of(key), "is missing", remedy);
    }

    /// Complains about every key nobody asked for.
    pub(crate) fn finish(self, complaints: &mut Complaints) {
        for (key, node) in &self.entries {
            let remedy = match nearest(key, &self.known) {
                Some(known) => format!("did you mean {known}? Else remove it"),
                None if self.known.is_empty() => "remove it".to_owned(),
                None => format!("remove it; the keys here are {}", self.known.join(", ")),
            };
            complaints.add(
                &node.origin,
                &self.name_of(&idv_core::label(key)),
                "is not a key known here",
                &remedy,
            );
        }
    }
}

fn is_numbered(entries: &BTreeMap<String, Node>) -> bool {
    let mut numbers: Vec<usize> = Vec::new();
    for (key, node) in entries {
        let from_environment = matches!(node.origin, Origin::Environment(_));
        match key.parse() {
            Ok(number) if from_environment => numbers.push(number),
            _ => return false,
        }
    }
    !numbers.is_empty()
}

/// The known key a misspelt one is closest to, if it is close at all.
fn nearest(key: &str, known: &[&'static str]) -> Option<&'static str> {
    let distance = |other: &str| edits(key, other);
    let nearest = known.iter().copied().min_by_key(|other| distance(other))?;
    (distance(nearest) <= (nearest.len() / 3).max(1)).then_some(nearest)
}

/// How many letters must be added, removed or replaced to get from one word to the other.
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut next = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let cell = |row: &[usize], at: usize| row.get(at).copied().unwrap_or(usize::MAX - 1);
            let replaced = cell(&row, j) + usize::from(x != *y);
            let shorter = (cell(&row, j + 1) + 1).min(cell(&next, j) + 1);
            next.push(replaced.min(shorter));
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_key_is_recognised_and_a_foreign_one_is_not() {
        let known = ["max_body_bytes", "listen"];
        assert_eq!(nearest("max_bodybytes", &known), Some("max_body_bytes"));
        assert_eq!(nearest("liste", &known), Some("listen"));
        assert_eq!(nearest("workers", &known), None);
        assert_eq!(edits("kitten", "sitting"), 3);
    }
}
