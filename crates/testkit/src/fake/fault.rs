//! What can be made to go wrong at the fake vendor.

use idv_core::{ErrorKind, Sent, TransportFailure};
use serde_json::json;

/// One thing that goes wrong, once.
#[derive(Clone, Debug)]
pub struct Fault {
    /// The call it hits: `create_person`, `create_check`, `get_check`, `get_details`, `renew_link`,
    /// `cancel_check`, `erase_check`, `list_checks`, `list_undelivered`, `list_files`, `open_file`, `complete_task`,
    /// `restore_check`, `update_check`, `upload_file`, `list_webhooks`, `create_webhook`, `delete_webhook`, `ask_again`.
    /// None: whichever comes next.
    pub operation: Option<&'static str>,
    /// Whether the vendor does what it was asked to, although the call fails.
    pub effect: Effect,
    /// What the caller gets to see.
    pub outcome: Outcome,
}

/// Whether a failing call was carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It failed before anything was done.
    None,
    /// It was carried out, and the answer was lost or spoiled.
    Taken,
}

/// What a failing call shows the caller.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// No answer.
    NoAnswer(Sent, TransportFailure),
    /// This answer.
    Answer {
        /// HTTP status.
        status: u16,
        /// `Retry-After`, in seconds.
        retry_after_secs: Option<u64>,
        /// The body.
        body: String,
    },
    /// No answer until the caller gives up.
    Silence,
}

impl Fault {
    /// The next call fails with an error of this kind, before or after it took effect.
    #[must_use]
    pub fn of_kind(kind: &ErrorKind, effect: Effect) -> Self {
        let answer = |status, body: serde_json::Value| Outcome::Answer {
            status,
            retry_after_secs: None,
            body: body.to_string(),
        };
        let word = |status, word: &str| answer(status, json!({ "error": { "word": word } }));
        let outcome = match kind {
            ErrorKind::InvalidCredentials => word(401, "bad_key"),
            ErrorKind::InvalidConfig => word(400, "bad_setting"),
            ErrorKind::InvalidInput { field } => answer(
                400,
                json!({ "error": { "word": "bad_field", "field": field } }),
            ),
            ErrorKind::Unsupported { capability } => answer(
                400,
                json!({ "error": { "word": "cannot", "field": capability } }),
            ),
            ErrorKind::NotFound => word(404, "no_such_thing"),
            ErrorKind::Conflict => word(409, "wrong_state"),
            ErrorKind::RateLimited { retry_after_secs } => Outcome::Answer {
                status: 429,
                retry_after_secs: *retry_after_secs,
                body: json!({ "error": { "word": "slow_down" } }).to_string(),
            },
            ErrorKind::ProviderRejected { .. } => word(422, "refused"),
            ErrorKind::Timeout => Outcome::NoAnswer(Sent::Unknown, TransportFailure::Timeout),
            ErrorKind::Unavailable => word(503, "down"),
            ErrorKind::BadResponse => answer(200, json!("this is no answer to anything")),
            other => panic!("the fake vendor cannot fail with {other:?} yet"),
        };
        Self {
            operation: None,
            effect,
            outcome,
        }
    }

    /// The next call finds no connection: it is certain that nothing was sent.
    #[must_use]
    pub const fn no_connection() -> Self {
        Self {
            operation: None,
            effect: Effect::None,
            outcome: Outcome::NoAnswer(Sent::No, TransportFailure::Connect),
        }
    }

    /// The next call is carried out and its answer is lost.
    #[must_use]
    pub const fn lost_answer() -> Self {
        Self {
            operation: None,
            effect: Effect::Taken,
            outcome: Outcome::NoAnswer(Sent::Unknown, TransportFailure::Broken),
        }
    }

    /// The same, for one operation only.
    #[must_use]
    pub const fn on(mut self, operation: &'static str) -> Self {
        self.operation = Some(operation);
        self
    }
}
