//! An application, the engine over SQLite, and a stand-in whose time is moved by hand.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use idv_core::webhook::InboundWebhook;
use idv_core::{
    AccountId, Actor, BodyStream, Clock as _, RequestId, SubjectRef, Timestamp, Transport,
    TransportError,
};
use idv_engine::crypt::MasterKey;
use idv_engine::store::EventPosition;
use idv_engine::{
    Account, Accounts, Engine, EngineSettings, Environment, Erase, GetOrRequest, RequestView,
    Unmatched, Whom,
};
use idv_simulator::scenario::Scenario;
use idv_simulator::{Simulator, VendorKind, VirtualClock, Watch};
use idv_sqlite::SqliteStore;

use crate::column::Column;
use crate::places;

const START: Timestamp = Timestamp::from_unix_secs(1_795_176_000);
const ACCOUNT: &str = "simulated";
/// Every scenario is over after so long, whatever it does.
const LONGEST: Duration = Duration::from_secs(86_400);
/// How long the engine waits at the most before it looks for sessions that are quiet.
const LOOK: Duration = Duration::from_secs(600);
/// After so long without news the engine has asked, whatever it waits for.
const QUIET: Duration = Duration::from_secs(5 * 3_600);

/// What a scenario led to.
#[derive(Default)]
pub(crate) struct Shown {
    /// Every place the application got to see, in the order of their names.
    pub(crate) places: BTreeSet<String>,
    /// What went wrong that was not meant to.
    pub(crate) problems: Vec<String>,
}

/// The way from the vendor to the engine.
#[derive(Default)]
struct Door {
    engine: OnceLock<Engine>,
    clock: OnceLock<Arc<VirtualClock>>,
}

impl std::fmt::Debug for Door {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Door")
    }
}

#[async_trait]
impl Transport for Door {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let mut response = Response::new(Bytes::new());
        let (Some(engine), Some(clock)) = (self.engine.get(), self.clock.get()) else {
            *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
            return Ok(response);
        };
        let (head, body) = request.into_parts();
        let webhook = InboundWebhook::new(head.headers, body, clock.now());
        let accepted = engine
            .accept_webhook(&AccountId::from(ACCOUNT), webhook)
            .await;
        if accepted.is_err() {
            *response.status_mut() = StatusCode::UNAUTHORIZED;
        }
        Ok(response)
    }

    async fn open(&self, request: Request<Bytes>) -> Result<Response<BodyStream>, TransportError> {
        Ok(self.send(request).await?.map(BodyStream::from))
    }
}

/// Steps that could not be played.
#[derive(Default)]
struct NotPlayed(Mutex<Vec<String>>);

impl Watch for NotPlayed {
    fn not_played(&self, _: VendorKind, _: &str, why: &str) {
        self.0.lock().unwrap().push(why.to_owned());
    }
}

/// Plays a scenario from the application's first question to where nothing happens any more.
pub(crate) async fn play(column: &Column, scenario: &Scenario) -> Shown {
    let mut world = World::new(column, scenario).await;
    world.play(scenario).await;
    world.told().await;
    world.shown
}

/// Plays a scenario, and has the person erased in the end: what the application then gets to see of whether the data are
/// still at the vendor.
pub(crate) async fn erased(column: &Column, scenario: &Scenario) -> BTreeSet<String> {
    let mut world = World::new(column, scenario).await;
    world.play(scenario).await;
    let erase = Erase {
        whom: Whom::SubjectOf(world.request),
        actor: Actor::ApiKey("test".into()),
        idempotency_key: None,
    };
    world.engine.erase(erase).await.unwrap();
    for _ in 0..48 {
        world.engine.settle().await;
        world.look().await;
        world.clock.move_to(world.clock.now().plus(LOOK));
        world.simulator.work_due().await;
    }
    let places = world.shown.places.into_iter();
    places.filter(|p| p.starts_with("data_state:")).collect()
}

struct World {
    kind: VendorKind,
    clock: Arc<VirtualClock>,
    simulator: Simulator,
    not_played: Arc<NotPlayed>,
    engine: Engine,
    request: RequestId,
    shown: Shown,
}

