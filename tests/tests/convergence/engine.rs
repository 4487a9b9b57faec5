//! The same through the engine and a database: webhooks in any order, twice, and a vendor that contradicts itself.

use std::collections::BTreeSet;
use std::time::Duration;

use fastrand::Rng;
use idv_core::webhook::InboundWebhook;
use idv_core::{Actor, OrganizationId, RequestState, Status, SubjectRef};
use idv_engine::store::EventKind;
use idv_engine::{GetOrRequest, Refresh, Unmatched};
use idv_testkit::fake::FakeState;

use super::arrival::{is_decisive, kind_of};
use super::seed;
use crate::world::{Options, World};

/// Where a request is, without the moments at which we learned of it.
type Stand = (
    Status,
    Vec<String>,
    Vec<String>,
    bool,
    BTreeSet<String>,
    BTreeSet<String>,
);

async fn stand(world: &World) -> Stand {
    let view = world.only_request().await;
    let RequestState {
        status,
        findings,
        attention,
        subject_started,
        ..
    } = view.request.state;
    let told = world.told(view.request.id).await;
    (
        status,
        findings
            .iter()
            .map(|f| f.code.as_word().into_owned())
            .collect(),
        attention.iter().map(|a| a.as_word().into_owned()).collect(),
        subject_started,
        view.request
            .affected_organizations
            .iter()
            .map(|o| o.as_str().to_owned())
            .collect(),
        told.into_iter().map(|(_, key)| key).collect(),
    )
}

/// Tries of a subject that move forward, and one end.
fn legal_states(rng: &mut Rng) -> Vec<FakeState> {
    let mut states = vec![FakeState::Open];
    for _ in 0..rng.usize(..3) {
        states.extend([FakeState::Checking, FakeState::Again]);
    }
    if rng.bool() {
        states.push(FakeState::Checking);
    }
    let ends = [
        FakeState::Approved,
        FakeState::Declined,
        FakeState::Lapsed,
        FakeState::Left,
    ];
    states.extend(rng.choice(ends));
    states
}

/// The webhooks, and some of them again, in any order.
fn disordered(webhooks: &[InboundWebhook], rng: &mut Rng) -> Vec<InboundWebhook> {
    let again = rng.usize(..webhooks.len());
    let mut all: Vec<_> = webhooks.iter().chain(&webhooks[again..]).cloned().collect();
    rng.shuffle(&mut all);
    all
}

#[tokio::test]
async fn a_receiver_ends_at_the_same_place_whatever_the_order_of_its_webhooks() {
    let mut rng = Rng::with_seed(seed());
    for _ in 0..12 {
        // The fake vendor has no attempts: within one, a later try is not told from an earlier one.
        let mut states = legal_states(&mut rng);
        let mut seen = BTreeSet::new();
        states.retain(|state| seen.insert(state.word()));
        let mut first = None;
        for round in 0..4 {
            let world = World::receiving().await.unwrap();
            let session = world.vendor.make_check("subject-1", FakeState::Open);
            let mut webhooks = Vec::new();
            for state in &states {
                world.clock.advance(Duration::from_secs(1));
                world.vendor.move_to(&session, *state);
                webhooks.push(world.vendor.webhook(&session));
                // Told again under another key, as by two webhooks with a token each: taken in twice, and no news.
                if round > 1 {
                    webhooks.push(world.vendor.webhook(&session));
                }
            }
            if round > 0 {
                webhooks = disordered(&webhooks, &mut rng);
            }
            for webhook in webhooks {
                world.clock.advance(Duration::from_secs(1));
                world.deliver(webhook).await;
                if rng.bool() {
                    world.engine.settle().await;
                }
            }
            world.engine.settle().await;
            let stand = stand(&world).await;
            assert_eq!(
                *first.get_or_insert_with(|| stand.clone()),
                stand,
                "{states:?}"
            );
        }
    }
}

