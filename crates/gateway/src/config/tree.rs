//! A configuration as it was written: values, each with its place.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Problem;

/// Where a value is written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Origin {
    /// In the file compiled in.
    Default,
    /// In the operator's file.
    File {
        /// Its path, as given.
        path: Arc<str>,
        /// From 1.
        line: usize,
        /// From 1, in characters.
        column: usize,
    },
    /// In the environment, in the variable of this name.
    Environment(String),
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Default => f.write_str("built-in default"),
            Self::File { path, line, column } => write!(f, "{path}:{line}:{column}"),
            Self::Environment(variable) => write!(f, "environment {variable}"),
        }
    }
}

/// A value with its place. It has no `Debug`: values may be secrets.
#[derive(Clone)]
pub(crate) struct Node {
    /// Where its key is written.
    pub(crate) origin: Origin,
    pub(crate) value: Value,
}

/// A value. Text from the environment stays the text it is until somebody asks for a number: `00123` may be a
/// secret.
#[derive(Clone)]
pub(crate) enum Value {
    Table(BTreeMap<String, Node>),
    List(Vec<Node>),
    Text(String),
    Untyped(String),
    Integer(i64),
    Float(f64),
    Boolean(bool),
    /// A number too large to hold, or a date: nothing here takes one.
    Unusable(&'static str),
}

impl Node {
    pub(crate) const fn empty_table(origin: Origin) -> Self {
        Self {
            origin,
            value: Value::Table(BTreeMap::new()),
        }
    }

    /// Where a key of this table is written.
    pub(crate) fn origin_of(&self, key: &str) -> Option<&Origin> {
        match &self.value {
            Value::Table(entries) => entries.get(key).map(|node| &node.origin),
            _ => None,
        }
    }

    /// Lays another tree over this one: tables are joined, anything else is replaced.
    pub(crate) fn overlay(&mut self, over: Self) {
        match (&mut self.value, over.value) {
            (Value::Table(below), Value::Table(above)) => {
                for (key, node) in above {
                    match below.get_mut(&key) {
                        Some(existing) => existing.overlay(node),
                        None => {
                            below.insert(key, node);
                        }
                    }
                }
                // A table given by both is written where the operator wrote it.
                if self.origin == Origin::Default {
                    self.origin = over.origin;
                }
            }
            (_, value) => {
                *self = Self {
                    origin: over.origin,
                    value,
                }
            }
        }
    }
}

/// Reads a TOML text.
///
/// `path`: as problems name it; none for the file compiled in.
pub(crate) fn parse(text: &str, path: Option<&Path>) -> Result<Node, Vec<Problem>> {
    let places = Places {
        text,
        path: path.map(|path| Arc::from(path.display().to_string())),
    };
    let (table, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        let origin = places.at(0);
        return Ok(Node {
            origin,
            value: places.table(table.into_inner()),
        });
    }
    let problem = |error: &toml::de::Error| {
        Problem {
        place: places.at(error.span().map_or(0, |span| span.start)).to_string(),
        key: String::new(),
        what: format!("is not valid TOML ({})", error.message().trim_end_matches('.')),
        remedy: "text stands in double quotes, a table is named in square brackets, and each key stands once in its table"
            .to_owned(),
    }
    };
    Err(errors.iter().map(problem).collect())
}

struct Places<'a> {
    text: &'a str,
    path: Option<Arc<str>>,
}

impl Places<'_> {
    fn at(&self, offset_bytes: usize) -> Origin {
        let Some(path) = &self.path else {
            return Origin::Default;
        };
        let before = self.text.get(..offset_bytes).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Origin::File {
            path: Arc::clone(path),
            line: before.matches('\n').count() + 1,
            column: before
                .get(line_start..)
                .map_or(0, |line| line.chars().count())
                + 1,
        }
    }

    fn table(&self, table: DeTable<'_>) -> Value {
        let entry = |(key, value): (Spanned<_>, Spanned<DeValue<'_>>)| {
            let origin = self.at(key.span().start);
            let node = Node {
                origin,
                value: self.value(value.into_inner()),
            };
            (std::borrow::Cow::into_owned(key.into_inner()), node)
        };
        Value::Table(table.into_iter().map(entry).collect())
    }

    fn value(&self, value: DeValue<'_>) -> Value {
        match value {
            DeValue::String(text) => Value::Text(text.into_owned()),
            DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
                .map_or(
                    Value::Unusable("a number that is too large"),
                    Value::Integer,
                ),
            DeValue::Float(number) => number.as_str().parse().map_or(
                Value::Unusable("a number that cannot be read"),
                Value::Float,
            ),
            DeValue::Boolean(yes) => Value::Boolean(yes),
            DeValue::Datetime(_) => Value::Unusable("a date"),
            DeValue::Array(list) => {
                let node = |item: Spanned<DeValue<'_>>| Node {
                    origin: self.at(item.span().start),
                    value: self.value(item.into_inner()),
                };
                Value::List(list.into_iter().map(node).collect())
            }
            DeValue::Table(table) => self.table(table),
        }
    }
}
