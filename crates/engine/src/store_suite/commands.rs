//! Commands: the keys they were given with, and what they decided.

use std::sync::Arc;

use idv_core::{Actor, EvidenceRole, ObservationId, RestartTrigger, Status};
use tokio::task::JoinSet;

use super::sample::{at, begin, mapped, observation, request, sealed, state, with_session};
use crate::fold::{CommandFact, PolicyRule};
use crate::store::{CommandKey, CommandKeyRow, ObservationRow, ObservationSource, Store};

fn command_key(number: u8, secs: i64) -> CommandKeyRow {
    CommandKeyRow {
        key: CommandKey([number; 32]),
        fingerprint: [number + 100; 32],
        request: None,
        outcome: None,
        created_at: at(secs),
    }
}

pub(super) async fn a_command_key_is_claimed_once(store: Arc<dyn Store>) {
    let mut first = command_key(1, 0);
    first.request = Some(with_session(&store, "vs_1").await.request);
    let mut unit = begin(&store).await;
    assert_eq!(unit.claim_command_key(&first).await.unwrap(), None);
    let other = command_key(2, 0);
    assert_eq!(unit.claim_command_key(&other).await.unwrap(), None);
    unit.finish_command(&other.key, "cancelled").await.unwrap();
    unit.commit().await.unwrap();
    // Whatever the second one says: what is known is what the first one said.
    let mut second = command_key(1, 9);
    second.fingerprint = [0; 32];
    let mut unit = begin(&store).await;
    let known = unit.claim_command_key(&second).await.unwrap();
    assert_eq!(known.as_ref(), Some(&first), "under way");
    unit.finish_command(&first.key, "made").await.unwrap();
    unit.commit().await.unwrap();
    let mut unit = begin(&store).await;
    first.outcome = Some("made".to_owned());
    let known = unit.claim_command_key(&second).await.unwrap();
    assert_eq!(known, Some(first));
    let known = unit.claim_command_key(&other).await.unwrap().unwrap();
    assert_eq!(known.outcome.as_deref(), Some("cancelled"));
    assert_eq!(known.request, None);
}

pub(super) async fn a_command_key_of_a_dropped_unit_is_free(store: Arc<dyn Store>) {
    let mut unit = begin(&store).await;
    let first = unit.claim_command_key(&command_key(1, 0)).await.unwrap();
    assert_eq!(first, None);
    // Comes while the first one is at it, and waits for its end.
    let second = tokio::spawn({
        let store = store.clone();
        async move {
            let mut unit = begin(&store).await;
            let known = unit.claim_command_key(&command_key(1, 1)).await.unwrap();
            unit.commit().await.unwrap();
            known
        }
    });
    drop(unit);
    assert_eq!(second.await.unwrap(), None);
    let mut unit = begin(&store).await;
    let known = unit.claim_command_key(&command_key(1, 2)).await.unwrap();
    assert_eq!(known.unwrap().created_at, at(1));
}

pub(super) async fn one_of_many_who_give_a_command_carries_it_out(store: Arc<dyn Store>) {
    let mut tasks = JoinSet::new();
    for number in 0..32 {
        let store = store.clone();
        tasks.spawn(async move {
            let row = command_key(1, number);
            let mut unit = begin(&store).await;
            let known = unit.claim_command_key(&row).await.unwrap();
            if known.is_none() {
                let outcome = number.to_string();
                unit.finish_command(&row.key, &outcome).await.unwrap();
                unit.commit().await.unwrap();
            }
            (number, known)
        });
    }
    let all = tasks.join_all().await;
    let first: Vec<_> = all.iter().filter(|(_, known)| known.is_none()).collect();
    assert_eq!(first.len(), 1);
    for (_, known) in all.iter().filter(|(_, known)| known.is_some()) {
        let known = known.as_ref().unwrap();
        assert_eq!(known.outcome, Some(first[0].0.to_string()));
        assert_eq!(known.created_at, at(first[0].0));
    }
}

