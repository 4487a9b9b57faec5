//! One run, from the first webhook to the last look.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use fastrand::Rng;
use idv_engine::store::Store;
use tokio::task::JoinHandle;

use super::application::{Endpoint, Feed, Listed, follow};
use super::delivery::Kind;
use super::fleet::Fleet;
use super::kills::Kills;
use super::ledger::Ledger;
use super::queue::Queue;
use super::report::{Report, grouped};
use super::sender::{Sending, client, pause};
use super::settings::Settings;
use super::source::Source;
use super::vendors::{Vendor, Vendors};

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
    let vendors = Arc::new(Vendors::open().await);
    let tables = settings.tables() + &vendors.tables(settings.calls_per_sec);
    let program = settings.program.clone();
    let fleet = Fleet::start_all(program, settings.database, settings.replicas, &tables).await?;
    let fleet = Arc::new(fleet);
    let store = fleet.store().await;
    let endpoint = Endpoint::open(rng.fork()).await;
    let feed = Feed::new(Arc::clone(&fleet), client());
    feed.send_to(&endpoint).await;

    let source = Source::new(
        Arc::clone(&vendors),
        rng.fork(),
        settings.webhooks,
        settings.sessions_at_once(),
    );
    let kills = Kills::new(settings.kills, settings.webhooks, &mut rng);
    let stage = Stage {
        settings,
        say,
        begun: Instant::now(),
        sending: Arc::new(Sending {
            vendors,
            queue: Arc::new(Queue::new(source, settings.window(), rng.fork())),
            ledger: Arc::new(Ledger::default()),
            fleet,
            kills: Arc::new(kills),
            client: client(),
        }),
        store,
        endpoint,
        feed,
    };
    let followed = stage.follow(rng.fork());
    let upkeep = tokio::spawn(look_after_tables(Arc::clone(&stage.sending.fleet)));
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
    pub(super) sending: Arc<Sending>,
    pub(super) store: Arc<dyn Store>,
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
        let sending = &self.sending;
        sending.vendors.set_down(self.settings.vendor_down);
        let mut killing = {
            let (sending, rng) = (Arc::clone(sending), rng.fork());
            tokio::spawn(async move {
                let sent = || sending.ledger.pages().acknowledgements;
                sending.kills.run(&sending.fleet, rng, sent).await;
            })
        };
        let mut posting = {
            let (sending, mut rng) = (Arc::clone(sending), rng.fork());
            let at_once = self.settings.posts_at_once();
            tokio::spawn(async move { sending.run(at_once, &mut rng).await })
        };
        let (mut is_killed, mut is_posted) = (false, false);
        let mut told = Instant::now();
        while !(is_killed && is_posted) {
            tokio::select! {
                ended = &mut killing, if !is_killed => { ended.unwrap(); is_killed = true; }
                ended = &mut posting, if !is_posted => { ended.unwrap(); is_posted = true; }
                () = pause(50) => {}
            }
            if self.settings.vendor_down && self.only_what_needs_the_vendor_is_left() {
                sending.vendors.set_down(false);
            }
            if told.elapsed() >= TELL_EVERY {
                told = Instant::now();
                self.tell("sending").await;
            }
        }
        sending.vendors.set_down(false);
    }

    /// Until the inbox, the jobs and the outbox are empty.
    async fn drain(&self, rng: &mut Rng) {
        let sending = &self.sending;
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
                sending.kills.once(&sending.fleet, rng).await;
                kills_left -= 1;
            }
            if told.elapsed() >= TELL_EVERY {
                told = Instant::now();
                self.tell("draining").await;
            }
            sending.fleet.note_accidents();
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
        let made = self.sending.queue.made().all;
        let pages = self.sending.ledger.pages();
        made >= self.settings.webhooks
            && pages
                .sent
                .iter()
                .filter(|(key, _)| key.vendor != Vendor::Plaid)
                .all(|(key, kind)| *kind == Kind::Forged || pages.acknowledged.contains(key))
    }

    async fn tell(&self, what: &str) {
        let pending = self.store.inbox().counts().await.unwrap().pending;
        let unsent = self.store.outbox().counts().await.unwrap().pending;
        let acknowledged = self.sending.ledger.pages().acknowledgements;
        (self.say)(&format!(
            "{:6.1} s  {what}: {} of {} acknowledged, {} killed, {} to be worked on, {} events to be sent",
            self.begun.elapsed().as_secs_f64(),
            grouped(acknowledged as u64),
            grouped(self.settings.webhooks as u64),
            self.sending.kills.count(),
            grouped(pending),
            grouped(unsent),
        ));
    }
}
