//! Giving events their places, and a lane to each endpoint.

use std::collections::HashMap;
use std::time::Duration;

use idv_core::EndpointId;
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

use super::lane::Look;
use crate::Engine;
use crate::store::EndpointState;

/// The first pause between two looks for an event that is being written; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(2);
/// Most transactions are committed by then.
const USUAL_PAUSE: Duration = Duration::from_millis(16);

impl Engine {
    /// Gives events their places until `shutdown`.
    pub(crate) async fn keep_placing(self, shutdown: CancellationToken) {
        while !shutdown.is_cancelled() {
            self.place_or_complain().await;
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = self.inner.outward.written.notified() => self.place_what_is_written().await,
                () = self.idle() => {}
            }
        }
    }

    /// Whoever writes an event says so before the transaction is committed: it may be the caller's own. So the first look
    /// may be too early.
    async fn place_what_is_written(&self) {
        let mut pause = FIRST_PAUSE;
        let mut placed = self.place_or_complain().await;
        while pause <= USUAL_PAUSE || (placed == 0 && pause < self.inner.settings.poll_interval) {
            self.pause(pause).await;
            pause = pause.saturating_mul(2);
            placed = placed.saturating_add(self.place_or_complain().await);
        }
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "between two looks at what is being committed there is nothing to wait for"
    )]
    async fn pause(&self, pause: Duration) {
        tokio::time::sleep(pause).await;
    }

    async fn place_or_complain(&self) -> u64 {
        match self.place_all().await {
            Ok(placed) => placed,
            Err(error) => {
                tracing::error!(%error, "events could not be given their places");
                0
            }
        }
    }

    /// Keeps a lane for each endpoint that is enabled, until `shutdown`, and then waits for them to end.
    pub(crate) async fn keep_delivering(self, shutdown: CancellationToken) {
        if self.inner.outward.transport.get().is_none() {
            return;
        }
        let mut lanes: HashMap<EndpointId, JoinHandle<()>> = HashMap::new();
        let mut changed = self.inner.outward.changed.subscribe();
        while !shutdown.is_cancelled() {
            for endpoint in self.enabled_endpoints().await {
                let lane = lanes.remove(&endpoint);
                let lane = match lane {
                    Some(lane) if !lane.is_finished() => lane,
                    ended => {
                        if let Some(ended) = ended
                            && ended.await.is_err()
                        {
                            tracing::error!(%endpoint, "the way to an endpoint was stopped by a panic and starts anew");
                        }
                        tokio::spawn(self.clone().keep_lane(endpoint, shutdown.clone()))
                    }
                };
                lanes.insert(endpoint, lane);
            }
            lanes.retain(|_, lane| !lane.is_finished());
            tokio::select! {
                () = shutdown.cancelled() => {}
                _ = changed.changed() => {}
                () = self.idle() => {}
            }
        }
        for lane in lanes.into_values() {
            if lane.await.is_err() {
                tracing::error!("the way to an endpoint ended by a panic");
            }
        }
    }

    async fn enabled_endpoints(&self) -> Vec<EndpointId> {
        match self.inner.store.outbox().endpoints().await {
            Ok(rows) => rows
                .into_iter()
                .filter(|row| row.state == EndpointState::Enabled)
                .map(|row| row.id)
                .collect(),
            Err(error) => {
                tracing::error!(%error, "the endpoints could not be read");
                Vec::new()
            }
        }
    }

    /// Places every event, and sends each endpoint what may be under way to it at once. False if there was nothing to
    /// send.
    pub(crate) async fn deliver_once(&self) -> bool {
        self.place_or_complain().await;
        if self.inner.outward.transport.get().is_none() {
            return false;
        }
        let (mut lanes, mut busy) = (Vec::new(), false);
        for endpoint in self.enabled_endpoints().await {
            let mut under_way = JoinSet::new();
            match self.look_at(endpoint, &mut under_way).await {
                Ok(look) => busy |= look == Look::Busy,
                Err(error) => {
                    tracing::error!(%endpoint, %error, "events for an endpoint could not be read");
                }
            }
            lanes.push(under_way);
        }
        for mut under_way in lanes {
            while under_way.join_next().await.is_some() {}
        }
        busy
    }
}
