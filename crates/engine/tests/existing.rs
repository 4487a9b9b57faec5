//! A vendor that keeps one session per person and gives that one back.
#![cfg(test)]

use std::sync::Arc;

use async_trait::async_trait;
use idv_core::webhook::{InboundWebhook, VerifiedWebhook, VerifyError};
use idv_core::{
    Abilities, AccountId, Actor, Checkpoint, Depth, Error, IdProvider, Kind, Mapped, Part,
    ProviderInfo, Retry, SessionId, Snapshot, StartSession, Started, StartedSession, Status,
    SubjectRef, Unreadable, UserLink, WebhookEvent,
};
use idv_engine::crypt::MasterKey;
use idv_engine::store::Store;
use idv_engine::{Account, Accounts, Engine, EngineSettings, Environment, GetOrRequest, Unmatched};
use idv_sqlite::SqliteStore;
use idv_testkit::ManualClock;
use idv_testkit::fake::{FakeOptions, FakeProvider, FakeState, FakeVendor};

/// The fake provider, at a vendor that makes another session when asked to.
#[derive(Debug)]
struct OnePerPerson {
    inner: FakeProvider,
    vendor: Arc<FakeVendor>,
}

#[async_trait]
impl Retry for OnePerPerson {
    async fn retry(
        &self,
        _: &StartSession,
        checkpoint: &mut dyn Checkpoint,
    ) -> Result<StartedSession, Error> {
        assert_eq!(
            checkpoint.saved("engine_retry"),
            Some("begun"),
            "a crash from here on is survived"
        );
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

#[tokio::test]
async fn an_existing_session_is_not_taken_over_and_another_one_is_made() {
    let clock = ManualClock::noon();
    let vendor = FakeVendor::new(clock.clone());
    let inner = FakeProvider::new(FakeOptions::default(), vendor.clone());
    let account = Account {
        id: AccountId::from("a"),
        provider: Arc::new(OnePerPerson {
            inner,
            vendor: vendor.clone(),
        }),
        environment: Environment::Sandbox,
        can_fetch: true,
        unmatched: Unmatched::Park,
        siblings: Vec::new(),
        health: None,
    };
    let store: Arc<dyn Store> = Arc::new(SqliteStore::in_memory().await.unwrap());
    let accounts = Accounts::new(vec![account], Some(AccountId::from("a")));
    let master = MasterKey::generate().unwrap();
    let engine = Engine::open(store, accounts, master, clock, EngineSettings::default())
        .await
        .unwrap();

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
