//! A request, as the application sees it.

use serde_json::Value;

use super::Ending;

/// A text in it, or nothing.
pub(super) fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// The request without the times at which something was learned: an account that can ask its vendor asks once more
/// after a duplicate, and learns the same.
pub(super) fn without_times(request: &Value) -> Value {
    let mut request = request.clone();
    remove_member(&mut request, "updated_at");
    request
}

/// The reasons of a request, by their codes.
pub(super) fn reasons_of(request: &Value) -> Vec<&str> {
    let findings = request.get("findings").and_then(Value::as_array);
    let findings = findings.into_iter().flatten();
    findings
        .filter_map(|finding| finding.get("code")?.as_str())
        .collect()
}

/// Whether it ended as it should.
pub(super) fn is(request: &Value, ending: &Ending) -> bool {
    let items = |name: &str| request.get(name).and_then(Value::as_array);
    let stands = |(kind, status): (&str, &str)| {
        items("steps").into_iter().flatten().any(|step| {
            let is = |name: &str, word: &str| step.get(name).is_some_and(|is| is == word);
            is("kind", kind) && is("status", status)
        })
    };
    text(request, "/status") == ending.status
        && reasons_of(request) == ending.reasons
        && ending.step.is_none_or(stands)
}

fn remove_member(value: &mut Value, name: &str) {
    match value {
        Value::Object(members) => {
            members.remove(name);
            members
                .values_mut()
                .for_each(|value| remove_member(value, name));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| remove_member(item, name)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_ending_counts_only_with_its_status_its_reasons_and_its_step() {
        let request = json!({
            "status": "failed",
            "findings": [{ "code": "face_mismatch" }],
            "steps": [{ "kind": "document", "status": "passed" }],
        });
        let ending = |status, reasons, step| Ending {
            status,
            reasons,
            step: Some(("document", step)),
        };
        assert!(is(
            &request,
            &ending("failed", &["face_mismatch"], "passed")
        ));
        assert!(!is(
            &request,
            &ending("passed", &["face_mismatch"], "passed")
        ));
        assert!(!is(&request, &ending("failed", &[], "passed")));
        assert!(!is(
            &request,
            &ending("failed", &["face_mismatch"], "failed")
        ));
    }

    #[test]
    fn only_the_time_of_learning_may_differ_after_a_duplicate() {
        let seen = |status: &str, updated_at: u8| {
            without_times(&json!({ "status": status, "sessions": [{ "updated_at": updated_at }] }))
        };
        assert_eq!(seen("passed", 1), seen("passed", 2));
        assert_ne!(seen("passed", 1), seen("failed", 1));
    }
}
