//! The same calls, straight at the vendor.

use http::{HeaderValue, Request};
use serde_json::Value;

use super::through_us::Asked;
use crate::caller::Caller;
use crate::far_vendor::{FarVendor, Heard};

const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// An application without a gateway: makes the calls of a start one after the other, with ids of its own.
pub(super) struct Straight {
    caller: Caller,
    calls: Vec<Heard>,
    asked: Asked,
    made: u32,
}

impl Straight {
    /// `calls`: what the gateway was seen to ask for `asked`.
    pub(super) fn new(vendor: &FarVendor, calls: Vec<Heard>, asked: Asked) -> Self {
        assert!(!calls.is_empty(), "the gateway asked nothing");
        Self {
            caller: Caller::new(vendor.address),
            calls,
            asked,
            made: 0,
        }
    }

    /// Of how many calls a start consists, and which.
    pub(super) fn calls(&self) -> Vec<String> {
        let calls = self.calls.iter();
        calls
            .map(|call| format!("{} {}", call.method, call.path))
            .collect()
    }

    /// Makes them.
    pub(super) async fn once(&mut self) {
        self.made += 1;
        let mut renamed = vec![
            (
                self.asked.subject.clone(),
                format!("straight-subject-{:08}", self.made),
            ),
            (
                self.asked.request.clone(),
                format!("00000000-0000-7000-8000-{:012}", self.made),
            ),
        ];
        for call in &self.calls {
            let mut request = Request::new(bytes::Bytes::new());
            *request.method_mut() = call.method.clone();
            request.headers_mut().clone_from(&call.headers);
            if let Some(key) = call.headers.get(IDEMPOTENCY_KEY) {
                let own = format!("straight-key-{:08}", self.made);
                let header = HeaderValue::from_str(&own).unwrap();
                request.headers_mut().insert(IDEMPOTENCY_KEY, header);
                renamed.push((key.to_str().unwrap().to_owned(), own));
            }
            *request.uri_mut() = rename(&call.path, &renamed).parse().unwrap();
            let body = rename(std::str::from_utf8(&call.body).unwrap(), &renamed);
            request.headers_mut().remove(http::header::CONTENT_LENGTH);
            *request.body_mut() = body.into();
            let answer = self.caller.send(request).await;
            assert!(answer.status().is_success(), "{:?}", answer.body());
            if let (Some(before), Some(now)) = (id_in(&call.answer), id_in(answer.body())) {
                renamed.push((before, now));
            }
        }
    }
}

fn rename(text: &str, renamed: &[(String, String)]) -> String {
    let mut text = text.to_owned();
    for (before, now) in renamed {
        text = text.replace(before, now);
    }
    text
}

/// The id of what was made.
fn id_in(answer: &[u8]) -> Option<String> {
    let answer: Value = serde_json::from_slice(answer).ok()?;
    Some(answer.get("id")?.as_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_made_again_with_other_ids() {
        let renamed = [
            ("app-1".to_owned(), "app-2".to_owned()),
            ("key".to_owned(), "other".to_owned()),
        ];
        assert_eq!(
            rename("/applicants/app-1?k=key", &renamed),
            "/applicants/app-2?k=other"
        );
        assert_eq!(id_in(br#"{"id": "app-1"}"#), Some("app-1".to_owned()));
        assert_eq!(id_in(b"[]"), None);
    }
}
