//! Taking a webhook in.

use std::borrow::Borrow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use idv_core::webhook::{InboundWebhook, Refusal, VerifiedWebhook, VerifyError};
use idv_core::{AccountId, Concern, DeliveryId, SessionId};
use tokio::time::Instant;

use super::BODY;
use super::writer::AppendError;
use crate::account::Account;
use crate::crypt::{KeyRingError, Place};
use crate::error::AcceptError;
use crate::store::{Appended, NewDelivery};
use crate::trace::TraceParent;
use crate::{Engine, trace};

/// A webhook was taken in: it is on disk. Answer 200 either way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// Under this id.
    Stored(DeliveryId),
    /// It was there before, under this id.
    Duplicate(DeliveryId),
}

impl Engine {
    /// Takes a webhook in: proves it and stores it. When this returns `Ok`, a power cut loses nothing.
    ///
    /// What is refused is not stored, so that nobody without a key can fill the disk.
    ///
    /// # Errors
    /// [`AcceptError`]; nothing was stored then.
    pub async fn accept_webhook(
        &self,
        account: &AccountId,
        webhook: impl Borrow<InboundWebhook> + Send,
    ) -> Result<Accepted, AcceptError> {
        let began = Instant::now();
        let outcome = self.prove_and_store(account, webhook.borrow()).await;
        let meters = &self.inner.ingest;
        meters.count(account, outcome.as_ref(), began.elapsed());
        outcome
    }

    async fn prove_and_store(
        &self,
        account: &AccountId,
        webhook: &InboundWebhook,
    ) -> Result<Accepted, AcceptError> {
        let account = self
            .inner
            .accounts
            .get(account)
            .ok_or(AcceptError::UnknownAccount)?;
        let (account, verified) = self.prove(account, webhook).await?;

        let id = DeliveryId::new(self.now());
        let key = self
            .account_key(&account.id)
            .await
            .map_err(AcceptError::Store)?;
        let place = Place {
            column: BODY,
            row: id.as_uuid(),
        };
        let body = key
            .seal(place, verified.body())
            .map_err(|error| AcceptError::Store(error.into()))?;
        let delivery = NewDelivery {
            id,
            account: account.id.clone(),
            receipt: verified.receipt().clone(),
            body,
            session: session_named_in(&account, &verified),
            trace: trace::current()
                .or_else(|| named_by(webhook))
                .map(|trace| trace.to_string()),
            wake_on_duplicate: account.can_fetch,
        };
        let appended =
            self.inner
                .inbox_writer
                .append(delivery)
                .await
                .map_err(|error| match error {
                    AppendError::Overloaded => AcceptError::Overloaded,
                    AppendError::Store(error) => AcceptError::Store(KeyRingError::Store(error)),
                })?;
        self.inner.work_arrived.notify_one();
        Ok(match appended {
            Appended::Stored => Accepted::Stored(id),
            Appended::Duplicate(first) => Accepted::Duplicate(first),
        })
    }

    /// The account whose key proves a webhook: the one it was posted to, or one of its siblings.
    async fn prove(
        &self,
        account: &Arc<Account>,
        webhook: &InboundWebhook,
    ) -> Result<(Arc<Account>, VerifiedWebhook), AcceptError> {
        let siblings = account
            .siblings
            .iter()
            .filter_map(|id| self.inner.accounts.get(id));
        let candidates: Vec<_> = std::iter::once(account).chain(siblings).cloned().collect();
        let (mut undecided, mut refusal) = (None, None);
        for candidate in candidates {
            match candidate.provider.verify(webhook).await {
                Ok(verified) => return Ok((candidate, verified)),
                Err(VerifyError::Undecided(error)) => undecided = Some(error),
                Err(VerifyError::Refused(reason)) => refusal = Some(more_telling(refusal, reason)),
                // A way to fail that this build does not know is not a way in.
                Err(_) => return Err(AcceptError::Overloaded),
            }
        }
        // As long as one of them could not decide, nobody may call it a forgery.
        Err(match (undecided, refusal) {
            (Some(error), _) => AcceptError::Undecided(error),
            (None, Some(reason)) => AcceptError::Refused(reason),
            (None, None) => AcceptError::UnknownAccount,
        })
    }
}

/// The longest id of a session that is stored before the work on the webhook: a database could refuse a longer one, and
/// that must be the end of this webhook only.
const LONGEST_SESSION_ID: usize = 255;

/// The vendor session a webhook is about. None if it is about none or cannot be read: it is taken in all the same, and
/// the worker finds out why.
fn session_named_in(account: &Account, webhook: &VerifiedWebhook) -> Option<SessionId> {
    // Whatever a vendor sends, and whatever reading it does: what is genuine is taken in.
    let interpret = AssertUnwindSafe(|| account.provider.interpret(webhook));
    let event = catch_unwind(interpret).ok()?.ok()?;
    match event.concern {
        Concern::Session(session) => {
            let fits = (1..=LONGEST_SESSION_ID).contains(&session.as_str().len());
            fits.then_some(session)
        }
        _ => None,
    }
}

/// The place in a trace that the sender names, for an embedder who has not read it before.
fn named_by(webhook: &InboundWebhook) -> Option<TraceParent> {
    webhook.single_header("traceparent").ok()?.parse().ok()
}

/// Of two refusals, the one of the account whose key it was; else the first.
fn more_telling(known: Option<Refusal>, new: Refusal) -> Refusal {
    match known {
        None | Some(Refusal::NoMatchingKey | Refusal::UnknownKeyId) => new,
        Some(known) => known,
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use idv_core::Timestamp;

    use super::*;

    #[test]
    fn a_trace_is_kept_if_it_is_one() {
        let sound = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let of = |values: &[&str]| {
            let now = Timestamp::UNIX_EPOCH;
            let mut webhook = InboundWebhook::new(Default::default(), Bytes::new(), now);
            for value in values {
                let value = value.parse().unwrap();
                webhook.headers.append("traceparent", value);
            }
            named_by(&webhook).map(|trace| trace.to_string())
        };
        assert_eq!(of(&[sound]).as_deref(), Some(sound));
        for strange in [
            "",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "004bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01ab",
        ] {
            assert_eq!(of(&[strange]), None, "{strange}");
        }
        assert_eq!(of(&[sound, sound]), None, "which of the two?");
    }
}
