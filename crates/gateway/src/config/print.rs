//! What counts in the end, with where each value is written and without secrets.

use std::fmt::Write as _;

use super::tree::{Node, Origin, Value};

/// Keys whose values are never shown. Everything about a secret but its being there is the operator's affair.
const SECRET_KEYS: &[&str] = &[
    "api_key",
    "master_key",
    "old_master_keys",
    "password",
    "url",
    "webhook_secrets",
];

const HIDDEN: &str = "\"<hidden>\"";

/// The tree as TOML; behind each value a comment says where it is written.
pub(crate) fn print(tree: &Node) -> String {
    let mut out = String::new();
    table(&mut out, "", tree);
    out
}

fn table(out: &mut String, path: &str, node: &Node) {
    let Value::Table(entries) = &node.value else {
        return;
    };
    // A list of secrets numbered in the environment is a table too, but no table of settings.
    let is_secret = |key: &String| SECRET_KEYS.contains(&key.as_str());
    let is_table =
        |key: &String, node: &Node| matches!(node.value, Value::Table(_)) && !is_secret(key);
    let mut lines = Vec::new();
    for (key, node) in entries.iter().filter(|(key, node)| !is_table(key, node)) {
        let value = if is_secret(key) {
            hidden(&node.value)
        } else {
            shown(&node.value)
        };
        lines.push((format!("{key} = {value}"), &node.origin));
    }
    if !lines.is_empty() {
        if !path.is_empty() {
            let gap = if out.is_empty() { "" } else { "\n" };
            let _ = writeln!(out, "{gap}[{path}]");
        }
        let width = lines
            .iter()
            .map(|(line, _)| line.chars().count())
            .max()
            .unwrap_or(0);
        for (line, origin) in &lines {
            match origin {
                Origin::Default => {
                    let _ = writeln!(out, "{line}");
                }
                origin => {
                    let _ = writeln!(out, "{line:width$}  # {origin}");
                }
            }
        }
    }
    for (key, node) in entries.iter().filter(|(key, node)| is_table(key, node)) {
        let path = if path.is_empty() {
            key.clone()
        } else {
            format!("{path}.{key}")
        };
        table(out, &path, node);
    }
}

fn hidden(value: &Value) -> String {
    match value {
        Value::List(items) => format!("[{}]", vec![HIDDEN; items.len()].join(", ")),
        Value::Table(items) => format!("[{}]", vec![HIDDEN; items.len()].join(", ")),
        _ => HIDDEN.to_owned(),
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Text(text) | Value::Untyped(text) => toml::Value::String(text.clone()).to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => toml::Value::Float(*number).to_string(),
        Value::Boolean(value) => value.to_string(),
        Value::List(items) => {
            let items: Vec<_> = items.iter().map(|item| shown(&item.value)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Unusable(what) => format!("# {what}"),
        Value::Table(_) => String::new(),
    }
}
