//! What there is to it, bare: the same calls over the same wires, by the client itself.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use http::Request;
use http_body_util::Full;

use super::endpoint::Endpoint;
use crate::load::{Connection, Sent};
use crate::vendor::StripeAccount;

/// The vendor is asked, the gateway answers without doing anything, the endpoint is told.
pub(super) struct Bare {
    place: usize,
    vendor: Connection,
    gateway: Connection,
    endpoint: Connection,
}

impl Bare {
    pub(super) async fn of(
        place: usize,
        vendor: &StripeAccount,
        gateway: SocketAddr,
        endpoint: &Endpoint,
    ) -> Self {
        Self {
            place,
            vendor: Connection::open(address(vendor.base_url())).await,
            gateway: Connection::open(gateway).await,
            endpoint: Connection::open(address(endpoint.base_url())).await,
        }
    }

    /// One after the other, as it has to be.
    pub(super) async fn go_on(&mut self, vendor: &StripeAccount) -> Duration {
        let (question, probe, told) = (vendor.question(self.place), probe(), event());
        let begun = Instant::now();
        for status in [
            self.gateway.send(probe).await,
            self.vendor.send(question).await,
            self.endpoint.send(told).await,
        ] {
            assert!(status.is_success(), "a bare call is answered with {status}");
        }
        begun.elapsed()
    }
}

fn address(base_url: &str) -> SocketAddr {
    let (_, address) = base_url.split_once("//").expect("it is a URL");
    address.parse().expect("it is an address")
}

fn probe() -> Sent {
    let request = Request::get("/livez").header("host", "bench");
    request.body(Full::default()).expect("it is a request")
}

/// As long as an event, and none.
fn event() -> Sent {
    let request = Request::post("/bare").header("host", "bench");
    let body = Full::new(vec![b' '; 600].into());
    request.body(body).expect("it is a request")
}
