//! Replay serves once, in the right order where asked, and explains what it cannot serve.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request};
use idv_core::{Call, Repeat, Sent, Transport, TransportError, TransportFailure};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::{Answer, Exchange, Exchanges, Injection, ReplayServer, ReplayTransport};
use crate::own_json;

fn exchange(request: &serde_json::Value, answer: &'static str) -> Exchange {
    Exchange {
        request: own_json::parse(request.to_string().as_bytes()).unwrap(),
        answer: Answer::new(200, answer),
    }
}

fn request(method: Method, uri: &str, body: &'static str) -> Request<Bytes> {
    Request::builder()
        .method(method)
        .uri(uri)
        .header("x-key", "k1")
        .extension(Call {
            operation: "op",
            repeat: Repeat::Keyed,
            deadline: Duration::from_secs(1),
        })
        .body(Bytes::from_static(body.as_bytes()))
        .unwrap()
}

fn get(uri: &str) -> Request<Bytes> {
    request(Method::GET, uri, "")
}

async fn body(replay: &ReplayTransport, request: Request<Bytes>) -> String {
    let answer = replay.send(request).await.unwrap();
    String::from_utf8(answer.body().to_vec()).unwrap()
}

fn miss(outcome: Result<http::Response<Bytes>, TransportError>) -> String {
    match outcome.unwrap_err() {
        TransportError {
            sent: Sent::No,
            reason: TransportFailure::NotRecorded(miss),
        } => miss,
        other => panic!("not a miss: {other}"),
    }
}

#[tokio::test]
async fn each_exchange_is_used_once_in_any_order() {
    let replay = ReplayTransport::new(Exchanges::of(
        "two",
        vec![
            exchange(&json!({ "path": "/a" }), "first a"),
            exchange(&json!({ "path": "/a", "query": { "page": "2" } }), "page 2"),
            exchange(&json!({ "path": "/b" }), "b"),
        ],
    ));
    assert_eq!(body(&replay, get("https://v.example/b")).await, "b");
    assert_eq!(
        body(&replay, get("https://v.example/a?page=2&x=y")).await,
        "first a"
    );
    assert_eq!(
        body(&replay, get("https://v.example/a?page=2")).await,
        "page 2"
    );
    replay.assert_used_up();
    let again = miss(replay.send(get("https://v.example/a")).await);
    assert_eq!(
        again,
        "two: asked for GET https://v.example/a, and all 3 exchanges are used up"
    );
    assert_eq!(replay.asked().len(), 4);
    assert_eq!(replay.misses(), [again]);
}

