//! Walking through what a vendor holds, and taking it in.

mod history;
mod walk;

use std::time::Duration;

use async_trait::async_trait;
use idv_core::{AccountId, ErrorKind, SessionId};
use idv_engine::{Import, ImportError, ImportReport, ImportWatcher, RequestView};
use idv_testkit::fake::{Effect, FakeState, FakeVendor, Fault};

use crate::world::{ACCOUNT, World};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// Keeps what it hears, and waits by putting the clock forward.
struct Watcher<'a> {
    world: &'a World,
    /// After this many pages the vendor refuses.
    stop_after: usize,
    pages: Vec<ImportReport>,
    waited: Vec<Duration>,
}

#[async_trait]
impl ImportWatcher for Watcher<'_> {
    fn page_done(&mut self, report: &ImportReport) {
        self.pages.push(*report);
        if self.pages.len() == self.stop_after {
            refuse_the_next_page(&self.world.vendor);
        }
    }

    async fn wait(&mut self, pause: Duration) {
        self.world.clock.advance(pause);
        self.waited.push(pause);
    }
}

fn watcher(world: &World) -> Watcher<'_> {
    Watcher {
        world,
        stop_after: 0,
        pages: Vec::new(),
        waited: Vec::new(),
    }
}

fn order() -> Import {
    Import::new(AccountId::from(ACCOUNT))
}

async fn import(world: &World, order: &Import) -> Result<ImportReport, ImportError> {
    world.engine.import(order, &mut watcher(world)).await
}

async fn imported(world: &World, order: &Import) -> ImportReport {
    import(world, order).await.unwrap()
}

/// A vendor with one session a day, each of a subject of its own; then a day passes.
fn history(world: &World, states: &[FakeState]) -> Vec<SessionId> {
    let made = states.iter().enumerate().map(|(number, state)| {
        let subject = format!("subject-{number}");
        let session = world.vendor.make_check(&subject, *state);
        world.clock.advance(DAY);
        session
    });
    made.collect()
}

async fn request_of(world: &World, session: &SessionId) -> RequestView {
    let of = |view: &RequestView| {
        let mut sessions = view.sessions.iter();
        sessions.any(|s| s.session_id.as_ref() == Some(session))
    };
    let mut found: Vec<_> = world.requests().await.into_iter().filter(of).collect();
    assert_eq!(found.len(), 1, "one request for {session}");
    found.remove(0)
}

/// The next page cannot be read.
fn refuse_the_next_page(vendor: &FakeVendor) {
    let mut fault = Fault::of_kind(&ErrorKind::InvalidCredentials, Effect::None);
    fault.operation = Some("list_checks");
    vendor.fail_next(fault);
}

/// A walk that is interrupted after so many pages.
async fn interrupted(world: &World, order: &Import, pages: usize) {
    if pages == 0 {
        refuse_the_next_page(&world.vendor);
    }
    let mut watcher = watcher(world);
    watcher.stop_after = pages;
    let ended = world.engine.import(order, &mut watcher).await;
    assert!(matches!(ended, Err(ImportError::Provider(_))), "{ended:?}");
}

/// How far the walk has come, as it is kept.
async fn position(world: &World) -> Option<Vec<u8>> {
    let mut unit = world.store.begin().await.unwrap();
    unit.meta(&format!("import/{ACCOUNT}")).await.unwrap()
}
