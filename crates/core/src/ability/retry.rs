//! Another session for the same person.

use std::fmt::Debug;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{Checkpoint, Error, StartSession, StartedSession, StepKind};

/// Makes another session for a person who has one, at a vendor that keeps one per person and else gives that one
/// back: the way out of [`Started::Existing`](crate::Started::Existing).
#[async_trait]
pub trait Retry: Debug + Send + Sync {
    /// Makes another session, in which is asked again what [`StartSession::again`] says.
    ///
    /// As [`IdProvider::start`](crate::IdProvider::start), it saves what it has done through the checkpoint, which may
    /// be the one the start of the same intent has used; run again with it, it makes no second session.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) if the person has no session,
    /// [`ErrorKind::Conflict`](crate::ErrorKind::Conflict) if the vendor does not ask that much or that little again in
    /// the state of the session before, [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) for a step that it
    /// cannot ask for by itself, else as any call. If [`Error::may_have_taken_effect`] is set, call again with the same
    /// checkpoint.
    async fn retry(
        &self,
        intent: &StartSession,
        checkpoint: &mut dyn Checkpoint,
    ) -> Result<StartedSession, Error>;
}

/// What a person who was asked before is asked again.
///
/// It says what the subject has to do, never what counts: the verdict is the vendor's, over all its steps.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RetryScope {
    /// Everything, whatever came of the session before.
    #[default]
    Everything,
    /// What failed, and what comes after it.
    WhatFailed,
    /// What the vendor sees fit.
    VendorsChoice,
    /// These steps and no others.
    Steps(Vec<StepKind>),
}
