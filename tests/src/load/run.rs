//! One run, from the first webhook to the last look.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use fastrand::Rng;
use idv_engine::store::Store;
use idv_simulator::VendorKind;
use tokio::task::JoinHandle;

use super::application::{Asker, Endpoint, Feed, Listed, follow};
use super::fleet::Fleet;
use super::kills::Kills;
use super::ledger::Ledger;
use super::network::{Network, client, pause};
use super::report::{Report, grouped};
use super::settings::Settings;
use super::source::{Made, Source};
use super::vendors::Vendors;

/// For so long there may be no progress at all before it is given up: longer than the second pause of an event that is
/// not taken.
const PATIENCE: Duration = Duration::from_secs(360);
/// For so long an event may be on its way when nothing waits to be sent any more.
const ON_THE_WAY: Duration = Duration::from_secs(20);
/// How often the server's tables are looked after.
const UPKEEP_EVERY: Duration = Duration::from_secs(10);
/// How often people are told how far it is.
const TELL_EVERY: Duration = Duration::from_secs(2);

/// Sends, kills, waits until all is worked on, and looks at everything. `say`: told how far it is. None where there
/// is no such database, which was said aloud then.
///
/// # Panics
/// If what it relies on does not work: a process that cannot be started, a database that cannot be read, a gateway
/// that makes no progress.
pub async fn run(settings: &Settings, say: &(dyn Fn(&str) + Sync)) -> Option<Report> {
    let mut rng = Rng::with_seed(settings.seed);
    let ledger = Arc::new(Ledger::default());
    let kills = Arc::new(Kills::new(settings.kills, settings.webhooks, &mut rng));
    let lines = settings.posts_at_once();
    let network = Network::new(lines, Arc::clone(&kills), Arc::clone(&ledger), rng.fork());
    let network = Arc::new(network);
    let vendors = Vendors::open(network.clone(), &ledger, &mut rng).await;
    let tables = settings.tables() + &vendors.tables(settings.calls_per_sec);
    let program = settings.program.clone();
    let fleet = Fleet::start_all(program, settings.database, settings.replicas, &tables).await?;
    let fleet = Arc::new(fleet);
    network.connect(Arc::clone(&fleet));
    let key = fleet.make_api_key();
    let endpoint = Endpoint::open(rng.fork()).await;
    let feed = Feed::new(Arc::clone(&fleet), client(), key.clone());
    feed.send_to(&endpoint).await;
    let stage = Stage {
        settings,
        say,
        begun: Instant::now(),
        store: fleet.store().await,
        asker: Asker::new(Arc::clone(&fleet), client(), key, settings.requests()),
        vendors: Arc::new(vendors),
        made: Arc::default(),
        network,
        ledger,
        fleet,
        kills,
        endpoint,
        feed,
    };
    let followed = stage.follow(rng.fork());
    let upkeep = tokio::spawn(look_after_tables(Arc::clone(&stage.fleet)));
    stage.send(&mut rng).await;
    let sent_after = stage.begun.elapsed();
    stage.drain(&mut rng).await;
    let drained_after = stage.begun.elapsed();
    let followed = followed.end().await;
    stage.arrive(&followed).await;
    upkeep.abort();
    say("everything is at rest; looking at it");
    let mut report = stage.report(&followed).await;
    for (name, after) in [("sent after", sent_after), ("drained after", drained_after)] {
        let text = format!("{:.1} s", after.as_secs_f64());
        report.figures.push((name, text.into()));
    }
    Some(report)
}

async fn look_after_tables(fleet: Arc<Fleet>) {
    loop {
        tokio::time::sleep(UPKEEP_EVERY).await;
        let fleet = Arc::clone(&fleet);
        let looking = tokio::task::spawn_blocking(move || fleet.look_after_tables());
        looking.await.unwrap();
    }
}

/// Everything that takes part.
pub(super) struct Stage<'a> {
    pub(super) settings: &'a Settings,
    pub(super) say: &'a (dyn Fn(&str) + Sync),
    pub(super) begun: Instant,
    pub(super) vendors: Arc<Vendors>,
    pub(super) made: Arc<Made>,
    pub(super) network: Arc<Network>,
    pub(super) ledger: Arc<Ledger>,
    pub(super) fleet: Arc<Fleet>,
    pub(super) kills: Arc<Kills>,
    pub(super) store: Arc<dyn Store>,
    pub(super) asker: Arc<Asker>,
    pub(super) endpoint: Endpoint,
    pub(super) feed: Feed,
}

/// Somebody who reads the feed while it grows.
struct Follower {
    stop: Arc<AtomicBool>,
    reading: JoinHandle<Vec<Listed>>,
}

impl Follower {
    /// Reads to the end, and stops.
    async fn end(self) -> Vec<Listed> {
        self.stop.store(true, Ordering::SeqCst);
        self.reading.await.unwrap()
    }
}

