//! Another try of the same person, which at this vendor is another session.

use std::mem::discriminant;

use async_trait::async_trait;
use idv_core::{
    Checkpoint, Error, ErrorKind, Purpose, Retry, RetryScope, SessionId, StartSession,
    StartedSession, StepKind, Unreadable,
};
use serde_json::{Value, json};

use super::PlaidProvider;
use super::read::unreadable;
use super::start::{Listed, newest, save, user};
use crate::client::failed;

/// How the vendor is told what is asked again.
/// <https://plaid.com/docs/api/products/identity-verification/#identity_verificationretry>, read 2026-11-20.
struct Strategy {
    word: &'static str,
    /// Which of the steps that can be asked for by themselves are asked: all four are named, or none.
    steps: Option<Value>,
}

/// The scopes of a retry in words of the vendor. Which steps a scope names does not matter here.
pub(crate) static STRATEGIES: &[(RetryScope, &str)] = &[
    (RetryScope::Everything, "reset"),
    (RetryScope::WhatFailed, "incomplete"),
    (RetryScope::VendorsChoice, "infer"),
    (RetryScope::Steps(Vec::new()), "custom"),
];

/// The steps that can be asked for by themselves.
static ASKABLE: &[(&str, &[StepKind])] = &[
    ("verify_sms", &[StepKind::Phone]),
    ("kyc_check", &[StepKind::Database, StepKind::IdNumber]),
    ("documentary_verification", &[StepKind::Document]),
    // The sandbox ignores it.
    ("selfie_check", &[StepKind::Selfie]),
];

/// `incomplete` is not for a failed screening or risk check, and `infer` not for an active session: then the vendor
/// refuses.
fn strategy(again: &RetryScope) -> Result<Strategy, Error> {
    let is_same = |scope: &RetryScope| discriminant(scope) == discriminant(again);
    let row = STRATEGIES.iter().find(|row| is_same(&row.0));
    let (_, word) = row.ok_or_else(|| unsupported("another scope of a retry".to_owned()))?;
    let steps = match again {
        RetryScope::Steps(kinds) => Some(steps(kinds)?),
        _ => None,
    };
    Ok(Strategy { word, steps })
}

fn steps(kinds: &[StepKind]) -> Result<Value, Error> {
    let is_askable = |kind: &&StepKind| ASKABLE.iter().any(|(_, known)| known.contains(kind));
    if let Some(strange) = kinds.iter().find(|kind| !is_askable(kind)) {
        return Err(unsupported(format!("a retry of the step {strange} alone")));
    }
    if kinds.is_empty() {
        return Err(unsupported("a retry without a step".to_owned()));
    }
    let asked = |known: &[StepKind]| known.iter().any(|kind| kinds.contains(kind));
    let steps = ASKABLE
        .iter()
        .map(|(name, known)| ((*name).to_owned(), Value::Bool(asked(known))));
    Ok(Value::Object(steps.collect()))
}

fn unsupported(capability: String) -> Error {
    let message = "the vendor cannot do what the intent asks for";
    failed(
        ErrorKind::Unsupported { capability },
        "retry_session",
        message,
    )
}

/// Under which name a retry saves the session it comes after.
const AFTER: &str = "retry_after";
/// Under which name it saves the id of the session it has made.
const MADE: &str = "retry_session";

const PASSED_BY: &str = "the person has a newer session that does not come after the one to retry";
const THE_SAME: Unreadable = Unreadable::NotThisProvider {
    why: "it is the session to retry and not another one",
};

/// Which of the vendor's errors a refused retry gets is not published. One that asks for everything is refused for its
/// input; one that asks for less was asked in the vendor's own words, so what it does not take is the state of the session
/// before.
fn refused(mut error: Error, again: &RetryScope) -> Error {
    let names_another_field = |field: &Option<String>| {
        let field = field.as_deref();
        field.is_some_and(|field| !matches!(field, "strategy" | "steps"))
    };
    let is_about_state =
        matches!(&error.kind, ErrorKind::InvalidInput { field } if !names_another_field(field));
    if is_about_state && *again != RetryScope::Everything {
        error.kind = ErrorKind::Conflict;
    }
    error
}

fn follows(one: &Listed, after: &SessionId) -> bool {
    one.id != *after && one.previous_attempt_id.as_ref() == Some(after)
}

/// Another session for the same person, after one that is there. It is billed like any session.
///
/// The vendor has no key for this call, and each repetition makes another session. So the session it comes after is
/// saved first; run again after a crash, the retry looks whether that session has a follower already.
#[async_trait]
impl Retry for PlaidProvider {
    async fn retry(
        &self,
        intent: &StartSession,
        checkpoint: &mut dyn Checkpoint,
    ) -> Result<StartedSession, Error> {
        self.retry_session(intent, checkpoint).await
    }
}

impl PlaidProvider {
    async fn retry_session(
        &self,
        intent: &StartSession,
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
        let strategy = strategy(&intent.again)?;
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
                let answer = client.retry_session(&body).await;
                let answer = answer.map_err(|error| refused(error, &intent.again))?;
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

    fn new_retry(&self, intent: &StartSession, template: &str, strategy: Strategy) -> Value {
        let mut body = json!({
            "client_user_id": intent.subject.expose(Purpose::SendToVendor),
            "template_id": template,
            "strategy": strategy.word,
            "is_shareable": self.options.is_shareable,
        });
        if let Some(object) = body.as_object_mut() {
            object.extend(strategy.steps.map(|steps| ("steps".to_owned(), steps)));
            let user = user(intent.person.expose(Purpose::SendToVendor));
            if !user.is_empty() {
                object.insert("user".to_owned(), Value::Object(user));
            }
        }
        body
    }
}
