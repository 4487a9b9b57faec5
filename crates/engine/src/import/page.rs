//! Asking the vendor, and waiting where it wants that.

use std::time::Duration;

use idv_core::{Depth, Error, ErrorKind, SessionId, SessionPage, Snapshot, Timestamp};

use super::{ImportError, ImportWatcher, Walk};
use crate::Engine;
use crate::reconcile::concerns_the_account;

/// Where a vendor refuses a call because there were too many, and does not say for how long.
const IF_NOT_SAID: Duration = Duration::from_secs(1);

impl Engine {
    /// The next page, and when it was asked for, UTC.
    pub(super) async fn listed(
        &self,
        walk: &Walk<'_>,
        watcher: &mut dyn ImportWatcher,
    ) -> Result<(Timestamp, SessionPage), ImportError> {
        let query = walk.order.query(walk.position.lists_done);
        let cursor = walk.position.cursor.as_deref();
        loop {
            let asked_at = self.now();
            match walk.list.list(&query, cursor).await {
                Ok(page) => return Ok((asked_at, page)),
                Err(error) => wait_or_fail(error, watcher).await?,
            }
        }
    }

    /// A session with everything that explains it, and when it was asked for, UTC; none if it cannot be read by itself.
    pub(super) async fn in_full(
        &self,
        walk: &Walk<'_>,
        watcher: &mut dyn ImportWatcher,
        session: &SessionId,
    ) -> Result<Option<(Timestamp, Snapshot)>, ImportError> {
        loop {
            let asked_at = self.now();
            match walk.account.provider.fetch(session, Depth::Full).await {
                Ok(snapshot) => return Ok(Some((asked_at, snapshot))),
                Err(error) if !concerns_the_account(&error) => {
                    tracing::warn!(account = %walk.account.id, vendor_session = %session, %error, "a session that is to be imported could not be read");
                    return Ok(None);
                }
                Err(error) => wait_or_fail(error, watcher).await?,
            }
        }
    }
}

/// Waits if the vendor, or the limit of calls to it, only wants that; else the walk ends.
async fn wait_or_fail(error: Error, watcher: &mut dyn ImportWatcher) -> Result<(), ImportError> {
    let is_too_many = matches!(error.kind, ErrorKind::RateLimited { .. });
    let pause = match error.retry_after() {
        None if is_too_many => IF_NOT_SAID,
        Some(pause) if is_too_many || error.kind == ErrorKind::Unavailable => pause,
        _ => return Err(ImportError::Provider(Box::new(error))),
    };
    watcher.wait(pause).await;
    Ok(())
}
