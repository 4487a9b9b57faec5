//! Stored history in new words: shown first, written when asked for, and never a pass.

use std::sync::Arc;

use crate::world::{ACCOUNT, World};
use async_trait::async_trait;
use idv_core::webhook::{InboundWebhook, VerifiedWebhook, VerifyError};
use idv_core::{
    Abilities, AccountId, Checkpoint, Depth, Error, IdProvider, Kind, Mapped, Part, ProviderInfo,
    SessionId, Snapshot, StartSession, Started, Status, Unreadable, UserLink, WebhookEvent,
};
use idv_engine::store::{ObservationSource, PageRequest};
use idv_engine::{Account, Accounts, Engine, EngineSettings, Environment, Remapped, Unmatched};
use idv_testkit::fake::{FakeOptions, FakeProvider, FakeState};

/// The fake provider of the next version, which reads one status another way.
#[derive(Debug)]
struct NextVersion {
    fake: FakeProvider,
    info: ProviderInfo,
    reads: (Status, Status),
}

#[async_trait]
impl IdProvider for NextVersion {
    fn info(&self) -> &ProviderInfo {
        &self.info
    }
    async fn start(
        &self,
        intent: &StartSession,
        checkpoint: &mut dyn Checkpoint,
    ) -> Result<Started, Error> {
        self.fake.start(intent, checkpoint).await
    }
    async fn fetch(&self, session: &SessionId, depth: Depth) -> Result<Snapshot, Error> {
        self.fake.fetch(session, depth).await
    }
    async fn renew_link(&self, session: &SessionId) -> Result<UserLink, Error> {
        self.fake.renew_link(session).await
    }
    async fn verify(&self, webhook: &InboundWebhook) -> Result<VerifiedWebhook, VerifyError> {
        self.fake.verify(webhook).await
    }
    fn interpret(&self, webhook: &VerifiedWebhook) -> Result<WebhookEvent, Unreadable> {
        self.fake.interpret(webhook)
    }
    fn translate(&self, kind: Option<Kind>, bytes: &[u8]) -> Result<Mapped, Unreadable> {
        self.fake.translate(kind, bytes)
    }
    fn assemble(&self, parts: &[Part]) -> Result<Mapped, Unreadable> {
        let mut mapped = self.fake.assemble(parts)?;
        mapped.mapping_version = self.info.mapping_version;
        if mapped.status.as_ref() == Some(&self.reads.0) {
            mapped.status = Some(self.reads.1.clone());
        }
        Ok(mapped)
    }
    fn capabilities(&self) -> idv_core::Capabilities {
        self.fake.capabilities()
    }

    fn abilities(&self) -> Abilities<'_> {
        self.fake.abilities()
    }
}

/// The same database under a build that reads `from` as `to`.
async fn next_version(world: &World, from: Status, to: Status) -> Engine {
    let fake = FakeProvider::new(FakeOptions::default(), world.vendor.clone());
    let mut info = fake.info().clone();
    info.mapping_version += 1;
    let account = Account {
        id: AccountId::from(ACCOUNT),
        provider: Arc::new(NextVersion {
            fake,
            info,
            reads: (from, to),
        }),
        environment: Environment::Sandbox,
        can_fetch: true,
        unmatched: Unmatched::Park,
        siblings: Vec::new(),
        health: None,
    };
    Engine::open(
        world.store.clone(),
        Accounts::new(vec![account], Some(AccountId::from(ACCOUNT))),
        world.master.clone(),
        world.clock.clone(),
        EngineSettings::default(),
    )
    .await
    .unwrap()
}

async fn remap(engine: &Engine, apply: bool) -> Remapped {
    engine
        .remap(&AccountId::from(ACCOUNT), apply, |_| {})
        .await
        .unwrap()
}

async fn status(world: &World) -> Status {
    world.requests().await[0].request.state.status.clone()
}

async fn remaps(world: &World) -> usize {
    let request = world.requests().await[0].request.id;
    let page = PageRequest {
        after: None,
        limit: 500,
    };
    let all = world.store.reads().observations_of(request, page).await;
    let rows = all.unwrap().rows;
    rows.iter()
        .filter(|row| row.source == ObservationSource::Remap)
        .count()
}

async fn in_review() -> Option<World> {
    let world = World::with_api().await?;
    let session = world.started("ada").await;
    world.hear_of(&session, FakeState::Review).await;
    assert_eq!(status(&world).await, Status::InReview);
    Some(world)
}

#[tokio::test]
async fn a_dry_run_shows_what_would_change_and_changes_nothing() {
    let Some(world) = in_review().await else {
        return;
    };
    let next = next_version(&world, Status::InReview, Status::Processing).await;
    let shown = remap(&next, false).await;
    assert_eq!(shown.changes.len(), 1);
    assert_eq!(
        shown.changes[0].status,
        (Status::InReview, Status::Processing)
    );
    assert!(
        shown.observations >= 2,
        "the start and the fetch: {shown:?}"
    );
    assert_eq!(status(&world).await, Status::InReview);
    assert_eq!(remaps(&world).await, 0);
}

#[tokio::test]
async fn what_is_applied_is_written_beside_the_old_words_and_only_once() {
    let Some(world) = in_review().await else {
        return;
    };
    let next = next_version(&world, Status::InReview, Status::Processing).await;
    let applied = remap(&next, true).await;
    assert_eq!(status(&world).await, Status::Processing);
    let written = remaps(&world).await;
    assert_eq!(u64::try_from(written).unwrap(), applied.observations);

    let again = remap(&next, true).await;
    assert_eq!((again.observations, again.changes.len()), (0, 0));
    assert_eq!(remaps(&world).await, written);
}

#[tokio::test]
async fn new_words_never_make_a_pass() {
    let Some(world) = in_review().await else {
        return;
    };
    let next = next_version(&world, Status::InReview, Status::Passed).await;
    let applied = remap(&next, true).await;
    assert_eq!(applied.changes.len(), 1);
    assert!(applied.changes[0].held_back);
    assert_eq!(status(&world).await, Status::InReview);
    assert_eq!(remaps(&world).await, 0);
}

#[tokio::test]
async fn a_pass_that_new_words_take_away_is_taken_away() {
    let Some(world) = World::with_api().await else {
        return;
    };
    let session = world.started("ada").await;
    world.hear_of(&session, FakeState::Approved).await;
    assert_eq!(status(&world).await, Status::Passed);
    let next = next_version(&world, Status::Passed, Status::Failed).await;
    let applied = remap(&next, true).await;
    assert!(!applied.changes[0].held_back);
    assert_eq!(status(&world).await, Status::Failed);
}
