//! The client.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::pace::{Paced, pace};
use super::{Outcome, outcome::Answer};

/// A request, ready to be sent.
pub type Sent = Request<Full<Bytes>>;

/// Many of them.
pub type Requests = Vec<Sent>;

/// One connection to a server, kept alive.
#[derive(Debug)]
pub struct Connection(SendRequest<Full<Bytes>>);

impl Connection {
    /// Connects.
    ///
    /// # Panics
    /// If nobody listens there.
    pub async fn open(to: SocketAddr) -> Self {
        let stream = TcpStream::connect(to).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let (sender, connection) = handshake(TokioIo::new(stream)).await.unwrap();
        // It ends with the sender.
        tokio::spawn(connection);
        Self(sender)
    }

    /// Sends a request, and reads the whole answer.
    ///
    /// # Panics
    /// If the server closes the connection.
    pub async fn send(&mut self, request: Sent) -> StatusCode {
        self.0
            .ready()
            .await
            .expect("the server keeps its connections");
        let answer = self.0.send_request(request).await;
        let mut answer = answer.expect("the server answers");
        while let Some(frame) = answer.frame().await {
            frame.expect("the answer is whole");
        }
        answer.status()
    }
}

/// Connections to one server.
#[derive(Debug)]
pub struct Client {
    connections: Vec<Connection>,
}

impl Client {
    /// Connects.
    ///
    /// # Panics
    /// If nobody listens there.
    pub async fn connect(to: SocketAddr, connections: usize) -> Self {
        let mut open = Vec::with_capacity(connections);
        for _ in 0..connections {
            open.push(Connection::open(to).await);
        }
        Self { connections: open }
    }

    /// Sends as fast as answers come, until there is nothing left to send or the time is up.
    pub async fn saturate(&mut self, requests: Requests, most: Duration) -> Outcome {
        let begun = Instant::now();
        let until = begun + most;
        let shares = shares(requests, self.connections.len());
        let mut sending = JoinSet::new();
        for (mut connection, share) in self.connections.drain(..).zip(shares) {
            sending.spawn(async move {
                let mut answers = Vec::with_capacity(share.len());
                for request in share {
                    let sent = Instant::now();
                    if sent >= until {
                        break;
                    }
                    let status = connection.send(request).await;
                    answers.push(Answer::new(status, sent.elapsed()));
                }
                (connection, answers)
            });
        }
        self.collect(sending, begun).await
    }

    /// Sends so many a second, whatever becomes of them.
    pub async fn at_rate(&mut self, requests: Requests, per_sec: f64) -> Outcome {
        let begun = Instant::now();
        let mut sending = JoinSet::new();
        let mut lines = Vec::with_capacity(self.connections.len());
        for mut connection in self.connections.drain(..) {
            let (line, mut due) = tokio::sync::mpsc::unbounded_channel::<Paced>();
            lines.push(line);
            sending.spawn(async move {
                let mut answers = Vec::new();
                while let Some(Paced { request, due_at }) = due.recv().await {
                    let status = connection.send(request).await;
                    answers.push(Answer::new(status, due_at.elapsed()));
                }
                (connection, answers)
            });
        }
        pace(requests, per_sec, lines);
        self.collect(sending, begun).await
    }

    async fn collect(
        &mut self,
        mut sending: JoinSet<(Connection, Vec<Answer>)>,
        begun: Instant,
    ) -> Outcome {
        let mut all = Vec::new();
        while let Some(ended) = sending.join_next().await {
            let (connection, answers) = ended.unwrap();
            self.connections.push(connection);
            all.extend(answers);
        }
        Outcome::new(&all, begun.elapsed())
    }
}

/// Everybody's requests: the first of each, then the second, in the order in which they were made.
fn shares(requests: Requests, number: usize) -> Vec<Requests> {
    let mut shares: Vec<Requests> = (0..number).map(|_| Vec::new()).collect();
    for (place, request) in requests.into_iter().enumerate() {
        shares[place % number].push(request);
    }
    shares
}
