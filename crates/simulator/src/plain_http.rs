//! Plain HTTP to wherever webhooks go.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::header::HOST;
use http::uri::Scheme;
use http::{HeaderValue, Request, Response};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use idv_core::{BodyStream, Call, Sent, Transport, TransportError, TransportFailure};
use tokio::net::TcpStream;

/// The largest answer that is read, in bytes. Nobody looks at it.
const MAX_ANSWER_BYTES: usize = 64 * 1024;

/// One connection for each request, without TLS. Whoever receives webhooks over HTTPS hands in a transport of their own.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PlainHttp;

const fn failed(sent: Sent, reason: TransportFailure) -> TransportError {
    TransportError { sent, reason }
}

#[async_trait]
impl Transport for PlainHttp {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let patience: Duration = Call::of(&request).deadline;
        let exchange = tokio::time::timeout(patience, exchange(request));
        let timeout = failed(Sent::Unknown, TransportFailure::Timeout);
        exchange.await.map_err(|_| timeout)?
    }

    async fn open(&self, request: Request<Bytes>) -> Result<Response<BodyStream>, TransportError> {
        Ok(self.send(request).await?.map(BodyStream::from))
    }
}

async fn exchange(request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
    let unsendable = |why| failed(Sent::No, TransportFailure::Unsendable(why));
    let (mut head, body) = request.into_parts();
    if head.uri.scheme() != Some(&Scheme::HTTP) {
        return Err(unsendable("only http:// is spoken here"));
    }
    let authority = head.uri.authority().cloned();
    let authority = authority.ok_or_else(|| unsendable("the address names no host"))?;
    let host = HeaderValue::from_str(authority.as_str());
    let host = host.map_err(|_| unsendable("the address names no host"))?;
    head.headers.insert(HOST, host);
    // An origin server is asked by path.
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    head.uri = path
        .parse()
        .map_err(|_| unsendable("the address has no path"))?;

    let address = (
        authority.host().trim_matches(['[', ']']),
        authority.port_u16().unwrap_or(80),
    );
    let connected = TcpStream::connect(address).await;
    let tcp = connected.map_err(|_| failed(Sent::No, TransportFailure::Connect))?;
    let broken = |_| failed(Sent::Unknown, TransportFailure::Broken);
    let (mut sender, connection) = http1::handshake(TokioIo::new(tcp)).await.map_err(broken)?;
    let exchange = async {
        let request = Request::from_parts(head, Full::new(body));
        let (head, body) = sender
            .send_request(request)
            .await
            .map_err(broken)?
            .into_parts();
        let body = Limited::new(body, MAX_ANSWER_BYTES).collect().await;
        let body = body.map_err(|_| failed(Sent::Unknown, TransportFailure::TooLarge))?;
        Ok(Response::from_parts(head, body.to_bytes()))
    };
    // The connection moves only while it is polled; it ends with the exchange.
    tokio::pin!(exchange, connection);
    tokio::select! {
        answer = &mut exchange => answer,
        _ = &mut connection => exchange.await,
    }
}
