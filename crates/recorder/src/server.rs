//! Plain HTTP on the loopback.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::{Body, Frame, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use idv_core::{BodyStream, TransportError};
use tokio::net::TcpListener;
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

async fn accept(listener: TcpListener, answers: Arc<dyn Answers>) {
    // Dropped with this task, and then every connection ends.
    let mut connections = JoinSet::new();
    while let Ok((tcp, _)) = listener.accept().await {
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
