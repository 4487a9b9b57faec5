//! What a call leaves in the log at the finest level.
#![cfg(test)]

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use idv_core::{Call, HandedOut, Repeat, Transport};
use idv_http::{HttpSettings, HttpTransport, Retry, RetryPolicy};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

/// Answers 503 once and 200 from then on.
async fn server() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        for answer in ["503 Service Unavailable", "200 OK"] {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let text = format!(
                "HTTP/1.1 {answer}\r\nx-answer: HeaderMark\r\nconnection: close\r\ncontent-length: 10\r\n\r\nAnswerMark"
            );
            stream.write_all(text.as_bytes()).await.unwrap();
        }
    });
    port
}

/// The only test of this file: it listens to everything the process logs.
#[tokio::test]
async fn the_log_names_the_operation_and_shows_nothing_of_the_request_or_the_answer() {
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::CLOSE)
        .with_writer(move || writer.clone())
        .init();

    let mut settings = HttpSettings::default();
    settings.proxy_from_environment = false;
    let mut policy = RetryPolicy::default();
    policy.base_wait = Duration::from_millis(1);
    let transport = Retry::new(HttpTransport::new(&settings).unwrap(), policy);
    let address = format!(
        "http://127.0.0.1:{}/PathMark?name=QueryMark",
        server().await
    );
    let request = Request::post(address)
        .header("authorization", "Bearer KeyMark")
        .extension(Call {
            operation: "create_thing",
            repeat: Repeat::Keyed,
            deadline: Duration::from_secs(20),
        })
        .body(Bytes::from_static(b"person=BodyMark"))
        .unwrap();
    let answer = transport.send(request).await.unwrap();
    assert_eq!(answer.body().as_ref(), b"AnswerMark");

    // An address that was handed out is a secret as a whole.
    let link = format!("http://localhost:{}/PathMark?sig=QueryMark", server().await);
    let request = Request::get(link)
        .extension(HandedOut)
        .extension(Call {
            operation: "download",
            repeat: Repeat::Safe,
            deadline: Duration::from_secs(20),
        })
        .body(Bytes::new())
        .unwrap();
    let mut file = transport.open(request).await.unwrap().into_body();
    assert_eq!(file.next_piece().await.unwrap().unwrap(), "AnswerMark");
    assert!(file.next_piece().await.is_none());

    let text = log.text();
    for shown in [
        "operation=\"create_thing\"",
        "operation=\"download\"",
        "host=\"127.0.0.1\"",
        "tries=2",
        "status=200",
        "status=503",
        "elapsed_ms=",
    ] {
        assert!(text.contains(shown), "{shown} is missing:\n{text}");
    }
    for hidden in [
        "PathMark",
        "QueryMark",
        "KeyMark",
        "BodyMark",
        "HeaderMark",
        "AnswerMark",
    ] {
        assert!(!text.contains(hidden), "{hidden} is shown:\n{text}");
    }
    assert!(!text.contains("host=\"localhost\""), "{text}");
}
