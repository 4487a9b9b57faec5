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
        max_connections: 16,
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
