//! The way to the application's endpoints: URLs that users have given.

use std::error::Error as StdError;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use http::{Request, Response};
use idv_core::{BodyStream, Call, Sent, Transport, TransportError, TransportFailure};
use url::Url;

use crate::client::{SetupError, certificates, not_sent};

mod policy;
pub(crate) mod resolver;
mod url_check;

pub use policy::EndpointPolicy;
use resolver::{GuardedResolver, NoAllowedAddress};
pub use resolver::{NameResolver, SystemResolver};
pub(crate) use url_check::may_be_called;
pub use url_check::{EndpointUrlProblem, MAX_ENDPOINT_URL_BYTES, check_endpoint_url};

/// How to reach the application's endpoints.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct EndpointHttpSettings {
    /// Which addresses may be called.
    pub policy: EndpointPolicy,
    /// How long making a connection may take, name and TLS included.
    pub connect_timeout: Duration,
    /// How long a delivery may take until the head of the answer is there, connection included.
    pub timeout: Duration,
    /// A PEM file with the only certificate authorities to trust. None: the Mozilla roots compiled in.
    pub ca_file: Option<PathBuf>,
    /// Sent as `User-Agent`.
    pub user_agent: String,
}

impl Default for EndpointHttpSettings {
    /// Public addresses over https, 5 s to connect, 15 s in all, compiled-in roots.
    fn default() -> Self {
        Self {
            policy: EndpointPolicy::default(),
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(15),
            ca_file: None,
            user_agent: concat!("idv-gateway/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

/// So much of an answer's body is kept, in bytes.
pub const KEPT_ANSWER_BYTES: usize = 4096;

/// The body only serves the person who reads the log: whoever sends it slowly is not waited for.
const BODY_PATIENCE: Duration = Duration::from_secs(2);

/// Header fields of an answer. One with more is broken.
const MAX_HEADERS: usize = 64;

/// Connections to one endpoint that are kept for the next delivery, and for how long.
const MAX_IDLE_CONNECTIONS: usize = 8;
const IDLE_TIMEOUT: Duration = Duration::from_secs(10);

/// Among an answer's extensions: its body went on, or broke off, behind what was kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnswerCut;

/// Sends each request once, to an address that may be called. Takes no longer than the request's
/// [`Call::deadline`] and the settings allow.
///
/// An answer is its status: a redirect is not followed, and of the body the first [`KEPT_ANSWER_BYTES`] are kept, as
/// they come, never unpacked. One that is longer, endless, slow or broken is cut and marked [`AnswerCut`].
#[derive(Debug)]
pub struct EndpointTransport {
    client: reqwest::Client,
    policy: EndpointPolicy,
    timeout: Duration,
}

impl EndpointTransport {
    /// A transport with its own pool of connections, which asks the system for the addresses of names.
    ///
    /// # Errors
    /// [`SetupError`] if the CA file cannot be used or the client cannot be built.
    pub fn new(settings: &EndpointHttpSettings) -> Result<Self, SetupError> {
        Self::with_resolver(settings, Arc::new(SystemResolver))
    }

    /// The same, which asks somebody else.
    ///
    /// # Errors
    /// As [`EndpointTransport::new`].
    pub fn with_resolver(
        settings: &EndpointHttpSettings,
        resolver: Arc<dyn NameResolver>,
    ) -> Result<Self, SetupError> {
        let policy = settings.policy.clone();
        let guard = GuardedResolver {
            inner: resolver,
            policy: policy.clone(),
        };
        // No proxy, whatever the environment says: it would find the addresses of names by itself, and nobody would
        // check them. HTTP/1.1 only, so that one slow answer never stands in the way of another.
        let client = reqwest::Client::builder()
            .tls_certs_only(certificates(settings.ca_file.as_deref())?)
            .dns_resolver(guard)
            .no_proxy()
            .http1_only()
            .http1_max_headers(MAX_HEADERS)
            .no_gzip()
            .connect_timeout(settings.connect_timeout)
            .pool_max_idle_per_host(MAX_IDLE_CONNECTIONS)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .user_agent(&settings.user_agent)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .build()
            .map_err(SetupError::Client)?;
        Ok(Self {
            client,
            policy,
            timeout: settings.timeout,
        })
    }

    /// Whether the URL itself may be called; the addresses behind a name are checked when it is connected to.
    fn check(&self, uri: &http::Uri) -> Result<(), TransportError> {
        let unsendable = |why| not_sent(TransportFailure::Unsendable(why));
        let url =
            Url::parse(&uri.to_string()).map_err(|_| unsendable("the address cannot be read"))?;
        match url.scheme() {
            "https" => {}
            "http" if self.policy.allow_http => {}
            _ => return Err(unsendable("the address is not one of https")),
        }
        if may_be_called(&url, &self.policy) {
            Ok(())
        } else {
            Err(not_sent(TransportFailure::RefusedAddress))
        }
    }
}

#[async_trait]
impl Transport for EndpointTransport {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        self.check(request.uri())?;
        let deadline = Call::of(&request).deadline.min(self.timeout);
        let request = reqwest::Request::try_from(request)
            .map_err(|_| not_sent(TransportFailure::Unsendable("the address cannot be read")))?;
        let head = tokio::time::timeout(deadline, self.client.execute(request)).await;
        let mut answer = head
            .map_err(|_| TransportError {
                sent: Sent::Unknown,
                reason: TransportFailure::Timeout,
            })?
            .map_err(|error| stripped(&error))?;

        let (status, version) = (answer.status(), answer.version());
        let headers = std::mem::take(answer.headers_mut());
        let (body, is_whole) = beginning(answer).await;
        let mut response = Response::new(body);
        *response.status_mut() = status;
        *response.version_mut() = version;
        *response.headers_mut() = headers;
        if !is_whole {
            response.extensions_mut().insert(AnswerCut);
        }
        Ok(response)
    }

    /// Nothing is downloaded from an endpoint: unsendable.
    async fn open(&self, _: Request<Bytes>) -> Result<Response<BodyStream>, TransportError> {
        let why = "nothing is downloaded from an endpoint of the application";
        Err(not_sent(TransportFailure::Unsendable(why)))
    }
}

/// The beginning of an answer's body, and whether that is all of it. The connection is closed if it is not.
async fn beginning(mut answer: reqwest::Response) -> (Bytes, bool) {
    let mut kept = BytesMut::new();
    let mut is_whole = false;
    let reading = async {
        loop {
            match answer.chunk().await {
                Ok(Some(piece)) => {
                    let room = KEPT_ANSWER_BYTES.saturating_sub(kept.len());
                    kept.extend_from_slice(piece.get(..room).unwrap_or(&piece));
                    if piece.len() > room {
                        return;
                    }
                }
                Ok(None) => {
                    is_whole = true;
                    return;
                }
                Err(_) => return,
            }
        }
    };
    let _ = tokio::time::timeout(BODY_PATIENCE, reading).await;
    (kept.freeze(), is_whole)
}

/// What lies below an error.
fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn StdError + 'static)> {
    std::iter::successors(error.source(), |error| (*error).source())
}

/// True if the name led only to addresses that must not be called.
pub(crate) fn is_refused(error: &reqwest::Error) -> bool {
    causes(error).any(<dyn StdError>::is::<NoAllowedAddress>)
}

/// What is left of a reqwest error: no URL, no text.
fn stripped(error: &reqwest::Error) -> TransportError {
    let is_tls = causes(error).any(|cause| {
        let io = cause.downcast_ref::<std::io::Error>();
        io.is_some_and(is_bad_data)
    });
    if is_refused(error) {
        return not_sent(TransportFailure::RefusedAddress);
    }
    let sent = if error.is_connect() || error.is_builder() {
        Sent::No
    } else {
        Sent::Unknown
    };
    let reason = if error.is_timeout() {
        TransportFailure::Timeout
    } else if error.is_connect() && is_tls {
        TransportFailure::Tls
    } else if error.is_connect() {
        TransportFailure::Connect
    } else if error.is_builder() {
        TransportFailure::Unsendable("it cannot be put on the wire")
    } else {
        TransportFailure::Broken
    };
    TransportError { sent, reason }
}

/// What the TLS layer cannot accept arrives as bad data, wrapped once more, while there is no connection yet.
fn is_bad_data(error: &std::io::Error) -> bool {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
    error.kind() == std::io::ErrorKind::InvalidData || inner.is_some_and(is_bad_data)
}
