//! The abilities of a provider with a flaw: what is handed in, erased and registered.

use async_trait::async_trait;
use bytes::Bytes;
use idv_core::{
    Cancel, CompleteTask, DataState, Error, ErrorKind, EvidenceFile, EvidenceLink, MissedEventPage,
    MissedEvents, Redact, Redaction, RedactionProgress, Restore, Secret, SessionId, Snapshot,
    Status, Timestamp, Upload, UploadDocuments, WebhookAdmin, WebhookRegistration,
};
use serde_json::{Value, json};

use super::{Flaw, Flawed};

#[async_trait]
impl Cancel for Flawed {
    async fn cancel(&self, session: &SessionId) -> Result<Snapshot, Error> {
        let inner = self.inner.abilities().cancel.unwrap();
        let outcome = inner.cancel(session).await;
        if self.flaw == Flaw::WithdrawsTooLate && outcome.is_err() {
            return Ok(self.withdrawn());
        }
        outcome
    }
}

#[async_trait]
impl MissedEvents for Flawed {
    async fn missed_events(
        &self,
        since: Timestamp,
        cursor: Option<&str>,
    ) -> Result<MissedEventPage, Error> {
        let inner = self.inner.abilities().missed_events.unwrap();
        let mut page = match inner.missed_events(since, cursor).await {
            Err(_) if self.flaw == Flaw::TakesAFailureForNothing => {
                return Ok(MissedEventPage::default());
            }
            outcome => self.spoil(outcome)?,
        };
        match self.flaw {
            Flaw::StopsAfterAPage => page.next = None,
            Flaw::NamesWhatIsOlder => {
                let older = since.minus(std::time::Duration::from_secs(1));
                page.events
                    .iter_mut()
                    .for_each(|event| event.occurred_at = older);
            }
            _ => {}
        }
        Ok(page)
    }
}

#[async_trait]
impl Redact for Flawed {
    async fn redact(&self, session: &SessionId) -> Result<Redaction, Error> {
        let inner = self.inner.abilities().redact.unwrap();
        let done = Redaction::without_snapshot(RedactionProgress::Done);
        let mut redaction = match inner.redact(session).await {
            Err(error) => {
                return match (self.flaw, &error.kind) {
                    (Flaw::ErasesWhatIsLookedAt, ErrorKind::Conflict)
                    | (Flaw::TakesMissingForErased, ErrorKind::NotFound) => Ok(done),
                    (Flaw::TakesSilenceForErased, _) if error.retryable => Ok(done),
                    _ => self.spoil(Err(error)),
                };
            }
            Ok(redaction) => redaction,
        };
        let shown = redaction.snapshot.as_mut().map(|shown| &mut shown.mapped);
        match self.flaw {
            Flaw::SaysErasedTooSoon => redaction.progress = RedactionProgress::Done,
            Flaw::ForgetsTheDecision => shown.unwrap().status = Some(Status::Cancelled),
            Flaw::ErasesOnce if redaction.progress == RedactionProgress::Done => {
                let id = self.info.id.clone();
                return Err(Error::new(ErrorKind::Conflict, id, "redact", "again"));
            }
            _ => {}
        }
        Ok(redaction)
    }
}

#[async_trait]
impl CompleteTask for Flawed {
    async fn complete_task(
        &self,
        session: &SessionId,
        task: &str,
        data: &Value,
    ) -> Result<(), Error> {
        let inner = self.inner.abilities().complete_task.unwrap();
        let outcome = match self.flaw {
            Flaw::HandsInNothing => {
                let data = json!({ "first_name": "Contract", "is_cut": true });
                inner.complete_task(session, task, &data).await
            }
            _ => inner.complete_task(session, task, data).await,
        };
        match outcome {
            Err(error) if self.flaw == Flaw::HandsInTwice && error.may_have_taken_effect => {
                inner.complete_task(session, task, data).await
            }
            outcome => self.spoil(outcome),
        }
    }
}

#[async_trait]
impl Restore for Flawed {
    async fn restore(&self, session: &SessionId) -> Result<Snapshot, Error> {
        let inner = self.inner.abilities().restore.unwrap();
        match (self.flaw, inner.restore(session).await) {
            (Flaw::ShowsTheErasure, Ok(mut snapshot)) => {
                snapshot.mapped.data_state = Some(DataState::RedactionPending);
                Ok(snapshot)
            }
            (Flaw::RestoresWhatIsNotErased, Err(_)) => Ok(self.withdrawn()),
            (_, outcome) => self.spoil(outcome),
        }
    }
}

#[async_trait]
impl UploadDocuments for Flawed {
    async fn upload(&self, session: &SessionId, upload: &Upload) -> Result<EvidenceFile, Error> {
        let inner = self.inner.abilities().upload_documents.unwrap();
        let mut upload = upload.clone();
        if self.flaw == Flaw::UploadsTheText {
            let text = String::from_utf8_lossy(&upload.content).into_owned();
            upload.content = Bytes::from(text);
        }
        let outcome = match inner.upload(session, &upload).await {
            Err(error) if self.flaw == Flaw::HandsInTwice && error.may_have_taken_effect => {
                inner.upload(session, &upload).await
            }
            outcome => outcome,
        };
        let mut file = self.spoil(outcome)?;
        if self.flaw == Flaw::UploadsWithALink {
            let url = Secret::from("https://fake.invalid/file");
            file.link = Some(EvidenceLink {
                url,
                expires_at: None,
            });
        }
        Ok(file)
    }
}

#[async_trait]
impl WebhookAdmin for Flawed {
    async fn webhooks(&self) -> Result<Vec<WebhookRegistration>, Error> {
        let inner = self.inner.abilities().webhook_admin.unwrap();
        let mut all = self.spoil(inner.webhooks().await)?;
        match self.flaw {
            Flaw::SaysEachIsComplete => all.iter_mut().for_each(|one| one.lacks.clear()),
            // Something matters that is not asked for when an address is registered.
            Flaw::RegistersHalf => all[1].lacks.push("check.ended".to_owned()),
            _ => {}
        }
        Ok(all)
    }

    async fn register_webhook(&self, url: &str) -> Result<WebhookRegistration, Error> {
        let inner = self.inner.abilities().webhook_admin.unwrap();
        let outcome = match inner.register_webhook(url).await {
            Err(error) if self.flaw == Flaw::HandsInTwice && error.may_have_taken_effect => {
                inner.register_webhook(url).await
            }
            outcome => outcome,
        };
        let mut made = self.spoil(outcome)?;
        if self.flaw == Flaw::RegistersWithoutASecret {
            made.secret = None;
        }
        Ok(made)
    }

    async fn unregister_webhook(&self, id: &str) -> Result<(), Error> {
        let inner = self.inner.abilities().webhook_admin.unwrap();
        if self.flaw == Flaw::FailsToEndTwice {
            let _ = inner.unregister_webhook(id).await;
            let id = self.info.id.clone();
            return Err(Error::new(ErrorKind::NotFound, id, "unregister", "gone"));
        }
        inner.unregister_webhook(id).await
    }
}
