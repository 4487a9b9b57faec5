//! Another try of the same person, which at this vendor is another session.

use async_trait::async_trait;
use idv_core::{
    Checkpoint, Error, ErrorKind, Purpose, Retry, SessionId, StartSession, StartedSession,
    Unreadable,
};
use serde_json::{Value, json};

use super::PlaidProvider;
use super::read::unreadable;
use super::start::{Listed, newest, save, user};
use crate::client::failed;

/// What another try asks of the subject.
/// <https://plaid.com/docs/api/products/identity-verification/#identity_verificationretry>, read 2026-11-20.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RetryStrategy {
    /// Everything, from the beginning.
    Reset,
    /// The step that failed and what follows it. Not if that is the screening or the risk check.
    Incomplete,
    /// The vendor chooses between the two: `Incomplete` after a failed or expired session, else `Reset`. Not while
    /// the session is active.
    Infer,
    /// These steps, whatever the template says.
    Custom {
        /// Confirm the phone number.
        verify_sms: bool,
        /// Compare with the vendor's data sources.
        kyc_check: bool,
        /// Show a document.
        documentary_verification: bool,
        /// Take a selfie. The sandbox ignores it.
        selfie_check: bool,
    },
}

impl RetryStrategy {
    const fn word(self) -> &'static str {
        match self {
            Self::Reset => "reset",
            Self::Incomplete => "incomplete",
            Self::Infer => "infer",
            Self::Custom { .. } => "custom",
        }
    }

    fn steps(self) -> Option<Value> {
        match self {
            Self::Custom {
                verify_sms,
                kyc_check,
                documentary_verification,
                selfie_check,
            } => Some(json!({
                "verify_sms": verify_sms,
                "kyc_check": kyc_check,
                "documentary_verification": documentary_verification,
                "selfie_check": selfie_check,
            })),
            _ => None,
        }
    }
}

/// Under which name a retry saves the session it comes after.
const AFTER: &str = "retry_after";
/// Under which name it saves the id of the session it has made.
const MADE: &str = "retry_session";

const PASSED_BY: &str = "the person has a newer session that does not come after the one to retry";
const THE_SAME: Unreadable = Unreadable::NotThisProvider {
    why: "it is the session to retry and not another one",
};

fn follows(one: &Listed, after: &SessionId) -> bool {
    one.id != *after && one.previous_attempt_id.as_ref() == Some(after)
}

/// A new intent owes nothing to the session before: everything is asked again.
#[async_trait]
impl Retry for PlaidProvider {
    async fn retry(
        &self,
        intent: &StartSession,
        checkpoint: &mut dyn Checkpoint,
    ) -> Result<StartedSession, Error> {
        self.retry_with(intent, RetryStrategy::Reset, checkpoint)
            .await
    }
}

impl PlaidProvider {
    /// Makes another session for the same person, after one that is there: the way out of
    /// [`Started::Existing`](idv_core::Started::Existing). It is billed like any session.
    ///
    /// The vendor has no key for this call, and each repetition makes another session. So the session it comes after
    /// is saved first; run again after a crash, the retry looks whether that session has a follower already.
    ///
    /// # Errors
    /// As any call. If [`Error::may_have_taken_effect`] is set, call again with the same checkpoint.
    pub async fn retry_with(
        &self,
        intent: &StartSession,
        strategy: RetryStrategy,
        checkpoint: &mut dyn Checkpoint,
    ) -> Result<StartedSession, Error> {
        let operation = "retry_session";
        let client = self.client(operation)?;
        if let Some(made) = checkpoint.saved(MADE).map(SessionId::new) {
            let read = self.get(client, &made).await?;
            return Ok(self.started(client, read).await);
        }
        let harmless = |mut error: Error| {
            error.may_have_taken_effect = false;
            error
        };
        let after = checkpoint.saved(AFTER).map(SessionId::new);
        let template = self.template(intent.template.as_deref(), operation)?;
        let sessions = self.sessions(client, intent, template).await;
        // In a run after the first, a retry may have been sent whatever this look says.
        let sessions = sessions.map_err(|error| match after {
            None => harmless(error),
            Some(_) => error,
        })?;
        let Some(newest_id) = newest(&sessions).map(|newest| &newest.id) else {
            let message = "the person has no session yet: start one";
            return Err(failed(ErrorKind::NotFound, operation, message));
        };
        let (after, follower) = match after {
            None => {
                save(checkpoint, (AFTER, newest_id.as_str()), operation, false).await?;
                (newest_id.clone(), None)
            }
            Some(after) => {
                // Not the newest: others may have come after the one this retry has made.
                let is_follower = |one: &&Listed| follows(one, &after);
                let follower = newest(sessions.iter().filter(is_follower)).map(|one| &one.id);
                if follower.is_none() && *newest_id != after {
                    return Err(failed(ErrorKind::Conflict, operation, PASSED_BY));
                }
                (after, follower)
            }
        };
        let read = match follower {
            Some(id) => {
                let read = self.get(client, id).await?;
                if read.previous_attempt_id.as_deref() != Some(after.as_str()) {
                    return Err(failed(ErrorKind::Conflict, operation, PASSED_BY));
                }
                read
            }
            None => {
                let body = self.new_retry(intent, template, strategy);
                let answer = client.retry_session(&body).await?;
                let read = self.read(operation, None, &answer)?;
                if read.id == after {
                    // Adopted, the session that is over would be shown as the new one.
                    return Err(unreadable(operation, &answer, THE_SAME));
                }
                read
            }
        };
        save(checkpoint, (MADE, read.id.as_str()), operation, true).await?;
        Ok(self.started(client, read).await)
    }

    fn new_retry(&self, intent: &StartSession, template: &str, strategy: RetryStrategy) -> Value {
        let mut body = json!({
            "client_user_id": intent.subject.expose(Purpose::SendToVendor),
            "template_id": template,
            "strategy": strategy.word(),
            "is_shareable": self.options.is_shareable,
        });
        if let Some(object) = body.as_object_mut() {
            let steps = strategy.steps();
            object.extend(steps.map(|steps| ("steps".to_owned(), steps)));
            let user = user(intent.person.expose(Purpose::SendToVendor));
            if !user.is_empty() {
                object.insert("user".to_owned(), Value::Object(user));
            }
        }
        body
    }
}
