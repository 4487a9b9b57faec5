//! A simulated vendor that is some way off.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use idv_core::Transport;
use idv_simulator::{Simulator, Vendor, VendorKind, onfido, plaid, stripe};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// Scenarios and the vendor's own delays pass so many times faster.
const SPEED: u32 = 1_000;

/// A simulated vendor that is some way off: each call takes as long as was said. It posts no webhooks until it is told
/// where to.
pub(crate) struct FarVendor {
    pub(crate) kind: VendorKind,
    pub(crate) address: SocketAddr,
    vendor: Arc<dyn Vendor>,
    door: Arc<Door>,
    serving: JoinHandle<()>,
    simulator: Simulator,
}

/// One call, as it was made and answered.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) answer: Bytes,
}

struct Door {
    vendor: Arc<dyn Transport>,
    latency_micros: AtomicU64,
    heard: Mutex<Option<Vec<Heard>>>,
    /// The id of a session and what the vendor says of it, to be said of any session that it does not know.
    said_of_all: Mutex<Option<(String, Bytes)>>,
    /// What the ids of sessions have in front, so that those of another run are others.
    ids_begin_with: Mutex<Option<String>>,
}

/// How the ids of sessions begin.
const SESSION: &str = "vs_";

impl FarVendor {
    pub(crate) async fn serve(kind: VendorKind) -> Self {
        let vendor: Arc<dyn Vendor> = match kind {
            VendorKind::Stripe => Arc::new(stripe::Account::simulated()),
            VendorKind::Onfido => Arc::new(onfido::Account::simulated()),
            VendorKind::Plaid => Arc::new(plaid::Environment::simulated()),
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let simulator = Simulator::builder()
            .vendor(Arc::clone(&vendor))
            .speed(SPEED)
            .start();
        let simulator = simulator.await.unwrap();
        vendor.set_base_url(&format!("http://{address}"));
        let door = Arc::new(Door {
            vendor: simulator.transport(kind),
            latency_micros: AtomicU64::new(0),
            heard: Mutex::default(),
            said_of_all: Mutex::default(),
            ids_begin_with: Mutex::default(),
        });
        Self {
            kind,
            address,
            vendor,
            serving: tokio::spawn(accept(listener, Arc::clone(&door))),
            door,
            simulator,
        }
    }

    /// Posts webhooks there from now on.
    pub(crate) fn post_webhooks_to(&self, url: &str) {
        self.vendor.add_endpoint(url);
    }

    /// The configuration of a gateway with one account, `far`, that is there. The vendor's limit of calls is not what is
    /// measured.
    pub(crate) fn tables(&self) -> String {
        let (credentials, options) = match self.kind {
            VendorKind::Stripe => (
                with_secret(stripe::API_KEY, stripe::WEBHOOK_SECRET),
                String::new(),
            ),
            VendorKind::Onfido => (
                with_secret(onfido::API_TOKEN, onfido::WEBHOOK_TOKEN),
                format!("workflow_id = \"{}\"", onfido::WORKFLOW_ID),
            ),
            VendorKind::Plaid => (
                format!("api_key = \"{}\"", plaid::Environment::SECRET),
                format!(
                    "client_id = \"{}\"\ntemplate_id = \"{}\"",
                    plaid::Environment::CLIENT_ID,
                    plaid::Template::FULL
                ),
            ),
        };
        format!(
            "[log]\nformat = \"json\"\nfilter = \"warn\"\n[outbound]\nproxy_from_environment = false\n\
             [accounts.far]\nprovider = \"{}\"\nenvironment = \"sandbox\"\ncalls_per_sec = 10000\n{credentials}\n\
             [accounts.far.options]\napi_base_url = \"http://{}\"\n{options}\n",
            self.kind.as_word(),
            self.address
        )
    }

    /// Whether nothing is still to happen by itself.
    pub(crate) fn is_quiet(&self) -> bool {
        self.simulator.under_way().is_over()
    }

    /// Asks it, past the network.
    pub(crate) async fn ask(&self, call: Request<Bytes>) -> Bytes {
        let answer = self.door.vendor.send(call).await.unwrap();
        assert!(answer.status().is_success(), "{:?}", answer.body());
        answer.into_body()
    }

    /// Says of every session that it does not know what it says of this one.
    pub(crate) async fn say_of_all(&self, call: Request<Bytes>, session: &str) {
        let said = (session.to_owned(), self.ask(call).await);
        *self.door.said_of_all.lock().unwrap() = Some(said);
    }

    /// Has the ids of the sessions that are made from now on begin in this way. The simulator gives the same ids in every
    /// run, and a database that was kept knows them already.
    pub(crate) fn begin_ids_with(&self, run: &str) {
        *self.door.ids_begin_with.lock().unwrap() = Some(format!("{SESSION}{run}"));
    }

    /// Takes so long for each call from now on.
    pub(crate) fn take(&self, latency: Duration) {
        let micros = u64::try_from(latency.as_micros()).unwrap();
        self.door.latency_micros.store(micros, Ordering::SeqCst);
    }

    /// Writes down what it is asked, until [`FarVendor::heard`].
    pub(crate) fn listen(&self) {
        *self.door.heard.lock().unwrap() = Some(Vec::new());
    }

    /// What it was asked.
    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.door.heard.lock().unwrap().take().unwrap_or_default()
    }
}

impl Drop for FarVendor {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn with_secret(api_key: &str, webhook_secret: &str) -> String {
    format!("api_key = \"{api_key}\"\nwebhook_secrets = [\"{webhook_secret}\"]")
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
    let mut request = Request::from_parts(head, body);
    let begin = door.ids_begin_with.lock().unwrap().clone();
    let path = request.uri().path().to_owned();
    let is_of_this_run =
        begin.filter(|begin| request.method() == Method::POST || path.contains(begin));
    if let Some(begin) = &is_of_this_run {
        *request.uri_mut() = request
            .uri()
            .to_string()
            .replace(begin, SESSION)
            .parse()
            .unwrap();
    }
    let mut response = door.vendor.send(request.clone()).await.unwrap();
    if let Some(begin) = &is_of_this_run {
        let said = String::from_utf8(response.body().to_vec()).unwrap();
        *response.body_mut() = said.replace(SESSION, begin).into();
        response.headers_mut().remove(http::header::CONTENT_LENGTH);
    }
    if response.status() == StatusCode::NOT_FOUND && request.method() == Method::GET {
        let said = door.said_of_all.lock().unwrap().clone();
        if let Some((session, said)) = said {
            let asked = request.uri().path().rsplit('/').next().unwrap();
            let said = std::str::from_utf8(&said).unwrap();
            response = Response::new(said.replace(&session, asked).into());
            let json = HeaderValue::from_static("application/json");
            response.headers_mut().insert(CONTENT_TYPE, json);
        }
    }
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
