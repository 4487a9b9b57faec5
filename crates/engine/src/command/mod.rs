//! What the application tells the engine to do.
//!
//! No command awaits a vendor inside a transaction. A call to a vendor is a job, written together with the decision
//! to make it; the command then does the job itself, and if it dies on the way, a worker does.

mod bypass;
mod cancel;
mod get_or_request;
mod idempotency;
mod input;
mod make_session;
mod observe;
mod progress;
mod recreate;
mod refresh;
mod remind;
mod renew_link;
mod session;
mod start;
mod undisturbed;
mod update;
mod update_session;
mod withdraw;

use idv_core::{RequestId, SessionKey, Status, SubjectRef};

pub use bypass::{Bypass, ResolveReview};
pub use cancel::{Cancel, CancelBySession};
pub(crate) use get_or_request::person_place;
pub use get_or_request::{GetOrRequest, GetOrRequested, Requested, Reuse};
pub use idempotency::IdempotencyKey;
pub(crate) use idempotency::KeyClaim;
pub(crate) use observe::{Given, check_actor};
pub use recreate::CancelAndRecreate;
pub use refresh::Refresh;
pub(crate) use refresh::{ASKED_AGAIN_AT_MOST, Answers, Asked, Why};
pub use remind::Remind;
pub use update::Update;

use crate::crypt::{KeyRingError, OpenFailed};
use crate::error::CommandError;
use crate::observe::{corrupt, subject_place};
use crate::store::{RequestRow, SessionRow, SubjectId, UnitOfWork};
use crate::{Engine, RequestView};

/// A command was carried out.
#[derive(Clone, Debug)]
pub struct Commanded {
    /// The request as it is now; after a recreation the new one.
    pub request: RequestView,
    /// True if the command had been carried out before, with the same key: nothing was done now.
    pub replayed: bool,
}

impl Engine {
    async fn commanded(&self, request: RequestId) -> Result<Commanded, CommandError> {
        Ok(Commanded {
            request: self.request(request).await?.ok_or(CommandError::NotFound)?,
            replayed: false,
        })
    }

    async fn commanded_before(&self, request: RequestId) -> Result<Commanded, CommandError> {
        let mut commanded = self.commanded(request).await?;
        commanded.replayed = true;
        Ok(commanded)
    }

    /// A request, locked.
    pub(crate) async fn locked(
        &self,
        unit: &mut dyn UnitOfWork,
        request: RequestId,
    ) -> Result<RequestRow, CommandError> {
        unit.request(request).await?.ok_or(CommandError::NotFound)
    }

    pub(crate) async fn current_session(
        &self,
        unit: &mut dyn UnitOfWork,
        request: &RequestRow,
    ) -> Result<Option<SessionRow>, CommandError> {
        let sessions = unit.sessions_of(request.id).await?;
        let is_current = |key: SessionKey| request.current_session == Some(key);
        Ok(sessions.into_iter().find(|session| is_current(session.key)))
    }

    /// What the vendor says about a request, whatever was decided over its head.
    pub(crate) async fn vendor_says(
        &self,
        unit: &mut dyn UnitOfWork,
        request: &RequestRow,
    ) -> Result<Status, CommandError> {
        let session = self.current_session(unit, request).await?;
        Ok(session.map_or(Status::Created, |session| session.state.status))
    }

    /// The application's reference to a subject.
    async fn reference_of(
        &self,
        unit: &mut dyn UnitOfWork,
        subject: SubjectId,
    ) -> Result<SubjectRef, CommandError> {
        let key = self
            .subject_key(unit, subject)
            .await?
            .ok_or(CommandError::Erased)?;
        let row = unit
            .subject(subject)
            .await?
            .ok_or_else(|| corrupt("a request without a subject"))?;
        let plain = key
            .open(subject_place(subject), &row.reference)
            .map_err(KeyRingError::from)?;
        let reference = String::from_utf8(plain).map_err(|_| KeyRingError::from(OpenFailed))?;
        Ok(SubjectRef::new(reference))
    }
}