impl Stage<'_> {
    fn follow(&self, rng: Rng) -> Follower {
        let stop = Arc::new(AtomicBool::new(false));
        let reading = follow(self.feed.clone(), Arc::clone(&stop), rng);
        Follower {
            stop,
            reading: tokio::spawn(reading),
        }
    }

    /// Until everything was acknowledged and everybody has died as often as they should.
    async fn send(&self, rng: &mut Rng) {
        let mut asking = {
            let (ledger, rng) = (Arc::clone(&self.ledger), rng.fork());
            let (webhooks, total) = (self.settings.webhooks, self.settings.requests());
            let is_all_at_once = self.settings.vendor_down;
            // Spread over the sending; a vendor that is down makes no sessions.
            let may_go_on = move || match is_all_at_once {
                true => total,
                false => ledger.acknowledgements() * total / webhooks,
            };
            tokio::spawn(Arc::clone(&self.asker).run(rng, may_go_on))
        };
        let mut is_asked = false;
        if self.settings.vendor_down {
            (&mut asking).await.unwrap();
            is_asked = true;
            self.vendors.set_down(true);
        }
        let mut killing = {
            let (kills, fleet, rng) =
                (Arc::clone(&self.kills), Arc::clone(&self.fleet), rng.fork());
            let ledger = Arc::clone(&self.ledger);
            let sent = move || ledger.acknowledgements();
            tokio::spawn(async move { kills.run(&fleet, rng, sent).await })
        };
        let mut telling =
            tokio::spawn(self.source(rng.fork()).run(Arc::clone(&self.asker.is_done)));
        let (mut is_killed, mut is_told) = (false, false);
        let mut told = Instant::now();
        while !(is_killed && is_told && is_asked) {
            tokio::select! {
                ended = &mut killing, if !is_killed => { ended.unwrap(); is_killed = true; }
                ended = &mut telling, if !is_told => { ended.unwrap(); is_told = true; }
                ended = &mut asking, if !is_asked => { ended.unwrap(); is_asked = true; }
                () = pause(50) => {}
            }
            if self.settings.vendor_down && self.only_what_needs_the_vendor_is_left() {
                self.vendors.set_down(false);
            }
            if told.elapsed() >= TELL_EVERY {
                told = Instant::now();
                self.tell("sending").await;
            }
        }
        self.vendors.set_down(false);
    }

    fn source(&self, rng: Rng) -> Source {
        Source {
            vendors: Arc::clone(&self.vendors),
            ledger: Arc::clone(&self.ledger),
            rng,
            total: self.settings.webhooks,
            at_once: self.settings.sessions_at_once(),
            window: self.settings.window(),
            made: Arc::clone(&self.made),
        }
    }

    /// Until the inbox, the jobs and the outbox are empty.
    async fn drain(&self, rng: &mut Rng) {
        let mut kills_left = self.settings.kills_while_draining();
        let mut told = Instant::now();
        let (mut before, mut changed) = (u64::MAX, Instant::now());
        loop {
            let left = self.left().await;
            if left == 0 && kills_left == 0 {
                return;
            }
            if left != before {
                (before, changed) = (left, Instant::now());
            }
            assert!(
                changed.elapsed() < PATIENCE,
                "there is no progress any more: {left} are left"
            );
            if kills_left > 0 {
                pause(rng.u64(0..1_000)).await;
                self.kills.once(&self.fleet, rng).await;
                kills_left -= 1;
            }
            if told.elapsed() >= TELL_EVERY {
                told = Instant::now();
                self.tell("draining").await;
            }
            self.fleet.note_accidents();
            pause(100).await;
        }
    }

    /// Until the endpoint has taken what is in the feed. What does not come is for the checks to tell.
    async fn arrive(&self, feed: &[Listed]) {
        let (mut before, mut changed) = (0, Instant::now());
        while before < feed.len() && changed.elapsed() < ON_THE_WAY {
            let taken = self.endpoint.taken();
            if taken != before {
                (before, changed) = (taken, Instant::now());
            }
            pause(50).await;
        }
    }

    async fn left(&self) -> u64 {
        let inbox = self.store.inbox().counts().await.unwrap().pending;
        let jobs = self.store.jobs().count().await.unwrap();
        let outbox = self.store.outbox().counts().await.unwrap().pending;
        inbox + jobs + outbox
    }

    /// A vendor that is down cannot be asked for its keys either, so nobody can tell whether what it sends is genuine.
    fn only_what_needs_the_vendor_is_left(&self) -> bool {
        let pages = self.ledger.pages();
        self.made.is_enough()
            && self.vendors.under_way().scenarios == 0
            && pages
                .sent
                .keys()
                .filter(|key| key.vendor != VendorKind::Plaid)
                .all(|key| pages.acknowledged.contains(key))
    }

    async fn tell(&self, what: &str) {
        let pending = self.store.inbox().counts().await.unwrap().pending;
        let unsent = self.store.outbox().counts().await.unwrap().pending;
        let acknowledged = self.ledger.acknowledgements();
        (self.say)(&format!(
            "{:6.1} s  {what}: {} of {} acknowledged, {} killed, {} to be worked on, {} events to be sent",
            self.begun.elapsed().as_secs_f64(),
            grouped(acknowledged as u64),
            grouped(self.settings.webhooks as u64),
            self.kills.count(),
            grouped(pending),
            grouped(unsent),
        ));
    }
}
