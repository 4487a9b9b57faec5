//! Answers with something nobody has heard of.

use bytes::Bytes;
use http::Response;
use serde_json::{Value, json};

/// The value in the place of a known one.
const UNKNOWN: &str = "simulated_unknown";

/// The answer with a member more in its outermost object. What is no JSON object stays as it is.
pub(crate) fn with_unknown_member(response: Response<Bytes>) -> Response<Bytes> {
    changed(response, |object| {
        object.insert(UNKNOWN.to_owned(), json!({ "added": "later" }));
    })
}

/// The answer with another word as the object's `status`. What has none stays as it is.
pub(crate) fn with_unknown_value(response: Response<Bytes>) -> Response<Bytes> {
    changed(response, |object| {
        if let Some(status) = object.get_mut("status").filter(|status| status.is_string()) {
            *status = Value::from(UNKNOWN);
        }
    })
}

fn changed(
    response: Response<Bytes>,
    change: impl FnOnce(&mut serde_json::Map<String, Value>),
) -> Response<Bytes> {
    if !response.status().is_success() {
        return response;
    }
    response.map(|body| match idv_core::json::decode::<Value>(&body) {
        Ok(Value::Object(mut object)) => {
            change(&mut object);
            Bytes::from(Value::Object(object).to_string())
        }
        _ => body,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_there_is_changed() {
        let answer = || Response::new(Bytes::from_static(b"{\"status\":\"active\"}"));
        assert_eq!(
            with_unknown_value(answer()).body(),
            "{\"status\":\"simulated_unknown\"}"
        );
        assert_eq!(
            with_unknown_member(answer()).body(),
            "{\"simulated_unknown\":{\"added\":\"later\"},\"status\":\"active\"}"
        );
        let picture = Response::new(Bytes::from_static(b"\xff\xd8"));
        assert_eq!(with_unknown_member(picture.clone()).body(), picture.body());
        let mut refusal = answer();
        *refusal.status_mut() = http::StatusCode::NOT_FOUND;
        assert_eq!(with_unknown_value(refusal).body(), answer().body());
    }
}
