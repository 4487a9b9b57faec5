//! The network between the vendors and the gateways: it leads to whichever replica, mixes, and now and then sends a post
//! twice.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use fastrand::Rng;
use http::{Request, Response, StatusCode};
use idv_core::{BodyStream, Sent, Transport, TransportError, TransportFailure};
use reqwest::Client;
use tokio::sync::Semaphore;

use super::fleet::Fleet;
use super::kills::Kills;
use super::ledger::Ledger;

/// Longer than any vendor waits; what hangs is then sent again.
const PATIENCE: Duration = Duration::from_secs(20);
/// Of a thousand posts so many arrive twice, byte for byte under the same signature.
const REPEATED: u32 = 50;
/// A post is held up for less than this.
const HELD_UP_MILLIS: u64 = 200;

/// The way webhooks take.
pub(crate) struct Network {
    client: Client,
    fleet: OnceLock<Arc<Fleet>>,
    kills: Arc<Kills>,
    ledger: Arc<Ledger>,
    lines: Semaphore,
    rng: Mutex<Rng>,
    repeated: AtomicUsize,
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

/// Other processes give no signal to wait for.
pub(crate) async fn pause(millis: u64) {
    tokio::time::sleep(Duration::from_millis(millis)).await;
}

impl Network {
    /// With so many posts on it at the same time.
    pub(crate) fn new(lines: usize, kills: Arc<Kills>, ledger: Arc<Ledger>, rng: Rng) -> Self {
        Self {
            client: client(),
            fleet: OnceLock::new(),
            kills,
            ledger,
            lines: Semaphore::new(lines),
            rng: Mutex::new(rng),
            repeated: AtomicUsize::new(0),
        }
    }

    /// Leads to these gateways from now on. Before, nothing arrives.
    pub(crate) fn connect(&self, fleet: Arc<Fleet>) {
        assert!(self.fleet.set(fleet).is_ok(), "it leads to others already");
    }

    /// How many posts it has sent twice.
    pub(crate) fn repeated(&self) -> usize {
        self.repeated.load(Ordering::SeqCst)
    }

    fn draw<T>(&self, draw: impl FnOnce(&mut Rng) -> T) -> T {
        draw(&mut self.rng.lock().unwrap())
    }

    /// The answer of one replica. None: there was none.
    async fn post(&self, fleet: &Fleet, request: &Request<Bytes>) -> Option<StatusCode> {
        let replica = self.draw(|rng| rng.usize(0..fleet.size()));
        let url = format!("{}{}", fleet.base_url(replica), request.uri().path());
        let answer = self
            .client
            .post(url)
            .headers(request.headers().clone())
            .body(request.body().clone())
            .send()
            .await;
        answer.ok().map(|answer| answer.status())
    }
}

impl std::fmt::Debug for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Network")
    }
}

#[async_trait]
impl Transport for Network {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let nothing = |sent, reason| Err(TransportError { sent, reason });
        let Some(fleet) = self.fleet.get() else {
            return nothing(Sent::No, TransportFailure::Connect);
        };
        let (held_up_millis, is_repeated) = self.draw(|rng| {
            let is_repeated = rng.u32(0..1000) < REPEATED;
            (rng.u64(0..HELD_UP_MILLIS), is_repeated)
        });
        pause(held_up_millis).await;
        let _line = self.lines.acquire().await.unwrap();
        // All kills come into the sending.
        while self.kills.is_behind(self.ledger.acknowledgements()) {
            pause(5).await;
        }
        let mut status = None;
        if is_repeated {
            self.repeated.fetch_add(1, Ordering::SeqCst);
            status = self.post(fleet, &request).await;
        }
        status = the_vendors(status, self.post(fleet, &request).await);
        let Some(status) = status else {
            return nothing(Sent::Unknown, TransportFailure::Broken);
        };
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = status;
        Ok(response)
    }

    async fn open(&self, request: Request<Bytes>) -> Result<Response<BodyStream>, TransportError> {
        Ok(self.send(request).await?.map(BodyStream::from))
    }
}

/// Of the answers to two copies, the one the vendor gets to see: a surprising one before a 200, and that before one that
/// asks to send it again.
fn the_vendors(first: Option<StatusCode>, second: Option<StatusCode>) -> Option<StatusCode> {
    let rank = |status: &StatusCode| match status.as_u16() {
        408 | 500.. => 0,
        200 => 1,
        _ => 2,
    };
    first.into_iter().chain(second).max_by_key(rank)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_answers_none_that_matters_is_lost() {
        let status = |code| Some(StatusCode::from_u16(code).unwrap());
        for (first, second, seen) in [
            (None, None, None),
            (status(200), None, status(200)),
            (None, status(503), status(503)),
            (status(503), status(200), status(200)),
            (status(200), status(503), status(200)),
            (status(401), status(200), status(401)),
            (status(200), status(404), status(404)),
        ] {
            assert_eq!(the_vendors(first, second), seen, "{first:?} {second:?}");
        }
    }
}
