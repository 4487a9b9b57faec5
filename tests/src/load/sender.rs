//! The vendors' hands: they post until they are told that it was taken in.

use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use reqwest::Client;
use tokio::task::JoinSet;

use super::delivery::Delivery;
use super::fleet::Fleet;
use super::kills::Kills;
use super::ledger::{Ledger, Outcome};
use super::queue::{Next, Queue};
use super::vendors::Vendors;

/// Longer than any vendor waits; what hangs is then sent again.
const PATIENCE: Duration = Duration::from_secs(20);

/// What every sender uses.
pub(crate) struct Sending {
    pub(crate) vendors: Arc<Vendors>,
    pub(crate) queue: Arc<Queue>,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) fleet: Arc<Fleet>,
    pub(crate) kills: Arc<Kills>,
    pub(crate) client: Client,
}

/// A client whose connections are kept alive, as vendors' are.
pub(crate) fn client() -> Client {
    Client::builder()
        .tls_certs_only([])
        .no_proxy()
        .timeout(PATIENCE)
        .build()
        .unwrap()
}

impl Sending {
    /// Sends everything, so many at the same time.
    pub(crate) async fn run(self: Arc<Self>, at_once: usize, rng: &mut Rng) {
        let mut senders = JoinSet::new();
        for _ in 0..at_once {
            senders.spawn(Arc::clone(&self).send_all(rng.fork()));
        }
        while let Some(ended) = senders.join_next().await {
            ended.unwrap();
        }
    }

    async fn send_all(self: Arc<Self>, mut rng: Rng) {
        loop {
            let sent = self.ledger.pages().acknowledgements;
            if self.kills.is_behind(sent) {
                pause(5).await;
                continue;
            }
            match self.queue.next(|new| self.ledger.signed(new)) {
                Next::Done => return,
                Next::Wait => pause(10).await,
                Next::Send(mut delivery) => {
                    if delivery.refresh(&self.vendors) {
                        self.ledger.signed(&delivery);
                    }
                    let replica = rng.usize(0..self.fleet.size());
                    let status = self.post(&delivery, replica).await;
                    match self.ledger.answered(&delivery, status) {
                        Outcome::Through => self.queue.finish(),
                        Outcome::Again => self.queue.again(*delivery),
                    }
                }
            }
        }
    }

    async fn post(&self, delivery: &Delivery, replica: usize) -> Option<u16> {
        let vendor = delivery.vendor();
        let url = format!(
            "{}/webhooks/{}",
            self.fleet.base_url(replica),
            vendor.account()
        );
        let answer = self
            .client
            .post(url)
            .header("content-type", "application/json")
            .header(vendor.signature_header(), &delivery.signature)
            .body(delivery.body.clone())
            .send()
            .await;
        answer.ok().map(|answer| answer.status().as_u16())
    }
}

/// Other processes give no signal to wait for.
pub(crate) async fn pause(millis: u64) {
    tokio::time::sleep(Duration::from_millis(millis)).await;
}
