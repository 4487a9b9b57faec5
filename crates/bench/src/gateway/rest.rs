//! Waiting until nothing is left to be done.

use std::time::{Duration, Instant};

use idv_engine::store::Store;

/// For so long it may take.
const PATIENCE: Duration = Duration::from_secs(300);
/// How often it is looked. Another process gives no signal to wait for.
const LOOKED_EVERY: Duration = Duration::from_millis(20);

/// Waits until every webhook that was taken in is worked on, so that the next turn has the processors for itself.
///
/// # Panics
/// If it takes too long, or the database cannot be read.
pub async fn rest(store: &dyn Store) {
    let begun = Instant::now();
    loop {
        let inbox = store.inbox().counts().await.unwrap();
        if inbox.pending == 0 {
            return;
        }
        assert!(
            begun.elapsed() < PATIENCE,
            "the inbox does not become empty: {inbox:?}"
        );
        tokio::time::sleep(LOOKED_EVERY).await;
    }
}
