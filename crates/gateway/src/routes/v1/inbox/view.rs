//! A webhook in the inbox, as the API shows it: never its body, which is full of personal data.

use idv_core::webhook::{Receipt, Strength};
use idv_core::{AccountId, DeliveryId, RequestId, SessionId, Timestamp};
use idv_engine::store::DeliveryRow;
use serde::Serialize;
use utoipa::ToSchema;

/// A webhook that was taken in.
#[derive(Serialize, ToSchema)]
#[schema(as = InboxDelivery, examples(json!(example())))]
pub(crate) struct InboxJson<'a> {
    pub(crate) id: DeliveryId,
    /// The account whose key proved it.
    pub(crate) account: &'a AccountId,
    /// * `pending`: to be worked on
    /// * `done`: it stands on the timeline of its request
    /// * `ignored`: it concerns nothing that is worked on here
    /// * `unmatched`: it is about a session nobody here knows yet
    /// * `dead`: it cannot be worked on; somebody must look
    #[schema(pattern = "^(pending|done|ignored|unmatched|dead)$")]
    pub(crate) state: &'static str,
    /// The vendor's id of the session it is about, once that is known.
    #[schema(required)]
    pub(crate) session_id: Option<&'a SessionId>,
    /// How often work on it was begun since it was last put to work.
    pub(crate) attempts: u32,
    /// When it may be worked on next; for one that is done with, when it last could.
    pub(crate) due_at: Timestamp,
    /// Why it is where it is.
    #[schema(required)]
    pub(crate) reason: Option<&'a str>,
    /// How it was proven.
    pub(crate) receipt: ReceiptJson<'a>,
}

/// A webhook that was taken in, and the request it is about.
#[derive(Serialize, ToSchema)]
#[schema(as = InboxDeliveryWithRequest)]
pub(crate) struct WithRequestJson<'a> {
    #[serde(flatten)]
    pub(crate) delivery: InboxJson<'a>,
    /// The request whose session it is about; null while nobody knows it.
    #[schema(required)]
    pub(crate) request_id: Option<RequestId>,
    /// False once the bytes were destroyed: the person was erased, or they were kept for long enough.
    pub(crate) has_body: bool,
}

/// How a webhook was proven.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookReceipt)]
pub(crate) struct ReceiptJson<'a> {
    pub(crate) received_at: Timestamp,
    /// When the vendor signed it, where the scheme says.
    #[schema(required)]
    pub(crate) signed_at: Option<Timestamp>,
    /// The way it was signed.
    #[schema(example = "hmac-sha256-timestamped")]
    pub(crate) scheme: &'a str,
    /// The name of the key that matched; never the key.
    pub(crate) key_id: &'a str,
    /// What the proof is worth. Only `signed` says anything about the body; the others have the vendor asked.
    #[schema(pattern = "^(signed|shared_secret|network_only)$")]
    pub(crate) strength: &'static str,
    /// How old a signature may be, in seconds; null if the scheme has no time.
    #[schema(required)]
    pub(crate) replay_window_secs: Option<u64>,
}

impl<'a> InboxJson<'a> {
    pub(crate) fn of(row: &'a DeliveryRow) -> Self {
        Self {
            id: row.id,
            account: &row.account,
            state: row.state.as_word(),
            session_id: row.session.as_ref(),
            attempts: row.attempts,
            due_at: row.due_at,
            reason: row.reason.as_deref(),
            receipt: ReceiptJson::of(&row.receipt),
        }
    }
}

impl<'a> WithRequestJson<'a> {
    pub(crate) fn of(row: &'a DeliveryRow, request: Option<RequestId>) -> Self {
        Self {
            delivery: InboxJson::of(row),
            request_id: request,
            has_body: !row.body.as_bytes().is_empty(),
        }
    }
}

impl<'a> ReceiptJson<'a> {
    fn of(receipt: &'a Receipt) -> Self {
        let (strength, replay_window_secs) = match receipt.strength {
            Strength::Signed { replay_window_secs } => ("signed", replay_window_secs),
            Strength::SharedSecret => ("shared_secret", None),
            _ => ("network_only", None),
        };
        Self {
            received_at: receipt.received_at,
            signed_at: receipt.signed_at,
            scheme: &receipt.scheme,
            key_id: &receipt.key,
            strength,
            replay_window_secs,
        }
    }
}

fn example() -> serde_json::Value {
    serde_json::json!({
        "id": "inb_01kqv0m5ane8gs7xw2c4b9d3fw",
        "account": "acme-eu",
        "state": "dead",
        "session_id": "vs_1Example",
        "attempts": 80,
        "due_at": "2026-11-23T18:43:00Z",
        "reason": "the provider does not accept the account's API key",
        "receipt": {
            "received_at": "2026-11-20T18:43:00Z",
            "signed_at": "2026-11-20T18:43:00Z",
            "scheme": "hmac-sha256-timestamped",
            "key_id": "1f8ac10f",
            "strength": "signed",
            "replay_window_secs": 300,
        },
    })
}
