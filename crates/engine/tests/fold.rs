//! The fold: what the state of a session follows from, and what it does not.
#![cfg(test)]

use std::time::Duration;

use idv_core::{
    Attention, DataState, DeliveryId, Finding, Kind, Mapped, ObservationId, ProviderId,
    ProviderInfo, Raw, ReasonCode, Reopening, RequestId, Retryable, SessionKey, Status, Timestamp,
};
use idv_engine::fold::{SessionState, fold_request, fold_session};
use idv_engine::store::{ObservationRow, ObservationSource};
use proptest::prelude::*;

const START: Timestamp = Timestamp::from_unix_secs(1_800_000_000);

fn info() -> ProviderInfo {
    ProviderInfo::new(ProviderId::new("vendor"), "Vendor", "1", 1)
}

fn mapped(status: Status) -> Mapped {
    let mut mapped = Mapped::new(ProviderId::new("vendor"), Kind::Session, 1);
    mapped.status = Some(status);
    mapped
}

/// An observation, some seconds after the start by our clock and by the vendor's.
fn observed(source: ObservationSource, secs: u64, mapped: Mapped) -> ObservationRow {
    let at = START.plus(Duration::from_secs(secs));
    ObservationRow {
        id: ObservationId::new(at),
        request: RequestId::new(START),
        session: Some(SessionKey::new(START)),
        source,
        what: "test".into(),
        observed_at: at,
        as_of: at,
        delivery: Some(DeliveryId::new(at)),
        vendor_time: Some(at),
        mapped: Some(mapped),
        actor: None,
        command: None,
        raw: None,
    }
}

fn fetched(secs: u64, status: Status) -> ObservationRow {
    observed(ObservationSource::Fetch, secs, mapped(status))
}

fn payload(secs: u64, status: Status) -> ObservationRow {
    observed(ObservationSource::Payload, secs, mapped(status))
}

#[test]
fn nothing_observed_is_created() {
    assert_eq!(fold_session(&info(), &[]), SessionState::created());
}

#[test]
fn a_fetch_that_began_later_counts_whenever_it_came_back() {
    let (early, late) = (fetched(1, Status::Processing), fetched(2, Status::Passed));
    let forth = fold_session(&info(), &[early.clone(), late.clone()]);
    let back = fold_session(&info(), &[late, early]);
    assert_eq!(forth, back);
    assert_eq!(forth.status, Status::Passed);
}

#[test]
fn a_final_status_is_not_left_without_a_listed_reopening() {
    let story = [fetched(1, Status::Passed), fetched(2, Status::AwaitingUser)];
    let state = fold_session(&info(), &story);
    assert_eq!(state.status, Status::Passed);
    assert_eq!(state.attention, [Attention::Conflict]);

    let mut reopening = info();
    const TABLE: &[Reopening] = &[Reopening {
        from: Status::Passed,
        to: Status::AwaitingUser,
    }];
    reopening.reopenings = TABLE;
    let state = fold_session(&reopening, &story);
    assert_eq!(state.status, Status::AwaitingUser);
    assert_eq!(state.attention, []);
}

#[test]
fn a_hint_moves_nothing_where_the_vendor_can_be_asked() {
    let hint = observed(ObservationSource::Notification, 5, mapped(Status::Passed));
    assert_eq!(
        fold_session(&info(), std::slice::from_ref(&hint)).status,
        Status::Created
    );
    let state = fold_session(&info(), &[fetched(1, Status::Processing), hint]);
    assert_eq!(state.status, Status::Processing);
    assert!(!state.unconfirmed);
}

#[test]
fn a_payload_never_overrules_the_vendors_own_answer() {
    let state = fold_session(
        &info(),
        &[fetched(1, Status::Processing), payload(9, Status::Passed)],
    );
    assert_eq!(state.status, Status::Processing);
}

#[test]
fn payloads_alone_are_marked_unconfirmed() {
    let state = fold_session(&info(), &[payload(1, Status::Processing)]);
    assert_eq!(
        (state.status, state.unconfirmed),
        (Status::Processing, true)
    );
}

#[test]
fn a_late_payload_does_not_undo_a_pass() {
    let story = [
        payload(1, Status::AwaitingUser),
        payload(3, Status::Passed),
        payload(4, Status::Processing),
    ];
    assert_eq!(fold_session(&info(), &story).status, Status::Passed);
}

#[test]
fn a_new_attempt_may_lower_the_rank_and_an_old_one_may_not() {
    let attempt = |secs, id: &str, status| {
        let mut row = payload(secs, status);
        row.mapped.as_mut().unwrap().attempt_id = Some(id.into());
        row
    };
    let first = attempt(1, "vr_1", Status::RetryRequired);
    let second = attempt(5, "vr_2", Status::Processing);
    let state = fold_session(&info(), &[second.clone(), first.clone()]);
    assert_eq!(state.status, Status::Processing);
    let stale = attempt(6, "vr_1", Status::Processing);
    assert_eq!(
        fold_session(&info(), &[first, stale]).status,
        Status::RetryRequired
    );
}

