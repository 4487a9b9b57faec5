//! The layer over a transport in memory.

use std::time::Duration;

use idv_core::{
    AccountHealth as _, AccountId, Call, Circuit, Clock as _, Repeat, SystemClock, Timestamp,
};

use super::*;
use crate::scripted::{Act, Scripted};
use crate::watch::pretended::TestClock;
use crate::{Jitter, Retry, RetryPolicy};

const MINUTE: Duration = Duration::from_secs(60);

fn request(repeat: Repeat) -> Request<Bytes> {
    Request::post("https://vendor.example/things")
        .extension(Call {
            operation: "create_thing",
            repeat,
            deadline: MINUTE,
        })
        .body(Bytes::new())
        .unwrap()
}

fn watch(clock: Arc<TestClock>) -> Arc<VendorWatch> {
    let policy = BreakerPolicy {
        failures_to_open: 2,
        jitter: Jitter::None,
        ..BreakerPolicy::default()
    };
    Arc::new(VendorWatch::new(
        AccountId::new("acme"),
        clock,
        policy,
        1000,
    ))
}

fn timed_out() -> Act {
    Act::Fail(Sent::Unknown, TransportFailure::Timeout)
}

#[tokio::test(start_paused = true)]
async fn while_it_is_open_no_call_reaches_the_vendor_and_one_finds_out_when_it_is_back() {
    let clock = TestClock::new();
    let watch = watch(clock.clone());
    let acts = vec![timed_out(), Act::Answer(503, &[]), Act::Answer(200, &[])];
    let breaker = Breaker::new(Scripted::new(acts), Arc::clone(&watch));
    for _ in 0..2 {
        let _ = breaker.send(request(Repeat::Safe)).await;
    }
    let snapshot = watch.snapshot();
    assert_eq!(snapshot.circuit, Circuit::Open);
    assert_eq!(snapshot.failures_in_a_row, 2);
    assert_eq!(snapshot.last_failure.unwrap().reason, "answered_5xx");
    let until = watch.open_until().unwrap();
    assert_eq!(Some(until), snapshot.open_until);

    let error = breaker.send(request(Repeat::Safe)).await.unwrap_err();
    assert_eq!(error.sent, Sent::No);
    let retry_after = until.since(clock.now());
    assert_eq!(error.reason, TransportFailure::CircuitOpen { retry_after });
    assert_eq!(breaker.inner.tries(), 2, "the vendor was left alone");

    clock.advance(retry_after);
    assert_eq!(watch.snapshot().circuit, Circuit::HalfOpen);
    assert_eq!(watch.open_until(), None);
    breaker.send(request(Repeat::Safe)).await.unwrap();
    let snapshot = watch.snapshot();
    assert_eq!(
        (snapshot.circuit, snapshot.open_since),
        (Circuit::Closed, None)
    );
    assert_eq!(snapshot.last_success_at, Some(clock.now()));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_an_answer_and_does_not_open_it() {
    let watch = watch(TestClock::new());
    let acts = [429, 401, 429, 404].map(|status| Act::Answer(status, &[]));
    let breaker = Breaker::new(Scripted::new(acts.into()), Arc::clone(&watch));
    for _ in 0..4 {
        breaker.send(request(Repeat::Safe)).await.unwrap();
    }
    let snapshot = watch.snapshot();
    assert_eq!(
        (snapshot.circuit, snapshot.failures_in_a_row),
        (Circuit::Closed, 0)
    );
}

#[tokio::test(start_paused = true)]
async fn what_we_did_ourselves_says_nothing_about_the_vendor() {
    let watch = watch(TestClock::new());
    let retry_after = MINUTE;
    let acts = vec![
        Act::Fail(Sent::No, TransportFailure::HeldBack { retry_after }),
        Act::Fail(Sent::No, TransportFailure::Unsendable("why")),
        Act::Fail(Sent::No, TransportFailure::HeldBack { retry_after }),
    ];
    let breaker = Breaker::new(Scripted::new(acts), Arc::clone(&watch));
    for _ in 0..3 {
        breaker.send(request(Repeat::Safe)).await.unwrap_err();
    }
    assert_eq!(watch.snapshot().failures_in_a_row, 0);
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_nobody_waits_for_any_more_makes_room_for_the_next() {
    let clock = TestClock::new();
    let watch = watch(clock.clone());
    let acts = vec![timed_out(), timed_out(), Act::Hang, Act::Answer(200, &[])];
    let breaker = Breaker::new(Scripted::new(acts), Arc::clone(&watch));
    for _ in 0..2 {
        let _ = breaker.send(request(Repeat::Safe)).await;
    }
    clock.advance(MINUTE);
    let mut probe = Box::pin(breaker.send(request(Repeat::Safe)));
    assert!(futures_poll(&mut probe).await.is_none());
    assert!(watch.open_until().is_some(), "one at a time");
    let error = breaker.send(request(Repeat::Safe)).await.unwrap_err();
    assert!(matches!(error.reason, TransportFailure::CircuitOpen { .. }));
    drop(probe);
    breaker.send(request(Repeat::Safe)).await.unwrap();
    assert_eq!(watch.snapshot().circuit, Circuit::Closed);
}

/// The outcome, if there is one at once.
async fn futures_poll<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
    tokio::time::timeout(Duration::from_millis(1), future)
        .await
        .ok()
}

#[tokio::test(start_paused = true)]
async fn an_open_circuit_ends_the_repetitions_and_keeps_what_is_not_known() {
    let watch = watch(TestClock::new());
    let acts = vec![timed_out(), timed_out()];
    let breaker = Breaker::new(Scripted::new(acts), Arc::clone(&watch));
    let retry = Retry::new(breaker, RetryPolicy::default());
    let error = retry.send(request(Repeat::Keyed)).await.unwrap_err();
    assert!(matches!(error.reason, TransportFailure::CircuitOpen { .. }));
    assert_eq!(
        error.sent,
        Sent::Unknown,
        "the first two may have been heard"
    );

    let began = tokio::time::Instant::now();
    let error = retry.send(request(Repeat::Keyed)).await.unwrap_err();
    assert_eq!(error.sent, Sent::No);
    assert_eq!(began.elapsed(), Duration::ZERO, "it fails at once");
}

#[tokio::test]
async fn nothing_is_known_of_an_account_at_first() {
    let clock = Arc::new(SystemClock);
    let policy = BreakerPolicy::default();
    let watch = VendorWatch::new(AccountId::new("acme"), clock, policy, 7);
    let snapshot = watch.snapshot();
    assert_eq!(snapshot.calls_per_sec, 7.0);
    assert_eq!(snapshot, idv_core::HealthSnapshot::unknown(7.0));
    assert_eq!(watch.open_until(), None::<Timestamp>);
}

#[tokio::test(start_paused = true)]
async fn what_was_handed_out_says_nothing_about_the_vendor_and_is_opened_whatever_its_state() {
    let clock = TestClock::new();
    let watch = watch(clock.clone());
    let acts = vec![
        Act::Answer(503, &[]),
        timed_out(),
        timed_out(),
        timed_out(),
        Act::Answer(200, &[]),
    ];
    let breaker = Breaker::new(Scripted::new(acts), Arc::clone(&watch));
    let handed_out = || {
        let mut request = request(Repeat::Safe);
        request.extensions_mut().insert(idv_core::HandedOut);
        request
    };
    for _ in 0..2 {
        let _ = breaker.open(handed_out()).await;
    }
    assert_eq!(watch.snapshot().failures_in_a_row, 0);
    for _ in 0..2 {
        let _ = breaker.open(request(Repeat::Safe)).await;
    }
    assert_eq!(watch.snapshot().circuit, Circuit::Open);
    let refused = breaker.open(request(Repeat::Safe)).await.unwrap_err();
    assert!(matches!(
        refused.reason,
        TransportFailure::CircuitOpen { .. }
    ));
    assert_eq!(breaker.open(handed_out()).await.unwrap().status(), 200);
}
