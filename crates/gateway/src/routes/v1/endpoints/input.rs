//! The fields of an endpoint, as they are read from a body.

use idv_core::Secret;
use idv_engine::EndpointSecret;
use idv_engine::store::{EventKind, EventPosition, PayloadForm};

use super::super::events::{kind, position_of};
use crate::routes::body::{FieldErrors, Fields};

pub(super) const MAX_URL_CHARS: usize = 2048;
pub(super) const MAX_DESCRIPTION_CHARS: usize = 200;
pub(super) const MAX_RATE_PER_SEC: u64 = 10_000;
const MOST_HEADERS: usize = 20;

/// The word for the first event there is.
const BEGINNING: &str = "beginning";

/// What a body says about an endpoint.
pub(super) struct Input {
    pub(super) url: Option<String>,
    pub(super) description: Option<String>,
    pub(super) kinds: Option<Vec<EventKind>>,
    pub(super) payload: Option<PayloadForm>,
    /// 0 for no limit.
    pub(super) rate_per_sec: Option<u32>,
    pub(super) headers: Option<Vec<(String, Secret)>>,
}

impl Input {
    pub(super) fn read(fields: &mut Fields, errors: &mut FieldErrors) -> Self {
        let types = fields.has("types");
        let expected = "a type of event, such as verification_request.passed";
        let mut kinds = fields.list("types", expected, errors, kind);
        kinds.sort_unstable();
        kinds.dedup();
        let rate = fields.whole("rate_per_sec", 0..=MAX_RATE_PER_SEC, errors);
        let headers = fields.texts_by_name("headers", MOST_HEADERS, errors);
        let secret = |(name, value)| (name, Secret::new(value));
        Self {
            url: fields.line("url", MAX_URL_CHARS, errors),
            description: fields.line("description", MAX_DESCRIPTION_CHARS, errors),
            kinds: types.then_some(kinds),
            payload: fields.parsed("payload", "thin or full", errors, PayloadForm::from_word),
            rate_per_sec: rate.and_then(|rate| u32::try_from(rate).ok()),
            headers: headers.map(|headers| headers.into_iter().map(secret).collect()),
        }
    }
}

/// A secret the application brings.
pub(super) fn secret(fields: &mut Fields, errors: &mut FieldErrors) -> Option<EndpointSecret> {
    let expected = "whsec_ and the base64 of 24 to 64 bytes";
    fields.parsed("secret", expected, errors, |text| text.parse().ok())
}

/// A place in the feed.
pub(super) fn after(fields: &mut Fields, errors: &mut FieldErrors) -> Option<EventPosition> {
    let expected = "a cursor of the feed, or the word beginning";
    fields.parsed("after", expected, errors, |text| match text {
        BEGINNING => Some(EventPosition::default()),
        cursor => position_of(cursor).ok(),
    })
}
