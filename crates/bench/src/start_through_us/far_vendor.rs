//! A simulated vendor that is some way off.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use idv_core::Transport;
use idv_simulator::{Simulator, Vendor, VendorKind, onfido, plaid, stripe};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A simulated vendor that is some way off: each call takes as long as was said. It posts no webhooks.
pub(super) struct FarVendor {
    pub(super) kind: VendorKind,
    pub(super) address: SocketAddr,
    door: Arc<Door>,
    serving: JoinHandle<()>,
    _simulator: Simulator,
}

/// One call, as it was made and answered.
#[derive(Clone, Debug)]
pub(super) struct Heard {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    pub(super) answer: Bytes,
}

struct Door {
    vendor: Arc<dyn Transport>,
    latency_micros: AtomicU64,
    heard: Mutex<Option<Vec<Heard>>>,
}

impl FarVendor {
    pub(super) async fn serve(kind: VendorKind) -> Self {
        let vendor: Arc<dyn Vendor> = match kind {
            VendorKind::Stripe => Arc::new(stripe::Account::simulated()),
            VendorKind::Onfido => Arc::new(onfido::Account::simulated()),
            VendorKind::Plaid => Arc::new(plaid::Environment::simulated()),
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        vendor.set_base_url(&format!("http://{address}"));
        // Its time stands still unless somebody moves it: nothing happens by itself.
        let simulator = Simulator::builder()
            .vendor(vendor)
            .clock(Arc::new(idv_core::SystemClock))
            .build()
            .unwrap();
        let door = Arc::new(Door {
            vendor: simulator.transport(kind),
            latency_micros: AtomicU64::new(0),
            heard: Mutex::default(),
        });
        Self {
            kind,
            address,
            serving: tokio::spawn(accept(listener, Arc::clone(&door))),
            door,
            _simulator: simulator,
        }
    }

    /// Takes so long for each call from now on.
    pub(super) fn take(&self, latency: Duration) {
        let micros = u64::try_from(latency.as_micros()).unwrap();
        self.door.latency_micros.store(micros, Ordering::SeqCst);
    }

    /// Writes down what it is asked, until [`FarVendor::heard`].
    pub(super) fn listen(&self) {
        *self.door.heard.lock().unwrap() = Some(Vec::new());
    }

    /// What it was asked.
    pub(super) fn heard(&self) -> Vec<Heard> {
        self.door.heard.lock().unwrap().take().unwrap_or_default()
    }
}

impl Drop for FarVendor {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn accept(listener: TcpListener, door: Arc<Door>) {
    while let Ok((tcp, _)) = listener.accept().await {
        let _ = tcp.set_nodelay(true);
        let door = Arc::clone(&door);
        let service = service_fn(move |request| answer(Arc::clone(&door), request));
        tokio::spawn(async move {
            let _ = http1::Builder::new()
                .serve_connection(TokioIo::new(tcp), service)
                .await;
        });
    }
}

async fn answer(
    door: Arc<Door>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let latency = Duration::from_micros(door.latency_micros.load(Ordering::SeqCst));
    if latency > Duration::ZERO {
        // A plain wait: this is the distance.
        tokio::time::sleep(latency).await;
    }
    let request = Request::from_parts(head, body);
    let response = door.vendor.send(request.clone()).await.unwrap();
    if let Some(heard) = door.heard.lock().unwrap().as_mut() {
        let (head, body) = request.into_parts();
        heard.push(Heard {
            method: head.method,
            path: head.uri.path_and_query().unwrap().to_string(),
            headers: head.headers,
            body,
            answer: response.body().clone(),
        });
    }
    Ok(response.map(Full::new))
}
