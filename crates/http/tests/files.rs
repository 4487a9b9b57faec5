//! Files that come piece by piece, from servers on the loopback that behave well and badly.
#![cfg(test)]

use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use idv_core::{
    BodyStream, Call, HandedOut, Repeat, Sent, Transport, TransportError, TransportFailure,
};
use idv_http::{HttpSettings, HttpTransport, NameResolver};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// A server that hands each connection, after the request's head has been read, to `behave`, and counts them.
async fn server<F, Fut>(mut behave: F) -> (String, Arc<AtomicUsize>)
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
    (format!("http://{address}"), count)
}

async fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).await.unwrap_or(0) == 1 {
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap().to_ascii_lowercase()
}

async fn say(mut stream: TcpStream, text: impl AsRef<[u8]>) {
    // The other side may have hung up already; that is its right.
    let _ = stream.write_all(text.as_ref()).await;
    let _ = stream.shutdown().await;
}

const PLENTY: Duration = Duration::from_secs(20);
const SHORT: Duration = Duration::from_millis(150);

fn settings() -> HttpSettings {
    let mut settings = HttpSettings::default();
    settings.proxy_from_environment = false;
    // What is opened is not held to it.
    settings.max_response_bytes = 4;
    settings
}

fn get(address: &str, deadline: Duration) -> Request<Bytes> {
    Request::get(address)
        .header("authorization", "Bearer secret")
        .header("cookie", "a=b")
        .extension(Call {
            operation: "download",
            repeat: Repeat::Safe,
            deadline,
        })
        .body(Bytes::new())
        .unwrap()
}

fn handed_out(address: &str) -> Request<Bytes> {
    let mut request = get(address, PLENTY);
    request.extensions_mut().insert(HandedOut);
    request
}

async fn open(request: Request<Bytes>) -> Result<Response<BodyStream>, TransportError> {
    HttpTransport::new(&settings()).unwrap().open(request).await
}

/// What came of a body: its bytes up to the end or the failure.
async fn read(answer: Response<BodyStream>) -> (Vec<u8>, Option<TransportFailure>) {
    let mut body = answer.into_body();
    let mut whole = Vec::new();
    while let Some(piece) = body.next_piece().await {
        match piece {
            Ok(piece) => whole.extend_from_slice(&piece),
            Err(error) => {
                assert_eq!(error.sent, Sent::Unknown);
                let after = body.next_piece().await;
                assert!(after.is_none(), "after a failure nothing comes");
                return (whole, Some(error.reason));
            }
        }
    }
    (whole, None)
}

#[tokio::test]
async fn a_file_comes_with_its_head_and_unpacked_whatever_its_size() {
    let (address, _) = server(|stream, head| async move {
        assert!(head.starts_with("get /file http/1.1\r\n"), "{head}");
        assert!(head.contains("accept-encoding: identity\r\n"), "{head}");
        assert!(head.contains("authorization: bearer secret\r\n"), "{head}");
        let file =
            "HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-length: 9\r\n\r\n123456789";
        say(stream, file).await;
    })
    .await;
    let answer = open(get(&format!("{address}/file"), PLENTY)).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "image/png");
    assert_eq!(answer.headers()["content-length"], "9");
    assert_eq!(read(answer).await, (b"123456789".to_vec(), None));
}

#[tokio::test]
async fn a_file_shorter_than_announced_ends_with_a_failure() {
    let (address, _) = server(|stream, _| async move {
        say(stream, "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf").await;
    })
    .await;
    let answer = open(get(&address, PLENTY)).await.unwrap();
    let (bytes, failure) = read(answer).await;
    assert_eq!(failure, Some(TransportFailure::Broken));
    assert!(b"half".starts_with(&bytes));
}

#[tokio::test]
async fn what_is_sent_behind_the_announced_length_is_part_of_no_answer() {
    // HTTP/1.1 ends the answer at the announced length. What comes behind it must not pass for the next answer.
    let (address, connections) = server(|stream, _| async move {
        let first = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nfile";
        let behind = "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nforged";
        let mut stream = stream;
        let _ = stream
            .write_all(format!("{first}{behind}").as_bytes())
            .await;
        let _ = stream.read(&mut [0; 1000]).await;
    })
    .await;
    let transport = HttpTransport::new(&settings()).unwrap();
    for count in 1..=2 {
        let answer = transport.open(get(&address, PLENTY)).await.unwrap();
        assert_eq!(read(answer).await, (b"file".to_vec(), None));
        assert_eq!(connections.load(Ordering::SeqCst), count);
    }
}

