//! The transport against servers on the loopback that behave well and badly.
#![cfg(test)]

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use idv_core::{Call, Repeat, Sent, Transport, TransportError, TransportFailure};
use idv_http::{HttpSettings, HttpTransport, Jitter, Retry, RetryPolicy, SetupError};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// A server that hands each connection, after the request's head has been read, to `behave`.
async fn server<F, Fut>(mut behave: F) -> String
where
    F: FnMut(TcpStream, String) -> Fut + Send + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let head = read_head(&mut stream).await;
            tokio::spawn(behave(stream, head));
        }
    });
    format!("http://{address}")
}

async fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).await.unwrap_or(0) == 1 {
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}

fn settings() -> HttpSettings {
    let mut settings = HttpSettings::default();
    settings.proxy_from_environment = false;
    settings.max_response_bytes = 1000;
    settings
}

fn get(address: &str, deadline: Duration) -> Request<Bytes> {
    Request::get(address)
        .extension(Call {
            operation: "get_thing",
            repeat: Repeat::Safe,
            deadline,
        })
        .body(Bytes::new())
        .unwrap()
}

async fn send(address: &str, deadline: Duration) -> Result<Response<Bytes>, TransportError> {
    HttpTransport::new(&settings())
        .unwrap()
        .send(get(address, deadline))
        .await
}

const PLENTY: Duration = Duration::from_secs(20);
const SHORT: Duration = Duration::from_millis(150);

async fn say(mut stream: TcpStream, text: impl AsRef<[u8]>) {
    // The other side may have hung up already; that is its right.
    let _ = stream.write_all(text.as_ref()).await;
    let _ = stream.shutdown().await;
}

#[tokio::test]
async fn the_whole_answer_comes_back_with_status_headers_and_bytes() {
    let address = server(|stream, head| async move {
        assert!(head.starts_with("GET /v1/thing?a=b HTTP/1.1\r\n"), "{head}");
        assert!(head.contains("user-agent: idv-gateway/"), "{head}");
        say(
            stream,
            "HTTP/1.1 404 Not Found\r\nrequest-id: r1\r\ncontent-length: 3\r\n\r\n\u{0}x\n",
        )
        .await;
    })
    .await;
    let answer = send(&format!("{address}/v1/thing?a=b"), PLENTY)
        .await
        .unwrap();
    assert_eq!(answer.status(), 404);
    assert_eq!(answer.headers()["request-id"], "r1");
    assert_eq!(answer.body().as_ref(), b"\0x\n");
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let address = server(|stream, head| async move {
        assert!(head.starts_with("GET / "), "followed: {head}");
        say(
            stream,
            "HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n",
        )
        .await;
    })
    .await;
    let answer = send(&address, PLENTY).await.unwrap();
    assert_eq!(answer.status(), 302);
    assert_eq!(answer.headers()["location"], "/elsewhere");
}

#[tokio::test]
async fn silence_ends_with_the_deadline_and_may_have_been_heard() {
    let address = server(|stream, _| async move {
        let _kept_open = stream;
        std::future::pending::<()>().await;
    })
    .await;
    let error = send(&address, SHORT).await.unwrap_err();
    assert_eq!(error.reason, TransportFailure::Timeout);
    assert_eq!(error.sent, Sent::Unknown);
}

#[tokio::test]
async fn silence_in_the_middle_of_an_answer_ends_with_the_read_timeout() {
    let address = server(|mut stream, _| async move {
        let begun = "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf";
        let _ = stream.write_all(begun.as_bytes()).await;
        std::future::pending::<()>().await;
    })
    .await;
    let mut settings = settings();
    settings.read_timeout = SHORT;
    let transport = HttpTransport::new(&settings).unwrap();
    let error = transport.send(get(&address, PLENTY)).await.unwrap_err();
    assert_eq!(error.reason, TransportFailure::Timeout);
    assert_eq!(error.sent, Sent::Unknown);
}

