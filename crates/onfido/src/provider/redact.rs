//! Having a person's data erased.
//!
//! The vendor has no call that erases a run: it deletes the applicant, the person the run is about, with all that is
//! theirs. From the vendor's OpenAPI file (`/applicants/{applicant_id}`), read 2026-11-20.

use idv_core::{Error, ErrorKind, Redaction, RedactionProgress, SessionId, Snapshot};

use super::OnfidoProvider;
use super::read::run;
use crate::client::{Answer, failed};
use crate::map::is_vendor_id;

impl OnfidoProvider {
    /// See [`idv_core::Redact::redact`].
    pub(super) async fn delete_applicant_of(
        &self,
        session: &SessionId,
    ) -> Result<Redaction, Error> {
        let operation = "delete_applicant";
        let client = self.client(operation)?;
        let done = Redaction::without_snapshot(RedactionProgress::Done);
        // So far nothing was asked for that has an effect.
        let harmless = |mut error: Error| {
            error.may_have_taken_effect = false;
            error
        };
        let answer = match client.try_find_workflow_run(session).await {
            Ok(answer) => answer,
            Err(failure) if failure.is_gone => return Ok(done),
            Err(failure) => return Err(harmless(failure.error)),
        };
        let applicant = applicant_of(session, &answer).map_err(harmless)?;
        match client.delete_applicant(&applicant).await {
            Ok(_) => Ok(Redaction::without_snapshot(RedactionProgress::Requested)),
            // The run is there, so it is the right account; it is the applicant who is there no more.
            Err(failure) if failure.is_gone || failure.is_missing => Ok(done),
            Err(failure) => Err(failure.error),
        }
    }
}

impl OnfidoProvider {
    /// See [`idv_core::Restore::restore`].
    pub(super) async fn restore_applicant_of(
        &self,
        session: &SessionId,
    ) -> Result<Snapshot, Error> {
        let operation = "restore_applicant";
        let client = self.client(operation)?;
        let answer = client.find_workflow_run(session).await?;
        let applicant = applicant_of(session, &answer)?;
        match client.restore_applicant(&applicant).await {
            Ok(_) => match self.find(client, session).await {
                Ok(read) => Ok(read.snapshot),
                Err(mut error) => {
                    error.may_have_taken_effect = true;
                    Err(error)
                }
            },
            // The run is there, and the vendor understands the question: the applicant is not to be deleted, or is gone.
            Err(failure)
                if failure.is_gone
                    || matches!(
                        failure.error.kind,
                        ErrorKind::InvalidInput { .. } | ErrorKind::ProviderRejected { .. }
                    ) =>
            {
                let message = "no deletion is under way that could be taken back";
                Err(failed(ErrorKind::Conflict, operation, message))
            }
            Err(failure) => Err(failure.error),
        }
    }
}

fn applicant_of(session: &SessionId, answer: &Answer) -> Result<String, Error> {
    let operation = "find_workflow_run";
    let (_, run) = run(operation, Some(session), answer)?;
    let applicant = run.applicant_id.get().filter(|id| is_vendor_id(id));
    applicant.map(str::to_owned).ok_or_else(|| {
        let message = "the run names no applicant whose data could be erased";
        failed(ErrorKind::BadResponse, operation, message)
    })
}
