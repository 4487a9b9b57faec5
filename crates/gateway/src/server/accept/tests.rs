use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::routing::get;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::*;

/// Longer than anything here takes, so that a failure is a failure and not a hang.
const PATIENCE: Duration = Duration::from_secs(20);

struct Running {
    address: SocketAddr,
    stop: CancellationToken,
    server: JoinHandle<Drained>,
}

async fn start(router: Router, change: impl FnOnce(&mut ServerSettings)) -> Running {
    let mut settings = ServerSettings {
        listen: "127.0.0.1:0".parse().unwrap(),
        public_url: None,
        max_body_bytes: 1024,
        header_timeout: PATIENCE,
        body_timeout: PATIENCE,
        request_timeout: PATIENCE,
        write_timeout: PATIENCE,
        max_bodies_bytes: 2048,
        max_connections: 16,
        max_connections_per_peer: None,
        client_address: crate::config::ClientAddress::default(),
        refusals_per_minute: 60,
        shutdown_delay: Duration::ZERO,
        shutdown_grace: PATIENCE,
    };
    change(&mut settings);
    let listener = TcpListener::bind(settings.listen).await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let stopped = stop.clone();
    let server = tokio::spawn(async move { serve(listener, router, &settings, stopped).await });
    Running {
        address,
        stop,
        server,
    }
}

impl Running {
    async fn connect(&self, bytes: &str) -> TcpStream {
        let mut connection = TcpStream::connect(self.address).await.unwrap();
        connection.write_all(bytes.as_bytes()).await.unwrap();
        connection
    }

    async fn drained(self) -> Drained {
        tokio::time::timeout(PATIENCE, self.server)
            .await
            .unwrap()
            .unwrap()
    }
}

const REQUEST: &str = "GET / HTTP/1.1\r\nhost: a\r\n\r\n";

/// Everything until the other side closes.
async fn rest(connection: &mut TcpStream) -> String {
    let mut text = String::new();
    let read = connection.read_to_string(&mut text);
    tokio::time::timeout(PATIENCE, read).await.unwrap().unwrap();
    text
}

/// One answer without waiting for the end of the connection.
async fn answer(connection: &mut TcpStream) -> String {
    let mut text = Vec::new();
    while !text.ends_with(b"hello") {
        let read = connection.read_u8();
        text.push(tokio::time::timeout(PATIENCE, read).await.unwrap().unwrap());
    }
    String::from_utf8(text).unwrap()
}

fn hello() -> Router {
    Router::new().route("/", get(async || "hello"))
}

#[tokio::test]
async fn a_half_open_connection_is_closed() {
    let running = start(hello(), |settings| {
        settings.header_timeout = Duration::from_millis(100);
    })
    .await;
    for half in ["", "GET / HT", "GET / HTTP/1.1\r\nhost: a\r\n"] {
        let mut connection = running.connect(half).await;
        let answer = rest(&mut connection).await;
        assert!(!answer.contains("hello"), "{half:?} got {answer:?}");
    }
}

#[tokio::test]
async fn a_half_open_connection_does_not_hold_up_the_stop() {
    let running = start(hello(), |settings| {
        settings.header_timeout = Duration::from_millis(100);
    })
    .await;
    let _half = running.connect("GET / HTTP/1.1\r\nhost: a\r\n").await;
    let mut whole = running.connect(REQUEST).await;
    answer(&mut whole).await;
    running.stop.cancel();
    assert_eq!(running.drained().await, Drained::Completely);
}

