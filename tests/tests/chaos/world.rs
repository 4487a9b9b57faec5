//! A gateway over one simulated vendor, without a network and in virtual time.

use std::sync::Arc;

use idv_core::{AccountId, Actor, RequestId, SubjectRef};
use idv_engine::crypt::MasterKey;
use idv_engine::store::{EventPosition, PayloadForm};
use idv_engine::{
    Account, Accounts, Engine, EngineSettings, Environment, GetOrRequest, NewEndpoint, RequestView,
    Unmatched,
};
use idv_simulator::chaos::Chaos;
use idv_simulator::scenario::{Library, Scenario};
use idv_simulator::{Simulator, Vendor, VendorKind};
use idv_sqlite::SqliteStore;
use idv_testkit::ManualClock;

use crate::application::Application;
use crate::vendors;
use crate::way_in::WayIn;

pub(crate) struct World {
    pub(crate) kind: VendorKind,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) simulator: Simulator,
    pub(crate) vendor: Arc<dyn Vendor>,
    pub(crate) engine: Engine,
    pub(crate) application: Arc<Application>,
}

impl World {
    /// Every object of the vendor plays this scenario.
    pub(crate) async fn open(scenario: &Scenario, chaos: Chaos) -> Self {
        let kind = scenario.vendor;
        let clock = ManualClock::noon();
        let way_in = WayIn::new(clock.clone());
        let vendor = vendors::simulated(kind);
        vendor.add_endpoint(&format!("http://gateway/webhooks/{kind}"));
        let mut library = Library::default();
        library.insert(scenario.clone());
        let simulator = Simulator::builder()
            .vendor(vendor.clone())
            .library(library)
            .usual_scenario(kind, scenario.name.as_str())
            .chaos(chaos)
            .clock(clock.clone())
            .deliver_through(way_in.clone())
            .build()
            .expect("the vendor reads its scenarios");

        let account = Account {
            id: AccountId::new(kind.as_word()),
            provider: vendors::provider(kind, simulator.transport(kind), clock.clone()),
            environment: Environment::Sandbox,
            can_fetch: true,
            unmatched: Unmatched::Park,
            siblings: Vec::new(),
            health: None,
        };
        let accounts = Accounts::new(vec![account], Some(AccountId::new(kind.as_word())));
        let store = Arc::new(SqliteStore::in_memory().await.unwrap());
        let master = MasterKey::generate().unwrap();
        let mut settings = EngineSettings::default();
        // Of so short a pause nothing is random: the same seed makes the same run.
        settings.retry_base = std::time::Duration::from_millis(3);
        settings.retry_cap = settings.retry_base;
        let engine = Engine::open(store, accounts, master, clock.clone(), settings).await;
        let application = Arc::new(Application::default());
        let engine = engine.unwrap().with_endpoint_transport(application.clone());
        let endpoint = NewEndpoint {
            url: "https://application.example/hooks".to_owned(),
            description: String::new(),
            kinds: Vec::new(),
            payload: PayloadForm::Thin,
            rate_per_sec: None,
            headers: Vec::new(),
            secret: None,
            from: Some(EventPosition(0)),
        };
        engine.create_endpoint(endpoint).await.unwrap();
        way_in.leads_to(engine.clone());
        Self {
            kind,
            clock,
            simulator,
            vendor,
            engine,
            application,
        }
    }

    /// Asks for a verification. What the vendor does not answer now, the gateway asks again.
    pub(crate) async fn request(&self) -> Result<(), String> {
        let command = GetOrRequest::new(SubjectRef::new("subject-1"), actor());
        match self.engine.get_or_request(command).await {
            Ok(_) => Ok(()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// The request, if there is one.
    pub(crate) async fn view(&self) -> Option<RequestView> {
        let query = idv_engine::RequestQuery {
            limit: 10,
            ..Default::default()
        };
        let mut all = self.engine.requests(query).await.unwrap().rows;
        assert!(all.len() < 2, "one subject, one request");
        all.pop()
    }

    /// Asks the vendor how things are, as an operator would.
    pub(crate) async fn refresh(&self, request: RequestId) {
        let command = idv_engine::Refresh {
            request,
            actor: actor(),
        };
        self.engine.refresh(command).await.unwrap();
    }

    /// Everything that is due now, on both sides.
    pub(crate) async fn settle(&self) {
        self.engine.settle().await;
        self.simulator.work_due().await;
        self.engine.settle().await;
        let _ = self.engine.sweep().await.unwrap();
        let _ = self.engine.reconcile().await.unwrap();
        self.engine.settle().await;
    }
}

fn actor() -> Actor {
    Actor::ApiKey("chaos".into())
}
