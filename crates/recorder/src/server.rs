//! Plain HTTP on the loopback.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::{Body, Frame, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use idv_core::{BodyStream, TransportError};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};

/// What answers.
#[async_trait]
pub(crate) trait Answers: Send + Sync + 'static {
    async fn answer(&self, request: Request<Bytes>) -> Response<BodyStream>;
}

/// The largest request that is read, in bytes: a document handed in may have 10 MB.
const MAX_BODY_BYTES: usize = 32 * 1024 * 1024;

/// A server that runs until it is dropped; connections that are open are cut off too.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    serving: JoinHandle<()>,
}

impl Server {
    /// Begins to serve. Needs a tokio runtime.
    pub(crate) async fn serve(
        listen: SocketAddr,
        answers: Arc<dyn Answers>,
    ) -> std::io::Result<Self> {
        Self::serve_on(TcpListener::bind(listen).await?, answers)
    }

    /// The same, on what was bound before.
    pub(crate) fn serve_on(
        listener: TcpListener,
        answers: Arc<dyn Answers>,
    ) -> std::io::Result<Self> {
        let address = listener.local_addr()?;
        let serving = tokio::spawn(accept(listener, answers));
        Ok(Self { address, serving })
    }

    /// Where it is, as the base of URLs: without a slash at the end.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// Where connections come from.
#[async_trait]
trait Accepts: Send + 'static {
    async fn next(&self) -> std::io::Result<TcpStream>;
}

#[async_trait]
impl Accepts for TcpListener {
    async fn next(&self) -> std::io::Result<TcpStream> {
        Ok(self.accept().await?.0)
    }
}

/// How long nothing is accepted after a failure: long enough not to keep a machine busy that is in need already.
const PAUSE_AFTER_FAILED_ACCEPT: Duration = Duration::from_millis(50);

#[expect(
    clippy::disallowed_methods,
    reason = "there is no event to wait for: the system does not say when a descriptor is free"
)]
async fn pause() {
    tokio::time::sleep(PAUSE_AFTER_FAILED_ACCEPT).await;
}

async fn accept(listener: impl Accepts, answers: Arc<dyn Answers>) {
    // Dropped with this task, and then every connection ends.
    let mut connections = JoinSet::new();
    loop {
        let Ok(tcp) = listener.next().await else {
            // A client that went away, or too many open files: others are answered when some are closed.
            pause().await;
            continue;
        };
        while connections.try_join_next().is_some() {}
        // An answer in two pieces does not wait for the first one to be confirmed. Without it, it is slow and right.
        let _ = tcp.set_nodelay(true);
        let answers = Arc::clone(&answers);
        let service = service_fn(move |request| answer(Arc::clone(&answers), request));
        connections.spawn(async move {
            // A client that goes away in the middle is the client's affair.
            let _ = http1::Builder::new()
                .serve_connection(TokioIo::new(tcp), service)
                .await;
        });
    }
}

async fn answer(
    answers: Arc<dyn Answers>,
    request: Request<Incoming>,
) -> Result<Response<Outgoing>, Infallible> {
    let (head, body) = request.into_parts();
    let answer = match Limited::new(body, MAX_BODY_BYTES).collect().await {
        Ok(body) => {
            answers
                .answer(Request::from_parts(head, body.to_bytes()))
                .await
        }
        Err(_) => status_alone(StatusCode::PAYLOAD_TOO_LARGE),
    };
    Ok(answer.map(Outgoing::new))
}

/// An answer without a body.
pub(crate) fn status_alone(status: StatusCode) -> Response<BodyStream> {
    let mut response = Response::new(BodyStream::from(Bytes::new()));
    *response.status_mut() = status;
    response
}

/// A body on its way out. The pieces are fetched by a task of their own, one ahead of the reader.
struct Outgoing(mpsc::Receiver<Result<Bytes, TransportError>>);

impl Outgoing {
    fn new(mut pieces: BodyStream) -> Self {
        let (sender, receiver) = mpsc::channel(1);
        tokio::spawn(async move {
            while let Some(piece) = pieces.next_piece().await {
                // After a failure nothing follows, and the connection is cut off so that nobody takes a part for the whole.
                if sender.send(piece).await.is_err() {
                    break;
                }
            }
        });
        Self(receiver)
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        self.0
            .poll_recv(context)
            .map(|piece| piece.map(|piece| piece.map(Frame::data)))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    /// Fails three times, and then accepts.
    struct Failing(AtomicU32, TcpListener);

    #[async_trait]
    impl Accepts for Failing {
        async fn next(&self) -> std::io::Result<TcpStream> {
            if self.0.fetch_add(1, Ordering::Relaxed) < 3 {
                return Err(std::io::Error::other("too many open files"));
            }
            self.1.next().await
        }
    }

    struct Teapot;

    #[async_trait]
    impl Answers for Teapot {
        async fn answer(&self, _: Request<Bytes>) -> Response<BodyStream> {
            status_alone(StatusCode::IM_A_TEAPOT)
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_cannot_be_accepted_does_not_end_the_server() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = tokio::spawn(accept(
            Failing(AtomicU32::new(0), listener),
            Arc::new(Teapot),
        ));
        let mut tcp = TcpStream::connect(address).await.unwrap();
        tcp.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
            .await
            .unwrap();
        let mut answer = String::new();
        tcp.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 418"), "{answer}");
        serving.abort();
    }
}
