//! Claims side by side.

use std::time::Duration;

use idv_core::SessionId;
use idv_engine::store::{Inbox as _, NewDelivery};

use super::fresh;
use super::rows::{account, at, delivery};
use crate::{PostgresStore, lock};

const LEASE: Duration = Duration::from_secs(30);

fn about(session: &str, event: &str) -> NewDelivery {
    NewDelivery {
        session: Some(SessionId::from(session)),
        ..delivery(event)
    }
}

async fn claimed(store: &PostgresStore) -> (Option<SessionId>, usize) {
    let rows = store.claim(at(1), LEASE, &[]).await.unwrap();
    let session = rows.first().and_then(|row| row.session.clone());
    (session, rows.len())
}

/// However much waits of that session, and however long ago it came.
#[tokio::test]
async fn a_claim_that_stops_half_way_keeps_others_from_its_session_only() {
    let Some((store, _database)) = fresh().await else {
        return;
    };
    let busy: Vec<_> = (0..40)
        .map(|number| about("vs_busy", &format!("evt_{number}")))
        .collect();
    store.append(&busy).await.unwrap();
    let others = [about("vs_1", "other"), delivery("of nobody")];
    store.append(&others).await.unwrap();
    let mut stopped = crate::begin::begin(&store.pool).await.unwrap();
    let account = account();
    let has = lock::try_session_of_claim(&mut stopped, account.as_str(), "vs_busy").await;
    assert!(has.unwrap());

    assert_eq!(claimed(&store).await, (Some("vs_1".into()), 1));
    assert_eq!(claimed(&store).await, (None, 1));
    assert_eq!(claimed(&store).await, (None, 0), "and nobody waits");
    stopped.rollback().await.unwrap();
    assert_eq!(claimed(&store).await, (Some("vs_busy".into()), 40));
}

/// A row that somebody is just changing is left out of the claim, which does not wait for it.
#[tokio::test]
async fn a_claim_does_not_wait_for_a_row() {
    let Some((store, _database)) = fresh().await else {
        return;
    };
    let both = [about("vs_1", "first"), about("vs_1", "second")];
    store.append(&both).await.unwrap();
    let mut changing = crate::begin::begin(&store.pool).await.unwrap();
    sqlx::query("UPDATE idv.deliveries SET reason = NULL WHERE dedup_key LIKE '%first%'")
        .execute(&mut *changing)
        .await
        .unwrap();
    assert_eq!(claimed(&store).await, (Some("vs_1".into()), 1));
    changing.rollback().await.unwrap();
    assert_eq!(claimed(&store).await, (None, 0), "its session is at work");
}
