//! Which webhooks: the words that a list and a command about many have in common.

use idv_core::{AccountId, SessionId, Timestamp};
use idv_engine::store::{DeliveryFilter, DeliveryState};
use utoipa::ToSchema;

use crate::routes::body::{FieldErrors, Fields};
use crate::routes::query::Query;

pub(super) const STATES: &str = "pending, done, ignored, unmatched or dead";
pub(super) const TIME: &str = "a time such as 2026-11-20T18:43:00Z";
pub(super) const MAX_NAME_CHARS: usize = 200;

/// What became of a webhook.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "it describes words that are read by hand")]
pub(super) enum StateWord {
    Pending,
    Done,
    Ignored,
    Unmatched,
    Dead,
}

/// One of the states from which there is a way back.
fn stuck(word: &str) -> Option<DeliveryState> {
    let state = DeliveryState::from_word(word);
    state.filter(|state| !matches!(state, DeliveryState::Pending | DeliveryState::Done))
}

fn time(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

/// The filter of a list.
pub(super) fn of_query(query: &mut Query) -> DeliveryFilter {
    DeliveryFilter {
        state: query.parsed("state", STATES, DeliveryState::from_word),
        account: query.text("account").map(AccountId::new),
        session: query.text("session").map(SessionId::new),
        reason_contains: None,
        received_before: query.parsed("received_before", TIME, time),
        received_after: query.parsed("received_after", TIME, time),
    }
}

/// The filter of a command.
pub(super) fn of_body(fields: &mut Fields, errors: &mut FieldErrors) -> DeliveryFilter {
    let account = fields.text("account", MAX_NAME_CHARS, errors);
    let session = fields.text("session", MAX_NAME_CHARS, errors);
    DeliveryFilter {
        state: fields.parsed("state", "ignored, unmatched or dead", errors, stuck),
        account: account.map(AccountId::new),
        session: session.map(SessionId::new),
        reason_contains: fields.text("reason_contains", MAX_NAME_CHARS, errors),
        received_before: fields.parsed("received_before", TIME, errors, time),
        received_after: fields.parsed("received_after", TIME, errors, time),
    }
}
