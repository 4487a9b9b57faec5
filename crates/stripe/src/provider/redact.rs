//! Having a session's data erased.
//!
//! <https://docs.stripe.com/identity/verification-sessions#redact>, read 2026-11-20.

use idv_core::{DataState, Error, ErrorKind, Redaction, SessionId, Status};

use super::StripeProvider;
use crate::client::{failed, is_refusal};

impl StripeProvider {
    /// See [`idv_core::Redact::redact`].
    pub(super) async fn redact_session(&self, session: &SessionId) -> Result<Redaction, Error> {
        let operation = "redact_session";
        let client = self.client(operation)?;
        let failure = match client.redact_session(session).await {
            Ok(answer) => {
                let read = self.read(operation, Some(session), &answer)?;
                return Ok(Redaction::of(read.snapshot));
            }
            Err(failure) => failure.error,
        };
        if !is_refusal(&failure) {
            return Err(failure);
        }
        // Neither how the vendor refuses nor what it says to a second request is published, so the session is asked.
        let snapshot = self.retrieve(client, session).await?.snapshot;
        let mapped = &snapshot.mapped;
        match (&mapped.data_state, &mapped.status) {
            (Some(DataState::RedactionPending | DataState::Redacted), _) => {
                Ok(Redaction::of(snapshot))
            }
            // These can be erased by the vendor's own word, so the refusal has another reason.
            (_, Some(Status::AwaitingUser | Status::RetryRequired | Status::Passed)) => {
                Err(failure)
            }
            _ => {
                let message = "the session cannot be redacted in its present state";
                let id = failure.vendor_request_id.clone();
                Err(failed(ErrorKind::Conflict, operation, message).with_vendor_request_id(id))
            }
        }
    }
}