#[tokio::test]
async fn a_drip_that_never_stops_still_ends_with_the_deadline() {
    let address = server(|mut stream, _| async move {
        let _ = stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n")
            .await;
        let mut drip = tokio::time::interval(Duration::from_millis(10));
        loop {
            drip.tick().await;
            if stream.write_all(b".").await.is_err() {
                return;
            }
        }
    })
    .await;
    let error = send(&address, SHORT).await.unwrap_err();
    assert_eq!(error.reason, TransportFailure::Timeout);
}

#[tokio::test]
async fn half_an_answer_is_no_answer() {
    let address = server(|stream, _| async move {
        say(stream, "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf").await;
    })
    .await;
    let error = send(&address, PLENTY).await.unwrap_err();
    assert_eq!(error.reason, TransportFailure::Broken);
    assert_eq!(error.sent, Sent::Unknown);
}

#[tokio::test]
async fn a_large_answer_is_refused_whether_or_not_it_says_its_size() {
    let announced = server(|stream, _| async move {
        say(stream, "HTTP/1.1 200 OK\r\ncontent-length: 1001\r\n\r\n").await;
    })
    .await;
    let silent = server(|stream, _| async move {
        say(
            stream,
            format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(1001)),
        )
        .await;
    })
    .await;
    for address in [announced, silent] {
        let error = send(&address, PLENTY).await.unwrap_err();
        assert_eq!(error.reason, TransportFailure::TooLarge);
        assert_eq!(error.sent, Sent::Unknown);
    }
    let exact = server(|stream, _| async move {
        say(
            stream,
            format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(1000)),
        )
        .await;
    })
    .await;
    assert_eq!(send(&exact, PLENTY).await.unwrap().body().len(), 1000);
}

#[tokio::test]
async fn a_refused_connection_was_certainly_not_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = send(&address, PLENTY).await.unwrap_err();
    assert_eq!(error.reason, TransportFailure::Connect);
    assert_eq!(error.sent, Sent::No);
}

#[tokio::test]
async fn an_address_nobody_can_send_to_is_said_so_at_once() {
    for address in ["/no/host", "ftp://vendor.example/", "vendor.example:443"] {
        let error = send(address, PLENTY).await.unwrap_err();
        assert!(
            matches!(error.reason, TransportFailure::Unsendable(_)),
            "{address}: {error}"
        );
        assert_eq!(error.sent, Sent::No);
    }
}

#[tokio::test]
async fn an_error_shows_nothing_of_the_request() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error = send(&format!("http://{address}/ids/42?name=Jane"), PLENTY)
        .await
        .unwrap_err();
    let shown = format!("{error} {error:?}");
    for hidden in ["127.0.0.1", "ids", "42", "Jane"] {
        assert!(!shown.contains(hidden), "{shown}");
    }
}

#[tokio::test]
async fn a_server_that_recovers_is_reached_by_the_retry_layer() {
    let mut tries = 0;
    let address = server(move |stream, _| {
        tries += 1;
        let answer = if tries == 1 {
            "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n"
        } else {
            "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
        };
        say(stream, answer)
    })
    .await;
    let mut policy = RetryPolicy::default();
    policy.base_wait = Duration::from_millis(1);
    policy.jitter = Jitter::None;
    let transport = Retry::new(HttpTransport::new(&settings()).unwrap(), policy);
    let answer = transport.send(get(&address, PLENTY)).await.unwrap();
    assert_eq!(answer.body().as_ref(), b"ok");
}

#[test]
fn a_ca_file_that_cannot_be_used_is_named() {
    let mut settings = settings();
    settings.ca_file = Some("no-such-file.pem".into());
    let error = HttpTransport::new(&settings).unwrap_err();
    assert!(matches!(&error, SetupError::CaFile { .. }));
    assert!(error.to_string().contains("no-such-file.pem"), "{error}");

    settings.ca_file = Some(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml").into());
    let error = HttpTransport::new(&settings).unwrap_err();
    assert!(matches!(error, SetupError::NoCertificate { .. }));
}
