//! Withdrawing a request.

use idv_core::{AccountId, Actor, Pii, Purpose, RequestId, SessionId};
use serde_json::json;

use super::idempotency::Claim;
use super::observe::{Given, check_actor, check_comment};
use super::{Commanded, IdempotencyKey};
use crate::error::CommandError;
use crate::fold::CommandFact;
use crate::store::{RequestRow, UnitOfWork};
use crate::{Engine, words};

/// Withdraws a request.
#[derive(Clone, Debug)]
pub struct Cancel {
    /// The request.
    pub request: RequestId,
    /// Who withdraws it.
    pub actor: Actor,
    /// Why. It may name persons.
    pub reason: Pii<String>,
    /// The key of the command.
    pub idempotency_key: Option<IdempotencyKey>,
}

/// Withdraws the request a vendor session serves.
#[derive(Clone, Debug)]
pub struct CancelBySession {
    /// The account the session is with.
    pub account: AccountId,
    /// The vendor's id of the session, such as the id of a workflow run.
    pub session: SessionId,
    /// Who withdraws it.
    pub actor: Actor,
    /// Why. It may name persons.
    pub reason: Pii<String>,
}

impl Engine {
    /// Withdraws a request that is still open, and has the vendor withdraw its session where it can.
    ///
    /// # Errors
    /// [`CommandError::AlreadyEnded`] if it is not open, [`CommandError::Erased`].
    pub async fn cancel(&self, command: Cancel) -> Result<Commanded, CommandError> {
        check_actor(&command.actor)?;
        check_comment("reason", &command.reason)?;
        let mut unit = self.inner.store.begin().await?;
        let says = json!({
            "cancel": command.request,
            "actor": command.actor,
            "reason": command.reason.expose(Purpose::Store),
        });
        let key = command.idempotency_key.as_ref();
        let claim = self
            .claim(unit.as_unit_of_work(), key, Some(command.request), &says)
            .await?;
        let Claim::New(claimed) = claim else {
            drop(unit);
            return self.commanded_before(command.request).await;
        };
        let mut request = self.locked(unit.as_unit_of_work(), command.request).await?;
        self.cancel_in(
            unit.as_unit_of_work(),
            &mut request,
            &command.actor,
            &command.reason,
        )
        .await?;
        self.finish_claim(unit.as_unit_of_work(), claimed, request.id)
            .await?;
        unit.commit().await?;
        self.inner.work_arrived.notify_one();
        self.commanded(request.id).await
    }

    /// Withdraws the request that a vendor session serves, inside the caller's unit of work: nothing is committed.
    ///
    /// # Errors
    /// [`CommandError::NotFound`] if the account has no such session; [`CommandError::AlreadyEnded`] if the request is
    /// not open; [`CommandError::Erased`].
    pub async fn cancel_by_session(
        &self,
        unit: &mut dyn UnitOfWork,
        command: CancelBySession,
    ) -> Result<RequestId, CommandError> {
        check_actor(&command.actor)?;
        check_comment("reason", &command.reason)?;
        let session = unit
            .session_by_vendor_id(&command.account, &command.session)
            .await?
            .ok_or(CommandError::NotFound)?;
        let mut request = self.locked(unit, session.request).await?;
        self.cancel_in(unit, &mut request, &command.actor, &command.reason)
            .await?;
        Ok(request.id)
    }

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

    async fn cancel_in(
        &self,
        unit: &mut dyn UnitOfWork,
        request: &mut RequestRow,
        actor: &Actor,
        reason: &Pii<String>,
    ) -> Result<(), CommandError> {
        if request.state.status.is_final() {
            return Err(CommandError::AlreadyEnded {
                status: request.state.status.clone(),
            });
        }
        self.check_not_erased(unit, request).await?;
        self.append_cancellation(unit, request, actor, reason)
            .await?;
        if let Some(current) = self.current_session(unit, request).await? {
            self.withdraw(unit, request.id, &current).await?;
        }
        Ok(())
    }

    /// Writes a withdrawal down, whatever the request's state.
    pub(super) async fn append_cancellation(
        &self,
        unit: &mut dyn UnitOfWork,
        request: &mut RequestRow,
        actor: &Actor,
        reason: &Pii<String>,
    ) -> Result<(), CommandError> {
        let mut given = Given::new(words::REQUEST_CANCELLED, actor);
        given.comment = Some(reason);
        given.fact = Some(CommandFact::Cancelled {
            vendor_said: self.vendor_says(unit, request).await?,
        });
        self.append_command(unit, request, given).await?;
        self.refold_request(unit, request).await?;
        Ok(())
    }
}