#[tokio::test]
async fn a_file_without_an_announced_length_must_end_as_its_form_says() {
    let (address, _) = server(|stream, head| async move {
        let end = if head.starts_with("get /whole") {
            "0\r\n\r\n"
        } else {
            ""
        };
        let file = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nfile\r\n";
        say(stream, format!("{file}{end}")).await;
    })
    .await;
    let whole = open(get(&format!("{address}/whole"), PLENTY)).await;
    assert_eq!(read(whole.unwrap()).await, (b"file".to_vec(), None));
    let cut = open(get(&format!("{address}/cut"), PLENTY)).await;
    assert_eq!(read(cut.unwrap()).await.1, Some(TransportFailure::Broken));
}

#[tokio::test]
async fn silence_before_the_head_ends_with_the_deadline() {
    let (address, _) = server(|stream, _| async move {
        let _kept_open = stream;
        std::future::pending::<()>().await;
    })
    .await;
    let error = open(get(&address, SHORT)).await.unwrap_err();
    assert_eq!(error.reason, TransportFailure::Timeout);
    assert_eq!(error.sent, Sent::Unknown);
}

#[tokio::test]
async fn silence_after_the_head_ends_with_the_read_timeout_and_not_with_the_deadline() {
    let (address, _) = server(|mut stream, _| async move {
        let begun = "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf";
        let _ = stream.write_all(begun.as_bytes()).await;
        std::future::pending::<()>().await;
    })
    .await;
    let mut settings = settings();
    settings.read_timeout = SHORT;
    let transport = HttpTransport::new(&settings).unwrap();
    let answer = transport.open(get(&address, PLENTY)).await.unwrap();
    assert_eq!(
        read(answer).await,
        (b"half".to_vec(), Some(TransportFailure::Timeout))
    );
}

#[tokio::test]
async fn a_file_may_take_longer_than_the_deadline_which_is_for_the_head() {
    let deadline = Duration::from_millis(500);
    let (address, _) = server(|mut stream, _| async move {
        let head = "HTTP/1.1 200 OK\r\ncontent-length: 60\r\n\r\n";
        let _ = stream.write_all(head.as_bytes()).await;
        let mut drip = tokio::time::interval(Duration::from_millis(10));
        for _ in 0..60 {
            drip.tick().await;
            let _ = stream.write_all(b".").await;
        }
    })
    .await;
    let answer = open(get(&address, deadline)).await.unwrap();
    assert_eq!(read(answer).await, (vec![b'.'; 60], None));
}

/// What the sockets of this machine and the client may hold between the two sides. The file is many times as large.
const MOST_IN_FLIGHT: usize = 24 << 20;
const HUGE: usize = 128 << 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_huge_file_only_what_is_under_way_is_held() {
    let written = Arc::new(AtomicUsize::new(0));
    let blocked = Arc::new(Notify::new());
    let (count, is_blocked) = (Arc::clone(&written), Arc::clone(&blocked));
    let (address, _) = server(move |mut stream, _| {
        let (count, is_blocked) = (Arc::clone(&count), Arc::clone(&is_blocked));
        async move {
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {HUGE}\r\n\r\n");
            stream.write_all(head.as_bytes()).await.unwrap();
            let piece = vec![b'x'; 1 << 16];
            while count.load(Ordering::SeqCst) < HUGE {
                let room = HUGE - count.load(Ordering::SeqCst);
                match stream.try_write(&piece[..room.min(piece.len())]) {
                    Ok(bytes) => {
                        count.fetch_add(bytes, Ordering::SeqCst);
                    }
                    Err(_) => {
                        is_blocked.notify_one();
                        stream.writable().await.unwrap();
                    }
                }
            }
            is_blocked.notify_one();
            let _ = stream.shutdown().await;
        }
    })
    .await;
    let mut body = open(get(&address, PLENTY)).await.unwrap().into_body();
    let (mut read, mut most) = (0, 0);
    let mut is_first = true;
    while let Some(piece) = body.next_piece().await {
        let piece = piece.unwrap();
        read += piece.len();
        if is_first {
            // The reader is slow: the writer has filled all there is to fill.
            blocked.notified().await;
            is_first = false;
        }
        most = most.max(written.load(Ordering::SeqCst).saturating_sub(read));
        assert!(piece.len() < 1 << 20, "a piece of {}", piece.len());
    }
    assert_eq!(read, HUGE);
    assert!(most < MOST_IN_FLIGHT, "{most} bytes were held");
}

