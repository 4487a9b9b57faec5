//! Whether a request is one that was recorded.

use bytes::Bytes;
use http::Request;
use serde_json::Value;

use crate::body::{Form, form, form_of};
use crate::recording::Played;

/// How a request compares with a recorded one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Match {
    /// Equal in everything, replaced values too.
    Equal,
    /// Equal, but for values that were replaced when it was recorded.
    Alike,
    /// Something else: the places that differ.
    Differs(Vec<String>),
}

pub(super) fn compare(played: &Played, request: &Request<Bytes>) -> Match {
    let mut differs = Vec::new();
    if played.asked.method != request.method().as_str() {
        differs.push(format!("the method is {}", played.asked.method));
    }
    if played.asked.path != request.uri().path() {
        differs.push("the path is another".to_owned());
    }
    let query = form::pairs(request.uri().query().unwrap_or_default().as_bytes());
    let recorded: Vec<(String, String)> = played.asked.query.clone().into_iter().collect();
    let recorded = form::tree(&recorded);
    let mut equal = true;
    equal &= subtrees(
        "query ",
        &recorded,
        &form::tree(&query),
        &played.free_in_query,
        &mut differs,
    );
    let recorded = match &played.asked.json {
        Some(json) => json.clone(),
        None => form::tree(&played.asked.form.clone().into_iter().collect::<Vec<_>>()),
    };
    if let Some(found) = body(request) {
        equal &= subtrees(
            "body ",
            &recorded,
            &found,
            &played.free_in_body,
            &mut differs,
        );
    }
    match (differs.is_empty(), equal) {
        (true, true) => Match::Equal,
        (true, false) => Match::Alike,
        (false, _) => Match::Differs(differs),
    }
}

/// The body as a tree; none if it is of a form that is not compared: files and texts.
fn body(request: &Request<Bytes>) -> Option<Value> {
    let content_type = request.headers().get(http::header::CONTENT_TYPE);
    let content_type = content_type.and_then(|value| value.to_str().ok());
    if request.body().is_empty() {
        return Some(Value::Object(serde_json::Map::new()));
    }
    match form_of(content_type, request.body()) {
        Form::Json => idv_core::json::decode(request.body()).ok(),
        Form::Entries => Some(form::tree(&form::pairs(request.body()))),
        _ => None,
    }
}

/// Compares two trees; true if they are equal even where any value may stand.
fn subtrees(
    what: &str,
    recorded: &Value,
    found: &Value,
    free: &[String],
    differs: &mut Vec<String>,
) -> bool {
    let (mut left, mut right) = (recorded.clone(), found.clone());
    for pointer in free {
        // Where the place is on one side only, the trees differ in more than a value.
        if let (Some(left), Some(right)) = (left.pointer_mut(pointer), right.pointer_mut(pointer)) {
            *left = Value::Null;
            *right = Value::Null;
        }
    }
    places(what, "", &left, &right, differs);
    recorded == found
}

fn places(what: &str, at: &str, left: &Value, right: &Value, differs: &mut Vec<String>) {
    match (left, right) {
        (Value::Object(left), Value::Object(right)) => {
            for (name, value) in left {
                match right.get(name) {
                    Some(other) => places(what, &format!("{at}/{name}"), value, other, differs),
                    None => differs.push(format!("{what}{at}/{name} is missing")),
                }
            }
            let more = right.keys().filter(|name| !left.contains_key(*name));
            differs.extend(more.map(|name| format!("{what}{at}/{name} is new")));
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            for (index, (value, other)) in left.iter().zip(right).enumerate() {
                places(what, &format!("{at}/{index}"), value, other, differs);
            }
        }
        _ if left == right => {}
        _ => differs.push(format!("{what}{at} is another")),
    }
}
