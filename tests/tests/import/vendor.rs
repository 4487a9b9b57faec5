//! Simulated Stripe with a long past, and every call written down.

use std::process::Child;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, Response};
use idv_simulator::stripe::{Account, Session};
use idv_simulator::{Around, Simulator, Vendor as Simulated, VendorKind, Watch};
use idv_tests::simulated::refuse_the_key;
use tokio::sync::watch;

/// What every reference to a person bears.
pub(crate) const MARK: &str = "marked-person";

/// When the newest session was made, and how long before it the next, in seconds.
const NEWEST_UNIX_SECS: i64 = 1_790_000_000;
const APART_SECS: i64 = 90;

/// How the ids of its sessions begin.
const PREFIX: &str = "vs_import";

/// What the vendor holds: so many sessions, numbered from the newest on.
#[derive(Clone, Copy)]
pub(crate) struct Held {
    count: usize,
}

/// What is to become of it.
#[derive(Debug, Default)]
pub(crate) struct Expected {
    pub(crate) requests: usize,
    pub(crate) joined: usize,
    pub(crate) passed: usize,
    pub(crate) without_subject: usize,
    pub(crate) other_environment: usize,
}

impl Expected {
    pub(crate) const fn sessions(&self) -> usize {
        self.requests + self.joined
    }
}

/// One session by its number: how it stands, and whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lot {
    Verified,
    Withdrawn,
    /// Two of these in a row are of one subject.
    Open,
    OfNobody,
    OfRealLife,
}

const fn lot(number: usize) -> Lot {
    match number % 10 {
        8 => Lot::Open,
        6 | 7 => Lot::Withdrawn,
        5 if number % 100 == 25 => Lot::OfNobody,
        5 if number % 100 == 35 => Lot::OfRealLife,
        _ => Lot::Verified,
    }
}

fn session(number: usize) -> Session {
    let subject = match lot(number) {
        Lot::Open => format!("{MARK}-open-{}", number / 20),
        _ => format!("{MARK}-{}", number / 3),
    };
    let at = created_unix_secs(number);
    let mut session = Session::new(format!("{PREFIX}{number:06}"), at);
    let lot = lot(number);
    if lot != Lot::OfNobody {
        session = session.for_reference(subject);
    }
    if lot == Lot::OfRealLife {
        session = session.live();
    }
    match lot {
        Lot::Open => {}
        Lot::Withdrawn => drop(session.cancel(at).unwrap()),
        _ => {
            session.submit(at).unwrap();
            session.verify(at).unwrap();
        }
    }
    session
}

/// When the session of this number was made, UTC.
fn created_unix_secs(number: usize) -> i64 {
    NEWEST_UNIX_SECS - APART_SECS * i64::try_from(number).unwrap()
}

impl Held {
    pub(crate) const fn of(count: usize) -> Self {
        Self { count }
    }

    /// An account that was used for a long time.
    fn account(self) -> Account {
        let account = Account::simulated();
        for number in (0..self.count).rev() {
            account.insert(session(number));
        }
        account
    }

    /// When the vendor made this one, UTC.
    pub(crate) fn created_unix_secs(self, id: &str) -> Option<i64> {
        let number: usize = id.strip_prefix(PREFIX)?.parse().ok()?;
        (number < self.count).then(|| created_unix_secs(number))
    }

    pub(crate) fn expected(self) -> Expected {
        let mut expected = Expected::default();
        for number in 0..self.count {
            match lot(number) {
                Lot::Verified => {
                    expected.passed += 1;
                    expected.requests += 1;
                }
                Lot::Withdrawn => expected.requests += 1,
                // Of two, the newer is met first.
                Lot::Open if number % 20 == 8 => expected.requests += 1,
                Lot::Open => expected.joined += 1,
                Lot::OfNobody => expected.without_subject += 1,
                Lot::OfRealLife => expected.other_environment += 1,
            }
        }
        expected
    }
}

/// The simulated vendor, on a port of this machine.
pub(crate) struct Vendor {
    held: Held,
    simulator: Simulator,
    desk: Arc<Desk>,
}

/// Where calls are written down.
struct Desk {
    calls: Mutex<Vec<Instant>>,
    asked: watch::Sender<usize>,
    refuses_the_key: AtomicBool,
}

impl Watch for Desk {
    fn answered(&self, _: VendorKind, _: &Request<Bytes>, _: &Response<Bytes>) {
        self.calls.lock().unwrap().push(Instant::now());
        self.asked.send_modify(|count| *count += 1);
    }
}

impl Vendor {
    pub(crate) async fn holding(held: Held) -> Self {
        let desk = Arc::new(Desk {
            calls: Mutex::default(),
            asked: watch::Sender::new(0),
            refuses_the_key: AtomicBool::new(false),
        });
        let door = Arc::clone(&desk);
        let account = Around::new(
            Arc::new(held.account()),
            move |vendor: &dyn Simulated, request: &Request<Bytes>, now| {
                if !door.refuses_the_key.load(Ordering::SeqCst) {
                    return vendor.answer(request, now);
                }
                refuse_the_key(vendor, request, now)
            },
        );
        let builder = Simulator::builder().vendor(Arc::new(account));
        let simulator = builder.watch(desk.clone()).start().await.unwrap();
        Self {
            held,
            simulator,
            desk,
        }
    }

    pub(crate) fn base_url(&self) -> String {
        self.simulator.base_url(VendorKind::Stripe)
    }

    pub(crate) const fn held(&self) -> Held {
        self.held
    }

    /// When it was called, in order.
    pub(crate) fn calls(&self) -> Vec<Instant> {
        self.desk.calls.lock().unwrap().clone()
    }

    /// From now on, as if it had just been taken back.
    pub(crate) fn refuse_the_key(&self) {
        self.desk.refuses_the_key.store(true, Ordering::SeqCst);
    }

    /// Waits until it was called more often than this, and then for the next call, but no longer than `phase`.
    pub(crate) async fn until_asked(&self, calls: usize, phase: Duration, child: &mut Child) {
        let mut asked = self.desk.asked.subscribe();
        let long = Duration::from_secs(60);
        let enough = tokio::time::timeout(long, asked.wait_for(|count| *count > calls)).await;
        let now = enough.map(|count| count.map(|count| *count));
        let Ok(Ok(now)) = now else {
            panic!("it asks for no more pages: {:?}", child.try_wait());
        };
        let _ = tokio::time::timeout(phase, asked.wait_for(|count| *count > now)).await;
    }
}

/// Where more calls than the limit came within a second, and how long they took; none if nowhere.
pub(crate) fn too_close(
    calls: &[Instant],
    per_sec: usize,
    late_by: Duration,
) -> Option<(usize, Duration)> {
    let least = Duration::from_secs(1).saturating_sub(late_by);
    let spans = calls.windows(per_sec + 1).map(|window| {
        let (first, last) = (window[0], window[per_sec]);
        last.duration_since(first)
    });
    spans.enumerate().find(|(_, span)| *span < least)
}
