//! The layer over a transport in memory, in time that moves only when nobody has anything to do.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, Request};
use idv_core::{Call, EarlierTryUnresolved, Repeat, Sent, Transport as _, TransportFailure};
use tokio::time::Instant;

use super::Retry;
use crate::scripted::{Act, Scripted};
use crate::{Jitter, RetryPolicy};

fn retry(acts: Vec<Act>) -> Retry<Scripted> {
    let policy = RetryPolicy {
        jitter: Jitter::None,
        ..RetryPolicy::default().with_hint_header(HeaderName::from_static("x-again"))
    };
    Retry::new(Scripted::new(acts), policy)
}

fn request(repeat: Repeat, deadline: Duration) -> Request<Bytes> {
    Request::post("https://vendor.example/things?name=Jane")
        .extension(Call {
            operation: "create_thing",
            repeat,
            deadline,
        })
        .body(Bytes::from_static(b"a=b"))
        .unwrap()
}

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_asked_for_again_with_the_same_request() {
    let retry = retry(vec![
        Act::Fail(Sent::Unknown, TransportFailure::Broken),
        Act::Answer(200, &[]),
    ]);
    let answer = retry.send(request(Repeat::Keyed, MINUTE)).await.unwrap();
    assert_eq!(answer.status(), 200);
    let seen = retry.inner.seen();
    assert_eq!(seen.len(), 2);
    assert!(seen.iter().all(|(call, body)| {
        body.as_ref() == b"a=b" && call.operation == "create_thing" && call.repeat == Repeat::Keyed
    }));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_acts_twice_is_sent_again_only_if_it_was_not_sent() {
    let first = retry(vec![
        Act::Fail(Sent::No, TransportFailure::Connect),
        Act::Fail(Sent::Unknown, TransportFailure::Timeout),
    ]);
    let error = first
        .send(request(Repeat::Never, MINUTE))
        .await
        .unwrap_err();
    assert_eq!(first.inner.tries(), 2);
    assert_eq!(error.sent, Sent::Unknown);

    let second = retry(vec![Act::Answer(503, &[])]);
    let answer = second.send(request(Repeat::Never, MINUTE)).await.unwrap();
    assert_eq!((answer.status().as_u16(), second.inner.tries()), (503, 1));
}

#[tokio::test(start_paused = true)]
async fn a_request_without_a_call_is_not_sent_again() {
    let retry = retry(vec![Act::Answer(500, &[])]);
    let bare = Request::get("https://vendor.example/")
        .body(Bytes::new())
        .unwrap();
    assert_eq!(retry.send(bare).await.unwrap().status(), 500);
}

#[tokio::test(start_paused = true)]
async fn tries_end_and_the_last_answer_is_handed_back() {
    let retry = retry(vec![
        Act::Answer(500, &[]),
        Act::Answer(502, &[]),
        Act::Answer(503, &[]),
    ]);
    let began = Instant::now();
    let answer = retry.send(request(Repeat::Safe, MINUTE)).await.unwrap();
    assert_eq!(answer.status(), 503);
    assert_eq!(began.elapsed(), Duration::from_millis(500 + 1000));
}

#[tokio::test(start_paused = true)]
async fn the_vendor_may_ask_for_a_longer_wait_but_not_for_a_shorter_one() {
    for (asked, waited_millis) in [("7", 7_000), ("0", 500)] {
        let headers: &'static [_] = if asked == "7" {
            &[("retry-after", "7")]
        } else {
            &[("retry-after", "0")]
        };
        let retry = retry(vec![Act::Answer(429, headers), Act::Answer(200, &[])]);
        let began = Instant::now();
        retry.send(request(Repeat::Safe, MINUTE)).await.unwrap();
        assert_eq!(
            began.elapsed(),
            Duration::from_millis(waited_millis),
            "{asked}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_beyond_the_deadline_is_not_begun() {
    let retry = retry(vec![Act::Answer(429, &[("retry-after", "60")])]);
    let began = Instant::now();
    let answer = retry.send(request(Repeat::Safe, MINUTE)).await.unwrap();
    assert_eq!(answer.status(), 429);
    assert_eq!(answer.headers()["retry-after"], "60");
    assert_eq!(began.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn one_deadline_covers_all_tries_and_waits() {
    let retry = retry(vec![
        Act::Fail(Sent::Unknown, TransportFailure::Broken),
        Act::Hang,
    ]);
    let began = Instant::now();
    let deadline = Duration::from_secs(10);
    let error = retry
        .send(request(Repeat::Safe, deadline))
        .await
        .unwrap_err();
    assert!(error.is_timeout());
    assert!(error.may_have_been_sent());
    assert!(began.elapsed() < deadline + Duration::from_millis(100));
    let seen = retry.inner.seen();
    assert_eq!(seen[1].0.deadline, deadline - Duration::from_millis(500));
}

#[tokio::test(start_paused = true)]
async fn the_hint_of_the_vendor_decides() {
    let refuse = retry(vec![Act::Answer(503, &[("x-again", "false")])]);
    refuse.send(request(Repeat::Safe, MINUTE)).await.unwrap();
    assert_eq!(refuse.inner.tries(), 1);

    let allow = retry(vec![
        Act::Answer(409, &[("x-again", "true")]),
        Act::Answer(200, &[]),
    ]);
    let answer = allow.send(request(Repeat::Keyed, MINUTE)).await.unwrap();
    assert_eq!(answer.status(), 200);
}

#[tokio::test(start_paused = true)]
async fn a_late_refusal_does_not_hide_that_an_earlier_try_may_have_acted() {
    let refused = retry(vec![
        Act::Fail(Sent::Unknown, TransportFailure::Timeout),
        Act::Answer(400, &[]),
    ]);
    let answer = refused.send(request(Repeat::Keyed, MINUTE)).await.unwrap();
    assert!(answer.extensions().get::<EarlierTryUnresolved>().is_some());

    let unreachable = retry(vec![
        Act::Answer(500, &[]),
        Act::Fail(Sent::No, TransportFailure::Connect),
        Act::Fail(Sent::No, TransportFailure::Connect),
    ]);
    let error = unreachable
        .send(request(Repeat::Keyed, MINUTE))
        .await
        .unwrap_err();
    assert_eq!(error.sent, Sent::Unknown);

    let never_reached = retry(vec![
        Act::Fail(Sent::No, TransportFailure::Connect),
        Act::Answer(400, &[]),
    ]);
    let answer = never_reached
        .send(request(Repeat::Keyed, MINUTE))
        .await
        .unwrap();
    assert!(answer.extensions().get::<EarlierTryUnresolved>().is_none());
}

#[tokio::test(start_paused = true)]
async fn a_file_is_asked_for_again_until_there_is_a_head() {
    let retry = retry(vec![
        Act::Fail(Sent::Unknown, TransportFailure::Broken),
        Act::Answer(503, &[]),
        Act::Answer(200, &[]),
    ]);
    let answer = retry.open(request(Repeat::Safe, MINUTE)).await.unwrap();
    assert_eq!((answer.status().as_u16(), retry.inner.tries()), (200, 3));
}
