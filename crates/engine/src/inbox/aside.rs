//! Setting a webhook aside that nothing is recorded of.

use bytes::Bytes;
use idv_core::webhook::VerifiedWebhook;
use idv_core::{Concern, SessionId};

use super::BODY;
use super::told::about;
use crate::Engine;
use crate::crypt::Place;
use crate::measure::Worked;
use crate::store::{DeliveryRow, DeliveryState, Sealed, Settlement, StoreError, UnitOfWork};

impl Engine {
    /// Sets a delivery aside without recording anything. `session`: the vendor session it is about, where that is known.
    pub(super) async fn settle_alone(
        &self,
        row: &DeliveryRow,
        state: DeliveryState,
        session: Option<SessionId>,
        reason: String,
    ) -> Result<(), StoreError> {
        about(row, || {
            tracing::debug!(state = state.as_word(), reason, "a webhook was set aside");
        });
        let mut unit = self.inner.store.begin().await?;
        // Its body stays under the account's key, so an erasure must find it by its session; or has been.
        let is_erased = match &session {
            Some(session) => {
                self.is_of_erased(unit.as_unit_of_work(), row, session)
                    .await?
            }
            None => false,
        };
        let settlement = Settlement {
            id: row.id,
            state,
            session,
            resealed_body: is_erased.then(|| Sealed::from_bytes(Vec::new())),
            reason: Some(reason),
        };
        unit.settle_delivery(&settlement).await?;
        unit.commit().await?;
        self.count_worked(row, Worked::As(state));
        Ok(())
    }

    /// Ends a delivery of which nothing is left, because the person it was about was erased. It may have been woken up
    /// by a vendor that sent it again.
    pub(super) async fn settle_emptied(&self, row: &DeliveryRow) -> Result<(), StoreError> {
        let mut unit = self.inner.store.begin().await?;
        let settlement = Settlement {
            id: row.id,
            state: DeliveryState::Done,
            session: row.session.clone(),
            resealed_body: Some(Sealed::from_bytes(Vec::new())),
            reason: Some("the person it was about was erased".to_owned()),
        };
        unit.settle_delivery(&settlement).await?;
        unit.commit().await?;
        self.count_worked(row, Worked::As(DeliveryState::Done));
        Ok(())
    }

    /// The vendor session a delivery names, as far as it can be read.
    pub(super) async fn session_named_by(&self, row: &DeliveryRow) -> Option<SessionId> {
        if row.session.is_some() || row.attempts > self.inner.settings.max_attempts {
            // What never came to an end is not read once more.
            return row.session.clone();
        }
        let place = Place {
            column: BODY,
            row: row.id.as_uuid(),
        };
        let opened = self.inner.keys.open_value(self.store(), place, &row.body);
        let body = Bytes::from(opened.await.ok()?);
        let webhook = VerifiedWebhook::restored_from_inbox(body, row.receipt.clone());
        let account = self.inner.accounts.get(&row.account)?;
        match account.provider.interpret(&webhook).ok()?.concern {
            Concern::Session(session) => Some(session),
            _ => None,
        }
    }

    /// True if a delivery that was worked on before is about somebody who was erased meanwhile.
    pub(super) async fn is_about_erased(&self, row: &DeliveryRow) -> Result<bool, StoreError> {
        let Some(session) = &row.session else {
            return Ok(false);
        };
        let mut unit = self.inner.store.begin().await?;
        self.is_of_erased(unit.as_unit_of_work(), row, session)
            .await
    }

    /// True if a session is known here, and its subject was erased.
    async fn is_of_erased(
        &self,
        unit: &mut dyn UnitOfWork,
        row: &DeliveryRow,
        session: &SessionId,
    ) -> Result<bool, StoreError> {
        let Some(known) = unit.session_by_vendor_id(&row.account, session).await? else {
            return Ok(false);
        };
        let Some(request) = unit.request(known.request).await? else {
            return Ok(false);
        };
        let subject = unit.subject(request.subject).await?;
        Ok(subject.is_some_and(|subject| subject.erased_at.is_some()))
    }
}
