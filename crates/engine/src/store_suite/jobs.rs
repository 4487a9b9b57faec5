//! The queue of vendor calls.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use uuid::Uuid;

use super::sample::{at, begin, session, with_session};
use crate::store::{JobId, JobKind, JobRow, SessionRow, Store};
use idv_core::AccountId;

const LEASE: Duration = Duration::from_secs(30);
const MANY: usize = 100;

fn job(of: &SessionRow, number: u128, due: i64) -> JobRow {
    JobRow {
        id: JobId(Uuid::from_u128(number)),
        kind: JobKind::Start,
        session: Some(of.key),
        request: of.request,
        detail: None,
        due_at: at(due),
        attempts: 0,
        last_error: None,
        created_at: at(0),
    }
}

async fn insert(store: &Arc<dyn Store>, jobs: &[JobRow]) {
    let mut unit = begin(store).await;
    for job in jobs {
        unit.insert_job(job).await.unwrap();
    }
    unit.commit().await.unwrap();
}

async fn claim(store: &Arc<dyn Store>, secs: i64, limit: u32) -> Vec<JobRow> {
    store
        .jobs()
        .claim(at(secs), LEASE, limit, &[])
        .await
        .unwrap()
}

pub(super) async fn a_job_is_claimed_when_it_is_due(store: Arc<dyn Store>) {
    let session = with_session(&store, "vs_1").await;
    insert(
        &store,
        &[
            job(&session, 1, 20),
            job(&session, 2, 10),
            job(&session, 3, 15),
        ],
    )
    .await;
    assert_eq!(store.jobs().count().await.unwrap(), 3);
    assert!(claim(&store, 9, 9).await.is_empty());
    let claimed = claim(&store, 20, 2).await;
    let ids: Vec<_> = claimed.iter().map(|row| row.id.0.as_u128()).collect();
    assert_eq!(ids, [2, 3], "oldest first");
    let mut expected = job(&session, 2, 10);
    expected.attempts = 1;
    assert_eq!(format!("{:?}", claimed[0]), format!("{expected:?}"));
    assert_eq!(
        store.jobs().count().await.unwrap(),
        3,
        "claimed is not done"
    );
}

pub(super) async fn a_job_lease_keeps_others_away_until_it_ends(store: Arc<dyn Store>) {
    let session = with_session(&store, "vs_1").await;
    insert(&store, &[job(&session, 1, 0)]).await;
    for (secs, attempts) in [(0, Some(1)), (29, None), (30, Some(2)), (59, None)] {
        let claimed = claim(&store, secs, 9).await;
        let seen = claimed.first().map(|row| row.attempts);
        assert_eq!(seen, attempts, "at {secs} s");
    }
    let id = JobId(Uuid::from_u128(1));
    let back = store.jobs().give_back(id, at(70), "no answer", true).await;
    back.unwrap();
    assert!(claim(&store, 69, 9).await.is_empty());
    let claimed = claim(&store, 70, 9).await;
    assert_eq!(claimed[0].last_error.as_deref(), Some("no answer"));
    assert_eq!((claimed[0].attempts, claimed[0].due_at), (3, at(70)));
}

pub(super) async fn a_renewed_job_keeps_others_away_for_longer(store: Arc<dyn Store>) {
    let session = with_session(&store, "vs_1").await;
    insert(&store, &[job(&session, 1, 0)]).await;
    let id = JobId(Uuid::from_u128(1));
    assert_eq!(claim(&store, 0, 9).await.len(), 1);
    store.jobs().extend(id, at(50)).await.unwrap();
    assert!(claim(&store, 49, 9).await.is_empty());
    assert_eq!(claim(&store, 50, 9).await.len(), 1);
}

pub(super) async fn a_job_of_a_dropped_unit_does_not_exist(store: Arc<dyn Store>) {
    let session = with_session(&store, "vs_1").await;
    let mut unit = begin(&store).await;
    unit.insert_job(&job(&session, 1, 0)).await.unwrap();
    drop(unit);
    assert_eq!(store.jobs().count().await.unwrap(), 0);
    assert!(claim(&store, 100, 9).await.is_empty());
}

pub(super) async fn no_job_is_claimed_by_two(store: Arc<dyn Store>) {
    let session = with_session(&store, "vs_1").await;
    let all: Vec<_> = (0..)
        .map(|number| job(&session, number, 0))
        .take(MANY)
        .collect();
    insert(&store, &all).await;
    let mut tasks = JoinSet::new();
    for _ in 0..16 {
        let store = store.clone();
        tasks.spawn(async move {
            let mut mine = Vec::new();
            loop {
                let claimed = claim(&store, 1, 3).await;
                // A store that hands out the same for ever must not keep the test for ever.
                if claimed.is_empty() || mine.len() > MANY {
                    return mine;
                }
                mine.extend(claimed.iter().map(|row| row.id));
            }
        });
    }
    let claimed: Vec<_> = tasks.join_all().await.into_iter().flatten().collect();
    assert_eq!(claimed.len(), all.len());
    assert_eq!(claimed.iter().collect::<HashSet<_>>().len(), all.len());
}

