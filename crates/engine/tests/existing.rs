//! A vendor that keeps one session per person and gives that one back.
#![cfg(test)]

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use idv_core::webhook::{InboundWebhook, VerifiedWebhook, VerifyError};
use idv_core::{
    Abilities, AccountId, Actor, Checkpoint, Depth, Error, IdProvider, Kind, Mapped, Part, Pii,
    ProviderInfo, Retry, RetryScope, SessionId, Snapshot, StartSession, Started, StartedSession,
    Status, SubjectRef, Unreadable, UserLink, WebhookEvent,
};
use idv_engine::crypt::MasterKey;
use idv_engine::store::Store;
use idv_engine::{
    Account, Accounts, CancelAndRecreate, Engine, EngineSettings, Environment, GetOrRequest,
    Unmatched,
};
use idv_sqlite::SqliteStore;
use idv_testkit::ManualClock;
use idv_testkit::fake::{FakeOptions, FakeProvider, FakeState, FakeVendor};

/// The fake provider, at a vendor that makes another session when asked to.
#[derive(Debug)]
struct OnePerPerson {
    inner: FakeProvider,
    vendor: Arc<FakeVendor>,
    /// What was to be asked again, retry by retry.
    asked_again: Mutex<Vec<RetryScope>>,
}

#[async_trait]
impl Retry for OnePerPerson {
    async fn retry(
        &self,
        intent: &StartSession,
        checkpoint: &mut dyn Checkpoint,
    ) -> Result<StartedSession, Error> {
        assert_eq!(
            checkpoint.saved("engine_retry"),
            Some("begun"),
            "a crash from here on is survived"
        );
        self.asked_again.lock().unwrap().push(intent.again.clone());
        let session_id = self.vendor.make_check("subject-1", FakeState::Open);
        let snapshot = self.inner.fetch(&session_id, Depth::Verdict).await?;
        Ok(StartedSession {
            session_id,
            link: None,
            snapshot,
        })
    }
}

#[async_trait]
impl IdProvider for OnePerPerson {
    fn info(&self) -> &ProviderInfo {
        self.inner.info()
    }
    async fn start(
        &self,
        intent: &StartSession,
        checkpoint: &mut dyn Checkpoint,
    ) -> Result<Started, Error> {
        self.inner.start(intent, checkpoint).await
    }
    async fn fetch(&self, session: &SessionId, depth: Depth) -> Result<Snapshot, Error> {
        self.inner.fetch(session, depth).await
    }
    async fn renew_link(&self, session: &SessionId) -> Result<UserLink, Error> {
        self.inner.renew_link(session).await
    }
    async fn verify(&self, webhook: &InboundWebhook) -> Result<VerifiedWebhook, VerifyError> {
        self.inner.verify(webhook).await
    }
    fn interpret(&self, webhook: &VerifiedWebhook) -> Result<WebhookEvent, Unreadable> {
        self.inner.interpret(webhook)
    }
    fn translate(&self, kind: Option<Kind>, bytes: &[u8]) -> Result<Mapped, Unreadable> {
        self.inner.translate(kind, bytes)
    }
    fn assemble(&self, parts: &[Part]) -> Result<Mapped, Unreadable> {
        self.inner.assemble(parts)
    }
    fn capabilities(&self) -> idv_core::Capabilities {
        idv_core::Capabilities::default()
    }

    fn abilities(&self) -> Abilities<'_> {
        Abilities::none().with_retry(self)
    }
}

/// An engine whose one account is with that vendor.
async fn engine(vendor: &Arc<FakeVendor>, clock: Arc<ManualClock>) -> (Engine, Arc<OnePerPerson>) {
    let provider = Arc::new(OnePerPerson {
        inner: FakeProvider::new(FakeOptions::default(), vendor.clone()),
        vendor: vendor.clone(),
        asked_again: Mutex::default(),
    });
    let account = Account {
        id: AccountId::from("a"),
        provider: provider.clone(),
        environment: Environment::Sandbox,
        can_fetch: true,
        unmatched: Unmatched::Park,
        siblings: Vec::new(),
        health: None,
    };
    let store: Arc<dyn Store> = Arc::new(SqliteStore::in_memory().await.unwrap());
    let accounts = Accounts::new(vec![account], Some(AccountId::from("a")));
    let master = MasterKey::generate().unwrap();
    let engine = Engine::open(store, accounts, master, clock, EngineSettings::default());
    (engine.await.unwrap(), provider)
}

#[tokio::test]
async fn who_is_asked_again_is_asked_what_the_command_says() {
    let clock = ManualClock::noon();
    let vendor = FakeVendor::new(clock.clone());
    let (engine, provider) = engine(&vendor, clock).await;
    let command = GetOrRequest::new(SubjectRef::new("subject-1"), Actor::ApiKey("test".into()));
    let made = engine.get_or_request(command).await.unwrap().request;
    let session = made.sessions[0].session_id.clone().unwrap();
    vendor.move_to(&session, FakeState::Declined);
    let account = AccountId::from("a");
    engine
        .accept_webhook(&account, vendor.webhook(&session))
        .await
        .unwrap();
    engine.settle().await;

    // The vendor has a session of this person by now, and gives it back to whoever asks for one.
    vendor.give_back(&session);
    let scope = RetryScope::Steps(vec![idv_core::StepKind::Document]);
    let anew = CancelAndRecreate {
        request: made.request.id,
        actor: Actor::Staff("staff-7".into()),
        comment: Pii::new("the document was too dark".to_owned()),
        again: scope.clone(),
        idempotency_key: None,
    };
    engine.cancel_and_recreate(anew).await.unwrap();
    engine.settle().await;
    assert_eq!(*provider.asked_again.lock().unwrap(), [scope]);
}

#[tokio::test]
async fn an_existing_session_is_not_taken_over_and_another_one_is_made() {
    let clock = ManualClock::noon();
    let vendor = FakeVendor::new(clock.clone());
    let (engine, _) = engine(&vendor, clock).await;

    let theirs = vendor.make_check("subject-1", FakeState::Approved);
    vendor.give_back(&theirs);
    let command = GetOrRequest::new(SubjectRef::new("subject-1"), Actor::ApiKey("test".into()));
    let made = engine.get_or_request(command).await.unwrap();
    let ours = made.request.sessions[0].session_id.clone().unwrap();
    assert_ne!(ours, theirs);
    assert_eq!(
        made.request.request.state.status,
        Status::AwaitingUser,
        "not the pass of the other intent"
    );
    assert!(
        made.link.is_some(),
        "asked for, since the other session came without one"
    );
}
