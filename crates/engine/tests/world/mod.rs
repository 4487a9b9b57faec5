//! A small world: the engine over a store, and a fake vendor.
//!
//! The store is what `crate::store_under_test::fresh` gives: each test program says which one it runs on.
#![allow(dead_code, reason = "each test file uses its own part of the world")]

mod application;

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use idv_core::webhook::InboundWebhook;
use idv_core::{AccountHealth, AccountId, Actor, DeliveryId, RequestId, SessionId, SubjectRef};
use idv_engine::crypt::MasterKey;
use idv_engine::store::{DeliveryRow, EventKind, PageRequest, Store};
use idv_engine::{
    Accepted, Account, Accounts, Engine, EngineSettings, Environment, GetOrRequest, Mailer, Policy,
    RequestQuery, RequestView, Unmatched,
};
use idv_testkit::ManualClock;
use idv_testkit::fake::{FakeOptions, FakeProvider, FakeState, FakeVendor};

pub(crate) use application::{Application, Received, Reply, endpoint_at};

pub(crate) const ACCOUNT: &str = "fake-eu";

/// A store, and what must live as long as it does.
pub(crate) type Fresh = (Arc<dyn Store>, Box<dyn Any + Send + Sync>);

/// How a world is made.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) can_fetch: bool,
    pub(crate) unmatched: Unmatched,
    pub(crate) policy: Policy,
    pub(crate) mailer: Option<Arc<dyn Mailer>>,
    pub(crate) health: Option<Arc<dyn AccountHealth>>,
    pub(crate) settings: EngineSettings,
}

impl Default for Options {
    /// An account that has API credentials, and no rules of our own beyond the default ones.
    fn default() -> Self {
        Self {
            can_fetch: true,
            unmatched: Unmatched::Park,
            policy: Policy::default(),
            mailer: None,
            health: None,
            settings: EngineSettings::default(),
        }
    }
}

pub(crate) struct World {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) vendor: Arc<FakeVendor>,
    pub(crate) application: Arc<Application>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) master: MasterKey,
    pub(crate) engine: Engine,
    pub(crate) options: Options,
    _kept: Box<dyn Any + Send + Sync>,
}

impl World {
    /// With an account that has API credentials. None as in [`World::open`].
    pub(crate) async fn with_api() -> Option<Self> {
        Self::new(true, Unmatched::Park).await
    }

    /// With an account that only receives, and adopts what it hears of.
    pub(crate) async fn receiving() -> Option<Self> {
        Self::new(false, Unmatched::Adopt).await
    }

    pub(crate) async fn new(can_fetch: bool, unmatched: Unmatched) -> Option<Self> {
        let options = Options {
            can_fetch,
            unmatched,
            ..Options::default()
        };
        Self::open(options).await
    }

    /// None where there is no such store on this machine; that was said aloud then.
    pub(crate) async fn open(options: Options) -> Option<Self> {
        let fresh = crate::store_under_test::fresh().await?;
        Some(Self::over(fresh, options).await)
    }

    pub(crate) async fn over((store, kept): Fresh, options: Options) -> Self {
        let clock = ManualClock::noon();
        let vendor = FakeVendor::new(clock.clone());
        let master = MasterKey::generate().unwrap();
        let application = Arc::new(Application::default());
        let engine = open(&store, &vendor, &clock, &master, &options).await;
        let engine = engine.with_endpoint_transport(application.clone());
        Self {
            clock,
            vendor,
            application,
            store,
            master,
            engine,
            options,
            _kept: kept,
        }
    }

    /// The same database after a crash: another engine, nothing carried over in memory.
    pub(crate) async fn restart(&mut self) {
        self.engine = self.another_engine().await;
    }

    /// Another gateway over the same database.
    pub(crate) async fn another_engine(&self) -> Engine {
        let Self {
            store,
            vendor,
            clock,
            master,
            options,
            ..
        } = self;
        let engine = open(store, vendor, clock, master, options).await;
        engine.with_endpoint_transport(self.application.clone())
    }

    /// What the application was told about a request: kind and key, in order.
    pub(crate) async fn told(&self, request: RequestId) -> Vec<(EventKind, String)> {
        let events = self.store.reads().events_of(request).await.unwrap();
        events.into_iter().map(|e| (e.kind, e.key)).collect()
    }

    /// The kinds of what the application was told about a request, in order.
    pub(crate) async fn kinds_told(&self, request: RequestId) -> Vec<EventKind> {
        let told = self.told(request).await;
        told.into_iter().map(|(kind, _)| kind).collect()
    }

    /// The same, after a restart that has forgotten the API key.
    pub(crate) async fn lose_the_api_key(&mut self) {
        self.options.can_fetch = false;
        self.restart().await;
    }