pub(super) async fn a_finished_job_is_gone(store: Arc<dyn Store>) {
    let first = with_session(&store, "vs_1").await;
    let other = session(first.request, 1);
    let mut unit = begin(&store).await;
    assert!(unit.insert_session(&other).await.unwrap());
    unit.commit().await.unwrap();
    let mut cancel = job(&first, 2, 0);
    cancel.kind = JobKind::Cancel;
    insert(&store, &[job(&first, 1, 0), cancel, job(&other, 3, 0)]).await;
    let mut unit = begin(&store).await;
    for _ in 0..2 {
        let finished = unit.finish_jobs_of(first.key, JobKind::Start).await;
        finished.unwrap();
    }
    unit.commit().await.unwrap();
    let left = claim(&store, 0, 9).await;
    let left: Vec<_> = left.iter().map(|row| row.id.0.as_u128()).collect();
    assert_eq!(left, [2, 3]);
    let gone = JobId(Uuid::from_u128(1));
    let late = store.jobs().give_back(gone, at(1), "late", true).await;
    late.unwrap();
    assert_eq!(store.jobs().count().await.unwrap(), 2);
}

pub(super) async fn a_job_may_be_about_a_request_alone(store: Arc<dyn Store>) {
    let session = with_session(&store, "vs_1").await;
    let mut mail = job(&session, 1, 0);
    mail.kind = JobKind::Mail;
    mail.session = None;
    mail.detail = Some("reminder".to_owned());
    let kinds = [
        JobKind::Start,
        JobKind::Cancel,
        JobKind::Refresh,
        JobKind::Redact,
        JobKind::Update,
    ];
    let mut all = vec![mail];
    for (number, kind) in (2..).zip(kinds) {
        let mut row = job(&session, number, 1);
        row.kind = kind;
        all.push(row);
    }
    insert(&store, &all).await;
    let mut unit = begin(&store).await;
    unit.finish_jobs_of(session.key, JobKind::Mail)
        .await
        .unwrap();
    unit.commit().await.unwrap();
    let claimed = claim(&store, 1, 9).await;
    for row in &mut all {
        row.attempts = 1;
    }
    assert_eq!(format!("{claimed:?}"), format!("{all:?}"));
}

pub(super) async fn a_job_finished_by_its_id_is_gone(store: Arc<dyn Store>) {
    let session = with_session(&store, "vs_1").await;
    insert(&store, &[job(&session, 1, 0), job(&session, 2, 0)]).await;
    assert_eq!(claim(&store, 0, 9).await.len(), 2);
    let id = JobId(Uuid::from_u128(1));
    for _ in 0..2 {
        store.jobs().finish(id).await.unwrap();
    }
    assert_eq!(store.jobs().count().await.unwrap(), 1);
    let left = claim(&store, 90, 9).await;
    let left: Vec<_> = left.iter().map(|row| row.id.0.as_u128()).collect();
    assert_eq!(left, [2]);
}

pub(super) async fn jobs_of_accounts_left_out_are_passed_over(store: Arc<dyn Store>) {
    let here = with_session(&store, "vs_1").await;
    let mut there = session(here.request, 1);
    there.account = AccountId::from("acme-us");
    let mut unit = begin(&store).await;
    assert!(unit.insert_session(&there).await.unwrap());
    unit.commit().await.unwrap();
    let mut mail = job(&here, 3, 2);
    (mail.kind, mail.session) = (JobKind::Mail, None);
    insert(&store, &[job(&here, 1, 0), job(&there, 2, 1), mail]).await;
    let left_out = [here.account.clone(), AccountId::from("nobody's")];
    let jobs = store.jobs();
    let claimed = jobs.claim(at(9), LEASE, 9, &left_out).await.unwrap();
    let ids: Vec<_> = claimed.iter().map(|row| row.id.0.as_u128()).collect();
    assert_eq!(ids, [2, 3]);
    let ids: Vec<_> = claim(&store, 9, 9).await;
    assert_eq!(ids[0].id.0.as_u128(), 1);
}

pub(super) async fn a_try_that_does_not_count_is_taken_back(store: Arc<dyn Store>) {
    let session = with_session(&store, "vs_1").await;
    insert(&store, &[job(&session, 1, 0)]).await;
    let id = JobId(Uuid::from_u128(1));
    for (secs, counts, attempts) in [(0, true, 1), (10, false, 2), (20, false, 2), (30, true, 2)] {
        let claimed = claim(&store, secs, 9).await;
        assert_eq!(claimed[0].attempts, attempts, "at {secs} s");
        let next = at(secs + 10);
        let back = store.jobs().give_back(id, next, "not called", counts).await;
        back.unwrap();
    }
}

pub(super) async fn what_failed_of_an_account_can_be_made_due(store: Arc<dyn Store>) {
    let here = with_session(&store, "vs_1").await;
    let mut there = session(here.request, 1);
    there.account = AccountId::from("acme-us");
    let mut unit = begin(&store).await;
    assert!(unit.insert_session(&there).await.unwrap());
    unit.commit().await.unwrap();
    insert(
        &store,
        &[job(&here, 1, 0), job(&there, 2, 0), job(&here, 3, 0)],
    )
    .await;
    for row in claim(&store, 0, 9).await {
        let back = store.jobs().give_back(row.id, at(500), "down", true).await;
        back.unwrap();
    }
    // One that was never tried has its reason to wait.
    insert(&store, &[job(&here, 4, 400)]).await;
    let jobs = store.jobs();
    let account = here.account.clone();
    assert_eq!(jobs.make_due(&account, at(20), 1).await.unwrap(), 1);
    assert_eq!(jobs.make_due(&account, at(20), 9).await.unwrap(), 1);
    assert_eq!(jobs.make_due(&account, at(20), 9).await.unwrap(), 0);
    let claimed = claim(&store, 20, 9).await;
    let ids: Vec<_> = claimed.iter().map(|row| row.id.0.as_u128()).collect();
    assert_eq!(ids, [1, 3]);
}
