//! When the work on a delivery fails: another try later, or an operator.

use std::collections::BTreeMap;
use std::time::Duration;

use idv_core::Timestamp;

use crate::Engine;
use crate::crypt::KeyRingError;
use crate::store::{DeliveryRow, DeliveryState, GivenBack, StoreError};

/// Why a delivery could not be worked on.
#[derive(Clone, Debug)]
pub(super) enum Failure {
    /// It may work later.
    Retry {
        reason: String,
        /// How long to wait at least.
        after: Option<Duration>,
        /// False if nothing was tried: the vendor is known to be down, or its limit of calls was reached.
        counts: bool,
    },
    /// It never will; an operator must look.
    Dead { reason: String },
}

impl Failure {
    /// It may work later, as far as anybody knows.
    pub(super) const fn retry(reason: String) -> Self {
        Self::Retry {
            reason,
            after: None,
            counts: true,
        }
    }
}

impl From<KeyRingError> for Failure {
    fn from(error: KeyRingError) -> Self {
        match error {
            KeyRingError::Store(error) => error.into(),
            // This process lacks a master key that others have: they may do the work, or it may be given the key.
            error @ KeyRingError::MissingMasterKeys { .. } => Self::retry(error.to_string()),
            _ => Self::Dead {
                reason: "its stored data could not be decrypted".to_owned(),
            },
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::retry(error.to_string())
    }
}

impl From<idv_core::Error> for Failure {
    fn from(error: idv_core::Error) -> Self {
        Self::Retry {
            reason: error.to_string(),
            after: error.retry_after(),
            counts: !crate::account_shares::was_held_back(&error),
        }
    }
}

impl Engine {
    /// Gives back what failed, or gives it up. What failed together is tried again together: they all wait as long as
    /// the one that was tried most often.
    pub(super) async fn end_badly(
        &self,
        claimed_at: Timestamp,
        failed: Vec<(&DeliveryRow, Failure)>,
    ) -> Result<(), StoreError> {
        let settings = &self.inner.settings;
        let attempts = failed.iter().map(|(row, _)| row.attempts).max();
        let attempts = attempts.unwrap_or_default();
        let mut back: BTreeMap<String, Vec<GivenBack>> = BTreeMap::new();
        for (row, failure) in failed {
            // What was not due yet only came along. Its own tries are still ahead of it.
            let was_due = row.due_at <= claimed_at;
            match failure {
                Failure::Retry {
                    reason,
                    after,
                    counts,
                } if row.attempts < settings.max_attempts || !counts || !was_due => {
                    let spread = row.id.as_uuid().as_u64_pair().1;
                    let tries = if counts { attempts } else { 1 };
                    let pause = settings.pause_after(tries, spread);
                    // However long a vendor asks us to wait, what was acknowledged is not put off for ever.
                    let pause =
                        after.map_or(pause, |asked| asked.min(settings.retry_cap).max(pause));
                    tracing::warn!(delivery = %row.id, account = %row.account, attempt = row.attempts, reason, "a webhook will be tried again");
                    let uncounted = u32::from(was_due && !counts);
                    let next = self.now().plus(pause);
                    back.entry(reason).or_default().push(GivenBack {
                        id: row.id,
                        attempts: row.attempts,
                        counted_as: row.attempts.saturating_sub(uncounted),
                        due_at: if was_due { next } else { row.due_at },
                    });
                }
                Failure::Retry { reason, .. } | Failure::Dead { reason } => {
                    tracing::warn!(delivery = %row.id, account = %row.account, reason, "a webhook was given up");
                    let session = self.session_named_by(row).await;
                    self.settle_alone(row, DeliveryState::Dead, session, reason)
                        .await?;
                }
            }
        }
        for (reason, deliveries) in back {
            let inbox = self.inner.store.inbox();
            inbox.give_back(&deliveries, &reason).await?;
        }
        Ok(())
    }
}
