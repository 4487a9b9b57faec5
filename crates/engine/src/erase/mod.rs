//! Erasing a person.
//!
//! What is known of a person is sealed under a key of their own. Destroying that key erases the person, in backups too
//! once the key is gone from those. What was decided stays, about nobody. Vendors that can are asked to erase what they
//! hold, and followed until they say that they have.

mod at_rest;
mod receipt;
mod vendor;

use idv_core::{Actor, ErasureId, Purpose, RequestId, SubjectRef};
use serde_json::json;

pub use receipt::{ErasedSessionView, ErasureView, VendorErasure};

use crate::account::Environment;
use crate::command::{Given, IdempotencyKey, KeyClaim, check_actor};
use crate::crypt::random_index;
use crate::error::CommandError;
use crate::observe::corrupt;
use crate::store::{
    DataKeyId, ErasedSession, ErasureReceipt, ErasureRow, EventKind, JobId, JobKind, KeyOwner,
    RequestRow, Sealed, SessionRow, SubjectRow, UnitOfWork,
};
use crate::{Engine, words};

/// Erases a person.
#[derive(Clone, Debug)]
pub struct Erase {
    /// Whom.
    pub whom: Whom,
    /// Who wants it.
    pub actor: Actor,
    /// The key of the command.
    pub idempotency_key: Option<IdempotencyKey>,
}

/// A person, as the application can name them.
#[derive(Clone, Debug)]
pub enum Whom {
    /// By the application's reference.
    Subject {
        /// The reference.
        reference: SubjectRef,
        /// In which environment: the same reference in the sandbox is another subject. None means live, unless every
        /// account is of the sandbox.
        environment: Option<Environment>,
    },
    /// The one a request is about.
    SubjectOf(RequestId),
}

/// A person was erased.
#[derive(Clone, Debug)]
pub struct Erasure {
    /// What was erased, and what each vendor has said until now.
    pub receipt: ErasureView,
    /// True if the command had been carried out before, with the same key: nothing was done now.
    pub replayed: bool,
}

/// What is left to do once an erasure is committed.
struct Committed {
    erasure: ErasureId,
    data_key: Option<DataKeyId>,
    scrub: Option<JobId>,
}

impl Engine {
    /// Erases a person: destroys their key, so that nothing sealed under it can be read again, and has the vendors that
    /// can erase what they hold. Decisions stay, about nobody. The same reference is a new subject from then on.
    ///
    /// # Errors
    /// [`CommandError::OpenRequest`] if one of their requests is open: cancel it first.
    /// [`CommandError::BeingStarted`] if it is not known yet whether a vendor holds a session of theirs: try again.
    /// [`CommandError::UnknownSubject`] if nobody has this reference, [`CommandError::Erased`] if the subject of the
    /// request was erased before.
    pub async fn erase(&self, command: Erase) -> Result<Erasure, CommandError> {
        check_actor(&command.actor)?;
        let of_request = match &command.whom {
            Whom::SubjectOf(request) => {
                // Read without its lock: the subject is locked first.
                let row = self.inner.store.reads().request(*request).await?;
                Some(row.ok_or(CommandError::NotFound)?.subject)
            }
            Whom::Subject { .. } => None,
        };
        let mut unit = self.inner.store.begin().await?;
        let says = match &command.whom {
            Whom::Subject {
                reference,
                environment,
            } => {
                let sandbox = environment.map(|e| e == Environment::Sandbox);
                json!({
                    "erase": reference.expose(Purpose::Store),
                    "sandbox": sandbox,
                    "actor": command.actor,
                })
            }
            Whom::SubjectOf(request) => {
                json!({ "erase the subject of": request, "actor": command.actor })
            }
        };
        let key = command.idempotency_key.as_ref();
        let claim = self.claim_key(unit.as_unit_of_work(), key, None, &says);
        let claimed = match claim.await? {
            KeyClaim::New(claimed) => claimed,
            KeyClaim::Before(before) => {
                drop(unit);
                let erasure = before.outcome.as_deref().and_then(|id| id.parse().ok());
                let erasure = erasure.ok_or_else(|| corrupt("an erasure without an outcome"))?;
                return self.erased(erasure, true).await;
            }
        };
        let subject = match (&command.whom, of_request) {
            (
                Whom::Subject {
                    reference,
                    environment,
                },
                _,
            ) => {
                let environment = environment.unwrap_or_else(|| self.usual_environment());
                let index = self.inner.keys.blind_index(environment, reference);
                unit.lock_subject(&index).await?
            }
            (Whom::SubjectOf(_), Some(subject)) => unit.lock_subject_by_id(subject).await?,
            (Whom::SubjectOf(_), None) => None,
        };
        let subject = subject.ok_or(CommandError::UnknownSubject)?;
        let committed = self
            .erase_locked(unit.as_unit_of_work(), subject, &command.actor)
            .await?;
        if let Some(claimed) = claimed {
            let outcome = committed.erasure.to_string();
            unit.finish_command(&claimed, &outcome).await?;
        }
        unit.commit().await?;
        self.after_erasing(std::slice::from_ref(&committed)).await;
        self.erased(committed.erasure, false).await
    }

