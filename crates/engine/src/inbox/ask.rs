//! Asking the vendor about a session, because a webhook spoke of it.

use idv_core::webhook::Strength;
use idv_core::{Depth, ErrorKind, SessionId, Snapshot, Timestamp};

use super::adopt::Hints;
use super::failure::Failure;
use super::read::Heard;
use crate::Engine;
use crate::account::{Account, Unmatched};
use crate::store::{DeliveryRow, StoreError};

/// What a vendor said when asked about a session because of a webhook.
pub(super) enum Answer {
    /// It was not asked: the account cannot, or nobody waits for the answer.
    NotAsked,
    /// It has no such session.
    Missing { asked_at: Timestamp },
    /// The session as it is.
    Snapshot {
        asked_at: Timestamp,
        snapshot: Box<Snapshot>,
    },
}

impl Engine {
    /// A webhook is a hint; the answer to our own question is the state. An account that can ask, asks, unless
    /// nobody here waits for the answer.
    pub(super) async fn ask_vendor(
        &self,
        account: &Account,
        session: &SessionId,
        heard: &[Heard<'_>],
    ) -> Result<Answer, Failure> {
        if !account.can_fetch {
            return Ok(Answer::NotAsked);
        }
        let may_match = account.unmatched == Unmatched::Adopt
            || heard.iter().any(|heard| {
                let payload = heard.event.payload.as_ref();
                payload.is_none_or(|payload| payload.request_id.is_some())
            });
        if !may_match && !self.is_known(account, session).await? {
            return Ok(Answer::NotAsked);
        }
        self.ask(account, session).await
    }

    pub(super) async fn ask(
        &self,
        account: &Account,
        session: &SessionId,
    ) -> Result<Answer, Failure> {
        let asked_at = self.now();
        match account.provider.fetch(session, Depth::Full).await {
            Ok(snapshot) => Ok(Answer::Snapshot {
                asked_at,
                snapshot: Box::new(snapshot),
            }),
            Err(error) if error.kind == ErrorKind::NotFound => Ok(Answer::Missing { asked_at }),
            Err(error) => Err(error.into()),
        }
    }

    async fn is_known(&self, account: &Account, session: &SessionId) -> Result<bool, StoreError> {
        let mut unit = self.inner.store.begin().await?;
        Ok(unit
            .session_by_vendor_id(&account.id, session)
            .await?
            .is_some())
    }
}

impl Answer {
    /// Where the session belongs: as the vendor's answer says, if it was asked; as signed payloads say, if it cannot
    /// be; else nobody knows.
    pub(super) fn hints(&self, account: &Account, heard: &[Heard<'_>]) -> Hints {
        match self {
            Self::Snapshot { snapshot, .. } => Hints::of([&snapshot.mapped]),
            Self::NotAsked if !account.can_fetch => {
                let signed = heard.iter().filter(|heard| is_signed(heard.row));
                Hints::of(signed.filter_map(|heard| heard.event.payload.as_ref()))
            }
            Self::NotAsked | Self::Missing { .. } => Hints::of([]),
        }
    }
}

/// Below a signature over the body, its content is anybody's word: it may trigger a question and no more.
pub(super) const fn is_signed(row: &DeliveryRow) -> bool {
    matches!(row.receipt.strength, Strength::Signed { .. })
}
