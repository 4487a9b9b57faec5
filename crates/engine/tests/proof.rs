//! What the proof of a webhook is worth, and to which account it speaks.
#![cfg(test)]

use std::sync::Arc;

use async_trait::async_trait;
use idv_core::webhook::{InboundWebhook, Refusal, Strength, VerifiedWebhook, VerifyError};
use idv_core::{
    Abilities, AccountId, Checkpoint, Depth, Error, ErrorKind, IdProvider, Kind, Mapped, Part,
    ProviderId, ProviderInfo, SessionId, Snapshot, StartSession, Started, Status, Unreadable,
    UserLink, WebhookEvent,
};
use idv_engine::crypt::MasterKey;
use idv_engine::store::{DeliveryFilter, PageRequest, Store};
use idv_engine::{
    AcceptError, Account, Accounts, Engine, EngineSettings, Environment, RequestQuery, Unmatched,
};
use idv_sqlite::SqliteStore;
use idv_testkit::ManualClock;
use idv_testkit::fake::{FakeOptions, FakeProvider, FakeState, FakeVendor};

/// What an account says to every webhook.
#[derive(Clone, Debug)]
enum Says {
    Yes,
    No(Refusal),
    DontKnow,
    /// Believes it, on no more than a shared password.
    Weakly,
}

/// The fake provider, with a will of its own about webhooks.
#[derive(Debug)]
struct Opinionated(FakeProvider, Says);

#[async_trait]
impl IdProvider for Opinionated {
    fn info(&self) -> &ProviderInfo {
        self.0.info()
    }
    async fn start(
        &self,
        intent: &StartSession,
        checkpoint: &mut dyn Checkpoint,
    ) -> Result<Started, Error> {
        self.0.start(intent, checkpoint).await
    }
    async fn fetch(&self, session: &SessionId, depth: Depth) -> Result<Snapshot, Error> {
        self.0.fetch(session, depth).await
    }
    async fn renew_link(&self, session: &SessionId) -> Result<UserLink, Error> {
        self.0.renew_link(session).await
    }
    async fn verify(&self, webhook: &InboundWebhook) -> Result<VerifiedWebhook, VerifyError> {
        match &self.1 {
            Says::Yes => self.0.verify(webhook).await,
            Says::No(refusal) => Err(refusal.clone().into()),
            Says::Weakly => {
                let verified = self.0.verify(webhook).await?;
                let mut receipt = verified.receipt().clone();
                receipt.strength = Strength::SharedSecret;
                Ok(VerifiedWebhook::restored_from_inbox(
                    verified.body().clone(),
                    receipt,
                ))
            }
            Says::DontKnow => {
                let error = Error::new(
                    ErrorKind::Unavailable,
                    ProviderId::from("fake"),
                    "get_key",
                    "no key",
                );
                Err(VerifyError::Undecided(Box::new(error)))
            }
        }
    }
    fn interpret(&self, webhook: &VerifiedWebhook) -> Result<WebhookEvent, Unreadable> {
        self.0.interpret(webhook)
    }
    fn translate(&self, kind: Option<Kind>, bytes: &[u8]) -> Result<Mapped, Unreadable> {
        self.0.translate(kind, bytes)
    }
    fn assemble(&self, parts: &[Part]) -> Result<Mapped, Unreadable> {
        self.0.assemble(parts)
    }
    fn capabilities(&self) -> idv_core::Capabilities {
        self.0.capabilities()
    }

    fn abilities(&self) -> Abilities<'_> {
        self.0.abilities()
    }
}

/// Posts one webhook of a passed session to the account `a`, whose sibling is `b`. Returns the account it was filed
/// under.
async fn posted_to_a(a: Says, b: Says) -> Result<String, AcceptError> {
    posted(a, b).await.map(|(account, _)| account)
}

/// The same; returns what became of the request as well.
async fn posted(a: Says, b: Says) -> Result<(String, Option<Status>), AcceptError> {
    let clock = ManualClock::noon();
    let vendor = FakeVendor::new(clock.clone());
    let store = Arc::new(SqliteStore::in_memory().await.unwrap());
    let account = |id: &str, says, siblings: &[&str]| Account {
        id: AccountId::from(id),
        provider: Arc::new(Opinionated(
            FakeProvider::new(FakeOptions::default(), vendor.clone()),
            says,
        )),
        environment: Environment::Sandbox,
        can_fetch: false,
        unmatched: Unmatched::Adopt,
        siblings: siblings.iter().map(|id| AccountId::from(*id)).collect(),
        health: None,
    };
    let accounts = Accounts::new(vec![account("a", a, &["b"]), account("b", b, &[])], None);
    let master = MasterKey::generate().unwrap();
    let engine = Engine::open(
        store.clone(),
        accounts,
        master,
        clock,
        EngineSettings::default(),
    )
    .await
    .unwrap();
    let session = vendor.make_check("subject-1", FakeState::Approved);
    engine
        .accept_webhook(&AccountId::from("a"), vendor.webhook(&session))
        .await?;
    let page = PageRequest {
        after: None,
        limit: 9,
    };
    let rows = store
        .inbox()
        .deliveries(&DeliveryFilter::default(), page)
        .await
        .unwrap()
        .rows;
    assert_eq!(rows.len(), 1);
    engine.settle().await;
    let query = RequestQuery {
        limit: 9,
        ..RequestQuery::default()
    };
    let requests = engine.requests(query).await.unwrap().rows;
    let status = requests
        .first()
        .map(|view| view.request.state.status.clone());
    Ok((rows[0].account.as_str().to_owned(), status))
}

#[tokio::test]
async fn a_delivery_is_filed_under_the_account_whose_key_proves_it() {
    assert_eq!(posted_to_a(Says::Yes, Says::Yes).await.unwrap(), "a");
    assert_eq!(
        posted_to_a(Says::No(Refusal::NoMatchingKey), Says::Yes)
            .await
            .unwrap(),
        "b"
    );
    assert_eq!(posted_to_a(Says::DontKnow, Says::Yes).await.unwrap(), "b");
}

#[tokio::test]
async fn while_one_of_them_cannot_decide_it_is_no_forgery() {
    for (a, b) in [
        (Says::DontKnow, Says::No(Refusal::UnknownKeyId)),
        (Says::No(Refusal::NoMatchingKey), Says::DontKnow),
    ] {
        let error = posted_to_a(a, b).await.unwrap_err();
        assert!(matches!(error, AcceptError::Undecided(_)), "{error:?}");
    }
}

#[tokio::test]
async fn the_refusal_is_that_of_the_account_whose_key_it_was() {
    let stale = Refusal::Stale { by_secs: 7 };
    for (a, b) in [
        (Refusal::NoMatchingKey, stale.clone()),
        (stale.clone(), Refusal::NoMatchingKey),
    ] {
        let error = posted_to_a(Says::No(a), Says::No(b)).await.unwrap_err();
        assert!(
            matches!(error, AcceptError::Refused(Refusal::Stale { by_secs: 7 })),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn what_is_not_signed_is_a_hint_and_never_a_verdict() {
    let nobody = || Says::No(Refusal::NoMatchingKey);
    assert_eq!(
        posted(Says::Yes, nobody()).await.unwrap().1,
        Some(Status::Passed)
    );
    assert_eq!(posted(Says::Weakly, nobody()).await.unwrap().1, None);
}
