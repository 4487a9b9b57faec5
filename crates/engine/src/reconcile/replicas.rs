//! What the processes over one database know of each other: that they are there.
//!
//! Nobody leads. Each says three times per lease that it is there, and forgets those that have said nothing for two
//! leases. How many there are decides nothing but how large a share of a vendor's limit each may use.

use idv_core::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::Engine;
use crate::store::StoreError;

/// A process is taken for gone after this many leases without a word.
const GONE_AFTER_LEASES: u32 = 2;

impl Engine {
    /// How many processes work over this database now, by what they have said themselves. One that ended by itself is
    /// not counted from then on; one that was killed for two leases yet.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn live_replicas(&self) -> Result<u64, StoreError> {
        let replicas = self.inner.store.replicas();
        replicas.live(self.gone_before()).await
    }

    /// Says that this process is there, and tells every account how many share its limits. [`Engine::run`] does so all
    /// the time; this is for tests, and for tools that run the engine by hand.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn announce_replica(&self) -> Result<u64, StoreError> {
        let replicas = self.inner.store.replicas();
        let live = replicas
            .seen(self.inner.holder, self.now(), self.gone_before())
            .await?
            .max(1);
        self.inner.reconciler.share(live);
        let share = u32::try_from(live).unwrap_or(u32::MAX);
        for account in self.inner.accounts.iter() {
            if let Some(health) = &account.health {
                health.set_share(share);
            }
        }
        Ok(live)
    }

    fn gone_before(&self) -> Timestamp {
        let patience = self.inner.settings.lease.saturating_mul(GONE_AFTER_LEASES);
        self.now().minus(patience)
    }

    pub(crate) async fn keep_announcing(self, shutdown: CancellationToken) {
        while !shutdown.is_cancelled() {
            if let Err(error) = self.announce_replica().await {
                tracing::warn!(%error, "this process could not say that it is there");
            }
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = self.rest(self.inner.settings.lease / 3) => {}
            }
        }
        if let Err(error) = self.inner.store.replicas().leave(self.inner.holder).await {
            tracing::debug!(%error, "this process could not say that it ends");
        }
    }
}
