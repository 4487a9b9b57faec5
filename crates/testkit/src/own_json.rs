//! JSON of our own making: expectations and exchanges.
//!
//! Here the text of a serde error helps whoever writes a fixture, and holds nothing but synthetic people.

use std::path::Path;

use serde::de::DeserializeOwned;
use serde_json::Value;

/// Reads one file.
///
/// # Panics
/// If it cannot be read or is not of the right form; the message names the file and the fault.
pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> T {
    let bytes = std::fs::read(path)
        .unwrap_or_else(|error| panic!("{}: cannot be read: {error}", path.display()));
    parse(&bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[expect(
    clippy::disallowed_methods,
    reason = "synthetic data; the error text is wanted"
)]
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, serde_json::Error> {
    serde_json::from_slice(bytes)
}

/// Where two documents differ, one line for each place.
pub(crate) fn differences(at: &str, expected: &Value, found: &Value, lines: &mut Vec<String>) {
    match (expected, found) {
        (Value::Object(left), Value::Object(right)) => {
            for (key, value) in left {
                let other = right.get(key).unwrap_or(&Value::Null);
                differences(&format!("{at}/{key}"), value, other, lines);
            }
            for (key, value) in right.iter().filter(|(key, _)| !left.contains_key(*key)) {
                differences(&format!("{at}/{key}"), &Value::Null, value, lines);
            }
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            for (index, (value, other)) in left.iter().zip(right).enumerate() {
                differences(&format!("{at}/{index}"), value, other, lines);
            }
        }
        _ if expected == found => {}
        _ => lines.push(format!("{at}: expected {expected}, found {found}")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::differences;

    #[test]
    fn each_place_that_differs_is_named() {
        let expected = json!({ "a": { "b": 1, "gone": 2 }, "list": [1, 2], "same": null });
        let found = json!({ "a": { "b": 3 }, "list": [1], "new": true });
        let mut lines = Vec::new();
        differences("", &expected, &found, &mut lines);
        assert_eq!(
            lines,
            [
                "/a/b: expected 1, found 3",
                "/a/gone: expected 2, found null",
                "/list: expected [1,2], found [1]",
                "/new: expected null, found true",
            ]
        );
    }
}