#[tokio::test]
async fn a_miss_says_what_the_nearest_exchange_wanted() {
    let replay = ReplayTransport::new(Exchanges::of(
        "start",
        vec![
            exchange(&json!({ "method": "GET", "path": "/other" }), ""),
            exchange(
                &json!({
                    "method": "POST",
                    "path": "/v1/checks",
                    "form": { "a[b]": "v w", "gone": null },
                    "headers": { "X-Key": "k2", "x-none": null },
                }),
                "",
            ),
        ],
    ));
    let sent = request(
        Method::POST,
        "https://v.example/v1/checks",
        "a%5Bb%5D=v+x&gone=1",
    );
    assert_eq!(
        miss(replay.send(sent).await),
        "start: asked for POST https://v.example/v1/checks; the nearest exchange left is number 1, \
         but method: expected GET; path: expected /other"
    );
    let sent = request(Method::POST, "https://v.example/v1/checks", "a[b]=v+w");
    let miss = miss(replay.send(sent).await);
    assert!(
        miss.ends_with(r#"is number 2, but header X-Key: expected "k2", found "k1""#),
        "{miss}"
    );
}

#[tokio::test]
async fn a_json_body_is_compared_as_a_subset() {
    let wanted = json!({ "json": { "a": { "b": [1] } } });
    let replay = ReplayTransport::new(Exchanges::of("j", vec![exchange(&wanted, "yes")]));
    let sent = |body| request(Method::POST, "https://v.example/", body);
    assert!(
        miss(replay.send(sent(r#"{"a":{"b":[2],"c":1}}"#)).await)
            .ends_with("json/a/b: expected [1], found [2]")
    );
    assert!(miss(replay.send(sent("a=b")).await).ends_with("the body is no JSON"));
    assert_eq!(
        body(&replay, sent(r#"{"a":{"b":[1],"c":1},"d":2}"#)).await,
        "yes"
    );
}

#[tokio::test]
async fn in_order_means_in_order() {
    let mut exchanges = Exchanges::of(
        "ordered",
        vec![
            exchange(&json!({ "path": "/a" }), "a"),
            exchange(&json!({ "path": "/b" }), "b"),
        ],
    );
    exchanges.in_order = true;
    let replay = ReplayTransport::new(exchanges);
    assert!(
        miss(replay.send(get("https://v.example/b")).await)
            .contains("number 1, but path: expected /a")
    );
    assert_eq!(body(&replay, get("https://v.example/a")).await, "a");
    assert_eq!(body(&replay, get("https://v.example/b")).await, "b");
}

#[tokio::test]
async fn what_is_made_is_not_there_before() {
    let replay = ReplayTransport::new(Exchanges::of(
        "made",
        vec![
            exchange(&json!({ "path": "/a", "after": "POST /a" }), "[it]"),
            exchange(&json!({ "path": "/a", "method": "GET" }), "[]"),
            exchange(&json!({ "path": "/a", "method": "POST" }), "it"),
        ],
    ));
    assert_eq!(body(&replay, get("https://v.example/a")).await, "[]");
    assert!(miss(replay.send(get("https://v.example/a")).await).contains("number 3"));
    let post = request(Method::POST, "https://v.example/a", "");
    assert_eq!(body(&replay, post).await, "it");
    assert_eq!(body(&replay, get("https://v.example/a")).await, "[it]");
}

#[tokio::test]
async fn a_vendor_that_knows_keys_repeats_its_answer_to_the_same_bytes_only() {
    let one = || Exchanges::of("one", vec![exchange(&json!({ "path": "/a" }), "made")]);
    let sent = |body| request(Method::POST, "https://v.example/a", body);

    let knows = ReplayTransport::of_a_vendor_that_knows_keys(one());
    assert_eq!(body(&knows, sent("x=1")).await, "made");
    assert_eq!(body(&knows, sent("x=1")).await, "made");
    assert!(miss(knows.send(sent("x=2")).await).contains("used up"));

    let forgets = ReplayTransport::new(one());
    assert_eq!(body(&forgets, sent("x=1")).await, "made");
    assert!(miss(forgets.send(sent("x=1")).await).contains("used up"));
}

#[tokio::test]
async fn an_injected_failure_hits_one_request_with_or_without_effect() {
    let replay = ReplayTransport::new(Exchanges::of(
        "two",
        vec![
            exchange(&json!({ "path": "/a" }), "a"),
            exchange(&json!({ "path": "/b" }), "b"),
        ],
    ));
    replay.inject(1, Injection::NotSent(TransportFailure::Connect));
    replay.inject(3, Injection::AnswerLost(TransportFailure::Timeout));
    replay.inject(4, Injection::Instead(Answer::new(503, "")));

    let error = replay.send(get("https://v.example/a")).await.unwrap_err();
    assert_eq!(error.sent, Sent::No);
    assert_eq!(body(&replay, get("https://v.example/a")).await, "a");
    let error = replay.send(get("https://v.example/b")).await.unwrap_err();
    assert_eq!(error.sent, Sent::Unknown);
    replay.assert_used_up();
    let answer = replay.send(get("https://v.example/b")).await.unwrap();
    assert_eq!(answer.status(), 503);
}

#[test]
#[should_panic(expected = "start: exchange number 1 (POST /a) was not asked for")]
fn an_exchange_nobody_asked_for_is_named() {
    let one = vec![exchange(&json!({ "method": "POST", "path": "/a" }), "")];
    ReplayTransport::new(Exchanges::of("start", one)).assert_used_up();
}

async fn over_the_wire(address: &str, request: &str) -> String {
    let host = address.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn the_same_exchanges_are_served_over_a_socket() {
    let one = vec![exchange(
        &json!({ "method": "POST", "path": "/a", "query": { "q": "1" }, "form": { "b": "c d" } }),
        "made",
    )];
    let server = ReplayServer::start(Exchanges::of("one", one)).await;
    let request =
        "POST /a?q=1 HTTP/1.1\r\nhost: v\r\nconnection: close\r\ncontent-length: 5\r\n\r\nb=c+d";
    let answer = over_the_wire(&server.base_url(), request).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.ends_with("made"), "{answer}");
    server.assert_used_up();

    let again = over_the_wire(&server.base_url(), request).await;
    assert!(again.starts_with("HTTP/1.1 599"), "{again}");
    assert!(again.ends_with("all 1 exchanges are used up"), "{again}");
}
