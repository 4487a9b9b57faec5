//! A client on one connection that is kept alive: one request after the other.

use std::net::SocketAddr;

use bytes::Bytes;
use http::header::HOST;
use http::{HeaderValue, Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// A client on one connection that is kept alive. Where the other side has closed it, the next request makes another.
#[derive(Debug)]
pub struct Caller {
    address: SocketAddr,
    connection: Option<SendRequest<Full<Bytes>>>,
}

impl Caller {
    /// A client of the server there. Nothing is connected yet.
    #[must_use]
    pub const fn new(address: SocketAddr) -> Self {
        Self {
            address,
            connection: None,
        }
    }

    /// Sends a request whose URI is a path, and reads the whole answer.
    ///
    /// # Panics
    /// If there is no answer: a measurement has nothing to say then.
    pub async fn send(&mut self, mut request: Request<Bytes>) -> Response<Bytes> {
        let host = HeaderValue::from_str(&self.address.to_string()).unwrap();
        request.headers_mut().insert(HOST, host);
        let connection = self.connection().await;
        let answer = connection.send_request(request.map(Full::new)).await;
        let (head, body) = answer.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Response::from_parts(head, body)
    }

    async fn connection(&mut self) -> &mut SendRequest<Full<Bytes>> {
        let is_usable = match &mut self.connection {
            Some(connection) => connection.ready().await.is_ok(),
            None => false,
        };
        if !is_usable {
            let tcp = TcpStream::connect(self.address).await.unwrap();
            tcp.set_nodelay(true).unwrap();
            let (sender, connection) = handshake(TokioIo::new(tcp)).await.unwrap();
            tokio::spawn(async move {
                let _ = connection.await;
            });
            self.connection = Some(sender);
        }
        self.connection.as_mut().unwrap()
    }
}
