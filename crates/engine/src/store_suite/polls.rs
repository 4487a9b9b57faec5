//! Sessions that are asked about, and what webhooks have missed.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use idv_core::{AccountId, ObservationId, SessionId, SessionKey, Status};
use tokio::task::JoinSet;

use super::sample::{account, at, begin, session, with_session};
use crate::store::{
    DuePoll, MissedWebhookCount, MissedWebhookFilter, MissedWebhookRow, PageRequest, SessionRow,
    Store,
};

const LEASE: Duration = Duration::from_secs(10);
const MANY: usize = 60;

/// Stores sessions that are to be polled at these seconds; none for never.
async fn with_polls(store: &Arc<dyn Store>, due: &[Option<i64>]) -> Vec<SessionRow> {
    let first = with_session(store, "vs_first").await;
    let mut unit = begin(store).await;
    let mut rows = Vec::new();
    for (number, secs) in due.iter().enumerate() {
        let mut row = session(first.request, i64::try_from(number).unwrap() + 1);
        row.session_id = Some(SessionId::new(format!("vs_{number}")));
        row.poll_at = secs.map(at);
        assert!(unit.insert_session(&row).await.unwrap());
        rows.push(row);
    }
    unit.commit().await.unwrap();
    rows
}

async fn claim(store: &Arc<dyn Store>, secs: i64) -> Option<DuePoll> {
    let claimed = store.polls().claim(&account(), at(secs), LEASE).await;
    claimed.unwrap()
}

async fn claim_all(store: &Arc<dyn Store>, secs: i64) -> Vec<SessionKey> {
    let mut keys = Vec::new();
    while let Some(due) = claim(store, secs).await {
        keys.push(due.session);
        assert!(keys.len() <= MANY, "the same for ever");
    }
    keys
}

pub(super) async fn a_session_is_polled_when_its_time_has_come_oldest_first(store: Arc<dyn Store>) {
    let rows = with_polls(&store, &[Some(30), Some(10), Some(20)]).await;
    assert_eq!(claim(&store, 9).await, None);
    let elsewhere = AccountId::from("acme-us");
    let other = store.polls().claim(&elsewhere, at(99), LEASE).await;
    assert_eq!(other.unwrap(), None, "of another account");
    assert_eq!(claim_all(&store, 20).await, [rows[1].key, rows[2].key]);
    assert_eq!(claim_all(&store, 29).await, []);
    assert_eq!(claim_all(&store, 30).await[0], rows[0].key);
}

pub(super) async fn a_session_without_a_time_is_never_polled(store: Arc<dyn Store>) {
    let rows = with_polls(&store, &[None, Some(10)]).await;
    assert_eq!(claim_all(&store, 1_000_000).await, [rows[1].key]);
    let mut unit = begin(&store).await;
    let mut ended = unit.session(rows[1].key).await.unwrap().unwrap();
    ended.poll_at = None;
    assert!(unit.update_session(&ended).await.unwrap());
    unit.commit().await.unwrap();
    let polls = store.polls();
    polls.put_off(rows[1].key, at(2_000_000)).await.unwrap();
    assert_eq!(claim_all(&store, 3_000_000).await, []);
}

pub(super) async fn a_claimed_poll_comes_back_when_the_lease_ends(store: Arc<dyn Store>) {
    let rows = with_polls(&store, &[Some(0)]).await;
    for (secs, attempts) in [(0, Some(1)), (9, None), (10, Some(2)), (19, None)] {
        let due = claim(&store, secs).await;
        assert_eq!(due.map(|due| due.attempts), attempts, "at {secs} s");
        assert!(due.is_none_or(|due| due.session == rows[0].key));
    }
}

pub(super) async fn no_poll_is_claimed_by_two(store: Arc<dyn Store>) {
    let rows = with_polls(&store, &[Some(0); MANY]).await;
    let mut tasks = JoinSet::new();
    for _ in 0..8 {
        let store = store.clone();
        tasks.spawn(async move {
            let mut keys = Vec::new();
            // One that was locked by another task is skipped, so a single empty answer says little.
            for _ in 0..MANY * 2 {
                keys.extend(claim(&store, 1).await.map(|due| due.session));
            }
            keys
        });
    }
    let claimed: Vec<_> = tasks.join_all().await.into_iter().flatten().collect();
    assert_eq!(claimed.len(), rows.len());
    assert_eq!(claimed.iter().collect::<HashSet<_>>().len(), rows.len());
}

pub(super) async fn putting_off_a_poll_never_brings_it_forward(store: Arc<dyn Store>) {
    let rows = with_polls(&store, &[Some(50)]).await;
    let polls = store.polls();
    polls.put_off(rows[0].key, at(40)).await.unwrap();
    assert_eq!(claim(&store, 49).await, None);
    polls.put_off(rows[0].key, at(60)).await.unwrap();
    assert_eq!(claim(&store, 59).await, None);
    assert!(claim(&store, 60).await.is_some());
}

pub(super) async fn writing_the_state_of_a_session_counts_its_polls_anew(store: Arc<dyn Store>) {
    let rows = with_polls(&store, &[Some(0)]).await;
    assert_eq!(claim(&store, 0).await.unwrap().attempts, 1);
    assert_eq!(claim(&store, 10).await.unwrap().attempts, 2);
    let mut unit = begin(&store).await;
    let mut row = unit.session(rows[0].key).await.unwrap().unwrap();
    assert_eq!(row.poll_at, Some(at(20)), "when the lease ends");
    row.poll_at = Some(at(15));
    assert!(unit.update_session(&row).await.unwrap());
    unit.commit().await.unwrap();
    assert_eq!(claim(&store, 15).await.unwrap().attempts, 1);
}

