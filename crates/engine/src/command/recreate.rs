//! Beginning anew after a failure.

use idv_core::{
    Actor, Pii, Purpose, RequestId, RequestState, RestartTrigger, RetryScope, Status, StatusSummary,
};
use serde_json::json;

use super::get_or_request::person_place;
use super::idempotency::Claim;
use super::observe::{Given, check_actor, check_comment};
use super::{Commanded, IdempotencyKey};
use crate::account::Account;
use crate::crypt::KeyRingError;
use crate::error::CommandError;
use crate::fold::CommandFact;
use crate::mail::MailKind;
use crate::store::{RequestRow, UnitOfWork};
use crate::{Engine, SessionIntent, words};

/// Withdraws a failed request and makes another one in its place.
#[derive(Clone, Debug)]
pub struct CancelAndRecreate {
    /// The request that failed.
    pub request: RequestId,
    /// The person who wants it.
    pub actor: Actor,
    /// Why. It may name persons.
    pub comment: Pii<String>,
    /// What the subject is asked again, at a vendor that keeps one session per person and can ask for less than
    /// everything.
    pub again: RetryScope,
    /// The key of the command.
    pub idempotency_key: Option<IdempotencyKey>,
}

impl Engine {
    /// Withdraws a request that has failed, and makes another one for the same subject, with the same organizations,
    /// reason and person, that remembers the first. In one transaction with their events and the mail to the subject.
    ///
    /// # Errors
    /// [`CommandError::InvalidInput`] if less than everything is to be asked again and the vendor cannot do that;
    /// [`CommandError::NotFailed`] if its summary is not `failed`; [`CommandError::OpenRequest`] if the subject has
    /// another request that is open; [`CommandError::Erased`]; [`CommandError::PersonRequired`].
    pub async fn cancel_and_recreate(
        &self,
        command: CancelAndRecreate,
    ) -> Result<Commanded, CommandError> {
        check_actor(&command.actor)?;
        check_comment("comment", &command.comment)?;
        if !matches!(command.actor, Actor::Staff(_)) {
            return Err(CommandError::PersonRequired);
        }
        // The subject is locked before its requests are, as everywhere. Whose request it is never changes.
        let found = self.inner.store.reads().request(command.request).await?;
        let subject = found.ok_or(CommandError::NotFound)?.subject;
        let mut unit = self.inner.store.begin().await?;
        let mut says = json!({
            "recreate": command.request,
            "actor": command.actor,
            "comment": command.comment.expose(Purpose::Store),
        });
        if command.again != RetryScope::Everything
            && let Some(says) = says.as_object_mut()
        {
            says.insert("again".to_owned(), json!(command.again));
        }
        let key = command.idempotency_key.as_ref();
        let claimed = match self
            .claim(unit.as_unit_of_work(), key, Some(command.request), &says)
            .await?
        {
            Claim::New(claimed) => claimed,
            Claim::Before(made) => {
                drop(unit);
                return self.commanded_before(made.request).await;
            }
        };
        unit.lock_subject_by_id(subject).await?;
        let mut failed = self.locked(unit.as_unit_of_work(), command.request).await?;
        self.check_not_erased(unit.as_unit_of_work(), &failed)
            .await?;
        if failed.state.status.summary(failed.state.subject_started) != StatusSummary::Failed {
            return Err(CommandError::NotFailed {
                status: failed.state.status,
            });
        }
        if let Some(open) = unit.open_request_of(subject).await? {
            return Err(CommandError::OpenRequest { request: open.id });
        }
        let abandoned = failed.state.status == Status::Abandoned;
        self.append_cancellation(
            unit.as_unit_of_work(),
            &mut failed,
            &command.actor,
            &command.comment,
        )
        .await?;
        let made = self
            .recreate_in(unit.as_unit_of_work(), &failed, abandoned, &command)
            .await?;
        self.finish_claim(unit.as_unit_of_work(), claimed, made)
            .await?;
        unit.commit().await?;
        self.inner.work_arrived.notify_one();
        tracing::info!(failed = %command.request, request = %made, "a verification was begun anew");
        self.commanded(made).await
    }

