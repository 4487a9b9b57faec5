//! The way to endpoints, against servers on the loopback that behave badly, and names that lead where they should not.
#![cfg(test)]

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use idv_core::{Call, Repeat, Sent, Transport, TransportError, TransportFailure};
use idv_http::{
    AnswerCut, EndpointHttpSettings, EndpointTransport, KEPT_ANSWER_BYTES, NameResolver,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// A server that hands each connection, after the request's head has been read, to `behave`, and counts them.
async fn server<F, Fut>(mut behave: F) -> (SocketAddr, Arc<AtomicUsize>)
where
    F: FnMut(TcpStream, String) -> Fut + Send + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let count = Arc::new(AtomicUsize::new(0));
    let counting = Arc::clone(&count);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            counting.fetch_add(1, Ordering::SeqCst);
            let head = read_head(&mut stream).await;
            tokio::spawn(behave(stream, head));
        }
    });
    (address, count)
}

async fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).await.unwrap_or(0) == 1 {
        head.push(byte[0]);
    }
    String::from_utf8_lossy(&head).into_owned()
}

async fn say(mut stream: TcpStream, text: impl AsRef<[u8]>) {
    // The other side may have hung up already; that is its right.
    let _ = stream.write_all(text.as_ref()).await;
    let _ = stream.shutdown().await;
}

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok";

/// This machine may be called, over plain HTTP; nothing else that is not public.
fn loopback() -> EndpointHttpSettings {
    let mut settings = EndpointHttpSettings::default();
    settings.policy.allow_http = true;
    settings.policy.allowed_networks = vec!["127.0.0.1/32".parse().unwrap()];
    settings
}

fn request(url: &str, deadline: Duration) -> Request<Bytes> {
    Request::post(url)
        .extension(Call {
            operation: "deliver",
            repeat: Repeat::Never,
            deadline,
        })
        .body(Bytes::from_static(b"{}"))
        .unwrap()
}

const PLENTY: Duration = Duration::from_secs(20);
const SHORT: Duration = Duration::from_millis(150);

async fn send(
    settings: &EndpointHttpSettings,
    url: &str,
) -> Result<Response<Bytes>, TransportError> {
    let transport = EndpointTransport::new(settings).unwrap();
    transport.send(request(url, PLENTY)).await
}

