//! A stand-in's HTTP API on a port of this machine.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

/// A vendor's HTTP API: what it answers, and what that changes. Without a network, so that a test can also ask it
/// directly.
pub trait Api: Send + Sync + 'static {
    /// Answers one request.
    fn answer(&self, request: &Request<Bytes>) -> Response<Bytes>;

    /// Answers one request, or fails to as servers do.
    fn answer_or_break(&self, request: &Request<Bytes>) -> Answered {
        Answered::Whole(self.answer(request))
    }
}

/// What becomes of a request.
#[derive(Debug)]
pub enum Answered {
    /// It is answered.
    Whole(Response<Bytes>),
    /// The answer is announced in its whole length and breaks off in the middle.
    Half(Response<Bytes>),
    /// It is never answered, for as long as the client waits.
    Never,
}

/// The largest request that is read, in bytes. More is answered with 413. Vendors take pictures of up to 10 MB.
const MAX_BODY_BYTES: usize = 16 * 1024 * 1024;

/// Serves an [`Api`] over plain HTTP until it is dropped.
#[derive(Debug)]
pub struct Loopback {
    address: SocketAddr,
    serving: JoinHandle<()>,
}

impl Loopback {
    /// Begins to serve on 127.0.0.1, on a port the system chooses. Needs a tokio runtime.
    ///
    /// # Errors
    /// If no port can be listened on.
    pub async fn serve(api: Arc<dyn Api>) -> std::io::Result<Self> {
        Self::serve_at(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), api).await
    }

    /// The same, at this address.
    ///
    /// # Errors
    /// If it cannot be listened on.
    pub async fn serve_at(address: SocketAddr, api: Arc<dyn Api>) -> std::io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let serving = tokio::spawn(accept(listener, api));
        Ok(Self { address, serving })
    }

    /// Where it is, as the base of URLs: without a slash at the end.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }
}

/// Connections that are open are cut off too.
impl Drop for Loopback {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn accept(listener: TcpListener, api: Arc<dyn Api>) {
    // Dropped with this task, and then every connection ends.
    let mut connections = JoinSet::new();
    // A machine that gives no more connections gives no more answers.
    while let Ok((tcp, _)) = listener.accept().await {
        while connections.try_join_next().is_some() {}
        let api = Arc::clone(&api);
        let service = service_fn(move |request| answer(Arc::clone(&api), request));
        connections.spawn(async move {
            // A client that goes away in the middle is the client's affair.
            let _ = http1::Builder::new()
                .serve_connection(TokioIo::new(tcp), service)
                .await;
        });
    }
}

async fn answer(
    api: Arc<dyn Api>,
    request: Request<Incoming>,
) -> Result<Response<Outgoing>, Infallible> {
    let (head, body) = request.into_parts();
    let Ok(body) = Limited::new(body, MAX_BODY_BYTES).collect().await else {
        let mut refusal = Response::new(Outgoing::Whole(Full::default()));
        *refusal.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
        return Ok(refusal);
    };
    let request = Request::from_parts(head, body.to_bytes());
    match api.answer_or_break(&request) {
        Answered::Whole(response) => Ok(response.map(|body| Outgoing::Whole(Full::new(body)))),
        Answered::Half(response) => Ok(response.map(|body| Outgoing::Half {
            announced: body.len() as u64,
            half: Some(body.slice(..body.len() / 2)),
        })),
        // Dropped as soon as the client goes away.
        Answered::Never => std::future::pending().await,
    }
}

/// A body that is whole, or breaks off.
enum Outgoing {
    Whole(Full<Bytes>),
    Half { announced: u64, half: Option<Bytes> },
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        match &mut *self {
            Self::Whole(body) => {
                let frame = Pin::new(body).poll_frame(context);
                frame.map(|frame| frame.map(|frame| frame.map_err(|never| match never {})))
            }
            Self::Half { half, .. } => Poll::Ready(Some(match half.take() {
                Some(half) => Ok(Frame::data(half)),
                None => Err(std::io::ErrorKind::BrokenPipe.into()),
            })),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(body) => body.size_hint(),
            Self::Half { announced, .. } => SizeHint::with_exact(*announced),
        }
    }
}

/// An answer in JSON.
pub(crate) fn json_answer(status: StatusCode, body: &serde_json::Value) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(
        http::header::CONTENT_TYPE,
        http::HeaderValue::from_static("application/json"),
    );
    response
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;

    use super::*;

    /// Answers with what it was asked.
    struct Echo;

    impl Api for Echo {
        fn answer(&self, request: &Request<Bytes>) -> Response<Bytes> {
            let text = format!("{} {}: ", request.method(), request.uri().path());
            Response::new([text.as_bytes(), request.body()].concat().into())
        }
    }

    #[tokio::test]
    async fn requests_come_over_the_network_and_end_with_the_server() {
        let server = Loopback::serve(Arc::new(Echo)).await.unwrap();
        let address = server.base_url().replace("http://", "");
        let mut connection = TcpStream::connect(&address).await.unwrap();
        let request = b"POST /a/b HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\nbody";
        connection.write_all(request).await.unwrap();
        let mut seen = Vec::new();
        while !seen.ends_with(b"POST /a/b: body") {
            assert_ne!(connection.read_buf(&mut seen).await.unwrap(), 0);
        }
        assert!(seen.starts_with(b"HTTP/1.1 200 OK\r\n"));

        drop(server);
        let left = connection.read_buf(&mut seen).await;
        assert!(matches!(left, Ok(0) | Err(_)), "the connection is cut off");
    }
}
