//! A gateway over one simulated vendor, without a network and in virtual time.

use std::sync::Arc;
use std::time::Duration;

use idv_core::{Actor, Clock as _, EndpointId, RequestId, SubjectRef, Timestamp};
use idv_engine::crypt::MasterKey;
use idv_engine::store::PayloadForm;
use idv_engine::{Engine, EngineSettings, GetOrRequest, NewEndpoint, RequestView};
use idv_simulator::chaos::{Chaos, Mishaps};
use idv_simulator::scenario::{Library, Scenario};
use idv_simulator::{Simulator, Vendor, VendorKind};
use idv_sqlite::SqliteStore;
use idv_testkit::ManualClock;
use idv_tests::simulated::{WayIn, engine, vendors};

use crate::application::Application;

/// What many runs stand on: a database and a clock. Each run has an account, a subject and an endpoint of its own.
pub(crate) struct Ground {
    store: Arc<SqliteStore>,
    master: MasterKey,
    clock: Arc<ManualClock>,
    runs: usize,
    /// Of the last run.
    simulator: Option<Arc<Simulator>>,
}

impl Ground {
    pub(crate) async fn new() -> Self {
        Self {
            store: Arc::new(SqliteStore::in_memory().await.unwrap()),
            master: MasterKey::generate().unwrap(),
            clock: ManualClock::noon(),
            runs: 0,
            simulator: None,
        }
    }

    /// What has gone wrong in the last run, however it ended.
    pub(crate) fn mishaps(&self) -> Mishaps {
        let simulator = self.simulator.as_ref();
        simulator
            .map(|simulator| simulator.mishaps())
            .unwrap_or_default()
    }

    /// How many runs have stood on it.
    pub(crate) const fn runs(&self) -> usize {
        self.runs
    }
}

pub(crate) struct World {
    pub(crate) kind: VendorKind,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) simulator: Arc<Simulator>,
    pub(crate) vendor: Arc<dyn Vendor>,
    pub(crate) engine: Engine,
    pub(crate) application: Arc<Application>,
    next_round: Timestamp,
    subject: SubjectRef,
    endpoint: EndpointId,
}

/// How often the gateway looks after what was forgotten.
const ROUND: Duration = Duration::from_secs(60);

impl World {
    /// Every object of the vendor plays this scenario.
    pub(crate) async fn open(ground: &mut Ground, scenario: &Scenario, chaos: Chaos) -> Self {
        let kind = scenario.vendor;
        ground.runs += 1;
        let name = format!("{kind}-{}", ground.runs);
        let clock = ground.clock.clone();
        let way_in = WayIn::new(clock.clone());
        let vendor = vendors::account(kind);
        vendor.add_endpoint(&format!("http://gateway/webhooks/{name}"));
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
        let simulator = Arc::new(simulator);
        ground.simulator = Some(simulator.clone());

        let (store, master) = (ground.store.clone(), ground.master.clone());
        let mut settings = EngineSettings::default();
        // Of so short a pause nothing is random: the same seed makes the same run.
        settings.retry_base = Duration::from_millis(3);
        settings.retry_cap = settings.retry_base;
        let provider = vendors::provider(kind, simulator.transport(kind), clock.clone());
        let engine = engine(store, master, &name, provider, clock.clone(), settings).await;
        let application = Arc::new(Application::default());
        let engine = engine.with_endpoint_transport(application.clone());
        let endpoint = NewEndpoint {
            url: "https://application.example/hooks".to_owned(),
            description: String::new(),
            kinds: Vec::new(),
            payload: PayloadForm::Thin,
            rate_per_sec: None,
            headers: Vec::new(),
            secret: None,
            from: None,
        };
        let (endpoint, _) = engine.create_endpoint(endpoint).await.unwrap();
        way_in.leads_to(engine.clone());
        Self {
            kind,
            clock,
            simulator,
            vendor,
            engine,
            application,
            next_round: ground.clock.now(),
            subject: SubjectRef::new(format!("subject-{}", ground.runs)),
            endpoint: endpoint.id,
        }
    }

    /// Nobody tells this application anything any more.
    pub(crate) async fn close(self) {
        self.engine.delete_endpoint(self.endpoint).await.unwrap();
    }

    /// Asks for a verification. What the vendor does not answer now, the gateway asks again.
    pub(crate) async fn request(&self) -> Result<(), String> {
        let command = GetOrRequest::new(self.subject.clone(), actor());
        match self.engine.get_or_request(command).await {
            Ok(_) => Ok(()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// The request, if there is one.
    pub(crate) async fn view(&self) -> Option<RequestView> {
        let query = idv_engine::RequestQuery {
            subject: Some(self.subject.clone()),
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

    /// Everything that is due now, on both sides. The gateway looks after what was forgotten as often as it does when it
    /// runs by itself.
    pub(crate) async fn settle(&mut self) {
        let now = self.clock.now();
        if now >= self.next_round {
            self.next_round = now.plus(ROUND);
            let _ = self.engine.sweep().await.unwrap();
            let _ = self.engine.reconcile().await.unwrap();
        }
        self.engine.settle().await;
        while self.simulator.next_due().is_some_and(|at| at <= now) {
            self.simulator.work_due().await;
            self.engine.settle().await;
        }
    }
}

fn actor() -> Actor {
    Actor::ApiKey("chaos".into())
}
