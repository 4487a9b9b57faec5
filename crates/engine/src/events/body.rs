//! What is sent: the body of one event.

use bytes::Bytes;
use idv_core::Timestamp;
use serde::Serialize;
use serde_json::json;
use serde_json::value::RawValue;

use crate::Engine;
use crate::crypt::KeyRingError;
use crate::store::{EventRow, PayloadForm};

/// A request that is longer than this as JSON is not sent along: its member is there and `null`, and it is read through
/// the API.
const LONGEST_REQUEST: usize = 256 * 1024;

/// What an event says.
pub(super) enum Data {
    There(Box<RawValue>),
    /// Its subject was erased.
    Erased,
    /// Its key is lost, or it was changed.
    Unreadable,
}

#[derive(Serialize)]
struct Envelope<'a> {
    r#type: String,
    timestamp: Timestamp,
    data: &'a RawValue,
}

impl Engine {
    /// The body of an event. In the thin form it is the same at each try, unless its subject is erased in between. None if
    /// the payload does not open.
    pub(super) async fn body_of(
        &self,
        event: &EventRow,
        form: PayloadForm,
    ) -> Result<Option<Bytes>, KeyRingError> {
        let data = match (self.data_of(event).await?, form) {
            (Data::There(data), PayloadForm::Thin) => data,
            (Data::There(data), PayloadForm::Full) => self.with_request(event, data).await?,
            (Data::Erased, _) => tombstone(event),
            (Data::Unreadable, _) => return Ok(None),
        };
        let envelope = Envelope {
            r#type: event.kind.to_string(),
            timestamp: event.created_at,
            data: &data,
        };
        Ok(serde_json::to_vec(&envelope).ok().map(Bytes::from))
    }

    pub(super) async fn data_of(&self, event: &EventRow) -> Result<Data, KeyRingError> {
        let mut looked_again = false;
        loop {
            match self.event_payload(event).await {
                Ok(Some(data)) => return Ok(Data::There(data)),
                Ok(None) => return Ok(Data::Erased),
                Err(KeyRingError::WrongMasterKey) if looked_again => return Ok(Data::Unreadable),
                // The subject may just have been erased: then that can be seen now.
                Err(KeyRingError::WrongMasterKey) => looked_again = true,
                Err(error) => return Err(error),
            }
        }
    }

    /// The data with the request as it is now.
    async fn with_request(
        &self,
        event: &EventRow,
        data: Box<RawValue>,
    ) -> Result<Box<RawValue>, KeyRingError> {
        let (Some(describe), Some(request)) = (self.inner.outward.describe.get(), event.request)
        else {
            return Ok(data);
        };
        let view = match self.request(request).await {
            Ok(Some(view)) => view,
            Ok(None) => return Ok(data),
            Err(KeyRingError::WrongMasterKey) => {
                return Ok(match self.data_of(event).await? {
                    Data::Erased => tombstone(event),
                    _ => {
                        tracing::error!(event = %event.id, %request, "a request could not be decrypted, and is not sent along");
                        with_member(&data, "null")
                    }
                });
            }
            Err(error) => return Err(error),
        };
        if view.erased_at.is_some() {
            return Ok(tombstone(event));
        }
        let told = describe.describe(&view);
        if told.get().len() > LONGEST_REQUEST {
            tracing::warn!(event = %event.id, %request, bytes = told.get().len(), "a request is too long to be sent along");
            return Ok(with_member(&data, "null"));
        }
        Ok(with_member(&data, told.get()))
    }
}

/// What is left of an event whose subject was erased.
fn tombstone(event: &EventRow) -> Box<RawValue> {
    raw(&json!({ "request_id": event.request, "erased": true }))
}

/// The object with one more member, `request`.
fn with_member(data: &RawValue, request: &str) -> Box<RawValue> {
    let Some(members) = data.get().trim_end().strip_suffix('}') else {
        return data.to_owned();
    };
    let comma = if members.trim_end().ends_with('{') {
        ""
    } else {
        ","
    };
    let text = format!("{members}{comma}\"request\":{request}}}");
    RawValue::from_string(text).unwrap_or_else(|_| data.to_owned())
}

pub(super) fn raw(value: &serde_json::Value) -> Box<RawValue> {
    RawValue::from_string(value.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_one_more_member() {
        let with = |data: &str, request: &str| {
            let data = RawValue::from_string(data.to_owned()).unwrap();
            with_member(&data, request).get().to_owned()
        };
        assert_eq!(with("{}", "null"), r#"{"request":null}"#);
        assert_eq!(
            with(r#"{"a":{"b":1}} "#, r#"{"c":[]}"#),
            r#"{"a":{"b":1},"request":{"c":[]}}"#
        );
        assert_eq!(with("[]", "null"), "[]");
    }
}