#[tokio::test]
async fn a_stop_finishes_what_is_under_way_and_takes_nothing_new() {
    let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (begun_there, go_on_there) = (Arc::clone(&begun), Arc::clone(&go_on));
    let slow = Router::new().route(
        "/",
        get(async move || {
            begun_there.notify_one();
            go_on_there.notified().await;
            "hello"
        }),
    );
    let running = start(slow, |_| {}).await;
    let mut connection = running.connect(REQUEST).await;
    begun.notified().await;
    running.stop.cancel();
    while TcpStream::connect(running.address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    go_on.notify_one();
    assert!(rest(&mut connection).await.ends_with("hello"));
    assert_eq!(running.drained().await, Drained::Completely);
}

#[tokio::test]
async fn a_request_that_never_ends_is_cut_off_when_the_time_is_up() {
    let begun = Arc::new(Notify::new());
    let begun_there = Arc::clone(&begun);
    let stuck = Router::new().route(
        "/",
        get(async move || {
            begun_there.notify_one();
            std::future::pending::<&str>().await
        }),
    );
    let running = start(stuck, |settings| {
        settings.shutdown_grace = Duration::from_millis(50);
    })
    .await;
    let _connection = running.connect(REQUEST).await;
    begun.notified().await;
    running.stop.cancel();
    assert_eq!(running.drained().await, Drained::CutOff);
}

#[tokio::test]
async fn beyond_the_limit_a_connection_waits_until_another_is_closed() {
    let answered = Arc::new(AtomicUsize::new(0));
    let counting = Arc::clone(&answered);
    let count = Router::new().route(
        "/",
        get(async move || {
            counting.fetch_add(1, Ordering::SeqCst);
            "hello"
        }),
    );
    let running = start(count, |settings| settings.max_connections = 1).await;
    let mut first = running.connect(REQUEST).await;
    answer(&mut first).await;
    let mut second = running.connect(REQUEST).await;
    // The first connection is served again while the second one waits.
    first.write_all(REQUEST.as_bytes()).await.unwrap();
    answer(&mut first).await;
    assert_eq!(answered.load(Ordering::SeqCst), 2);
    drop(first);
    answer(&mut second).await;
    assert_eq!(answered.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn the_peer_is_known_to_the_handler() {
    let peer = Router::new().route(
        "/",
        get(async |request: axum::extract::Request| {
            let peer = request.extensions().get::<Peer>().unwrap().0;
            format!("{} hello", peer.ip())
        }),
    );
    let running = start(peer, |_| {}).await;
    let mut connection = running.connect(REQUEST).await;
    assert!(answer(&mut connection).await.ends_with("127.0.0.1 hello"));
}

/// An answer that no buffer on the way can hold.
fn endless() -> axum::body::Body {
    let piece = bytes::Bytes::from(vec![b'x'; 64 * 1024]);
    axum::body::Body::new(Endless(piece))
}

struct Endless(bytes::Bytes);

impl hyper::body::Body for Endless {
    type Data = bytes::Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<hyper::body::Frame<bytes::Bytes>, Self::Error>>> {
        std::task::Poll::Ready(Some(Ok(hyper::body::Frame::data(self.0.clone()))))
    }
}

#[tokio::test]
async fn a_client_that_never_reads_its_answer_is_left_and_holds_up_nobody() {
    let router = hello().route("/endless", get(async || endless()));
    let running = start(router, |settings| {
        settings.max_connections = 2;
        settings.write_timeout = Duration::from_millis(200);
    })
    .await;
    let request = "GET /endless HTTP/1.1\r\nhost: a\r\n\r\n";
    let deaf = [
        running.connect(request).await,
        running.connect(request).await,
    ];
    // Both places are taken; this one is served once a client that does not read has been left.
    let mut other = running.connect(REQUEST).await;
    answer(&mut other).await;
    running.stop.cancel();
    assert_eq!(running.drained().await, Drained::Completely);
    drop(deaf);
}

#[tokio::test]
async fn one_party_cannot_take_every_place() {
    let running = start(hello(), |settings| {
        settings.max_connections = 4;
        settings.max_connections_per_peer = Some(2);
        settings.client_address.trusted_proxies = vec!["127.0.0.9/32".parse().unwrap()];
    })
    .await;
    let mut flood = Vec::new();
    for _ in 0..20 {
        flood.push(running.connect("").await);
    }
    // All but two were closed at once: they are at their end before anything was said.
    for connection in &mut flood[2..] {
        assert_eq!(rest(connection).await, "");
    }
    for peer in ["127.0.0.2:0", "127.0.0.9:0"] {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind(peer.parse().unwrap()).unwrap();
        let mut other = socket.connect(running.address).await.unwrap();
        other.write_all(REQUEST.as_bytes()).await.unwrap();
        answer(&mut other).await;
    }
    // Who leaves makes room.
    drop(flood);
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        let mut again = TcpStream::connect(running.address).await.unwrap();
        let _ = again.write_all(REQUEST.as_bytes()).await;
        let mut text = [0; 5];
        if again.read_exact(&mut text).await.is_ok() {
            break;
        }
        assert!(tokio::time::Instant::now() < deadline);
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn slow_and_half_open_clients_neither_stop_others_nor_hold_up_the_stop() {
    let router = hello().route("/", axum::routing::post(async |_: bytes::Bytes| "hello"));
    let running = start(
        crate::server::around(router, Duration::from_secs(1)),
        |settings| {
            settings.header_timeout = Duration::from_millis(500);
        },
    )
    .await;
    let _half_open = running.connect("").await;
    let _slow_head = running.connect("GET / HTTP/1.1\r\nhost: a\r\nx: ").await;
    let mut slow_body = running
        .connect("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nx")
        .await;
    let mut other = running.connect(REQUEST).await;
    answer(&mut other).await;
    running.stop.cancel();
    assert!(rest(&mut slow_body).await.starts_with("HTTP/1.1 503"));
    assert_eq!(running.drained().await, Drained::Completely);
}

#[tokio::test]
async fn an_answer_that_goes_on_for_ever_ends_itself_when_the_server_leaves() {
    let shutdown = crate::server::Shutdown::default();
    let leaving = shutdown.leaving();
    let stream = Router::new().route(
        "/",
        get(async move || {
            axum::body::Body::new(UntilLeaving {
                begun: false,
                end: Box::pin(async move { leaving.cancelled().await }),
            })
        }),
    );
    let running = start(stream, |settings| {
        settings.write_timeout = Duration::from_millis(50);
    })
    .await;
    let mut connection = running.connect(REQUEST).await;
    answer(&mut connection).await;
    shutdown.begin(Duration::ZERO).await;
    running.stop.cancel();
    assert!(
        rest(&mut connection).await.ends_with("0\r\n\r\n"),
        "the end is a whole one"
    );
    assert_eq!(running.drained().await, Drained::Completely);
}

/// Says hello, and then nothing until the end.
struct UntilLeaving {
    begun: bool,
    end: std::pin::Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl hyper::body::Body for UntilLeaving {
    type Data = bytes::Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<hyper::body::Frame<bytes::Bytes>, Self::Error>>> {
        if !self.begun {
            self.begun = true;
            let hello = hyper::body::Frame::data(bytes::Bytes::from_static(b"hello"));
            return std::task::Poll::Ready(Some(Ok(hello)));
        }
        self.end.as_mut().poll(cx).map(|()| None)
    }
}