#[tokio::test]
async fn a_redirection_is_handed_back_and_not_followed() {
    let (address, connections) = server(|stream, head| async move {
        assert!(head.starts_with("get / "), "followed: {head}");
        let answer = "HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n";
        say(stream, answer).await;
    })
    .await;
    for request in [get(&address, PLENTY), handed_out(&address)] {
        let answer = open(request).await.unwrap();
        assert_eq!(answer.status(), 302);
        assert_eq!(answer.headers()["location"], "/elsewhere");
    }
    assert_eq!(connections.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn what_was_handed_out_is_asked_for_with_nothing_that_says_who_asks() {
    let (address, _) = server(|stream, head| async move {
        assert!(head.starts_with("get /f?sig=1 http/1.1\r\n"), "{head}");
        for unwanted in ["authorization", "cookie", "secret"] {
            assert!(!head.contains(unwanted), "{head}");
        }
        say(stream, "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nfile").await;
    })
    .await;
    let answer = open(handed_out(&format!("{address}/f?sig=1"))).await;
    assert_eq!(read(answer.unwrap()).await, (b"file".to_vec(), None));
}

/// Every name is at this machine.
#[derive(Debug, Default)]
struct EverybodyIsHere(Mutex<Vec<String>>);

#[async_trait]
impl NameResolver for EverybodyIsHere {
    async fn addresses(&self, name: &str) -> std::io::Result<Vec<IpAddr>> {
        self.0.lock().unwrap().push(name.to_owned());
        Ok(vec![
            "127.0.0.1".parse().unwrap(),
            "10.0.0.1".parse().unwrap(),
        ])
    }
}

#[tokio::test]
async fn what_was_handed_out_leads_to_public_addresses_only() {
    let (address, connections) = server(|stream, _| say(stream, "HTTP/1.1 200 OK\r\n\r\n")).await;
    let port = address.rsplit(':').next().unwrap();
    let names = Arc::new(EverybodyIsHere::default());
    let asked: Arc<dyn NameResolver> = names.clone();
    let transport = HttpTransport::with_resolver(&settings(), &asked).unwrap();
    for bad in [
        format!("https://files.example.org:{port}/f"),
        format!("https://localhost.example.org:{port}/f"),
        format!("https://files.localhost:{port}/f"),
        format!("http://files.example.org:{port}/f"),
        format!("https://10.0.0.1:{port}/f"),
        format!("https://0x0a000001:{port}/f"),
        format!("https://169.254.169.254:{port}/f"),
        format!("https://[::ffff:10.0.0.1]:{port}/f"),
        format!("https://[fd00::1]:{port}/f"),
        format!("https://u:p@files.example.org:{port}/f"),
    ] {
        let error = transport.open(handed_out(&bad)).await.unwrap_err();
        assert_eq!(error.reason, TransportFailure::RefusedAddress, "{bad}");
        assert_eq!(error.sent, Sent::No, "{bad}");
    }
    assert_eq!(connections.load(Ordering::SeqCst), 0);
    let asked = names.0.lock().unwrap().clone();
    assert!(asked.contains(&"files.example.org".to_owned()), "{asked:?}");

    // Beside a simulator the address itself names this machine.
    let here = format!("http://localhost:{port}/f");
    let answer = transport.open(handed_out(&here)).await.unwrap();
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn what_was_handed_out_is_not_read_as_a_whole() {
    let transport = HttpTransport::new(&settings()).unwrap();
    let error = transport.send(handed_out("https://files.example.org/f"));
    let reason = error.await.unwrap_err().reason;
    assert!(
        matches!(reason, TransportFailure::Unsendable(_)),
        "{reason}"
    );
}