impl World {
    /// The application has asked, and the vendor has answered.
    async fn new(column: &Column, scenario: &Scenario) -> Self {
        let clock = VirtualClock::at(START);
        let (door, not_played) = (Arc::new(Door::default()), Arc::new(NotPlayed::default()));
        let account = (column.account)();
        account.add_endpoint("http://engine.invalid/webhooks");
        let simulator = Simulator::builder()
            .vendor(account)
            .clock(clock.clone())
            .deliver_through(door.clone())
            .watch(not_played.clone())
            .build()
            .unwrap();
        let engine = engine(column, &simulator, &clock).await;
        let mut wanted =
            GetOrRequest::new(SubjectRef::new("subject-1"), Actor::ApiKey("test".into()));
        wanted.return_url = Some("https://app.example.org/back".to_owned());
        let asked = engine.get_or_request(wanted).await;
        let asked = asked.unwrap_or_else(|error| panic!("{}: {error}", scenario.name));
        door.engine.set(engine.clone()).ok().unwrap();
        door.clock.set(clock.clone()).ok().unwrap();
        Self {
            kind: column.kind,
            clock,
            simulator,
            not_played,
            engine,
            request: asked.request.request.id,
            shown: Shown::default(),
        }
    }

    async fn play(&mut self, scenario: &Scenario) {
        self.look().await;
        let mut begun = BTreeSet::new();
        let until = START.plus(LONGEST);
        loop {
            // A session that takes the place of one that broke fares no better.
            for session in self.sessions().await {
                if begun.insert(session.clone()) {
                    let begun = self.simulator.begin(self.kind, &session, &scenario.name);
                    begun.unwrap();
                }
            }
            let looked_at = self.clock.now().plus(LOOK);
            let due = self.simulator.next_due();
            let is_over = due.is_none_or(|at| at > until);
            let next = due.filter(|_| !is_over);
            let next = next.map_or(looked_at, |at| at.min(looked_at));
            self.clock.move_to(next);
            self.simulator.work_due().await;
            self.engine.settle().await;
            self.look().await;
            self.reconcile().await;
            if is_over {
                break;
            }
        }
        // The engine has a look of its own at what is quiet.
        self.clock.move_to(self.clock.now().plus(QUIET));
        self.reconcile().await;
        let mut not_played = self.not_played.0.lock().unwrap();
        self.shown.problems.append(&mut not_played);
    }

    async fn reconcile(&mut self) {
        self.engine.reconcile().await.unwrap();
        self.engine.settle().await;
        self.look().await;
    }

    async fn view(&self) -> RequestView {
        let view = self.engine.request(self.request).await.unwrap();
        view.expect("the request is there")
    }

    /// The vendor's ids of the sessions of the request, oldest first.
    async fn sessions(&self) -> Vec<String> {
        let sessions = self.view().await.sessions.into_iter();
        let ids = sessions.filter_map(|session| session.session_id);
        ids.map(|id| id.as_str().to_owned()).collect()
    }

    /// What the application reads about its request now.
    async fn look(&mut self) {
        let state = self.view().await.request.state;
        self.shown.places.extend(places::of_state(&state));
    }

    /// What the events have told: each status and reason in them was also to be read, and the last is the one that stays.
    async fn told(&mut self) {
        let (engine, request) = (self.engine.clone(), self.request);
        let shown = &mut self.shown;
        let mut last = String::new();
        for event in engine
            .events_after(EventPosition::default(), 500)
            .await
            .unwrap()
        {
            let Some(data) = event.data else { continue };
            let data: serde_json::Value = idv_core::json::decode(data.get().as_bytes()).unwrap();
            let reasons = data["reasons"].as_array().into_iter().flatten();
            let reasons = reasons.map(|reason| format!("reason:{}", reason.as_str().unwrap()));
            data["status"].as_str().unwrap().clone_into(&mut last);
            // So it is until the vendor has answered the start, and nobody can look so fast.
            let status = (last != "created").then(|| format!("status:{last}"));
            for place in reasons.chain(status) {
                if !shown.places.contains(&place) {
                    let problem = format!("an event told {place}, which was never to be read");
                    shown.problems.push(problem);
                }
            }
        }
        let view = engine.request(request).await.unwrap().unwrap();
        let stays = view.request.state.status;
        if stays.is_final() && stays.as_word() != last {
            let problem = format!("it ended as {stays}, and the last event told {last}");
            shown.problems.push(problem);
        }
    }
}

async fn engine(column: &Column, simulator: &Simulator, clock: &Arc<VirtualClock>) -> Engine {
    let transport = simulator.transport(column.kind);
    let account = Account {
        id: AccountId::from(ACCOUNT),
        provider: (column.provider)(transport, clock.clone()),
        environment: Environment::Sandbox,
        can_fetch: true,
        unmatched: Unmatched::Park,
        siblings: Vec::new(),
        health: None,
    };
    let accounts = Accounts::new(vec![account], Some(AccountId::from(ACCOUNT)));
    let store = Arc::new(SqliteStore::in_memory().await.unwrap());
    let master = MasterKey::generate().unwrap();
    let settings = EngineSettings::default();
    Engine::open(store, accounts, master, clock.clone(), settings)
        .await
        .unwrap()
}
