//! The one trait behind which every vendor stands.

use std::fmt::Debug;

use async_trait::async_trait;

use crate::webhook::{InboundWebhook, VerifiedWebhook, VerifyError};
use crate::{
    Abilities, Capabilities, Depth, Error, Kind, Mapped, Part, ProviderInfo, SessionId, Snapshot,
    StartSession, Started, Unreadable, UserLink, WebhookEvent,
};

/// One identity verification vendor.
///
/// Object-safe, and without default bodies: an implementer decides each method, and a wrapper that forgets to
/// forward one does not compile. What some vendors lack is an ability, not a method that fails.
///
/// What every implementer promises is a list of named tests in `idv-testkit`.
#[async_trait]
pub trait IdProvider: Debug + Send + Sync {
    /// What the gateway must know about this vendor, as plain data.
    fn info(&self) -> &ProviderInfo;

    /// Makes a session at the vendor, or finds the one this intent has made before.
    ///
    /// - Called again with the same [`StartSession::idempotency_key`] it makes no second session: it repeats the
    ///   call with the vendor's key, or looks the session up first.
    /// - Saves the result of each call through the checkpoint before it makes the next one, and resumes from it.
    /// - A session that is finished already is not an error.
    ///
    /// # Errors
    /// If [`Error::may_have_taken_effect`] is set, the vendor may hold a session: call again with the same intent,
    /// never with a new one.
    async fn start(
        &self,
        intent: &StartSession,
        checkpoint: &mut dyn Checkpoint,
    ) -> Result<Started, Error>;

    /// Reads a session. [`Depth::Verdict`] is one call to the vendor; [`Depth::Full`] reads whatever explains it.
    ///
    /// A part that could not be read, for a missing permission or because it is gone, is listed in
    /// [`Snapshot::missing`]; only the session itself must be there.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) if the vendor has no such session, else as any call.
    async fn fetch(&self, session: &SessionId, depth: Depth) -> Result<Snapshot, Error>;

    /// A fresh link for the subject. Links are short-lived and never stored.
    ///
    /// # Errors
    /// [`ErrorKind::Conflict`](crate::ErrorKind::Conflict) if the session takes no more input from the subject.
    async fn renew_link(&self, session: &SessionId) -> Result<UserLink, Error>;

    /// Proves that a webhook comes from the vendor. Reads the signature header and the raw bytes, and no more.
    ///
    /// # Errors
    /// [`VerifyError::Refused`] if it is not to be believed, [`VerifyError::Undecided`] if that could not be found
    /// out because a key could not be had.
    async fn verify(&self, webhook: &InboundWebhook) -> Result<VerifiedWebhook, VerifyError>;

    /// Says what a proven webhook means. An event of another product or of an unlisted type is no error: it
    /// concerns [`Concern::Nothing`](crate::Concern::Nothing).
    ///
    /// # Errors
    /// [`Unreadable`] if the bytes are not what this vendor sends.
    fn interpret(&self, webhook: &VerifiedWebhook) -> Result<WebhookEvent, Unreadable>;

    /// Puts any object of this vendor into our words, with no authority: for the command line, replay and
    /// re-mapping. Without a kind it is guessed from the object.
    ///
    /// A listed value nobody knows is not an error; see [`Mapped::unknown`].
    ///
    /// # Errors
    /// [`Unreadable`] if the bytes are no JSON of this vendor at all, or not of the kind asked for.
    fn translate(&self, kind: Option<Kind>, bytes: &[u8]) -> Result<Mapped, Unreadable>;

    /// Maps the parts of a snapshot again, as they stand in [`Snapshot::parts`]: for stored history, after the tables
    /// have changed. It is how [`Snapshot::mapped`] came about, so with the same tables it gives the same again.
    ///
    /// - Pure: no call, no clock.
    /// - The credentials in the parts may have been blanked, see [`ProviderInfo::credential_pointers`]. Nothing rests
    ///   on their values, so evidence has no [link](crate::EvidenceFile::link) here.
    /// - A part of an unknown name is ignored.
    ///
    /// # Errors
    /// [`Unreadable`] if the part with the session is not there, or a part that is mapped is not what its name says.
    fn assemble(&self, parts: &[Part]) -> Result<Mapped, Unreadable>;

    /// What this vendor can tell, by the tables that [`IdProvider::translate`] maps with.
    fn capabilities(&self) -> Capabilities;

    /// What this vendor can do beyond the methods above.
    fn abilities(&self) -> Abilities<'_>;
}

/// Where [`IdProvider::start`] saves what it has done so far, durably, before it goes on.
#[async_trait]
pub trait Checkpoint: Send {
    /// What an earlier run of this intent has saved under this name.
    fn saved(&self, step: &'static str) -> Option<&str>;

    /// Saves a result. When this returns, it survives a crash.
    ///
    /// # Errors
    /// If it could not be stored; the start must stop then.
    async fn save(&mut self, step: &'static str, value: &str) -> Result<(), CheckpointError>;
}

/// A checkpoint could not be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the progress of the start could not be stored")]
pub struct CheckpointError;