    async fn recreate_in(
        &self,
        unit: &mut dyn UnitOfWork,
        failed: &RequestRow,
        previous_was_abandoned: bool,
        command: &CancelAndRecreate,
    ) -> Result<RequestId, CommandError> {
        let key = self
            .subject_key(unit, failed.subject)
            .await?
            .ok_or(CommandError::Erased)?;
        let now = self.now();
        let id = RequestId::new(now);
        let person = match &failed.person {
            Some(sealed) => {
                let plain = key
                    .open(person_place(failed.id), sealed)
                    .map_err(KeyRingError::from)?;
                Some(
                    key.seal(person_place(id), &plain)
                        .map_err(KeyRingError::from)?,
                )
            }
            None => None,
        };
        // The same account as before, if it can still be started with; else the default one. Never one of the other
        // environment: its answer would be about somebody else.
        let before = self.current_session(unit, failed).await?;
        let fits = |account: &Account| {
            let kept = failed.environment;
            kept.is_none_or(|environment| environment == account.environment)
        };
        let usable = before.as_ref().and_then(|session| {
            let account = self.inner.accounts.get(&session.account)?;
            (account.can_fetch && fits(account)).then(|| account.clone())
        });
        let account = match usable {
            Some(account) => account,
            None => self.account_to_start_with(None)?,
        };
        if !fits(&account) {
            return Err(before.map_or(CommandError::NoDefaultAccount, |session| {
                CommandError::AccountCannotStart(session.account)
            }));
        }
        let asks_less = command.again != RetryScope::Everything;
        if asks_less && account.provider.abilities().retry.is_none() {
            return Err(CommandError::InvalidInput {
                field: "again",
                problem: "the vendor of this account asks everything again: leave it out",
            });
        }
        let mut request = RequestRow {
            id,
            subject: failed.subject,
            environment: Some(account.environment),
            organization: failed.organization.clone(),
            affected_organizations: failed.affected_organizations.clone(),
            reason: failed.reason.clone(),
            document_type: failed.document_type.clone(),
            person,
            state: RequestState::created(),
            current_session: None,
            created_at: now,
            updated_at: now,
        };
        if !unit.insert_request(&request).await? {
            return Err(crate::observe::corrupt("an open request that cannot be found").into());
        }
        let mut given = Given::new(words::REQUEST_RECREATED, &command.actor);
        given.comment = Some(&command.comment);
        given.fact = Some(CommandFact::Restarted {
            previous: failed.id,
            trigger: RestartTrigger::Manual,
            previous_was_abandoned,
        });
        self.append_command(unit, &request, given).await?;

        // The same words as before, where there were any.
        let intent = match &before {
            Some(session) => self.intent_of(unit, session).await?,
            None => None,
        };
        let intent = match intent {
            Some(intent) => intent,
            None => self.bare_intent(unit, &request).await?,
        };
        let intent = self.intent_again(unit, &request, intent).await?;
        let intent = intent.asking_again(command.again.clone());
        self.insert_intent(unit, &key, id, &account, &intent, now)
            .await?;
        self.refold_request(unit, &mut request).await?;
        self.insert_mail(unit, &request, MailKind::Recreated)
            .await?;
        Ok(id)
    }

    /// An intent for a request that was not begun by us.
    async fn bare_intent(
        &self,
        unit: &mut dyn UnitOfWork,
        request: &RequestRow,
    ) -> Result<SessionIntent, CommandError> {
        let subject = self.reference_of(unit, request.subject).await?;
        let start = idv_core::StartSession::new(request.id, subject, String::new(), self.now());
        Ok(SessionIntent::of(&start))
    }
}
