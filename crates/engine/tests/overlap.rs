//! Two processes ask about one session at the same moment. Whoever is answered when, and whatever their clocks say: in
//! the end the newest answer counts, and the vendor is accused of nothing.
#![cfg(test)]

#[allow(dead_code, reason = "what the store is called, others print")]
#[path = "world/sqlite.rs"]
mod store_under_test;
mod world;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use idv_core::http::{Request, Response};
use idv_core::{
    AccountId, Actor, Call, Clock as _, RequestId, Status, SubjectRef, Transport, TransportError,
};
use idv_engine::crypt::MasterKey;
use idv_engine::store::Store;
use idv_engine::{
    Account, Accounts, CommandError, Engine, EngineSettings, Environment, GetOrRequest, Refresh,
    Unmatched,
};
use idv_testkit::ManualClock;
use idv_testkit::fake::{FakeOptions, FakeProvider, FakeState, FakeVendor};
use tokio::sync::Semaphore;

/// A connection to the vendor that can be slow on the way there, or on the way back. The vendor does not say when a
/// session has changed: then nothing but the order of the questions tells which answer is newer.
#[derive(Debug)]
struct Line {
    vendor: Arc<FakeVendor>,
    there: Semaphore,
    back: Semaphore,
    asked: Semaphore,
}

impl Line {
    fn to(vendor: &Arc<FakeVendor>) -> Arc<Self> {
        Arc::new(Self {
            vendor: vendor.clone(),
            there: Semaphore::new(1000),
            back: Semaphore::new(1000),
            asked: Semaphore::new(0),
        })
    }

    fn hold(semaphore: &Semaphore) {
        semaphore.forget_permits(1000);
    }

    fn release(semaphore: &Semaphore) {
        semaphore.add_permits(1000);
    }

    /// Waits until the vendor was asked: the answer is on its way then, or the question is, if that is held.
    async fn was_used(&self) {
        self.asked.acquire().await.unwrap().forget();
    }
}

#[async_trait]
impl Transport for Line {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        if Call::of(&request).operation != "get_check" {
            return self.vendor.send(request).await;
        }
        let is_held = self.there.available_permits() == 0;
        if is_held {
            self.asked.add_permits(1);
        }
        let _there = self.there.acquire().await.unwrap();
        let answer = self.vendor.send(request).await?;
        if !is_held {
            self.asked.add_permits(1);
        }
        let _back = self.back.acquire().await.unwrap();
        let (head, body) = answer.into_parts();
        let text = String::from_utf8(body.to_vec()).unwrap();
        // Another member that nobody reads.
        let text = text.replace("\"changed_at\"", "\"unread\"");
        Ok(Response::from_parts(head, Bytes::from(text)))
    }

    async fn open(
        &self,
        request: Request<Bytes>,
    ) -> Result<Response<idv_core::BodyStream>, TransportError> {
        Ok(self.send(request).await?.map(idv_core::BodyStream::from))
    }
}

struct Two {
    vendor: Arc<FakeVendor>,
    lines: [Arc<Line>; 2],
    engines: [Engine; 2],
    clocks: [Arc<ManualClock>; 2],
    request: RequestId,
}

impl Two {
    /// Two processes with clocks of their own: the first one's is ahead by this much.
    async fn with_clocks_apart(ahead: Duration) -> Self {
        let (store, _) = store_under_test::fresh().await.unwrap();
        let clocks = [ManualClock::noon(), ManualClock::noon()];
        clocks[0].advance(ahead);
        let vendor = FakeVendor::new(clocks[1].clone());
        let lines = [Line::to(&vendor), Line::to(&vendor)];
        let master = MasterKey::generate().unwrap();
        let engines = [
            engine(&store, &lines[0], &clocks[0], &master).await,
            engine(&store, &lines[1], &clocks[1], &master).await,
        ];
        let subject = SubjectRef::new("subject-1");
        let command = GetOrRequest::new(subject, Actor::ApiKey("test".into()));
        let made = engines[1].get_or_request(command).await.unwrap();
        let request = made.request.request.id;
        let session = made.request.sessions[0].session_id.clone().unwrap();
        vendor.move_to(&session, FakeState::Checking);
        for clock in &clocks {
            clock.advance(Duration::from_secs(60));
        }
        Self {
            vendor,
            lines,
            engines,
            clocks,
            request,
        }
    }

    fn ask(&self, which: usize) -> tokio::task::JoinHandle<Result<(), CommandError>> {
        let engine = self.engines[which].clone();
        let refresh = Refresh {
            request: self.request,
            actor: Actor::ApiKey("test".into()),
        };
        tokio::spawn(async move { engine.refresh(refresh).await.map(drop) })
    }