    /// Another gateway over the same vendor: a live account with a key (the default), a live one that only receives
    /// and adopts, and the same two of the sandbox.
    pub(crate) async fn live_twin(&self) -> Engine {
        let account = |id: &str, environment, can_fetch| Account {
            id: AccountId::from(id),
            provider: Arc::new(FakeProvider::new(
                FakeOptions::default(),
                self.vendor.clone(),
            )),
            environment,
            can_fetch,
            unmatched: Unmatched::Adopt,
            siblings: Vec::new(),
            health: None,
        };
        let accounts = vec![
            account("fake-live", Environment::Live, true),
            account("fake-receiver", Environment::Live, false),
            account("fake-sandbox", Environment::Sandbox, false),
            account("fake-sandbox-with-key", Environment::Sandbox, true),
        ];
        let accounts = Accounts::new(accounts, Some(AccountId::from("fake-live")));
        let (store, kept) = crate::store_under_test::fresh().await.unwrap();
        // It lives as long as the test process.
        std::mem::forget(kept);
        let settings = EngineSettings::default();
        Engine::open(
            store,
            accounts,
            self.master.clone(),
            self.clock.clone(),
            settings,
        )
        .await
        .unwrap()
    }

    pub(crate) fn account(&self) -> AccountId {
        AccountId::from(ACCOUNT)
    }

    pub(crate) async fn deliver(&self, webhook: InboundWebhook) -> Accepted {
        self.engine
            .accept_webhook(&self.account(), webhook)
            .await
            .unwrap()
    }

    /// Delivers a webhook about the present state of a session.
    pub(crate) async fn news(&self, session: &SessionId) -> DeliveryId {
        match self.deliver(self.vendor.webhook(session)).await {
            Accepted::Stored(id) | Accepted::Duplicate(id) => id,
        }
    }

    /// The vendor moves a session, tells us, and we work on it.
    pub(crate) async fn hear_of(&self, session: &SessionId, state: FakeState) {
        self.clock.advance(Duration::from_secs(1));
        self.vendor.move_to(session, state);
        self.news(session).await;
        self.engine.settle().await;
    }

    pub(crate) async fn request_of(&self, subject: &str) -> idv_engine::GetOrRequested {
        let command = GetOrRequest::new(SubjectRef::new(subject), Actor::ApiKey("test".into()));
        self.engine.get_or_request(command).await.unwrap()
    }

    /// A session that was started for a subject, by the vendor's id.
    pub(crate) async fn started(&self, subject: &str) -> SessionId {
        let made = self.request_of(subject).await;
        made.request.sessions[0].session_id.clone().unwrap()
    }

    /// Everything that is there, newest first.
    pub(crate) async fn requests(&self) -> Vec<RequestView> {
        let query = RequestQuery {
            limit: 100,
            ..RequestQuery::default()
        };
        self.engine.requests(query).await.unwrap().rows
    }

    pub(crate) async fn only_request(&self) -> RequestView {
        let mut requests = self.requests().await;
        assert_eq!(requests.len(), 1, "exactly one request");
        requests.remove(0)
    }

    pub(crate) async fn delivery(&self, id: DeliveryId) -> DeliveryRow {
        self.store.inbox().delivery(id).await.unwrap().unwrap()
    }

    /// The words of the timeline of a request, oldest first.
    pub(crate) async fn story(&self, request: &RequestView) -> Vec<String> {
        let page = PageRequest {
            after: None,
            limit: 100,
        };
        let page = self
            .engine
            .timeline(request.request.id, page)
            .await
            .unwrap()
            .unwrap();
        page.rows.into_iter().map(|entry| entry.what).collect()
    }
}

async fn open(
    store: &Arc<dyn Store>,
    vendor: &Arc<FakeVendor>,
    clock: &Arc<ManualClock>,
    master: &MasterKey,
    options: &Options,
) -> Engine {
    let account = Account {
        id: AccountId::from(ACCOUNT),
        provider: Arc::new(FakeProvider::new(FakeOptions::default(), vendor.clone())),
        environment: Environment::Sandbox,
        can_fetch: options.can_fetch,
        unmatched: options.unmatched,
        siblings: Vec::new(),
        health: options.health.clone(),
    };
    let accounts = Accounts::new(vec![account], Some(AccountId::from(ACCOUNT)));
    let mut settings = options.settings.clone();
    settings.policy.clone_from(&options.policy);
    let engine = Engine::open(
        store.clone(),
        accounts,
        master.clone(),
        clock.clone(),
        settings,
    )
    .await
    .unwrap();
    match &options.mailer {
        Some(mailer) => engine.with_mailer(mailer.clone()),
        None => engine,
    }
}
