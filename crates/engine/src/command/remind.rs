//! Reminding the subject, and sending mails.

use idv_core::{Actor, PersonRecord, Pii, RequestId, WaitingOn};
use serde_json::json;

use super::get_or_request::person_place;
use super::idempotency::Claim;
use super::observe::{Given, check_actor};
use super::{Commanded, IdempotencyKey};
use crate::crypt::{KeyRingError, OpenFailed};
use crate::error::CommandError;
use crate::mail::{Mail, MailError, MailKind};
use crate::store::{EventKind, JobKind, JobRow, RequestRow, UnitOfWork};
use crate::{Engine, words};

/// Reminds the subject.
#[derive(Clone, Debug)]
pub struct Remind {
    /// The request.
    pub request: RequestId,
    /// Who asks for it.
    pub actor: Actor,
    /// The key of the command.
    pub idempotency_key: Option<IdempotencyKey>,
}

impl Engine {
    /// Reminds a subject who must act: the application is told by an event, and the subject by a mail, where mails are
    /// sent and the address is known.
    ///
    /// # Errors
    /// [`CommandError::NotAwaitingSubject`] if it is not the subject who must act.
    pub async fn remind(&self, command: Remind) -> Result<Commanded, CommandError> {
        check_actor(&command.actor)?;
        let mut unit = self.inner.store.begin().await?;
        let says = json!({ "remind": command.request, "actor": command.actor });
        let key = command.idempotency_key.as_ref();
        let claim = self
            .claim(unit.as_unit_of_work(), key, Some(command.request), &says)
            .await?;
        let Claim::New(claimed) = claim else {
            drop(unit);
            return self.commanded_before(command.request).await;
        };
        let request = self.locked(unit.as_unit_of_work(), command.request).await?;
        if request.state.status.waiting_on() != WaitingOn::Subject {
            return Err(CommandError::NotAwaitingSubject {
                status: request.state.status,
            });
        }
        let given = Given::new(words::SUBJECT_REMINDED, &command.actor);
        self.append_command(unit.as_unit_of_work(), &request, given)
            .await?;
        let key = format!("reminder/{}", idv_core::EventId::new(self.now()));
        self.append_event(
            unit.as_unit_of_work(),
            &request,
            EventKind::ReminderDue,
            key,
        )
        .await?;
        self.insert_mail(unit.as_unit_of_work(), &request, MailKind::Reminder)
            .await?;
        self.finish_claim(unit.as_unit_of_work(), claimed, request.id)
            .await?;
        unit.commit().await?;
        self.inner.work_arrived.notify_one();
        self.commanded(request.id).await
    }

    /// Has a mail sent after this unit of work was committed. Nothing is written where no mail could be sent.
    pub(super) async fn insert_mail(
        &self,
        unit: &mut dyn UnitOfWork,
        request: &RequestRow,
        kind: MailKind,
    ) -> Result<(), CommandError> {
        if self.inner.mailer.get().is_none() || self.address_of(unit, request).await?.is_none() {
            return Ok(());
        }
        let mut job = self.job(JobKind::Mail, request.id, None);
        job.detail = Some(kind.as_word().to_owned());
        Ok(unit.insert_job(&job).await?)
    }

    /// Sends the mail a job asks for. What it says is put together now, from what is stored: the job itself names
    /// nobody. Of somebody who was erased, or of a request that is over, nothing is sent any more.
    pub(crate) async fn send_mail(&self, job: &JobRow) -> Result<(), CommandError> {
        let kind = job.detail.as_deref().and_then(MailKind::from_word);
        // Replicas need not be of one version and one configuration: what this one cannot send, another one may.
        let cannot = |reason| {
            CommandError::Mail(MailError {
                retryable: true,
                reason,
            })
        };
        let kind = kind.ok_or_else(|| cannot("this version knows no such mail"))?;
        let mailer = self.inner.mailer.get();
        let mailer = mailer.ok_or_else(|| cannot("no mail server is configured here"))?;
        let mut unit = self.inner.store.begin().await?;
        let request = self.locked(unit.as_unit_of_work(), job.request).await?;
        let person = self.person_of(unit.as_unit_of_work(), &request).await?;
        drop(unit);
        let to = person.as_ref().and_then(address);
        if let (Some(to), WaitingOn::Subject) = (to, request.state.status.waiting_on()) {
            let mail = Mail {
                message_id: job.id.0.to_string(),
                kind,
                to: Pii::new(to),
                given_name: person.as_ref().and_then(given_name).map(Pii::new),
                language: person.and_then(|person| person.language),
                request: request.id,
                organization: request.organization.clone(),
                reason: request.reason.clone(),
            };
            match mailer.send(&mail).await {
                Ok(()) => {}
                Err(error) if error.retryable => return Err(CommandError::Mail(error)),
                Err(error) => {
                    tracing::error!(request = %request.id, mail = kind.as_word(), %error, "a mail cannot be sent");
                }
            }
        }
        Ok(self.inner.store.jobs().finish(job.id).await?)
    }

    async fn address_of(
        &self,
        unit: &mut dyn UnitOfWork,
        request: &RequestRow,
    ) -> Result<Option<String>, CommandError> {
        let person = self.person_of(unit, request).await?;
        Ok(person.as_ref().and_then(address))
    }

    /// The person as the application described them; none once they were erased.
    pub(super) async fn person_of(
        &self,
        unit: &mut dyn UnitOfWork,
        request: &RequestRow,
    ) -> Result<Option<PersonRecord>, KeyRingError> {
        let Some(sealed) = &request.person else {
            return Ok(None);
        };
        let Some(key) = self.subject_key(unit, request.subject).await? else {
            return Ok(None);
        };
        let plain = key.open(person_place(request.id), sealed)?;
        Ok(Some(
            idv_core::json::decode(&plain).map_err(|_| OpenFailed)?,
        ))
    }
}

fn address(person: &PersonRecord) -> Option<String> {
    person
        .emails
        .iter()
        .find_map(|email| email.value.as_present())
        .cloned()
}

fn given_name(person: &PersonRecord) -> Option<String> {
    person
        .names
        .iter()
        .find_map(|name| name.value.as_present()?.given_name.clone())
}
