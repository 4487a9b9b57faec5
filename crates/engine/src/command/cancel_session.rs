//! Withdrawing the request a vendor session serves, by a caller with no unit of work of its own.

use idv_core::Purpose;
use serde_json::json;

use super::idempotency::Claim;
use super::{CancelBySession, Commanded, IdempotencyKey};
use crate::Engine;
use crate::error::CommandError;

impl Engine {
    /// As [`Engine::cancel_by_session`], in a unit of work of its own.
    ///
    /// # Errors
    /// As there, and [`CommandError::KeyReused`].
    pub async fn cancel_session(
        &self,
        command: CancelBySession,
        idempotency_key: Option<IdempotencyKey>,
    ) -> Result<Commanded, CommandError> {
        let says = json!({
            "cancel session": command.session.as_str(),
            "of account": command.account.as_str(),
            "actor": command.actor,
            "reason": command.reason.expose(Purpose::Store),
        });
        let mut unit = self.inner.store.begin().await?;
        let claim = self
            .claim(
                unit.as_unit_of_work(),
                idempotency_key.as_ref(),
                None,
                &says,
            )
            .await?;
        let claimed = match claim {
            Claim::New(claimed) => claimed,
            Claim::Before(done) => {
                drop(unit);
                return self.commanded_before(done.request).await;
            }
        };
        let request = self
            .cancel_by_session(unit.as_unit_of_work(), command)
            .await?;
        self.finish_claim(unit.as_unit_of_work(), claimed, request)
            .await?;
        unit.commit().await?;
        self.inner.work_arrived.notify_one();
        self.commanded(request).await
    }
}
