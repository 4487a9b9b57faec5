//! An application, the engine over SQLite, and a stand-in whose time is moved by hand.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use idv_core::{Actor, Clock as _, RequestId, SubjectRef, Timestamp};
use idv_engine::crypt::MasterKey;
use idv_engine::store::EventPosition;
use idv_engine::{Engine, EngineSettings, Erase, GetOrRequest, RequestView, Whom};
use idv_simulator::scenario::Scenario;
use idv_simulator::{Simulator, VendorKind, VirtualClock};
use idv_sqlite::SqliteStore;
use idv_tests::simulated::{NotPlayed, WayIn, engine, vendors};

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
        let (way_in, not_played) = (WayIn::new(clock.clone()), Arc::new(NotPlayed::default()));
        let account = vendors::account(column.kind);
        account.add_endpoint(&format!("http://engine.invalid/webhooks/{ACCOUNT}"));
        let simulator = Simulator::builder()
            .vendor(account)
            .clock(clock.clone())
            .deliver_through(way_in.clone())
            .watch(not_played.clone())
            .build()
            .unwrap();
        let transport = simulator.transport(column.kind);
        let provider = vendors::provider(column.kind, transport, clock.clone());
        let store = Arc::new(SqliteStore::in_memory().await.unwrap());
        let (key, settings) = (MasterKey::generate().unwrap(), EngineSettings::default());
        let engine = engine(store, key, ACCOUNT, provider, clock.clone(), settings).await;
        let mut wanted =
            GetOrRequest::new(SubjectRef::new("subject-1"), Actor::ApiKey("test".into()));
        wanted.return_url = Some("https://app.example.org/back".to_owned());
        let asked = engine.get_or_request(wanted).await;
        let asked = asked.unwrap_or_else(|error| panic!("{}: {error}", scenario.name));
        way_in.leads_to(engine.clone());
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
        self.shown.problems.append(&mut self.not_played.take());
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
        let mut told = BTreeSet::new();
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
                told.insert(place);
            }
        }
        let read = shown.places.iter().filter(|place| {
            place.starts_with("status:") && *place != "status:created" && !told.contains(*place)
        });
        let untold: Vec<_> = read.map(|place| format!("no event told {place}")).collect();
        shown.problems.extend(untold);
        let view = engine.request(request).await.unwrap().unwrap();
        let stays = view.request.state.status;
        if stays.is_final() && stays.as_word() != last {
            let problem = format!("it ended as {stays}, and the last event told {last}");
            shown.problems.push(problem);
        }
    }
}
