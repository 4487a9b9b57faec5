//! History is not rewritten, not even by hand.

use idv_core::ObservationId;
use idv_engine::store::{ObservationRow, ObservationSource};
use sqlx::Executor as _;

use super::fresh;
use super::rows::{at, begin, with_session};

#[tokio::test]
async fn observations_are_neither_changed_nor_removed_not_even_by_hand() {
    let Some((store, _database)) = fresh().await else {
        return;
    };
    let session = with_session(&store, 1).await;
    let mut unit = begin(&store).await;
    let row = ObservationRow {
        id: ObservationId::new(at(0)),
        request: session.request,
        session: Some(session.key),
        source: ObservationSource::Fetch,
        what: "session_fetched".to_owned(),
        observed_at: at(0),
        as_of: at(0),
        delivery: None,
        vendor_time: None,
        mapped: None,
        actor: None,
        command: None,
        raw: None,
    };
    assert!(unit.append_observation(&row).await.unwrap());
    unit.commit().await.unwrap();
    for sql in [
        "UPDATE idv.observations SET mapped = '{}'",
        "DELETE FROM idv.observations",
        "TRUNCATE idv.observations",
        "INSERT INTO idv.observations (id, request_id, source, what, observed_at, as_of)
         SELECT id, request_id, source, what, 99, as_of FROM idv.observations
         ON CONFLICT (id) DO UPDATE SET observed_at = 99",
    ] {
        let error = store.pool.execute(sql).await.unwrap_err();
        assert!(
            error.to_string().contains("observations are never"),
            "{sql}"
        );
    }
    let mut unit = begin(&store).await;
    let left = unit.observations_of(session.key).await.unwrap();
    assert_eq!(format!("{left:?}"), format!("{:?}", [row]));
}
