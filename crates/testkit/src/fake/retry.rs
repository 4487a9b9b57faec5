//! Another check for a person who has one.
//!
//! The fake vendor knows no key for this call: so the newest check there was is saved before it, and a run that comes
//! after a crash looks for one that is newer.

use async_trait::async_trait;
use idv_core::{
    Checkpoint, Error, ErrorKind, List as _, ListQuery, ProviderId, Retry, RetryScope, SessionId,
    StartSession, StartedSession, StepKind, json,
};
use serde_json::{Value, json};

use super::FakeProvider;
use super::client::segment;
use super::map;
use super::provider::{ID, hosted};
use super::wire::Check;

const OPERATION: &str = "ask_again";
const BEFORE: &str = "again.before";
const MADE: &str = "again.made";

#[async_trait]
impl Retry for FakeProvider {
    async fn retry(
        &self,
        intent: &StartSession,
        checkpoint: &mut dyn Checkpoint,
    ) -> Result<StartedSession, Error> {
        let not_saved = |_| error(ErrorKind::Unavailable, "progress not stored");
        let mut ask = asked(&intent.again)?;
        ask["reference"] = json!(intent.request_id.to_string());

        let saved = checkpoint.saved(MADE).map(SessionId::new);
        let bytes = if let Some(made) = saved {
            self.client.get_check(made.as_str()).await?
        } else {
            let newest = self.newest(intent).await?;
            let before = checkpoint.saved(BEFORE).map(SessionId::new);
            let bytes = match before {
                Some(before) if before != newest => self.client.get_check(newest.as_str()).await?,
                before => {
                    if before.is_none() {
                        let save = checkpoint.save(BEFORE, newest.as_str());
                        save.await.map_err(not_saved)?;
                    }
                    let path = format!("/v1/checks/{}/again", segment(newest.as_str()));
                    self.client.post(OPERATION, &path, None, &ask).await?
                }
            };
            let made: Check = json::decode(&bytes).map_err(Self::unreadable(OPERATION))?;
            let save = checkpoint.save(MADE, &made.id);
            save.await.map_err(not_saved)?;
            bytes
        };
        let check: Check = json::decode(&bytes).map_err(Self::unreadable(OPERATION))?;
        Ok(StartedSession {
            session_id: SessionId::new(&check.id),
            link: check.link.map(|link| hosted(&link)),
            snapshot: self.snapshot(bytes).map_err(Self::unreadable(OPERATION))?,
        })
    }
}

impl FakeProvider {
    /// The newest check of the person; the list begins with the oldest.
    async fn newest(&self, intent: &StartSession) -> Result<SessionId, Error> {
        let mut query = ListQuery::default();
        query.subject = Some(intent.subject.clone());
        let (mut newest, mut cursor) = (None, None);
        loop {
            let page = self.list(&query, cursor.as_deref()).await?;
            let last = page.sessions.last();
            newest = last
                .and_then(|one| one.mapped.session_id.clone())
                .or(newest);
            cursor = page.next;
            if cursor.is_none() {
                let none = || error(ErrorKind::NotFound, "the person has no check");
                return newest.ok_or_else(none);
            }
        }
    }
}

#[expect(clippy::result_large_err, reason = "the error is the contract's")]
fn asked(scope: &RetryScope) -> Result<Value, Error> {
    let word = |step: &StepKind| {
        let row = map::STEPS.iter().find(|row| row.1 == *step);
        row.map(|row| row.0).ok_or_else(|| {
            let capability = step.as_word().into_owned();
            error(ErrorKind::Unsupported { capability }, "no such step")
        })
    };
    Ok(match scope {
        RetryScope::WhatFailed => json!({ "ask": "failed" }),
        RetryScope::Steps(steps) => {
            let words: Result<Vec<_>, _> = steps.iter().map(word).collect();
            json!({ "ask": "steps", "steps": words? })
        }
        _ => json!({ "ask": "everything" }),
    })
}

fn error(kind: ErrorKind, what: &'static str) -> Error {
    Error::new(kind, ProviderId::from(ID), OPERATION, what)
}
