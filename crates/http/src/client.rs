//! One try over the network.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use http::header::{ACCEPT_ENCODING, HeaderValue};
use http::{Request, Response};
use idv_core::{BodyStream, Call, Sent, Transport, TransportError, TransportFailure};
use reqwest::Certificate;
use webpki_root_certs::TLS_SERVER_ROOT_CERTS;

use crate::endpoint::is_refused;
use crate::endpoint::{NameResolver, SystemResolver};
use crate::handed_out::{HandedOutClient, is_handed_out};
use crate::pieces::opened;

/// How to reach the network.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HttpSettings {
    /// How long making a connection may take, TLS included.
    pub connect_timeout: Duration,
    /// How long the other side may be silent while we wait for its answer or the next piece of it.
    pub read_timeout: Duration,
    /// The largest answer accepted, in bytes after decompression.
    pub max_response_bytes: usize,
    /// A PEM file with the only certificate authorities to trust. None: the Mozilla roots compiled in.
    pub ca_file: Option<PathBuf>,
    /// Whether `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` of the environment count.
    pub proxy_from_environment: bool,
    /// Sent as `User-Agent`.
    pub user_agent: String,
}

impl Default for HttpSettings {
    /// 5 s to connect, 30 s of silence, 8 MiB, compiled-in roots, proxy from the environment.
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            read_timeout: Duration::from_secs(30),
            max_response_bytes: 8 * 1024 * 1024,
            ca_file: None,
            proxy_from_environment: true,
            user_agent: concat!("idv-gateway/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

/// The transport could not be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SetupError {
    /// The file of certificate authorities cannot be read.
    #[error("the CA file {} cannot be read", path.display())]
    CaFile {
        /// Its path.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file holds no certificate that can be read.
    #[error("the CA file {} holds no PEM certificate that can be read", path.display())]
    NoCertificate {
        /// Its path.
        path: PathBuf,
    },
    /// The client could not be built.
    #[error("the HTTP client could not be set up")]
    Client(#[source] reqwest::Error),
}

/// Sends each request once. Wrap it in [`Retry`](crate::Retry) to have it sent again.
///
/// Takes no longer than the [`Call::deadline`] of the request.
///
/// Files ([`Transport::open`]) have connections of their own, so that one that is read slowly stands in nobody's way.
/// What a vendor has handed out an address for ([`HandedOut`](idv_core::HandedOut)) goes out by a third way: to public
/// addresses only, past any proxy, and with nothing that says who asks.
#[derive(Debug)]
pub struct HttpTransport {
    client: reqwest::Client,
    files: reqwest::Client,
    handed_out: HandedOutClient,
    max_response_bytes: usize,
}

impl HttpTransport {
    /// A transport with its own pool of connections.
    ///
    /// # Errors
    /// [`SetupError`] if the CA file cannot be used or the client cannot be built.
    pub fn new(settings: &HttpSettings) -> Result<Self, SetupError> {
        Self::with_resolver(settings, &(Arc::new(SystemResolver) as _))
    }

    /// The same, which asks somebody else for the addresses of names that vendors hand out.
    ///
    /// # Errors
    /// As [`HttpTransport::new`].
    pub fn with_resolver(
        settings: &HttpSettings,
        names: &Arc<dyn NameResolver>,
    ) -> Result<Self, SetupError> {
        let built = |http1_only| {
            let mut builder = builder(settings)?;
            if !settings.proxy_from_environment {
                builder = builder.no_proxy();
            }
            if http1_only {
                builder = builder.http1_only();
            }
            builder.build().map_err(SetupError::Client)
        };
        Ok(Self {
            client: built(false)?,
            files: built(true)?,
            handed_out: HandedOutClient::new(settings, names)?,
            max_response_bytes: settings.max_response_bytes,
        })
    }

    /// The head of the answer to a request that is sent as it is.
    async fn head_of(
        &self,
        mut request: Request<Bytes>,
    ) -> Result<reqwest::Response, TransportError> {
        if is_handed_out(&request) {
            return self.handed_out.head(&request).await;
        }
        check_address(request.uri())?;
        let deadline = Call::of(&request).deadline;
        // Packed, a file would have another length than the one that is announced.
        let identity = HeaderValue::from_static("identity");
        request.headers_mut().insert(ACCEPT_ENCODING, identity);
        let request = reqwest::Request::try_from(request)
            .map_err(|_| unsendable("the address cannot be read"))?;
        head_within(&self.files, request, deadline).await
    }

    async fn read_body(
        &self,
        mut answer: reqwest::Response,
        announced: usize,
    ) -> Result<Bytes, TransportError> {
        let mut body = BytesMut::with_capacity(announced);
        while let Some(piece) = answer.chunk().await.map_err(|error| stripped(&error))? {
            if body.len().saturating_add(piece.len()) > self.max_response_bytes {
                return Err(too_large());
            }
            body.extend_from_slice(&piece);
        }
        Ok(body.freeze())
    }
}

#[async_trait]
impl Transport for HttpTransport {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        if is_handed_out(&request) {
            return Err(unsendable(
                "what was handed out is opened, not read as a whole",
            ));
        }
        check_address(request.uri())?;
        let deadline = Call::of(&request).deadline;
        let mut request = reqwest::Request::try_from(request)
            .map_err(|_| unsendable("the address cannot be read"))?;
        *request.timeout_mut() = Some(deadline);

        let mut answer = self
            .client
            .execute(request)
            .await
            .map_err(|error| stripped(&error))?;

        let announced = answer.content_length().unwrap_or(0);
        let announced = usize::try_from(announced).unwrap_or(usize::MAX);
        if announced > self.max_response_bytes {
            return Err(too_large());
        }
        let (status, version) = (answer.status(), answer.version());
        let headers = std::mem::take(answer.headers_mut());
        let body = self.read_body(answer, announced).await?;

        let mut response = Response::new(body);
        *response.status_mut() = status;
        *response.version_mut() = version;
        *response.headers_mut() = headers;
        Ok(response)
    }

    async fn open(&self, request: Request<Bytes>) -> Result<Response<BodyStream>, TransportError> {
        Ok(opened(self.head_of(request).await?, stripped))
    }
}

/// What all clients have in common. Roots are given explicitly: reqwest 0.13 otherwise asks the platform and cannot be
/// built where the machine has no CA bundle, even for plain HTTP.
pub(crate) fn builder(settings: &HttpSettings) -> Result<reqwest::ClientBuilder, SetupError> {
    Ok(reqwest::Client::builder()
        .tls_certs_only(certificates(settings.ca_file.as_deref())?)
        .connect_timeout(settings.connect_timeout)
        .read_timeout(settings.read_timeout)
        .user_agent(&settings.user_agent)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false))
}

/// Sends a request and waits for the head of the answer, no longer than this.
pub(crate) async fn head_within(
    client: &reqwest::Client,
    request: reqwest::Request,
    deadline: Duration,
) -> Result<reqwest::Response, TransportError> {
    let head = tokio::time::timeout(deadline, client.execute(request)).await;
    head.map_err(|_| TransportError {
        sent: Sent::Unknown,
        reason: TransportFailure::Timeout,
    })?
    .map_err(|error| stripped(&error))
}

/// The roots to trust: those of the file, or the Mozilla list compiled in.
pub(crate) fn certificates(ca_file: Option<&Path>) -> Result<Vec<Certificate>, SetupError> {
    let Some(path) = ca_file else {
        return TLS_SERVER_ROOT_CERTS
            .iter()
            .map(|der| Certificate::from_der(der))
            .collect::<Result<_, _>>()
            .map_err(SetupError::Client);
    };
    let pem = std::fs::read(path).map_err(|source| SetupError::CaFile {
        path: path.to_owned(),
        source,
    })?;
    match Certificate::from_pem_bundle(&pem) {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(SetupError::NoCertificate {
            path: path.to_owned(),
        }),
    }
}

fn check_address(uri: &http::Uri) -> Result<(), TransportError> {
    if !matches!(uri.scheme_str(), Some("http" | "https")) {
        return Err(unsendable("the address is neither http nor https"));
    }
    if uri.host().is_none_or(str::is_empty) {
        return Err(unsendable("the address names no host"));
    }
    Ok(())
}

const fn unsendable(why: &'static str) -> TransportError {
    not_sent(TransportFailure::Unsendable(why))
}

pub(crate) const fn not_sent(reason: TransportFailure) -> TransportError {
    TransportError {
        sent: Sent::No,
        reason,
    }
}

const fn too_large() -> TransportError {
    TransportError {
        sent: Sent::Unknown,
        reason: TransportFailure::TooLarge,
    }
}

/// What is left of a reqwest error: no URL, no text. Only a failure to connect proves that nothing was sent.
fn stripped(error: &reqwest::Error) -> TransportError {
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
    } else if error.is_connect() {
        TransportFailure::Connect
    } else if error.is_builder() {
        TransportFailure::Unsendable("it cannot be put on the wire")
    } else {
        TransportFailure::Broken
    };
    TransportError { sent, reason }
}
