//! Asking a vendor for the session of an intent.

use idv_core::{Checkpoint, Error, ErrorKind, IdProvider, StartSession, Started, StartedSession};

use super::progress::{RETRYING, StoredCheckpoint};

/// Makes the session of this intent. One that another intent made is never taken over: its subject may have meant
/// something else, or be somebody else. A vendor that keeps one per person makes another one when asked to.
pub(super) async fn make_session(
    provider: &dyn IdProvider,
    intent: &StartSession,
    checkpoint: &mut StoredCheckpoint,
) -> Result<StartedSession, Error> {
    if checkpoint.saved(RETRYING).is_none() {
        match provider.start(intent, checkpoint).await? {
            Started::Created(started) => return Ok(started),
            Started::Existing(existing) => {
                tracing::info!(vendor_session = %existing.session_id, "the vendor has a session of another intent");
            }
        }
    }
    let failed = |kind, message| Error::new(kind, provider.info().id.clone(), "retry", message);
    let Some(retry) = provider.abilities().retry else {
        let message = "the vendor returned a session that was not made for this request";
        return Err(failed(ErrorKind::Conflict, message));
    };
    // Saved first: run again, this must not take the session it made for one of another intent.
    if checkpoint.save(RETRYING, "begun").await.is_err() {
        let message = "the progress of the start could not be stored";
        return Err(failed(ErrorKind::Unavailable, message));
    }
    retry.retry(intent, checkpoint).await
}
