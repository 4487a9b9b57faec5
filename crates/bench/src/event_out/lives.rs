//! Sessions that live: something happens at the vendor, the vendor says so, and the application hears of it.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::endpoint::{Arrivals, Endpoint};
use crate::load::{Connection, Sent};
use crate::vendor::{StripeAccount, signed};

/// For so long an event may be on its way.
const PATIENCE: Duration = Duration::from_secs(30);

/// One session, its webhooks and its events.
pub(super) struct Life {
    session: String,
    gateway: Connection,
    arrivals: Arrivals,
}

impl Life {
    pub(super) async fn of(
        place: usize,
        vendor: &StripeAccount,
        gateway: SocketAddr,
        endpoint: &Endpoint,
    ) -> Self {
        Self {
            session: vendor.sessions()[place].clone(),
            gateway: Connection::open(gateway).await,
            arrivals: endpoint.listen(&vendor.subject(place)),
        }
    }

    /// Something happens to the session. Returns how long it took from the sending of the webhook until the application
    /// heard of it.
    pub(super) async fn go_on(&mut self, vendor: &StripeAccount) -> Duration {
        let webhook = signed(vendor.go_on(&self.session).body);
        self.tell(webhook).await
    }

    /// Sends the webhook, and waits for the event.
    pub(super) async fn tell(&mut self, webhook: Sent) -> Duration {
        while self.arrivals.try_recv().is_ok() {}
        let sent = Instant::now();
        let status = self.gateway.send(webhook).await;
        assert!(status.is_success(), "a webhook is answered with {status}");
        let arrived = tokio::time::timeout(PATIENCE, self.arrivals.recv());
        let arrived = arrived
            .await
            .expect("an event comes")
            .expect("the endpoint is there");
        arrived.saturating_duration_since(sent)
    }
}
