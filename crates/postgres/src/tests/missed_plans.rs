//! How Postgres would list what webhooks have missed.

use idv_core::{AccountId, ObservationId, Timestamp};
use idv_engine::store::{MissedWebhookFilter, PageRequest};

use super::fresh;
use super::plans::{WHAT_IS_POSSIBLE, assert_ordered, connection, plan};
use crate::polls;

#[tokio::test]
async fn every_list_of_missed_webhooks_is_in_the_order_of_an_index() {
    let Some((store, _database)) = fresh().await else {
        return;
    };
    let mut connection = connection(&store, WHAT_IS_POSSIBLE).await;
    for bits in 0..8_u32 {
        let has = |bit: u32| bits & (1 << bit) != 0;
        let filter = MissedWebhookFilter {
            account: has(0).then(|| AccountId::from("acme-eu")),
            since: has(1).then_some(Timestamp::UNIX_EPOCH),
        };
        let page = PageRequest {
            after: has(2).then(|| ObservationId::new(Timestamp::UNIX_EPOCH)),
            limit: 50,
        };
        let query = polls::missed_query(&filter, page);
        assert_ordered(&plan(&mut connection, query.sql().as_str()).await);
    }
}