#[tokio::test]
async fn with_a_last_fetch_any_order_of_webhooks_and_commands_ends_at_the_same_place() {
    let mut rng = Rng::with_seed(seed());
    for _ in 0..12 {
        let states = legal_states(&mut rng);
        let mut first = None;
        for _ in 0..4 {
            let world = World::with_api().await.unwrap();
            let mut organizations = ["company-1", "company-2", "company-3", "company-1"];
            rng.shuffle(&mut organizations);
            for organization in organizations {
                let mut command =
                    GetOrRequest::new(SubjectRef::new("subject-1"), Actor::ApiKey("test".into()));
                command.organization = Some(OrganizationId::new(organization));
                world.engine.get_or_request(command).await.unwrap();
            }
            let session = world.vendor.sessions()[0].clone();
            let mut webhooks = Vec::new();
            for state in &states {
                world.clock.advance(Duration::from_secs(1));
                world.vendor.move_to(&session, *state);
                webhooks.push(world.vendor.webhook(&session));
            }
            for webhook in disordered(&webhooks, &mut rng) {
                world.clock.advance(Duration::from_secs(1));
                world.deliver(webhook).await;
                if rng.bool() {
                    world.engine.settle().await;
                }
            }
            world.engine.settle().await;
            let refresh = Refresh {
                request: world.only_request().await.request.id,
                actor: Actor::System,
            };
            world.engine.refresh(refresh).await.unwrap();
            let stand = stand(&world).await;
            assert_eq!(
                *first.get_or_insert_with(|| stand.clone()),
                stand,
                "{states:?}"
            );
        }
    }
}

/// The last event that says how a request is.
async fn last_word(world: &World) -> (Status, Option<EventKind>) {
    let view = world.only_request().await;
    let kinds = world.kinds_told(view.request.id).await;
    let last = kinds.into_iter().rfind(|kind| is_decisive(*kind));
    (view.request.state.status, last)
}

#[tokio::test]
async fn what_was_told_last_is_true_even_if_the_vendor_contradicts_itself() {
    let mut rng = Rng::with_seed(seed());
    for round in 0..40 {
        let can_fetch = round % 2 == 0;
        let world = World::open(Options {
            can_fetch,
            unmatched: Unmatched::Adopt,
            ..Options::default()
        })
        .await
        .unwrap();
        let session = if can_fetch {
            world.started("subject-1").await
        } else {
            world.vendor.make_check("subject-1", FakeState::Open)
        };
        let mut webhooks = Vec::new();
        let mut story = Vec::new();
        for _ in 0..10 {
            // A technical end would begin another session.
            let known = FakeState::KNOWN;
            let state = *rng.choice(known).unwrap();
            if state == FakeState::Broken {
                continue;
            }
            world.clock.advance(Duration::from_secs(1));
            world.vendor.move_to(&session, state);
            story.push(state);
            webhooks.push(world.vendor.webhook(&session));
            if !can_fetch {
                continue;
            }
            world.news(&session).await;
            world.engine.settle().await;
            let (status, last) = last_word(&world).await;
            if let Some(kind) = kind_of(&status) {
                assert_eq!(last, Some(kind), "it is {status} after {story:?}");
            }
        }
        if !can_fetch {
            rng.shuffle(&mut webhooks);
            for webhook in webhooks {
                world.clock.advance(Duration::from_secs(1));
                world.deliver(webhook).await;
                world.engine.settle().await;
                let (status, last) = last_word(&world).await;
                if let Some(kind) = kind_of(&status) {
                    assert_eq!(last, Some(kind), "it is {status}, of {story:?}");
                }
            }
        }
    }
}

/// What is told again depends on the order, so chance would meet it in few of the histories above. This one always does.
#[tokio::test]
async fn an_end_that_is_back_after_another_one_is_told_again() {
    let world = World::open(Options {
        can_fetch: false,
        unmatched: Unmatched::Adopt,
        ..Options::default()
    })
    .await
    .unwrap();
    let session = world.vendor.make_check("subject-1", FakeState::Open);
    let mut webhooks = Vec::new();
    for state in [
        FakeState::Approved,
        FakeState::Declined,
        FakeState::Approved,
    ] {
        world.clock.advance(Duration::from_secs(1));
        world.vendor.move_to(&session, state);
        webhooks.push(world.vendor.webhook(&session));
    }
    // The earliest end counts, so each of these, told of backwards, takes the place of the one before.
    let mut kinds = Vec::new();
    for webhook in webhooks.into_iter().rev() {
        world.clock.advance(Duration::from_secs(1));
        world.deliver(webhook).await;
        world.engine.settle().await;
        kinds.push(last_word(&world).await.1);
    }
    let told = [EventKind::Passed, EventKind::Failed, EventKind::Passed];
    assert_eq!(kinds, told.map(Some));
    let request = world.only_request().await.request.id;
    let told = world.told(request).await;
    let again = told
        .iter()
        .filter(|(_, key)| key.starts_with("passed/again/"));
    assert_eq!(again.count(), 1, "{told:?}");
}