    /// The vendor sends a webhook to one of them, who works on it.
    fn hear(&self, which: usize) -> tokio::task::JoinHandle<()> {
        let engine = self.engines[which].clone();
        let webhook = self.vendor.webhook(&self.vendor.sessions().remove(0));
        tokio::spawn(async move {
            let account = AccountId::from("fake-eu");
            engine.accept_webhook(&account, webhook).await.unwrap();
            engine.settle().await;
        })
    }

    fn approve(&self) {
        let session = self.vendor.sessions().remove(0);
        self.vendor.move_to(&session, FakeState::Approved);
    }

    async fn assert_passed_without_a_conflict(&self) {
        let view = self.engines[0].request(self.request).await.unwrap();
        let state = view.unwrap().request.state;
        assert_eq!(state.status, Status::Passed);
        assert_eq!(state.attention, []);
    }
}

async fn engine(
    store: &Arc<dyn Store>,
    line: &Arc<Line>,
    clock: &Arc<ManualClock>,
    master: &MasterKey,
) -> Engine {
    let account = Account {
        id: AccountId::from("fake-eu"),
        provider: Arc::new(FakeProvider::new(FakeOptions::default(), line.clone())),
        environment: Environment::Sandbox,
        can_fetch: true,
        unmatched: Unmatched::Park,
        siblings: Vec::new(),
        health: None,
    };
    let accounts = Accounts::new(vec![account], Some(AccountId::from("fake-eu")));
    let settings = EngineSettings::default();
    Engine::open(
        store.clone(),
        accounts,
        master.clone(),
        clock.clone(),
        settings,
    )
    .await
    .unwrap()
}

#[tokio::test]
async fn an_older_answer_that_is_written_down_last_changes_nothing() {
    let two = Two::with_clocks_apart(Duration::ZERO).await;
    Line::hold(&two.lines[0].back);
    let older = two.ask(0);
    two.lines[0].was_used().await;
    two.clocks[1].advance(Duration::from_secs(1));
    two.approve();
    two.ask(1).await.unwrap().unwrap();
    two.assert_passed_without_a_conflict().await;
    Line::release(&two.lines[0].back);
    older.await.unwrap().unwrap();
    two.assert_passed_without_a_conflict().await;
}

#[tokio::test]
async fn of_two_who_asked_at_once_the_clocks_do_not_say_whose_answer_is_newer() {
    // The one whose clock is ahead asks first and is answered first.
    let two = Two::with_clocks_apart(Duration::from_secs(30)).await;
    Line::hold(&two.lines[0].back);
    let older = two.ask(0);
    two.lines[0].was_used().await;
    two.approve();
    assert!(two.clocks[1].now() < two.clocks[0].now());
    two.ask(1).await.unwrap().unwrap();
    Line::release(&two.lines[0].back);
    older.await.unwrap().unwrap();
    two.assert_passed_without_a_conflict().await;
}

#[tokio::test]
async fn a_question_that_was_late_on_its_way_may_have_the_newer_answer() {
    let two = Two::with_clocks_apart(Duration::ZERO).await;
    Line::hold(&two.lines[0].there);
    let asked_first = two.ask(0);
    two.lines[0].was_used().await;
    // The other one asks later, is answered earlier, and its answer is late on its way.
    two.clocks[1].advance(Duration::from_secs(1));
    Line::hold(&two.lines[1].back);
    let asked_last = two.ask(1);
    two.lines[1].was_used().await;
    two.approve();
    Line::release(&two.lines[0].there);
    asked_first.await.unwrap().unwrap();
    two.assert_passed_without_a_conflict().await;
    Line::release(&two.lines[1].back);
    asked_last.await.unwrap().unwrap();
    two.assert_passed_without_a_conflict().await;
}

#[tokio::test]
async fn a_clock_that_is_ahead_makes_no_later_answer_older() {
    // The process whose clock is ahead has asked, and the other one asks when that is done.
    let two = Two::with_clocks_apart(Duration::from_secs(30)).await;
    two.ask(0).await.unwrap().unwrap();
    two.approve();
    two.ask(1).await.unwrap().unwrap();
    two.assert_passed_without_a_conflict().await;
}

#[tokio::test]
async fn what_a_webhook_made_one_ask_is_no_newer_for_being_written_down_last() {
    // The one whose clock is ahead hears of it, asks first, and is answered last.
    let two = Two::with_clocks_apart(Duration::from_secs(30)).await;
    Line::hold(&two.lines[0].back);
    let older = two.hear(0);
    two.lines[0].was_used().await;
    two.approve();
    two.ask(1).await.unwrap().unwrap();
    Line::release(&two.lines[0].back);
    older.await.unwrap();
    two.assert_passed_without_a_conflict().await;
}

#[tokio::test]
async fn a_webhook_is_heeded_whatever_the_clock_of_who_asked_before() {
    let two = Two::with_clocks_apart(Duration::from_secs(30)).await;
    two.ask(0).await.unwrap().unwrap();
    two.approve();
    two.hear(1).await.unwrap();
    two.assert_passed_without_a_conflict().await;
}