pub(super) async fn a_forgotten_command_key_may_be_given_again(store: Arc<dyn Store>) {
    let mut unit = begin(&store).await;
    for (number, secs) in [(1, 0), (2, 4), (3, 5), (4, 6)] {
        let known = unit.claim_command_key(&command_key(number, secs)).await;
        assert_eq!(known.unwrap(), None);
    }
    unit.commit().await.unwrap();
    let mut unit = begin(&store).await;
    assert_eq!(unit.forget_command_keys(at(5)).await.unwrap(), 2);
    unit.commit().await.unwrap();
    let mut unit = begin(&store).await;
    assert_eq!(unit.forget_command_keys(at(5)).await.unwrap(), 0);
    // Whoever was at it all the time does no harm.
    let late = unit.finish_command(&CommandKey([1; 32]), "made").await;
    late.unwrap();
    for (number, is_known) in [(1, false), (2, false), (3, true), (4, true)] {
        let known = unit.claim_command_key(&command_key(number, 9)).await;
        assert_eq!(known.unwrap().is_some(), is_known, "{number}");
    }
}

/// One of every kind, with every kind of actor.
fn facts(about: &ObservationRow) -> Vec<(Actor, CommandFact)> {
    let vendor_said = Status::Unknown("half_done".to_owned());
    let staff = Actor::Staff("user \"7\" é".to_owned());
    vec![
        (
            Actor::ApiKey("backend".to_owned()),
            CommandFact::Restarted {
                previous: about.request,
                trigger: RestartTrigger::Manual,
                previous_was_abandoned: true,
            },
        ),
        (
            staff.clone(),
            CommandFact::Cancelled {
                vendor_said: vendor_said.clone(),
            },
        ),
        (
            staff.clone(),
            CommandFact::Bypassed {
                vendor_said: Status::Failed,
            },
        ),
        (
            staff,
            CommandFact::ReviewResolved {
                passed: false,
                vendor_said: Status::InReview,
            },
        ),
        (
            Actor::System,
            CommandFact::PolicyEnded {
                rule: PolicyRule::AbandonedAfter,
                vendor_said,
            },
        ),
        (
            Actor::ApiKey("back-office".to_owned()),
            CommandFact::EvidenceOpened {
                role: EvidenceRole::Unknown("hologram".to_owned()),
                vendor_file_id: "file_\"1\" é".to_owned(),
            },
        ),
        (
            Actor::System,
            CommandFact::Remapped {
                observation: about.id,
                from: 1,
                to: 2,
            },
        ),
        (
            Actor::System,
            CommandFact::Imported {
                unannounced: vec!["created/1".to_owned(), "passed/1".to_owned()],
            },
        ),
    ]
}

/// In the order of arrival, not in that of ids or times; with the words where a person reads them, without them where
/// the fold does.
pub(super) async fn the_commands_of_a_request_come_in_their_order(store: Arc<dyn Store>) {
    let session = with_session(&store, "vs_1").await;
    let mut unit = begin(&store).await;
    let mut other = unit.request(session.request).await.unwrap().unwrap();
    other = request(other.subject, 1);
    other.state = state(Status::Failed);
    assert!(unit.insert_request(&other).await.unwrap());
    let mut written = Vec::new();
    let mut noise = observation(session.request, Some(session.key), 50);
    for (secs, (actor, fact)) in (0..).zip(facts(&noise)) {
        // What a vendor said, what was noted without a decision, and what another request was told stay out.
        noise.id = ObservationId::new(at(60 + secs));
        noise.mapped = Some(mapped(Status::Processing));
        assert!(unit.append_observation(&noise).await.unwrap());
        let mut row = observation(session.request, None, 40 - secs);
        row.source = ObservationSource::Command;
        row.actor = Some(actor);
        row.raw = Some(sealed("first"));
        row.what = "request_seen".to_owned();
        assert!(unit.append_observation(&row).await.unwrap());
        row.id = ObservationId::new(at(30 - secs));
        row.what = "command".to_owned();
        row.command = Some(fact);
        row.raw = (secs != 2).then(|| sealed(&format!("comment {secs}")));
        assert!(unit.append_observation(&row).await.unwrap());
        written.push(row.clone());
        row.id = ObservationId::new(at(20 - secs));
        row.request = other.id;
        assert!(unit.append_observation(&row).await.unwrap());
    }
    let inside = unit.commands_of(session.request).await.unwrap();
    unit.commit().await.unwrap();
    let outside = store.reads().commands_of(session.request).await.unwrap();
    assert_eq!(format!("{outside:?}"), format!("{written:?}"));
    for (found, written) in outside.iter().zip(&written) {
        assert_eq!(found.raw, written.raw);
    }
    for row in &mut written {
        row.raw = None;
    }
    assert_eq!(format!("{inside:?}"), format!("{written:?}"));
    let commands = store.reads().commands_of(other.id).await.unwrap();
    assert_eq!(commands.len(), written.len());
}
