//! How far a walk has come, as the database knows it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use idv_core::{AccountId, Purpose, json};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Import, ImportError, ImportReport};
use crate::Engine;
use crate::account::Account;
use crate::observe::corrupt;
use crate::store::StoreError;

/// How far a walk has come.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Position {
    /// The walk. What it takes in bears this, so that it is told from what was here before.
    pub(super) walk: String,
    /// A keyed hash of the order: an order names subjects.
    order: String,
    /// How many lists were read to their end.
    pub(super) lists_done: u64,
    /// The vendor's word for where the list goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) cursor: Option<String>,
    /// What it has come to.
    pub(super) report: ImportReport,
    /// True once it has come to its end.
    pub(super) is_finished: bool,
    /// True if an earlier run has begun the walk.
    #[serde(skip)]
    pub(super) is_old: bool,
}

impl Engine {
    /// Where a walk with this order begins or goes on.
    pub(super) async fn begin_at(
        &self,
        order: &Import,
        account: &Account,
    ) -> Result<Position, ImportError> {
        let new = Position {
            walk: Uuid::new_v4().simple().to_string(),
            order: self.hash_of(order),
            lists_done: 0,
            cursor: None,
            report: ImportReport::default(),
            is_finished: false,
            is_old: false,
        };
        if order.dry_run {
            return Ok(new);
        }
        let stored = if order.restart {
            None
        } else {
            self.stored_walk(&account.id).await?
        };
        match stored.filter(|walk| !walk.is_finished) {
            Some(walk) if walk.order != new.order => {
                Err(ImportError::AnotherIsInterrupted(account.id.clone()))
            }
            Some(mut walk) => {
                walk.is_old = true;
                Ok(walk)
            }
            None => {
                self.save_walk(&account.id, &new).await?;
                Ok(new)
            }
        }
    }

    async fn stored_walk(&self, account: &AccountId) -> Result<Option<Position>, StoreError> {
        let mut unit = self.inner.store.begin().await?;
        let Some(value) = unit.meta(&name(account)).await? else {
            return Ok(None);
        };
        json::decode(&value).map(Some).map_err(|error| {
            corrupt("the position of an import does not read back").with_source(error)
        })
    }

    /// Writes down how far a walk has come.
    pub(super) async fn save_walk(
        &self,
        account: &AccountId,
        position: &Position,
    ) -> Result<(), StoreError> {
        let value = serde_json::to_vec(position)
            .map_err(|_| corrupt("the position of an import cannot be written as JSON"))?;
        let mut unit = self.inner.store.begin().await?;
        unit.replace_meta(&name(account), &value).await?;
        unit.commit().await
    }

    /// Whether two orders are the same can be told from it, and nothing else. How much is read of each session and what
    /// is said of it may differ from one run to the next.
    fn hash_of(&self, order: &Import) -> String {
        let time = |time: Option<idv_core::Timestamp>| time.map(|time| time.to_string());
        let subjects = order.subjects.iter().map(|s| s.expose(Purpose::Store));
        let plain = serde_json::json!({
            "subjects": subjects.collect::<Vec<_>>(),
            "template": order.template,
            "created_since": time(order.created_since),
            "created_before": time(order.created_before),
        })
        .to_string();
        let hash = self.inner.keys.keyed_hash(&[b"import\0", plain.as_bytes()]);
        STANDARD_NO_PAD.encode(hash)
    }
}

fn name(account: &AccountId) -> String {
    format!("import/{account}")
}
