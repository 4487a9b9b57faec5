//! Taking a webhook in.

use std::sync::Arc;

use idv_core::webhook::{InboundWebhook, Refusal, VerifiedWebhook, VerifyError};
use idv_core::{AccountId, DeliveryId};
use tokio::time::Instant;

use super::BODY;
use super::writer::AppendError;
use crate::Engine;
use crate::account::Account;
use crate::crypt::{KeyRingError, Place};
use crate::error::AcceptError;
use crate::store::{Appended, NewDelivery};

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
        webhook: InboundWebhook,
    ) -> Result<Accepted, AcceptError> {
        let began = Instant::now();
        let outcome = self.prove_and_store(account, &webhook).await;
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

/// Of two refusals, the one of the account whose key it was; else the first.
fn more_telling(known: Option<Refusal>, new: Refusal) -> Refusal {
    match known {
        None | Some(Refusal::NoMatchingKey | Refusal::UnknownKeyId) => new,
        Some(known) => known,
    }
}
