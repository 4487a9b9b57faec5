//! How far a vendor was asked for what it could not tell us, as the database knows it.

use std::collections::BTreeSet;
use std::time::Duration;

use idv_core::{AccountId, SessionId, Timestamp, json};
use serde::{Deserialize, Serialize};

use crate::Engine;
use crate::observe::corrupt;
use crate::store::{StoreError, UnitOfWork};

/// How far back an account looks that never looked before: for as long as the most patient vendor sends a webhook again.
const FIRST_LOOK: Duration = Duration::from_secs(3 * 24 * 3600);

/// How far the account was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Position {
    /// Everything from before this time is known, UTC.
    pub(super) since: Timestamp,
    /// When the list was begun that is being read, UTC; none between two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) begun_at: Option<Timestamp>,
    /// The vendor's word for where the list goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) cursor: Option<String>,
    /// Sessions of the page that begins there which were seen to already.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) seen_to: BTreeSet<SessionId>,
    /// When it may be asked next, UTC. While somebody is at it, when that one's lease ends.
    pub(super) next_at: Timestamp,
}

impl Engine {
    /// The position of an account, if it is its turn; the turn is this process's then, for the time of a lease.
    pub(super) async fn take_turn(
        &self,
        account: &AccountId,
    ) -> Result<Option<Position>, StoreError> {
        let mut unit = self.inner.store.begin().await?;
        let now = self.now();
        let position = self
            .locked_position(unit.as_unit_of_work(), account)
            .await?;
        let Some(mut position) = position else {
            // Nothing is missed yet that was waited for: the first question comes when the others would.
            let first = Position {
                since: now.minus(FIRST_LOOK),
                begun_at: None,
                cursor: None,
                seen_to: BTreeSet::new(),
                next_at: now.plus(self.inner.settings.missed_events_interval),
            };
            write(unit.as_unit_of_work(), account, &first).await?;
            unit.commit().await?;
            return Ok(None);
        };
        if position.next_at > now {
            return Ok(None);
        }
        position.next_at = now.plus(self.inner.settings.lease);
        write(unit.as_unit_of_work(), account, &position).await?;
        unit.commit().await?;
        Ok(Some(position))
    }

    /// Keeps the turn for another lease.
    pub(crate) async fn extend_turn(&self, account: &AccountId) -> Result<(), StoreError> {
        let mut unit = self.inner.store.begin().await?;
        let Some(mut position) = self
            .locked_position(unit.as_unit_of_work(), account)
            .await?
        else {
            return Ok(());
        };
        let until = self.now().plus(self.inner.settings.lease);
        // The turn may have been given up just now, until later than that.
        if position.next_at < until {
            position.next_at = until;
            write(unit.as_unit_of_work(), account, &position).await?;
            unit.commit().await?;
        }
        Ok(())
    }

    /// Writes down how far the account was asked.
    pub(super) async fn save_position(
        &self,
        account: &AccountId,
        position: &Position,
    ) -> Result<(), StoreError> {
        let mut unit = self.inner.store.begin().await?;
        write(unit.as_unit_of_work(), account, position).await?;
        unit.commit().await
    }

    /// A value of the installation is locked by writing it; so whoever comes second reads what the first has written.
    async fn locked_position(
        &self,
        unit: &mut dyn UnitOfWork,
        account: &AccountId,
    ) -> Result<Option<Position>, StoreError> {
        let holder = self.inner.holder.as_bytes();
        unit.replace_meta(&format!("missed_events_turn/{account}"), holder)
            .await?;
        let Some(value) = unit.meta(&name(account)).await? else {
            return Ok(None);
        };
        json::decode(&value)
            .map(Some)
            .map_err(|error| corrupt("a stored position does not read back").with_source(error))
    }
}

fn name(account: &AccountId) -> String {
    format!("missed_events/{account}")
}

async fn write(
    unit: &mut dyn UnitOfWork,
    account: &AccountId,
    position: &Position,
) -> Result<(), StoreError> {
    let value = serde_json::to_vec(position)
        .map_err(|_| corrupt("a position cannot be written as JSON"))?;
    unit.replace_meta(&name(account), &value).await
}
