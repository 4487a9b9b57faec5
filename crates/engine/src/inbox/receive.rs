//! Taking a webhook in.

use idv_core::webhook::{InboundWebhook, VerifyError};
use idv_core::{AccountId, DeliveryId};

use super::BODY;
use super::writer::AppendError;
use crate::Engine;
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
        let account = self
            .inner
            .accounts
            .get(account)
            .ok_or(AcceptError::UnknownAccount)?;
        let verified = account
            .provider
            .verify(&webhook)
            .await
            .map_err(|error| match error {
                VerifyError::Refused(refusal) => AcceptError::Refused(refusal),
                VerifyError::Undecided(error) => AcceptError::Undecided(error),
                // A way to fail that this build does not know is not a way in.
                _ => AcceptError::Overloaded,
            })?;

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
}
