//! Recording as a proxy: an application that calls this instead of the vendor is recorded, whatever it is written in.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode, Uri, header};
use idv_core::{BodyStream, Call, Repeat, Transport, TransportError};
use tokio::net::TcpListener;

use crate::event::{Event, Listener};
use crate::message::Delivery;
use crate::recording::Recorder;
use crate::server::{Answers, Server, status_alone};
use crate::transport::RecordingTransport;
use crate::vendor::Vendor;

/// Where the proxy passes things on to.
#[derive(Clone, Debug)]
pub struct Upstream {
    /// The vendor.
    pub vendor: Vendor,
    /// Its API, without a slash at the end.
    pub base_url: String,
    /// Where webhooks go on to: a gateway, or an application. Without it they are answered with 200.
    pub webhooks_to: Option<Uri>,
}

/// Says whether a webhook came from the vendor.
#[async_trait]
pub trait WebhookCheck: Send + Sync {
    /// What its signature says.
    async fn check(&self, delivery: &Delivery) -> Genuineness;
}

/// Whether a webhook came from the vendor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Genuineness {
    /// It did.
    Genuine,
    /// It did not, as far as anybody can tell.
    Forged,
    /// It cannot be told now: the vendor may send it again.
    Undecided,
}

/// The path at which webhooks arrive.
pub const WEBHOOKS: &str = "/webhooks";

/// Headers that are about a connection and not about what is said over it, or that would have bytes come in a form that
/// cannot be looked at.
const OF_THE_CONNECTION: &[&str] = &[
    "accept-encoding",
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// A proxy. It shows nothing of what passes through it.
pub struct Proxy {
    upstream: Upstream,
    vendor: RecordingTransport,
    /// As it is, without recording: for webhooks on their way to a gateway.
    onward: Arc<dyn Transport>,
    recorder: Arc<Recorder>,
    listener: Arc<dyn Listener>,
    check: Option<Arc<dyn WebhookCheck>>,
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy")
            .field("upstream", &self.upstream)
            .finish_non_exhaustive()
    }
}

impl Proxy {
    /// Passes on through this transport and records with this recorder.
    #[must_use]
    pub fn new(
        upstream: Upstream,
        transport: Arc<dyn Transport>,
        recorder: Arc<Recorder>,
        listener: Arc<dyn Listener>,
    ) -> Self {
        let vendor = RecordingTransport::new(transport.clone(), recorder.clone(), listener.clone());
        Self {
            upstream,
            vendor,
            onward: transport,
            recorder,
            listener,
            check: None,
        }
    }

    /// With a check of the webhooks that arrive.
    #[must_use]
    pub fn with_check(mut self, check: Arc<dyn WebhookCheck>) -> Self {
        self.check = Some(check);
        self
    }

    /// Begins to serve on this address. Needs a tokio runtime.
    ///
    /// # Errors
    /// If it cannot be listened on.
    pub async fn serve(self, listen: SocketAddr) -> std::io::Result<Server> {
        Server::serve(listen, Arc::new(self)).await
    }

    /// Begins to serve on what was bound before: for whoever wants to know that there is an address before a recording is
    /// begun.
    ///
    /// # Errors
    /// If the address of the listener cannot be told.
    pub fn serve_on(self, listener: TcpListener) -> std::io::Result<Server> {
        Server::serve_on(listener, Arc::new(self))
    }

    fn base_for(&self, method: &Method, path: &str) -> &str {
        let base = self.upstream.base_url.as_str();
        let files = self.upstream.vendor.table().files;
        let files = files.filter(|files| files.beside == base && (files.is_for)(method, path));
        files.map_or(base, |files| files.base)
    }

    async fn pass_on(&self, mut request: Request<Bytes>) -> Response<BodyStream> {
        let target = request
            .uri()
            .path_and_query()
            .map_or("/", |target| target.as_str());
        let base = self.base_for(request.method(), request.uri().path());
        let Ok(uri) = format!("{base}{target}").parse::<Uri>() else {
            return status_alone(StatusCode::BAD_REQUEST);
        };
        *request.uri_mut() = uri;
        self.finish(self.vendor.open(for_sending(request, "record")).await)
    }

    async fn webhook(&self, request: Request<Bytes>) -> Response<BodyStream> {
        let delivery = Delivery {
            headers: request.headers().clone(),
            body: request.body().clone(),
            received_unix_secs: self.recorder.now_unix_secs(),
        };
        if let Some(check) = &self.check {
            match check.check(&delivery).await {
                Genuineness::Genuine => {}
                Genuineness::Forged => {
                    self.listener.heard(Event::WebhookRefused);
                    return status_alone(StatusCode::UNAUTHORIZED);
                }
                Genuineness::Undecided => {
                    self.listener.heard(Event::WebhookUndecided);
                    return status_alone(StatusCode::SERVICE_UNAVAILABLE);
                }
            }
        }
        self.listener.heard(match self.recorder.webhook(&delivery) {
            Ok(captured) => Event::Captured(captured),
            Err(fault) => Event::NotRecorded(fault),
        });
        let Some(to) = &self.upstream.webhooks_to else {
            return status_alone(StatusCode::OK);
        };
        let mut request = request;
        *request.uri_mut() = to.clone();
        self.finish(
            self.onward
                .open(for_sending(request, "forward_webhook"))
                .await,
        )
    }

    fn finish(&self, answer: Result<Response<BodyStream>, TransportError>) -> Response<BodyStream> {
        match answer {
            Ok(mut answer) => {
                without_connection(answer.headers_mut());
                answer.headers_mut().remove(header::CONTENT_ENCODING);
                answer
            }
            Err(error) => {
                let status = if error.is_timeout() {
                    StatusCode::GATEWAY_TIMEOUT
                } else {
                    StatusCode::BAD_GATEWAY
                };
                self.listener.heard(Event::NoAnswer(error));
                status_alone(status)
            }
        }
    }
}

fn without_connection(headers: &mut HeaderMap) {
    for name in OF_THE_CONNECTION {
        headers.remove(*name);
    }
}

/// Never repeated: whether to repeat is for the client to say, which does not know of a proxy.
fn for_sending(mut request: Request<Bytes>, operation: &'static str) -> Request<Bytes> {
    without_connection(request.headers_mut());
    request.extensions_mut().clear();
    request.extensions_mut().insert(Call {
        operation,
        repeat: Repeat::Never,
        deadline: Duration::from_secs(80),
    });
    *request.version_mut() = http::Version::HTTP_11;
    request
}

#[async_trait]
impl Answers for Proxy {
    async fn answer(&self, request: Request<Bytes>) -> Response<BodyStream> {
        let is_webhook = request.uri().path() == WEBHOOKS && request.method() == Method::POST;
        if is_webhook {
            self.webhook(request).await
        } else {
            self.pass_on(request).await
        }
    }
}
