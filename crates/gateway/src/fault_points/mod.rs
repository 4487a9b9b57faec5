//! Fault points: named places at which a test has the process die, as by `kill -9`.
//!
//! There is one before and one after every call to the database that writes or locks, and every call to a vendor. Built
//! with the feature `fault-points` alone, which no release has.
//!
//! - `IDV_FAULT=unit.commit.before:2` ends the process when it comes past that point for the second time.
//! - `IDV_FAULT_TRACE=<file>` adds the name of every point to the file when it is passed.
//! - `IDV_FAULT_LEASE_MILLIS=600` has leases end sooner than any configuration may want.

mod queues;
mod store;
mod transport;
mod unit_of_work;

use std::fs::File;
use std::io::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use idv_engine::EngineSettings;

pub(crate) use store::FaultyStore;
pub(crate) use transport::FaultyTransport;

/// The name of every fault point, in the order of the traits they stand around.
#[must_use]
pub fn names() -> Vec<String> {
    let calls = [
        ("store", store::CALLS),
        ("unit", unit_of_work::CALLS),
        ("unit", unit_of_work::OWNED_CALLS),
        ("inbox", queues::INBOX_CALLS),
        ("jobs", queues::JOB_CALLS),
        ("outbox", queues::OUTBOX_CALLS),
        ("vendor", transport::CALLS),
    ];
    calls
        .into_iter()
        .flat_map(|(of, calls)| calls.iter().map(move |call| format!("{of}.{call}")))
        .flat_map(|call| [format!("{call}.before"), format!("{call}.after")])
        .collect()
}

/// Leases that a test need not wait long for: `IDV_FAULT_LEASE_MILLIS`.
pub(crate) fn with_short_leases(mut settings: EngineSettings) -> EngineSettings {
    let millis = std::env::var("IDV_FAULT_LEASE_MILLIS").ok();
    if let Some(millis) = millis.and_then(|text| text.parse().ok()) {
        settings.lease = Duration::from_millis(millis);
    }
    settings
}

/// What the environment wants of this process.
#[derive(Debug)]
struct Wanted {
    point: Option<String>,
    /// At which passage it dies, from 1.
    passage: u64,
    passed: AtomicU64,
    trace: Option<Mutex<File>>,
}

impl Wanted {
    fn read() -> Self {
        let fault = std::env::var("IDV_FAULT").ok();
        let (point, passage) = match fault.as_deref().and_then(|text| text.split_once(':')) {
            Some((point, passage)) => (Some(point.to_owned()), passage.parse().unwrap_or(1)),
            None => (fault, 1),
        };
        let trace = std::env::var_os("IDV_FAULT_TRACE")
            .and_then(|path| File::options().create(true).append(true).open(path).ok())
            .map(Mutex::new);
        Self {
            point,
            passage,
            passed: AtomicU64::new(0),
            trace,
        }
    }

    fn pass(&self, name: &str) {
        if let Some(trace) = &self.trace {
            let mut file = trace.lock().unwrap_or_else(PoisonError::into_inner);
            // A trace that cannot be written is missed by the test that reads it.
            let _ = file.write_all(format!("{name}\n").as_bytes());
        }
        if self.point.as_deref() == Some(name) {
            let passage = self.passed.fetch_add(1, Ordering::SeqCst).wrapping_add(1);
            if passage == self.passage {
                // Nothing is unwound, flushed or closed: what is not on disk yet is lost.
                std::process::abort();
            }
        }
    }
}

/// Comes past a fault point.
fn pass(call: &str, side: &str) {
    static WANTED: OnceLock<Wanted> = OnceLock::new();
    WANTED
        .get_or_init(Wanted::read)
        .pass(&format!("{call}.{side}"));
}

/// Implements a trait by calls to what is inside, with a fault point before and after each. Lists the calls too. The
/// receiver stands in brackets of its own, so that `self` is the caller's.
macro_rules! with_fault_points {
    (
        $(#[$meta:meta])*
        $of:literal $list:ident: $trait:ident for $wrapper:ident => $reach:expr;
        $( fn $call:ident(($($receiver:tt)+) $(, $arg:ident: $ty:ty)*) -> $answer:ty; )+
    ) => {
        /// Every call that has fault points.
        pub(super) const $list: &[&str] = &[$(stringify!($call)),+];

        $(#[$meta])*
        #[async_trait::async_trait]
        impl $trait for $wrapper {
            $(
                async fn $call($($receiver)+ $(, $arg: $ty)*) -> Result<$answer, StoreError> {
                    const CALL: &str = concat!($of, ".", stringify!($call));
                    super::pass(CALL, "before");
                    let answer = $reach.$call($($arg),*).await;
                    super::pass(CALL, "after");
                    answer
                }
            )+
        }
    };
}
use with_fault_points;
