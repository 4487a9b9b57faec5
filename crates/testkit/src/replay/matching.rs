//! Whether a request is the one an exchange is about, and if not, why not.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::Request;
use serde_json::Value;
use url::form_urlencoded;

use super::AskedFor;
use crate::own_json;

/// What keeps this request from being the one asked for; nothing if it is.
pub(super) fn mismatches(wanted: &AskedFor, request: &Request<Bytes>) -> Vec<String> {
    let AskedFor {
        method,
        path,
        query,
        form,
        json,
        headers,
        after: _,
    } = wanted;
    let mut lines = Vec::new();
    if let Some(method) = method
        .as_deref()
        .filter(|m| *m != request.method().as_str())
    {
        lines.push(format!("method: expected {method}"));
    }
    if let Some(path) = path.as_deref().filter(|p| *p != request.uri().path()) {
        lines.push(format!("path: expected {path}"));
    }
    let found = pairs(request.uri().query().unwrap_or_default().as_bytes());
    compare("query", query, |key| found.get(key).cloned(), &mut lines);

    if !form.is_empty() {
        let found = pairs(request.body());
        compare("form", form, |key| found.get(key).cloned(), &mut lines);
    }
    if let Some(json) = json {
        match own_json::parse::<Value>(request.body()) {
            Ok(found) => subset("json", json, &found, &mut lines),
            Err(_) => lines.push("json: the body is no JSON".to_owned()),
        }
    }
    let header = |name: &str| {
        let value = request.headers().get(name)?;
        Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    compare("header", headers, header, &mut lines);
    lines
}

fn pairs(encoded: &[u8]) -> BTreeMap<String, String> {
    form_urlencoded::parse(encoded).into_owned().collect()
}

fn compare(
    what: &str,
    wanted: &BTreeMap<String, Option<String>>,
    found: impl Fn(&str) -> Option<String>,
    lines: &mut Vec<String>,
) {
    for (key, value) in wanted {
        let found = found(key);
        if found != *value {
            let show = |value: &Option<String>| {
                value
                    .as_ref()
                    .map_or("none".to_owned(), |value| format!("{value:?}"))
            };
            lines.push(format!(
                "{what} {key}: expected {}, found {}",
                show(value),
                show(&found)
            ));
        }
    }
}

fn subset(at: &str, wanted: &Value, found: &Value, lines: &mut Vec<String>) {
    match (wanted, found) {
        (Value::Object(wanted), Value::Object(found)) => {
            for (key, value) in wanted {
                let other = found.get(key).unwrap_or(&Value::Null);
                subset(&format!("{at}/{key}"), value, other, lines);
            }
        }
        _ if wanted == found => {}
        _ => lines.push(format!("{at}: expected {wanted}, found {found}")),
    }
}
