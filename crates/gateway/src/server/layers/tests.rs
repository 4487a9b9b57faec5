use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::routing::{get, post};
use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::Frame;
use serde_json::Value;
use tower::ServiceExt as _;

use super::*;

const LIMIT: Duration = Duration::from_millis(50);

/// A body that never says anything and never ends.
struct Endless;

impl hyper::body::Body for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Pending
    }
}

fn app() -> Router {
    let routes = Router::new()
        .route("/fine", get(async || "fine"))
        .route("/only-post", post(async || ()))
        .route(
            "/panic",
            get(async || -> &'static str { panic!("Jane Doe") }),
        )
        .route("/endless", get(async || Body::new(Endless)))
        .route("/stuck", get(async || std::future::pending::<()>().await))
        .route(
            "/id",
            get(async |request: Request| {
                request
                    .extensions()
                    .get::<HttpRequestId>()
                    .unwrap()
                    .as_str()
                    .to_owned()
            }),
        )
        .fallback(async || Problem::from(Kind::NotFound))
        .method_not_allowed_fallback(async || Problem::from(Kind::MethodNotAllowed));
    around(routes, LIMIT)
}

async fn ask(path: &str, request_id: Option<&str>) -> (http::response::Parts, String) {
    let mut request = Request::builder().uri(path);
    if let Some(id) = request_id {
        request = request.header("x-request-id", id);
    }
    let response = app()
        .oneshot(request.body(Body::empty()).unwrap())
        .await
        .unwrap();
    let (parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, 10_000).await.unwrap();
    (parts, String::from_utf8(bytes.to_vec()).unwrap())
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[tokio::test]
async fn a_plain_request_id_is_echoed_and_another_one_is_replaced() {
    let (parts, body) = ask("/id", Some("abc-1.2_3")).await;
    assert_eq!(
        (&parts.headers["x-request-id"], body.as_str()),
        (&"abc-1.2_3".parse().unwrap(), "abc-1.2_3")
    );
    for odd in ["", "a b", "a\tb", "<script>", &"x".repeat(129)] {
        let (parts, body) = ask("/id", Some(odd)).await;
        assert_eq!(parts.headers["x-request-id"], body.as_str());
        assert_eq!(body.len(), 32, "{odd:?} became {body:?}");
    }
}

#[tokio::test]
async fn nothing_is_cached_and_no_type_is_guessed() {
    let (parts, _) = ask("/fine", None).await;
    assert_eq!(parts.headers["cache-control"], "no-store");
    assert_eq!(parts.headers["x-content-type-options"], "nosniff");
}

#[tokio::test]
async fn a_panic_is_a_500_that_says_nothing_of_it() {
    let (parts, body) = ask("/panic", Some("r1")).await;
    assert_eq!(parts.status, 500);
    assert!(!body.contains("Jane"), "{body}");
    let body = json(&body);
    assert_eq!(body["code"], "internal");
    assert_eq!(body["instance"], "urn:idv-gateway:request:r1");
    assert!(body.get("detail").is_none());
}

#[tokio::test]
async fn what_takes_too_long_is_a_503_to_be_tried_again() {
    let (parts, body) = ask("/stuck", None).await;
    assert_eq!(parts.status, 503);
    assert_eq!(parts.headers["retry-after"], "1");
    assert_eq!(json(&body)["code"], "timeout");
}

#[tokio::test]
async fn an_answer_that_goes_on_is_not_cut_off_once_it_has_begun() {
    let request = Request::get("/endless").body(Body::empty()).unwrap();
    let response = app().oneshot(request).await.unwrap();
    assert_eq!(response.status(), 200);
    let mut body = response.into_body();
    // Longer than a request may take to be answered.
    let nothing = tokio::time::timeout(2 * LIMIT, body.frame()).await;
    assert!(nothing.is_err(), "it still goes on");
}

#[tokio::test]
async fn unknown_paths_and_methods_are_problems_too() {
    let (parts, body) = ask("/nowhere", None).await;
    assert_eq!(
        (parts.status.as_u16(), json(&body)["code"].as_str()),
        (404, Some("not_found"))
    );
    let (parts, body) = ask("/only-post", None).await;
    assert_eq!(
        (parts.status.as_u16(), json(&body)["code"].as_str()),
        (405, Some("method_not_allowed"))
    );
    assert_eq!(parts.headers["allow"], "POST");
    assert_eq!(parts.headers["content-type"], "application/problem+json");
}
