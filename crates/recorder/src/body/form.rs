//! Forms and queries: `a=b&c[d][0]=e`.

use serde_json::{Map, Value};

use super::{Leaf, Visit};
use crate::place::{Refusal, Step, Why};

/// How many pairs of brackets a name may have. More are taken for a part of one name: nothing is as deep, and to follow it
/// would take as much of the stack as somebody likes.
pub(crate) const MOST_BRACKETS: usize = 32;

/// True for a name with more brackets than anybody needs.
pub(crate) fn is_too_deep(name: &str) -> bool {
    name.matches('[').count() > MOST_BRACKETS
}

/// The steps that a name of a form writes: `options[document][0]`, `expand[]`.
pub(crate) fn steps(name: &str) -> Vec<Step> {
    if is_too_deep(name) {
        return vec![Step::Member(name.to_owned())];
    }
    let parts = name.split('[').map(|part| part.trim_end_matches(']'));
    parts
        .enumerate()
        .map(|(index, part)| match part.parse() {
            // A longer number is no place in a list: it may be a telephone number.
            Ok(item) if index > 0 && part.len() <= 3 => Step::Item(item),
            _ if part.is_empty() && index > 0 => Step::Item(0),
            _ => Step::Member(part.to_owned()),
        })
        .collect()
}

/// The name that these steps are written as, with the brackets of an earlier one.
fn name_of(steps: &[Step], earlier: &str) -> String {
    let mut name = String::new();
    for (index, step) in steps.iter().enumerate() {
        let part = match step {
            Step::Member(part) => part.clone(),
            Step::Item(0) if earlier.ends_with("[]") && index + 1 == steps.len() => String::new(),
            Step::Item(item) => item.to_string(),
        };
        name.push_str(&if index == 0 {
            part
        } else {
            format!("[{part}]")
        });
    }
    name
}

/// The entries as a tree, so that a value can be seen with those beside it.
pub(crate) fn tree(pairs: &[(String, String)]) -> Value {
    let mut root = Value::Object(Map::new());
    for (name, value) in pairs {
        plant(&mut root, &steps(name), value);
    }
    root
}

fn plant(at: &mut Value, steps: &[Step], value: &str) {
    let Some((step, rest)) = steps.split_first() else {
        *at = Value::from(value);
        return;
    };
    let key = match step {
        Step::Member(name) => name.clone(),
        Step::Item(index) => index.to_string(),
    };
    if !at.is_object() {
        *at = Value::Object(Map::new());
    }
    if let Value::Object(members) = at {
        plant(members.entry(key).or_insert(Value::Null), rest, value);
    }
}

/// Reads entries.
pub(crate) fn pairs(encoded: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(encoded).into_owned().collect()
}

/// The entries, replaced.
pub(crate) fn replace(
    pairs: &[(String, String)],
    visit: &mut dyn Visit,
) -> Result<Vec<(String, String)>, Refusal> {
    let tree = tree(pairs);
    let mut out = Vec::new();
    for (name, value) in pairs {
        let steps = steps(name);
        if is_too_deep(name) {
            return Err(visit.place(&steps).refused(Why::TooDeep));
        }
        let mut written = steps.clone();
        for end in 1..=steps.len() {
            let Some(Step::Member(_)) = steps.get(end - 1) else {
                continue;
            };
            let renamed = visit.name(steps.get(..end).unwrap_or_default())?;
            if let (Some(new), Some(step)) = (renamed, written.get_mut(end - 1)) {
                *step = Step::Member(new);
            }
        }
        let new = visit.leaf(&steps, &tree, &Leaf::Text(value))?;
        out.push((
            name_of(&written, name),
            new.unwrap_or_else(|| value.clone()),
        ));
    }
    Ok(out)
}

/// Writes entries.
pub(crate) fn encoded(pairs: &[(String, String)]) -> String {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(pairs);
    form.finish()
}
