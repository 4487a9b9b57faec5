//! What an operator sees of the inbox, and what they may do to it.

use idv_core::{DeliveryId, Pii};

use super::BODY;
use crate::Engine;
use crate::crypt::{KeyRingError, Place};
use crate::error::QueryError;
use crate::store::{DeliveryFilter, DeliveryRow, InboxCounts, Page, PageRequest};

/// The most deliveries on one page. Each comes with its body.
const PAGE: u32 = 100;
/// How many deliveries go back to work in one transaction.
const AT_ONCE: u32 = 500;

impl Engine {
    /// One delivery, its body still sealed. None if there is no such delivery.
    ///
    /// # Errors
    /// As [`Engine::request`].
    pub async fn inbox_delivery(&self, id: DeliveryId) -> Result<Option<DeliveryRow>, QueryError> {
        Ok(self.inner.store.inbox().delivery(id).await?)
    }

    /// Deliveries, newest first, their bodies still sealed. A page has at most 100, whatever its limit says.
    ///
    /// # Errors
    /// As [`Engine::request`].
    pub async fn inbox(
        &self,
        filter: &DeliveryFilter,
        mut page: PageRequest<DeliveryId>,
    ) -> Result<Page<DeliveryRow, DeliveryId>, QueryError> {
        page.limit = page.limit.clamp(1, PAGE);
        Ok(self.inner.store.inbox().deliveries(filter, page).await?)
    }

    /// How many deliveries are in each state.
    ///
    /// # Errors
    /// As [`Engine::request`].
    pub async fn inbox_counts(&self) -> Result<InboxCounts, QueryError> {
        Ok(self.inner.store.inbox().counts().await?)
    }

    /// The body of a delivery as the vendor sent it, for an operator's eyes: it is full of personal data. None if there
    /// is no such delivery, or if nothing is left of its body: its person was erased, or it was kept for long enough.
    ///
    /// # Errors
    /// [`KeyRingError`] if it could not be read or decrypted.
    pub async fn delivery_body(&self, id: DeliveryId) -> Result<Option<Pii<Vec<u8>>>, QueryError> {
        let Some(row) = self.inner.store.inbox().delivery(id).await? else {
            return Ok(None);
        };
        if row.body.as_bytes().is_empty() {
            return Ok(None);
        }
        let place = Place {
            column: BODY,
            row: id.as_uuid(),
        };
        let keys = &self.inner.keys;
        match keys.open_value(self.store(), place, &row.body).await {
            Ok(body) => Ok(Some(Pii::new(body))),
            // Erased between the two reads.
            Err(KeyRingError::WrongMasterKey) if self.is_about_erased(&row).await? => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Puts a dead, ignored or unmatched delivery back to work, with all its tries ahead. False if there is no such
    /// delivery, if it is in another state, or if its body is gone.
    ///
    /// # Errors
    /// As [`Engine::request`].
    pub async fn requeue(&self, id: DeliveryId) -> Result<bool, QueryError> {
        let back = self.inner.store.inbox().requeue(id, self.now()).await?;
        if back {
            tracing::info!(delivery = %id, "an operator put a webhook back to work");
            self.inner.work_arrived.notify_one();
        }
        Ok(back)
    }

    /// Puts every dead, ignored or unmatched delivery that passes the filter back to work, oldest first. Returns how
    /// many. What ends up in the same state once more while this runs is not put back a second time.
    ///
    /// # Errors
    /// As [`Engine::request`]; some may be back at work then, and doing it again does the rest.
    pub async fn requeue_all(&self, filter: &DeliveryFilter) -> Result<u64, QueryError> {
        let inbox = self.inner.store.inbox();
        let counts = inbox.counts().await?;
        let most = counts
            .dead
            .saturating_add(counts.ignored)
            .saturating_add(counts.unmatched);
        let mut back = 0_u64;
        while back < most {
            let limit = u32::try_from(most.saturating_sub(back)).unwrap_or(AT_ONCE);
            let limit = limit.min(AT_ONCE);
            match inbox.requeue_all(filter, self.now(), limit).await? {
                0 => break,
                some => back = back.saturating_add(some),
            }
            self.inner.work_arrived.notify_one();
        }
        if back > 0 {
            tracing::info!(deliveries = back, "an operator put webhooks back to work");
        }
        Ok(back)
    }
}