/// Says one answer after the other.
#[derive(Debug)]
struct Names(Mutex<Vec<Vec<&'static str>>>);

impl Names {
    fn new(mut answers: Vec<Vec<&'static str>>) -> Arc<Self> {
        answers.reverse();
        Arc::new(Self(Mutex::new(answers)))
    }
}

#[async_trait]
impl NameResolver for Names {
    async fn addresses(&self, _: &str) -> std::io::Result<Vec<IpAddr>> {
        let answer = self.0.lock().unwrap().pop();
        let answer = answer.expect("it is asked no more often than that");
        Ok(answer.iter().map(|ip| ip.parse().unwrap()).collect())
    }
}

#[tokio::test]
async fn an_answer_comes_back_and_no_packed_one_is_asked_for() {
    let (address, _) = server(|stream, head| async move {
        let head = head.to_ascii_lowercase();
        assert!(head.starts_with("post /events http/1.1"), "{head}");
        assert!(head.contains("user-agent: idv-gateway/"), "{head}");
        for unwanted in ["accept-encoding", "cookie", "referer"] {
            assert!(!head.contains(unwanted), "{head}");
        }
        say(stream, OK).await;
    })
    .await;
    let answer = send(&loopback(), &format!("http://{address}/events"))
        .await
        .unwrap();
    assert_eq!(
        (answer.status().as_u16(), answer.body().as_ref()),
        (200, &b"ok"[..])
    );
    assert!(answer.extensions().get::<AnswerCut>().is_none());
}

#[tokio::test]
async fn no_spelling_of_a_closed_address_is_connected_to() {
    let (address, connections) = server(|stream, _| say(stream, OK)).await;
    let port = address.port();
    let mut settings = EndpointHttpSettings::default();
    settings.policy.allow_http = true;
    for host in [
        "127.0.0.1",
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "127.0.0.1.",
        "[::ffff:127.0.0.1]",
        "localhost",
    ] {
        let error = send(&settings, &format!("http://{host}:{port}/"))
            .await
            .unwrap_err();
        assert_eq!(error.reason, TransportFailure::RefusedAddress, "{host}");
        assert_eq!(error.sent, Sent::No, "{host}");
    }
    assert_eq!(connections.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_name_that_leads_to_a_closed_address_is_not_connected_to() {
    let (address, connections) = server(|stream, _| say(stream, OK)).await;
    let url = format!("http://app.example:{}/", address.port());
    let mut settings = EndpointHttpSettings::default();
    settings.policy.allow_http = true;
    for ip in [
        "127.0.0.1",
        "::ffff:127.0.0.1",
        "::1",
        "169.254.169.254",
        "10.0.0.1",
    ] {
        let names = Names::new(vec![vec![ip]]);
        let transport = EndpointTransport::with_resolver(&settings, names).unwrap();
        let error = transport.send(request(&url, PLENTY)).await.unwrap_err();
        assert_eq!(error.reason, TransportFailure::RefusedAddress, "{ip}");
        assert_eq!(error.sent, Sent::No, "{ip}");
    }
    assert_eq!(connections.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_name_that_changes_its_mind_gains_nothing() {
    let (address, connections) = server(|stream, _| say(stream, OK)).await;
    let url = format!("http://app.example:{}/", address.port());
    // 127.0.0.1 plays the public address and 127.0.0.2 the private one. Each connection asks once: there is no
    // second look-up between the check and the connection that could say something else.
    let names = Names::new(vec![
        vec!["127.0.0.1"],
        vec!["127.0.0.2"],
        vec!["127.0.0.2", "127.0.0.1"],
    ]);
    let transport = EndpointTransport::with_resolver(&loopback(), names).unwrap();
    let answer = transport.send(request(&url, PLENTY)).await.unwrap();
    assert_eq!(answer.status(), 200);
    let error = transport.send(request(&url, PLENTY)).await.unwrap_err();
    assert_eq!(error.reason, TransportFailure::RefusedAddress);
    // Of several addresses only those that may be called are tried.
    let answer = transport.send(request(&url, PLENTY)).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(connections.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_redirect_is_an_answer_wherever_it_points() {
    let (inside, reached) = server(|stream, _| say(stream, OK)).await;
    let (address, _) = server(move |stream, _| {
        say(
            stream,
            format!(
                "HTTP/1.1 307 Moved\r\nlocation: http://{inside}/\r\ncontent-length: 0\r\n\r\n"
            ),
        )
    })
    .await;
    let answer = send(&loopback(), &format!("http://{address}/"))
        .await
        .unwrap();
    assert_eq!(answer.status(), 307);
    assert_eq!(reached.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn an_endpoint_that_points_at_itself_is_called_once() {
    let (address, connections) = server(|stream, head| async move {
        let host = head
            .lines()
            .find_map(|line| line.strip_prefix("host: "))
            .unwrap_or("x")
            .to_owned();
        say(
            stream,
            format!("HTTP/1.1 308 Again\r\nlocation: http://{host}/\r\ncontent-length: 0\r\n\r\n"),
        )
        .await;
    })
    .await;
    let answer = send(&loopback(), &format!("http://{address}/"))
        .await
        .unwrap();
    assert_eq!(answer.status(), 308);
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_huge_or_endless_answer_counts_and_its_beginning_is_kept() {
    let (announced, _) = server(|mut stream, _| async move {
        let _ = stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999999\r\n\r\n")
            .await;
        while stream.write_all(&[b'x'; 1000]).await.is_ok() {}
    })
    .await;
    let (endless, _) = server(|mut stream, _| async move {
        let _ = stream
            .write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
            .await;
        while stream.write_all(b"5\r\nxxxxx\r\n").await.is_ok() {}
    })
    .await;
    for address in [announced, endless] {
        let answer = send(&loopback(), &format!("http://{address}/"))
            .await
            .unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.body().len(), KEPT_ANSWER_BYTES);
        assert!(answer.extensions().get::<AnswerCut>().is_some());
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_does_not_undo_the_status() {
    let (address, _) =
        server(|stream, _| say(stream, "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf")).await;
    let answer = send(&loopback(), &format!("http://{address}/"))
        .await
        .unwrap();
    assert_eq!(
        (answer.status().as_u16(), answer.body().as_ref()),
        (200, &b"half"[..])
    );
    assert!(answer.extensions().get::<AnswerCut>().is_some());
}

#[tokio::test]
async fn what_is_packed_stays_packed() {
    let (address, _) = server(|stream, _| {
        say(
            stream,
            "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\nbomb",
        )
    })
    .await;
    let answer = send(&loopback(), &format!("http://{address}/"))
        .await
        .unwrap();
    assert_eq!(answer.body().as_ref(), b"bomb");
}

#[tokio::test]
async fn silence_and_slow_headers_end_with_the_time_of_the_settings_and_of_the_call() {
    let (silent, _) = server(|stream, _| async move {
        let _kept_open = stream;
        std::future::pending::<()>().await;
    })
    .await;
    let (slow, _) = server(|mut stream, _| async move {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nx: ").await;
        let mut drip = tokio::time::interval(Duration::from_millis(10));
        loop {
            drip.tick().await;
            if stream.write_all(b"y").await.is_err() {
                return;
            }
        }
    })
    .await;
    for address in [silent, slow] {
        let url = format!("http://{address}/");
        let mut hasty = loopback();
        hasty.timeout = SHORT;
        for (settings, deadline) in [(hasty, PLENTY), (loopback(), SHORT)] {
            let transport = EndpointTransport::new(&settings).unwrap();
            let error = transport.send(request(&url, deadline)).await.unwrap_err();
            assert_eq!(error.reason, TransportFailure::Timeout);
            assert_eq!(error.sent, Sent::Unknown);
        }
    }
}

#[tokio::test]
async fn a_flood_of_headers_is_no_answer() {
    let (many, _) = server(|stream, _| {
        let headers = "x: y\r\n".repeat(65);
        say(stream, format!("HTTP/1.1 200 OK\r\n{headers}\r\n"))
    })
    .await;
    let (endless, _) = server(|mut stream, _| async move {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nx: ").await;
        while stream.write_all(&[b'y'; 1000]).await.is_ok() {}
    })
    .await;
    for address in [many, endless] {
        let error = send(&loopback(), &format!("http://{address}/"))
            .await
            .unwrap_err();
        assert_eq!(error.reason, TransportFailure::Broken);
    }
}

#[tokio::test]
async fn no_connection_and_no_tls_are_told_apart() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let closed = listener.local_addr().unwrap();
    drop(listener);
    let error = send(&loopback(), &format!("http://{closed}/"))
        .await
        .unwrap_err();
    assert_eq!(
        (error.reason, error.sent),
        (TransportFailure::Connect, Sent::No)
    );

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let plain = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read(&mut [0; 1000]).await;
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        std::future::pending::<()>().await;
    });
    let error = send(&loopback(), &format!("https://{plain}/"))
        .await
        .unwrap_err();
    assert_eq!(
        (error.reason, error.sent),
        (TransportFailure::Tls, Sent::No)
    );
}

#[tokio::test]
async fn plain_http_and_other_schemes_are_not_sent_unless_allowed() {
    let settings = EndpointHttpSettings::default();
    for url in ["http://app.example/", "ftp://app.example/", "/relative"] {
        let error = send(&settings, url).await.unwrap_err();
        assert!(
            matches!(error.reason, TransportFailure::Unsendable(_)),
            "{url}: {error}"
        );
        assert_eq!(error.sent, Sent::No);
    }
}

#[tokio::test]
async fn an_error_shows_nothing_of_the_endpoint() {
    let error = send(&loopback(), "http://10.1.2.3/ids/42?token=hush")
        .await
        .unwrap_err();
    let shown = format!("{error} {error:?}");
    for hidden in ["10.1.2.3", "ids", "42", "hush"] {
        assert!(!shown.contains(hidden), "{shown}");
    }
}
