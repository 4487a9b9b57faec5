//! An endpoint, as the API shows it.

use idv_core::{EndpointId, Timestamp};
use idv_engine::{EndpointView, SecretView};
use serde::Serialize;
use utoipa::ToSchema;

use super::super::events::cursor_of;
use super::super::events::view::EventType;

/// Where the application wants to be told what happens.
#[derive(Serialize, ToSchema)]
#[schema(as = Endpoint, examples(json!(super::example::endpoint())))]
pub(crate) struct EndpointJson<'a> {
    pub(crate) id: EndpointId,
    pub(crate) url: &'a str,
    /// What operators call it.
    pub(crate) description: &'a str,
    /// The types of event it is sent; none in the list means all of them.
    #[schema(value_type = Vec<EventType>)]
    pub(crate) types: Vec<String>,
    /// `thin`: ids, status and reasons. `full`: the whole request too, as it is when it is sent.
    #[schema(pattern = "^(thin|full)$")]
    pub(crate) payload: &'static str,
    /// At most this many deliveries per second; null for no limit.
    #[schema(required)]
    pub(crate) rate_per_sec: Option<u32>,
    /// The headers that are sent along. Their values are secrets.
    pub(crate) header_names: &'a [String],
    /// * `enabled`: events are sent
    /// * `switched_off`: somebody has switched it off
    /// * `failing`: switched off because it failed for days
    /// * `gone`: switched off because it answered 410
    ///
    /// Events that happen meanwhile are sent once it is enabled again.
    #[schema(pattern = "^(enabled|switched_off|failing|gone)$")]
    pub(crate) state: &'static str,
    /// Since when no delivery has succeeded; null while all is well.
    #[schema(required)]
    pub(crate) failing_since: Option<Timestamp>,
    /// Attempts that failed since the last one that succeeded.
    pub(crate) failures_in_a_row: u32,
    /// Nothing is sent before this time; null if that is not in the future.
    #[schema(required)]
    pub(crate) paused_until: Option<Timestamp>,
    /// The secrets that sign now, newest first; never the secrets themselves.
    pub(crate) secrets: Vec<SecretJson<'a>>,
    /// Events up to this cursor of the feed were put on their way to it.
    pub(crate) cursor: String,
    /// How many events come after that.
    pub(crate) events_behind: u64,
    pub(crate) created_at: Timestamp,
    /// When its settings were changed.
    pub(crate) updated_at: Timestamp,
}

/// A secret that signs.
#[derive(Serialize, ToSchema)]
#[schema(as = EndpointSecret)]
pub(crate) struct SecretJson<'a> {
    /// The first eight hexadecimal digits of the SHA-256 of its bytes.
    key_id: &'a str,
    created_at: Timestamp,
    /// Until when it signs; null for the one in use.
    #[schema(required)]
    expires_at: Option<Timestamp>,
}

/// An endpoint, with its newest secret: the only time that is shown.
#[derive(Serialize, ToSchema)]
#[schema(as = EndpointWithSecret)]
pub(crate) struct WithSecretJson<'a> {
    #[serde(flatten)]
    pub(crate) endpoint: EndpointJson<'a>,
    /// What signatures are checked with, `whsec_…`. Keep it; it is not shown again.
    pub(crate) secret: &'a str,
}

impl<'a> EndpointJson<'a> {
    pub(crate) fn of(view: &'a EndpointView) -> Self {
        Self {
            id: view.id,
            url: &view.url,
            description: &view.description,
            types: view.kinds.iter().map(ToString::to_string).collect(),
            payload: view.payload.as_word(),
            rate_per_sec: view.rate_per_sec,
            header_names: &view.header_names,
            state: view.state.as_word(),
            failing_since: view.failing_since,
            failures_in_a_row: view.failures_in_a_row,
            paused_until: view.paused_until,
            secrets: view.secrets.iter().map(SecretJson::of).collect(),
            cursor: cursor_of(view.fanned_out_to),
            events_behind: view.last_position.0.saturating_sub(view.fanned_out_to.0),
            created_at: view.created_at,
            updated_at: view.updated_at,
        }
    }
}

impl<'a> SecretJson<'a> {
    fn of(secret: &'a SecretView) -> Self {
        Self {
            key_id: &secret.key_id,
            created_at: secret.created_at,
            expires_at: secret.expires_at,
        }
    }
}