    async fn erased(&self, id: ErasureId, replayed: bool) -> Result<Erasure, CommandError> {
        let receipt = self.erasure(id).await?;
        let receipt = receipt.ok_or_else(|| corrupt("an erasure that is not there"))?;
        Ok(Erasure { receipt, replayed })
    }

    /// Erases a subject that is locked, with all that goes with it.
    async fn erase_locked(
        &self,
        unit: &mut dyn UnitOfWork,
        subject: SubjectRow,
        actor: &Actor,
    ) -> Result<Committed, CommandError> {
        if subject.erased_at.is_some() {
            return Err(CommandError::Erased);
        }
        let requests = unit.requests_of(subject.id).await?;
        let sessions = self.sessions_at_rest(unit, &requests).await?;

        let owner = KeyOwner::Subject(subject.id);
        let data_key = unit.data_key_of(&owner).await?.map(|key| key.id);
        unit.delete_data_key_of(&owner).await?;
        let (id, now) = (subject.id, self.now());
        unit.erase_subject(&SubjectRow {
            blind_index: random_index()?,
            reference: nothing(),
            erased_at: Some(now),
            ..subject
        })
        .await?;

        let mut receipt = ErasureReceipt {
            requests: requests.iter().map(|request| request.id).collect(),
            ..ErasureReceipt::default()
        };
        for session in &sessions {
            if let Some(vendor_id) = &session.session_id {
                let emptied = unit
                    .replace_bodies_of(&session.account, vendor_id, &nothing())
                    .await?;
                receipt.emptied_deliveries = receipt.emptied_deliveries.saturating_add(emptied);
            }
            let vendor_asked = self.may_ask_to_erase(session);
            if vendor_asked {
                let job = self.job(JobKind::Redact, session.request, Some(session.key));
                unit.insert_job(&job).await?;
            }
            receipt.sessions.push(ErasedSession {
                key: session.key,
                account: session.account.clone(),
                session_id: session.session_id.clone(),
                vendor_asked,
            });
        }
        for request in &requests {
            let given = Given::new(words::SUBJECT_ERASED, actor);
            self.append_command(unit, request, given).await?;
            let mut of_request = sessions.iter().filter(|s| s.request == request.id);
            if of_request.all(holds_nothing) {
                // Else it is announced when the vendor has said that its data are gone.
                let key = "redacted".to_owned();
                self.append_event(unit, request, EventKind::Redacted, key)
                    .await?;
            }
        }
        let erasure = ErasureId::new(now);
        unit.insert_erasure(&ErasureRow {
            id: erasure,
            subject: id,
            actor: actor.clone(),
            erased_at: now,
            receipt,
        })
        .await?;
        let scrub = match requests.first() {
            Some(request) => Some(self.plan_scrub(unit, request).await?),
            None => None,
        };
        Ok(Committed {
            erasure,
            data_key,
            scrub,
        })
    }

    /// The sessions of requests that have all ended. Of each it must be known whether a vendor holds it: what the
    /// vendor is to make is sealed under the key that goes, so nobody could find out later.
    async fn sessions_at_rest(
        &self,
        unit: &mut dyn UnitOfWork,
        requests: &[RequestRow],
    ) -> Result<Vec<SessionRow>, CommandError> {
        let open = requests.iter().find(|r| !r.state.status.is_final());
        if let Some(open) = open {
            return Err(CommandError::OpenRequest { request: open.id });
        }
        let mut sessions = Vec::new();
        for request in requests {
            sessions.extend(unit.sessions_of(request.id).await?);
        }
        let starting = sessions.iter().find(|session| {
            session.session_id.is_none()
                && !session.state.status.is_final()
                && self.inner.accounts.get(&session.account).is_some()
        });
        match starting {
            Some(session) => Err(CommandError::BeingStarted {
                request: session.request,
            }),
            None => Ok(sessions),
        }
    }

    /// A job that makes the key unreadable in the files of the database, for the case that this process dies before it
    /// has done so itself.
    async fn plan_scrub(
        &self,
        unit: &mut dyn UnitOfWork,
        request: &RequestRow,
    ) -> Result<JobId, CommandError> {
        let mut job = self.job(JobKind::Redact, request.id, None);
        job.due_at = self.after_head_start();
        unit.insert_job(&job).await?;
        Ok(job.id)
    }

    /// Forgets the keys that were destroyed, and makes them unreadable in the files too.
    async fn after_erasing(&self, committed: &[Committed]) {
        for key in committed.iter().filter_map(|done| done.data_key) {
            self.inner.keys.forget(key);
        }
        self.inner.work_arrived.notify_one();
        if let Err(error) = self.inner.store.scrub().await {
            tracing::warn!(%error, "a destroyed key may still be in the files of the database; a job tries again");
            return;
        }
        for job in committed.iter().filter_map(|done| done.scrub) {
            if let Err(error) = self.inner.store.jobs().finish(job).await {
                tracing::warn!(%error, "a job that is done could not be removed; it will be done once more");
            }
        }
        for done in committed {
            tracing::info!(erasure = %done.erasure, "a person was erased");
        }
    }
}

/// True if no vendor holds anything of the session, as far as is known.
fn holds_nothing(session: &SessionRow) -> bool {
    session.session_id.is_none() || session.state.data_state == idv_core::DataState::Redacted
}

/// What stands where something was.
fn nothing() -> Sealed {
    Sealed::from_bytes(Vec::new())
}