#[test]
fn two_payloads_that_contradict_each_other_ask_for_attention_and_the_first_counts() {
    let story = [payload(1, Status::Cancelled), payload(2, Status::Passed)];
    let state = fold_session(&info(), &story);
    assert_eq!(state.status, Status::Cancelled);
    assert_eq!(state.attention, [Attention::Conflict]);
    // At the same second nobody knows which was first. Then the one that grants nothing counts.
    let tie = [payload(2, Status::Passed), payload(2, Status::Failed)];
    assert_eq!(fold_session(&info(), &tie).status, Status::Failed);
}

#[test]
fn an_unknown_status_never_replaces_a_decided_one() {
    let unknown = Status::Unknown("limbo".into());
    for make in [fetched, payload] {
        let state = fold_session(
            &info(),
            &[make(1, Status::Failed), make(2, unknown.clone())],
        );
        assert_eq!(state.status, Status::Failed);
        assert_eq!(state.attention, [Attention::UnknownValue]);
        let state = fold_session(&info(), &[make(1, unknown.clone())]);
        assert_eq!(
            (state.status, state.attention),
            (unknown.clone(), vec![Attention::UnknownValue])
        );
    }
}

#[test]
fn erasure_at_the_vendor_leaves_verdict_and_reasons() {
    let mut failed = mapped(Status::Failed);
    let raw = Raw {
        pointer: "/x".into(),
        value: "y".into(),
    };
    failed.findings = vec![Finding::new(ReasonCode::FaceMismatch, Retryable::No, raw)];
    let mut erased = mapped(Status::Failed);
    erased.data_state = Some(DataState::Redacted);
    let before = observed(ObservationSource::Fetch, 1, failed);
    let after = observed(ObservationSource::Fetch, 2, erased);
    let state = fold_session(&info(), &[before.clone(), after.clone()]);
    assert_eq!(state.data_state, DataState::Redacted);
    assert_eq!(state.findings.len(), 1);
    // What is gone does not come back, whatever an old answer still shows.
    let again = fold_session(
        &info(),
        &[after, before.clone(), fetched(3, Status::Failed)],
    );
    assert_eq!(again.data_state, DataState::Redacted);
}

#[test]
fn a_late_pass_of_a_superseded_session_moves_nothing_and_asks_for_attention() {
    let current = fold_session(&info(), &[fetched(1, Status::AwaitingUser)]);
    let superseded = fold_session(&info(), &[fetched(1, Status::Passed)]);
    let request = fold_request(&current, &[&superseded], &[]);
    assert_eq!(request.status, Status::AwaitingUser);
    assert_eq!(request.attention, [Attention::LatePass]);
}

fn any_status() -> impl Strategy<Value = Status> {
    prop_oneof![
        9 => prop::sample::select(Status::KNOWN),
        1 => "[a-z_]{0,12}".prop_map(Status::Unknown),
    ]
}

fn any_observation(sources: &'static [ObservationSource]) -> impl Strategy<Value = ObservationRow> {
    let attempt = prop::option::of(prop::sample::select(vec!["vr_1", "vr_2", "vr_3"]));
    (
        prop::sample::select(sources),
        0_u64..6,
        any_status(),
        attempt,
        prop::collection::vec(prop::sample::select(ReasonCode::KNOWN), 0..3),
    )
        .prop_map(|(source, secs, status, attempt, codes)| {
            let mut row = observed(source, secs, mapped(status));
            let says = row.mapped.as_mut().unwrap();
            says.attempt_id = attempt.map(str::to_owned);
            let raw = || Raw {
                pointer: "/x".into(),
                value: "y".into(),
            };
            says.findings = codes
                .into_iter()
                .map(|code| Finding::new(code, Retryable::Unknown, raw()))
                .collect();
            row
        })
}

/// Some observations, and the same ones again in another order with some of them twice.
fn any_story(
    sources: &'static [ObservationSource],
) -> impl Strategy<Value = (Vec<ObservationRow>, Vec<ObservationRow>)> {
    prop::collection::vec(any_observation(sources), 0..8).prop_flat_map(|story| {
        let twice: Vec<_> = story.iter().chain(story.iter().take(3)).cloned().collect();
        (Just(story), Just(twice).prop_shuffle())
    })
}

const ALL: &[ObservationSource] = &[
    ObservationSource::Fetch,
    ObservationSource::Start,
    ObservationSource::Payload,
    ObservationSource::Notification,
];
const PAYLOADS: &[ObservationSource] = &[ObservationSource::Payload];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn order_and_repetition_change_nothing((story, shuffled) in any_story(ALL)) {
        prop_assert_eq!(fold_session(&info(), &story), fold_session(&info(), &shuffled));
    }

    #[test]
    fn order_and_repetition_of_payloads_change_nothing((story, shuffled) in any_story(PAYLOADS)) {
        prop_assert_eq!(fold_session(&info(), &story), fold_session(&info(), &shuffled));
    }

    #[test]
    fn a_pass_is_only_ever_what_a_vendor_said((story, _) in any_story(ALL)) {
        let state = fold_session(&info(), &story);
        let believed = |o: &ObservationRow| o.source != ObservationSource::Notification;
        let said = story.iter().any(|o| believed(o) && o.mapped.as_ref().unwrap().status == Some(Status::Passed));
        prop_assert!(said || state.status != Status::Passed);
    }
}
