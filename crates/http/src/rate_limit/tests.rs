//! The layer over a transport in memory, in time that moves only when nobody has anything to do.

use idv_core::{AccountHealth as _, AccountId, Repeat};

use super::*;
use crate::breaker::BreakerPolicy;
use crate::scripted::{Act, Scripted};
use crate::watch::pretended::TestClock;

fn watch(calls_per_sec: u32) -> Arc<VendorWatch> {
    let clock = TestClock::of_tokio();
    let policy = BreakerPolicy::default();
    let account = AccountId::new("acme");
    Arc::new(VendorWatch::new(account, clock, policy, calls_per_sec))
}

fn answers(count: usize) -> Scripted {
    Scripted::new((0..count).map(|_| Act::Answer(200, &[])).collect())
}

fn request(deadline: Duration) -> Request<Bytes> {
    Request::get("https://vendor.example/")
        .extension(Call {
            operation: "get_thing",
            repeat: Repeat::Safe,
            deadline,
        })
        .body(Bytes::new())
        .unwrap()
}

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test(start_paused = true)]
async fn calls_wait_for_their_turn_and_have_less_time_for_it() {
    let limit = RateLimit::new(answers(5), watch(4));
    let began = Instant::now();
    for _ in 0..5 {
        limit.send(request(MINUTE)).await.unwrap();
    }
    assert_eq!(began.elapsed().as_millis(), 1000);
    let second = limit.inner.calls()[1];
    assert_eq!(second.deadline, MINUTE - Duration::from_millis(250));
}

#[tokio::test(start_paused = true)]
async fn a_call_whose_turn_is_far_away_fails_at_once_and_takes_no_turn() {
    let watch = watch(1);
    let limit = Arc::new(RateLimit::new(answers(10), Arc::clone(&watch)));
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let limit = Arc::clone(&limit);
        calls.spawn(async move { (limit.send(request(MINUTE)).await, Instant::now()) });
    }
    let began = Instant::now();
    let mut made = 0;
    let mut held_back = 0;
    while let Some(done) = calls.join_next().await {
        match done.unwrap() {
            (Ok(_), _) => made += 1,
            (Err(error), at) => {
                assert_eq!(at, began, "it does not wait first");
                assert_eq!(error.sent, Sent::No);
                let reason = TransportFailure::HeldBack {
                    retry_after: Duration::from_secs(6),
                };
                assert_eq!(error.reason, reason);
                held_back += 1;
            }
        }
    }
    // One at once, five that wait for up to five seconds.
    assert_eq!((made, held_back), (6, 2));
    assert_eq!(watch.snapshot().calls_held_back, 2);
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_longer_than_half_of_the_deadline() {
    let limit = RateLimit::new(answers(2), watch(1));
    limit.send(request(MINUTE)).await.unwrap();
    let error = limit.send(request(Duration::from_secs(1))).await;
    let error = error.unwrap_err();
    assert!(matches!(error.reason, TransportFailure::HeldBack { .. }));
}

#[tokio::test(start_paused = true)]
async fn a_pause_the_vendor_asks_for_holds_back_everything() {
    let watch = watch(100);
    let acts = vec![
        Act::Answer(429, &[("retry-after", "30")]),
        Act::Answer(200, &[]),
    ];
    let limit = RateLimit::new(Scripted::new(acts), Arc::clone(&watch));
    assert_eq!(limit.send(request(MINUTE)).await.unwrap().status(), 429);
    let until = watch.snapshot().held_back_until;
    assert_eq!(until, watch.open_until());
    assert!(until.is_some());

    let error = limit.send(request(MINUTE)).await.unwrap_err();
    let retry_after = Duration::from_secs(30);
    assert_eq!(error.reason, TransportFailure::HeldBack { retry_after });
    tokio::time::advance(retry_after).await;
    limit.send(request(MINUTE)).await.unwrap();
    assert_eq!(watch.snapshot().held_back_until, None);
}

#[tokio::test(start_paused = true)]
async fn a_pause_that_begins_while_a_call_waits_counts_for_it_too() {
    let watch = watch(1);
    let limit = Arc::new(RateLimit::new(answers(2), Arc::clone(&watch)));
    limit.send(request(MINUTE)).await.unwrap();
    let waiting = Arc::clone(&limit);
    let waiting = tokio::spawn(async move { waiting.send(request(MINUTE)).await });
    tokio::time::advance(Duration::from_millis(500)).await;
    watch.hold_back(Duration::from_secs(30));
    let error = waiting.await.unwrap().unwrap_err();
    assert!(matches!(error.reason, TransportFailure::HeldBack { .. }));
    assert_eq!(limit.inner.tries(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_limit_is_shared_among_the_processes_that_are_alive() {
    let watch = watch(6);
    watch.set_share(3);
    assert_eq!(watch.snapshot().calls_per_sec, 2.0);
    let limit = RateLimit::new(answers(10), Arc::clone(&watch));
    let began = Instant::now();
    for _ in 0..3 {
        limit.send(request(MINUTE)).await.unwrap();
    }
    assert_eq!(began.elapsed().as_millis(), 1000);
    watch.set_share(0);
    assert_eq!(watch.snapshot().calls_per_sec, 6.0);
}

#[tokio::test(start_paused = true)]
async fn a_file_takes_its_turn_and_what_was_handed_out_takes_none() {
    let watch = watch(1);
    let acts = vec![
        Act::Answer(503, &[("retry-after", "60")]),
        Act::Answer(200, &[]),
        Act::Answer(200, &[]),
        Act::Answer(429, &[("retry-after", "60")]),
    ];
    let limit = RateLimit::new(Scripted::new(acts), Arc::clone(&watch));
    let began = Instant::now();
    for _ in 0..3 {
        let mut handed_out = request(MINUTE);
        handed_out.extensions_mut().insert(idv_core::HandedOut);
        limit.open(handed_out).await.unwrap();
    }
    assert_eq!(began.elapsed(), Duration::ZERO);
    assert!(!watch.is_held_back());
    limit.open(request(MINUTE)).await.unwrap();
    assert!(watch.is_held_back());
    let held = limit.open(request(MINUTE)).await.unwrap_err();
    assert!(matches!(held.reason, TransportFailure::HeldBack { .. }));
}