fn miss(of: &SessionRow, secs: i64) -> MissedWebhookRow {
    MissedWebhookRow {
        observation: ObservationId::new(at(secs)),
        session: of.key,
        request: of.request,
        account: of.account.clone(),
        found_at: at(secs),
        from: Status::Processing,
        to: Status::Passed,
        quiet_for: Duration::from_micros(1_234_567),
        arrived_at: None,
    }
}

async fn insert(store: &Arc<dyn Store>, rows: &[MissedWebhookRow]) {
    let mut unit = begin(store).await;
    for row in rows {
        unit.insert_missed_webhook(row).await.unwrap();
    }
    unit.commit().await.unwrap();
}

async fn listed(store: &Arc<dyn Store>, filter: &MissedWebhookFilter) -> Vec<MissedWebhookRow> {
    let mut page = PageRequest {
        after: None,
        limit: 2,
    };
    let mut rows = Vec::new();
    loop {
        let found = store.polls().missed(filter, page).await.unwrap();
        assert!(found.rows.len() <= 2);
        rows.extend(found.rows);
        page.after = found.next;
        if page.after.is_none() {
            return rows;
        }
    }
}

pub(super) async fn missed_webhooks_are_listed_newest_first_and_filtered(store: Arc<dyn Store>) {
    let session = with_session(&store, "vs_1").await;
    let mut rows: Vec<_> = [5, 1, 3, 3, 2].map(|secs| miss(&session, secs)).into();
    rows[0].from = Status::Unknown("half\0done".to_owned());
    rows[0].to = Status::Unknown("\u{1a}".to_owned());
    rows[1].account = AccountId::from("acme-us");
    insert(&store, &rows).await;
    let everything = listed(&store, &MissedWebhookFilter::default()).await;
    // Of two that were found at once, the one written later is newer.
    let expected = [0, 3, 2, 4, 1].map(|place: usize| rows[place].clone());
    assert_eq!(everything, expected);
    let of_account = MissedWebhookFilter {
        account: Some(account()),
        since: Some(at(3)),
    };
    assert_eq!(listed(&store, &of_account).await, expected[..3]);
    let since = MissedWebhookFilter {
        account: None,
        since: Some(at(6)),
    };
    assert_eq!(listed(&store, &since).await, []);
}

pub(super) async fn a_missed_webhook_is_stored_once(store: Arc<dyn Store>) {
    let session = with_session(&store, "vs_1").await;
    let row = miss(&session, 1);
    insert(&store, &[row.clone(), row.clone()]).await;
    assert_eq!(listed(&store, &MissedWebhookFilter::default()).await, [row]);
    let mut unit = begin(&store).await;
    unit.insert_missed_webhook(&miss(&session, 2))
        .await
        .unwrap();
    drop(unit);
    let all = listed(&store, &MissedWebhookFilter::default()).await;
    assert_eq!(all.len(), 1, "a dropped unit of work leaves nothing");
}

pub(super) async fn a_late_webhook_is_noted_for_the_change_it_tells_of(store: Arc<dyn Store>) {
    let session = with_session(&store, "vs_1").await;
    let rows = [miss(&session, 1), miss(&session, 2)];
    insert(&store, &rows).await;
    let arrived = async |status: Option<Status>, secs| {
        let mut unit = begin(&store).await;
        let noted = unit.missed_webhook_arrived(session.key, status.as_ref(), at(secs));
        noted.await.unwrap();
        let stranger = SessionKey::new(at(0));
        let noted = unit.missed_webhook_arrived(stranger, None, at(99));
        noted.await.unwrap();
        unit.commit().await.unwrap();
        let all = listed(&store, &MissedWebhookFilter::default()).await;
        all.into_iter()
            .map(|row| row.arrived_at)
            .collect::<Vec<_>>()
    };
    assert_eq!(arrived(Some(Status::Processing), 7).await, [None, None]);
    assert_eq!(arrived(Some(Status::Passed), 8).await, [Some(at(8)); 2]);
    assert_eq!(arrived(None, 9).await, [Some(at(8)); 2], "the first counts");
    insert(&store, &[miss(&session, 3)]).await;
    let noted = arrived(None, 10).await;
    assert_eq!(noted, [Some(at(10)), Some(at(8)), Some(at(8))]);
}

pub(super) async fn missed_webhooks_are_counted_by_account(store: Arc<dyn Store>) {
    let session = with_session(&store, "vs_1").await;
    let counts = async |since| store.polls().missed_counts(at(since)).await.unwrap();
    assert_eq!(counts(0).await, []);
    let mut rows: Vec<_> = [1, 2, 3].map(|secs| miss(&session, secs)).into();
    rows[2].arrived_at = Some(at(9));
    let mut elsewhere = miss(&session, 2);
    elsewhere.account = AccountId::from("acme-us");
    rows.push(elsewhere);
    insert(&store, &rows).await;
    let count = |account: &str, missed, late| MissedWebhookCount {
        account: AccountId::from(account),
        missed,
        late,
    };
    assert_eq!(
        counts(0).await,
        [count("acme-eu", 3, 1), count("acme-us", 1, 0)]
    );
    assert_eq!(counts(3).await, [count("acme-eu", 1, 1)]);
    assert_eq!(counts(4).await, []);
}
