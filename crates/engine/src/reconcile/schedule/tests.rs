use std::time::Duration;

use idv_core::{Kind, Mapped, ObservationId, ProviderId, RequestId};

use super::*;

const HOUR: u64 = 3600;
const CAP: Duration = Duration::from_secs(6 * HOUR);

fn at(secs: u64) -> Timestamp {
    Timestamp::from_unix_secs(1_795_000_000).plus(Duration::from_secs(secs))
}

/// A vendor that usually needs ten minutes.
fn info() -> ProviderInfo {
    ProviderInfo::new(ProviderId::from("fake"), "Fake", "1", 1)
}

fn seen(what: &str, status: Option<Status>, secs: u64) -> ObservationRow {
    let mapped = status.map(|status| {
        let mut mapped = Mapped::new(ProviderId::from("fake"), Kind::Session, 1);
        mapped.status = Some(status);
        mapped
    });
    ObservationRow {
        id: ObservationId::new(at(secs)),
        request: RequestId::new(at(0)),
        session: None,
        source: match what {
            "webhook" => ObservationSource::Notification,
            _ => ObservationSource::Fetch,
        },
        what: what.to_owned(),
        observed_at: at(secs),
        as_of: at(secs),
        delivery: None,
        vendor_time: None,
        mapped,
        actor: None,
        command: None,
        raw: None,
    }
}

fn polled(status: Status, secs: u64) -> ObservationRow {
    seen(words::SESSION_POLLED, Some(status), secs)
}

fn missing(secs: u64) -> ObservationRow {
    seen(words::SESSION_MISSING, None, secs)
}

/// The pause after what was seen last, for a session of this status. One whose key asks for no shortening.
fn pause(status: Status, observations: &[ObservationRow]) -> Option<u64> {
    let mut state = SessionState::created();
    state.status = status;
    let key = SessionKey::from_uuid(uuid::Uuid::from_u128(0));
    let next = next_poll(&info(), key, &state, observations, CAP)?;
    let last = observations.last()?;
    Some(next.since(last.observed_at).as_secs())
}

#[test]
fn every_open_status_has_a_quiet_time_and_a_final_one_has_none() {
    for status in Status::KNOWN {
        let fetched = [seen(words::SESSION_FETCHED, Some(status.clone()), 0)];
        let pause = pause(status.clone(), &fetched);
        assert_eq!(pause.is_none(), status.is_final(), "{status}");
        let listed = QUIET.iter().filter(|(listed, _)| listed == status).count();
        assert_eq!(listed == 1, !status.is_final(), "{status}");
    }
    let strange = Status::Unknown("half_done".to_owned());
    let fetched = [seen(words::SESSION_FETCHED, Some(strange.clone()), 0)];
    assert_eq!(pause(strange, &fetched), Some(HOUR));
}

#[test]
fn machines_are_given_minutes_and_people_hours() {
    let after = |status: Status| {
        let fetched = [seen(words::SESSION_FETCHED, Some(status.clone()), 0)];
        pause(status, &fetched).unwrap()
    };
    assert_eq!(after(Status::Processing), 20 * 60, "twice the usual time");
    assert_eq!(after(Status::AwaitingUser), HOUR);
    assert_eq!(after(Status::InReview), 4 * HOUR);
}

#[test]
fn the_pause_grows_while_nothing_is_new_up_to_the_longest() {
    let mut history = vec![seen(words::SESSION_FETCHED, Some(Status::AwaitingUser), 0)];
    let mut pauses = Vec::new();
    for hours in 1..6 {
        history.push(polled(Status::AwaitingUser, hours * 10 * HOUR));
        pauses.push(pause(Status::AwaitingUser, &history).unwrap() / HOUR);
    }
    assert_eq!(pauses, [2, 4, 6, 6, 6]);
}

#[test]
fn news_begins_anew() {
    let mut history = vec![
        seen(words::SESSION_FETCHED, Some(Status::AwaitingUser), 0),
        polled(Status::AwaitingUser, HOUR),
        polled(Status::AwaitingUser, 3 * HOUR),
    ];
    history.push(seen("webhook", None, 4 * HOUR));
    assert_eq!(pause(Status::AwaitingUser, &history), Some(HOUR));
    history.push(polled(Status::AwaitingUser, 5 * HOUR));
    assert_eq!(pause(Status::AwaitingUser, &history), Some(2 * HOUR));
    history.push(polled(Status::Processing, 7 * HOUR));
    assert_eq!(pause(Status::Processing, &history), Some(20 * 60));
}

#[test]
fn a_look_at_a_file_is_no_news() {
    let mut history = vec![
        seen(words::SESSION_FETCHED, Some(Status::AwaitingUser), 0),
        polled(Status::AwaitingUser, HOUR),
    ];
    let before = pause(Status::AwaitingUser, &history).unwrap();
    let mut look = seen(words::EVIDENCE_OPENED, None, 2 * HOUR);
    look.source = ObservationSource::Command;
    history.push(look);
    let after = pause(Status::AwaitingUser, &history).unwrap();
    assert_eq!(after, before - HOUR, "at the same time as before");
}

#[test]
fn a_session_the_vendor_does_not_have_is_not_asked_about_for_ever() {
    let mut history = vec![
        seen(words::SESSION_FETCHED, Some(Status::AwaitingUser), 0),
        missing(HOUR),
        missing(3 * HOUR),
    ];
    assert_eq!(pause(Status::AwaitingUser, &history), Some(4 * HOUR));
    history.push(missing(7 * HOUR));
    assert_eq!(pause(Status::AwaitingUser, &history), None);
    history.push(polled(Status::AwaitingUser, 8 * HOUR));
    assert!(
        pause(Status::AwaitingUser, &history).is_some(),
        "it is back"
    );
}

#[test]
fn a_decided_session_is_asked_about_again_while_the_answer_is_one_nobody_knows() {
    let strange = || Some(Status::Unknown("half_done".to_owned()));
    let mut history = vec![
        seen(words::SESSION_FETCHED, Some(Status::Failed), 0),
        seen(words::SESSION_FETCHED, strange(), HOUR),
    ];
    assert_eq!(pause(Status::Failed, &history), Some(HOUR));
    for hours in [2, 4] {
        history.push(seen(words::SESSION_POLLED, strange(), hours * HOUR));
        assert!(pause(Status::Failed, &history).is_some(), "{hours}");
    }
    let mut readable = history.clone();
    readable.push(polled(Status::Passed, 5 * HOUR));
    assert_eq!(pause(Status::Passed, &readable), None, "it is decided");
    history.push(seen(words::SESSION_POLLED, strange(), 8 * HOUR));
    assert_eq!(pause(Status::Failed, &history), None, "not for ever");
}

#[test]
fn what_fell_silent_together_is_asked_about_apart_and_never_later_than_said() {
    let fetched = [seen(words::SESSION_FETCHED, Some(Status::AwaitingUser), 0)];
    let mut state = SessionState::created();
    state.status = Status::AwaitingUser;
    let times: std::collections::BTreeSet<_> = (0..50_u128)
        .map(|number| {
            let random = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
            let key = SessionKey::from_uuid(uuid::Uuid::from_u128(random));
            next_poll(&info(), key, &state, &fetched, CAP).unwrap()
        })
        .collect();
    assert!(times.len() > 40, "{}", times.len());
    let (first, last) = (*times.first().unwrap(), *times.last().unwrap());
    assert!(first > at(HOUR * 3 / 4 - 1) && last <= at(HOUR));
}
