//! How SQLite would run every statement. What is asked often must not get slower with every row that is stored.

use std::path::Path;

use idv_core::{
    AccountId, DeliveryId, EndpointId, ObservationId, OrganizationId, RequestId, SessionId, Status,
    StatusSummary, Timestamp,
};
use idv_engine::Environment;
use idv_engine::store::{
    DeliveryFilter, DeliveryState, EventDeliveryFilter, EventDeliveryState, EventPosition,
    MissedWebhookFilter, PageRequest, RequestFilter,
};
use sqlx::{AssertSqlSafe, Row as _};
use uuid::Uuid;

use crate::{SqliteStore, inbox, outbox, polls, request_list};

/// Statements that may look at all rows of a table, because the table is small or because they ask for all of them.
const MAY_SCAN: &[&str] = &[
    "FROM api_keys ORDER BY created_at, seq",
    "SELECT count(*) AS \"number!: i64\" FROM jobs",
    "SELECT state, number FROM delivery_counts",
    "FROM data_keys GROUP BY master_key_id",
    // As many rows as there are processes.
    "FROM replicas WHERE seen_at",
    "SELECT count(*) AS \"number!: i64\" FROM replicas",
    // Endpoints are few.
    "FROM endpoints ORDER BY created_at, id",
    "FROM endpoints n WHERE n.state = 'enabled'",
    // What has no place yet, and as many as one call places.
    "INDEXED BY events_unplaced WHERE u.position IS NULL",
    "INDEXED BY events_unplaced WHERE position IS NULL",
    // As many as are unmatched, of which there are not too many; once a minute.
    "FROM deliveries d INDEXED BY deliveries_unmatched\n",
    // As many rows as have just arrived.
    "FROM json_each(?1) WHERE value ->> 'wake' GROUP BY 2, 3",
    // They look through what they have put together themselves: see the test of claims.
    "WITH RECURSIVE accounts",
];

async fn plan(store: &SqliteStore, sql: &str) -> Vec<String> {
    sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}")))
        .fetch_all(&store.writer)
        .await
        .unwrap()
        .iter()
        .map(|row| row.get::<String, _>("detail"))
        .collect()
}

fn scans(plan: &[String]) -> bool {
    plan.iter().any(|step| {
        // Rows of a parameter are not rows of a table.
        step.starts_with("SCAN")
            && !step.contains("VIRTUAL TABLE")
            && !step.contains("CONSTANT ROW")
    })
}

/// The text of every checked statement, from the data the macros left.
fn checked_statements() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(".sqlx");
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let text = std::fs::read(entry.unwrap().path()).unwrap();
            let data: serde_json::Value = idv_core::json::decode(&text).unwrap();
            data["query"].as_str().unwrap().to_owned()
        })
        .collect()
}

#[tokio::test]
async fn no_checked_statement_looks_at_all_rows() {
    let store = SqliteStore::in_memory().await.unwrap();
    let statements = checked_statements();
    assert!(statements.len() > 30, "{}", statements.len());
    for sql in statements {
        let plan = plan(&store, &sql).await;
        let may_scan = MAY_SCAN.iter().any(|part| sql.contains(part));
        assert!(may_scan || !scans(&plan), "{sql}\n{plan:#?}");
    }
}

/// SQLite looks at a parameter that is a limit while it plans, and plans anew each time another value is bound, even the
/// same one: with `LIMIT ?1` a statement is never prepared for good. A sum is not looked at. (SQLite 3.51.3,
/// `sqlite3ExprIsInteger`; it was a quarter of the time of the connection that writes.)
#[test]
fn no_statement_is_planned_again_for_its_limit() {
    fn first<P>() -> PageRequest<P> {
        PageRequest {
            after: None,
            limit: 50,
        }
    }
    let deliveries = DeliveryFilter::default();
    let lists = [
        inbox::list::query(&deliveries, first()),
        inbox::requeue::all_query(&deliveries, Timestamp::UNIX_EPOCH, 50),
        request_list::query(&RequestFilter::default(), None, first()),
        outbox::list::query(&EventDeliveryFilter::default(), None, 50),
        polls::missed_query(&MissedWebhookFilter::default(), first()),
    ];
    let built = lists.map(|query| query.sql().as_str().to_owned());
    let with_limit = |sql: &&String| sql.contains("LIMIT");
    let statements = checked_statements();
    assert!(statements.iter().filter(with_limit).count() > 15);
    assert_eq!(built.iter().filter(with_limit).count(), 5);
    for sql in statements.iter().chain(&built) {
        for word in ["LIMIT ?", "OFFSET ?"] {
            assert!(!sql.contains(word), "{sql}");
        }
    }
}

#[tokio::test]
async fn work_is_found_among_what_is_waiting_only() {
    let store = SqliteStore::in_memory().await.unwrap();
    let statements = checked_statements();
    for (part, index) in [
        (
            "UPDATE deliveries SET due_at = ?2\n",
            "INDEX deliveries_waiting (account=? AND due_at>?)",
        ),
        (
            "d.state = 'unmatched' AND d.account = ?1 AND d.id < ?2",
            "INDEX deliveries_unmatched_by_age (account=? AND id<?)",
        ),
        (
            "d.state = 'unmatched' AND d.account = ?1 ORDER BY d.id DESC",
            "INDEX deliveries_unmatched_by_age (account=?)",
        ),
        (
            "d.state = 'dead' AND length(d.body) > 0",
            "INDEX deliveries_dead_with_body (id<?)",
        ),
        (
            "UPDATE jobs SET lease_until = ?2, attempts",
            "INDEX jobs_due (due_at<?)",
        ),
        (
            "SELECT EXISTS (SELECT 1 FROM jobs",
            "INDEX jobs_due (due_at<?)",
        ),
        (
            "UPDATE sessions SET poll_at = ?3, poll_attempts",
            "INDEX sessions_to_poll (account=? AND poll_at<?)",
        ),
        (
            "UPDATE missed_webhooks SET arrived_at",
            "INDEX missed_webhooks_open (session_key=?)",
        ),
        (
            "WHERE state = 'unmatched' AND account = ?1",
            "INDEX deliveries_unmatched (account=? AND session_id=?)",
        ),
        (
            "ORDER BY d.due_at, d.position LIMIT 0 + ?3",
            "INDEX event_deliveries_due (endpoint_id=? AND due_at<?)",
        ),
        (
            "SET due_at = ?4",
            "INDEX event_deliveries_waiting (endpoint_id=? AND request_id=? AND position>?)",
        ),
        (
            "WHERE d.state <> 'pending' AND d.written_at < ?1",
            "INDEX event_deliveries_done (written_at<?)",
        ),
        (
            "max(p.due_at)",
            "INDEX event_deliveries_waiting (endpoint_id=? AND request_id=?)",
        ),
    ] {
        let sql = statements.iter().find(|sql| sql.contains(part)).unwrap();
        let plan = plan(&store, sql).await;
        let sorts = plan.iter().any(|step| step.contains("TEMP B-TREE"));
        assert!(
            !sorts && plan.iter().any(|step| step.contains(index)),
            "{plan:#?}"
        );
    }
}

/// However much is pending of an account, of a session or in all: a claim begins where it must look.
#[tokio::test]
async fn a_claim_looks_at_one_account_and_one_session_at_a_time() {
    let store = SqliteStore::in_memory().await.unwrap();
    let statements = checked_statements();
    let claim = "UPDATE deliveries SET lease_until = ?2, attempts";
    let sql = statements.iter().find(|sql| sql.contains(claim)).unwrap();
    let plan = plan(&store, sql).await;
    for step in [
        "SEARCH d USING COVERING INDEX deliveries_waiting (account>?)",
        "SEARCH d USING COVERING INDEX deliveries_waiting (account=? AND due_at<?)",
        "SEARCH s USING INDEX deliveries_leased (account=? AND session_id=? AND lease_until>?)",
        "SEARCH w USING INDEX deliveries_waiting_of_session (account=? AND session_id=?)",
    ] {
        assert!(plan.iter().any(|found| found == step), "{step}: {plan:#?}");
    }
    // What is sorted is one delivery of each account; and what is claimed, to add up its sizes.
    let sorts = plan.iter().filter(|step| step.contains("TEMP B-TREE"));
    assert!(sorts.count() <= 2, "{plan:#?}");
    let scanned = plan.iter().filter_map(|step| step.strip_prefix("SCAN "));
    let own = ["a", "o", "c", "w", "s", "json_each VIRTUAL TABLE INDEX 1:"];
    for scanned in scanned.filter(|name| !name.starts_with("(subquery")) {
        assert!(own.contains(&scanned), "{scanned}: {plan:#?}");
    }
}

/// Beside a list of ids SQLite may think that the rows of one state are few, and look at all that is pending.
#[tokio::test]
async fn what_is_changed_is_not_looked_for_in_all_of_one_state() {
    let store = SqliteStore::in_memory().await.unwrap();
    let of_one_state = |step: &String| {
        let lists = ["_by_state (", "_and_state (", "deliveries_by_account ("];
        lists.iter().any(|index| step.contains(index)) && !step.contains("rowid=?")
    };
    let mut looked_at = 0;
    let mut complaints = Vec::new();
    for sql in checked_statements() {
        if sql.starts_with("UPDATE") {
            looked_at += 1;
            let plan = plan(&store, &sql).await;
            if plan.iter().any(of_one_state) {
                complaints.push(format!("{sql}\n{plan:#?}"));
            }
        }
    }
    assert!(looked_at > 20, "{looked_at}");
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[tokio::test]
async fn every_list_of_requests_is_in_the_order_of_an_index() {
    let store = SqliteStore::in_memory().await.unwrap();
    let page = PageRequest {
        after: Some(RequestId::new(Timestamp::UNIX_EPOCH)),
        limit: 50,
    };
    for bits in 0..2_048_u32 {
        let has = |bit: u32| bits & (1 << bit) != 0;
        let filter = RequestFilter {
            subject: None,
            environment: has(10).then_some(Environment::Live),
            organization: has(0).then(|| OrganizationId::from("org")),
            status: has(1).then_some(Status::Passed),
            summary: has(2).then_some(StatusSummary::Started),
            open: has(6).then_some(has(7)),
            not_cancelled: has(8),
            updated_before: has(9).then_some(Timestamp::UNIX_EPOCH),
            created_before: has(3).then_some(Timestamp::UNIX_EPOCH),
            created_after: has(4).then_some(Timestamp::UNIX_EPOCH),
        };
        let subject = has(5).then(|| Uuid::from_u128(1));
        let query = request_list::query(&filter, subject, page);
        let plan = plan(&store, query.sql().as_str()).await;
        assert_ordered(&plan);
    }
}

#[tokio::test]
async fn every_list_of_deliveries_is_in_the_order_of_an_index() {
    let store = SqliteStore::in_memory().await.unwrap();
    let page = PageRequest {
        after: Some(DeliveryId::new(Timestamp::UNIX_EPOCH)),
        limit: 50,
    };
    for state in [None, Some(DeliveryState::Dead)] {
        for account in [None, Some(AccountId::from("acme-eu"))] {
            let filter = DeliveryFilter {
                state,
                account,
                ..DeliveryFilter::default()
            };
            let query = inbox::list::query(&filter, page);
            assert_ordered(&plan(&store, query.sql().as_str()).await);
        }
    }
}

/// However many there are of the account, and whatever their states.
#[tokio::test]
async fn the_deliveries_of_a_session_are_found_by_the_session() {
    let store = SqliteStore::in_memory().await.unwrap();
    for state in [None, Some(DeliveryState::Dead)] {
        let filter = DeliveryFilter {
            state,
            account: Some(AccountId::from("acme-eu")),
            session: Some(SessionId::from("session-1")),
            ..DeliveryFilter::default()
        };
        let page = PageRequest {
            after: None,
            limit: 50,
        };
        let list = inbox::list::query(&filter, page);
        let requeue = inbox::requeue::all_query(&filter, Timestamp::UNIX_EPOCH, 50);
        for query in [list, requeue] {
            let plan = plan(&store, query.sql().as_str()).await;
            assert!(!scans(&plan), "{plan:#?}");
            for index in ["waiting_of_session", "worked_on_of_session"] {
                let step = format!("INDEX deliveries_{index} (account=? AND session_id=?)");
                assert!(plan.iter().any(|s| s.contains(&step)), "{step}: {plan:#?}");
            }
        }
    }
}

#[tokio::test]
async fn every_list_of_deliveries_of_events_is_in_the_order_of_an_index() {
    let store = SqliteStore::in_memory().await.unwrap();
    for bits in 0..16_u32 {
        let filter = EventDeliveryFilter {
            endpoint: (bits & 1 > 0).then(|| EndpointId::new(Timestamp::UNIX_EPOCH)),
            request: (bits & 2 > 0).then(|| RequestId::new(Timestamp::UNIX_EPOCH)),
            state: [
                None,
                Some(EventDeliveryState::Pending),
                Some(EventDeliveryState::Delivered),
                Some(EventDeliveryState::Failed),
            ][usize::try_from(bits >> 2).unwrap()],
        };
        for after in [
            None,
            Some((EventPosition(7), None)),
            Some((EventPosition(7), Some(Uuid::nil()))),
        ] {
            let query = outbox::list::query(&filter, after, 50);
            assert_ordered(&plan(&store, query.sql().as_str()).await);
        }
    }
}

/// What waits or has failed is counted, and found first, without what is delivered.
#[tokio::test]
async fn counting_what_is_on_its_way_out_does_not_look_at_what_is_delivered() {
    let store = SqliteStore::in_memory().await.unwrap();
    let statements = checked_statements();
    let sql = statements.iter().find(|sql| sql.contains("AS oldest"));
    let plan = plan(&store, sql.unwrap()).await;
    let looks: Vec<_> = plan
        .iter()
        .filter(|step| step.contains("event_deliveries"))
        .collect();
    assert_eq!(looks.len(), 3, "{plan:#?}");
    for step in looks {
        assert!(
            step.contains("COVERING INDEX") && step.contains("state=?"),
            "{plan:#?}"
        );
    }
}

#[tokio::test]
async fn every_list_of_missed_webhooks_is_in_the_order_of_an_index() {
    let store = SqliteStore::in_memory().await.unwrap();
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
        let plan = plan(&store, query.sql().as_str()).await;
        // The order is that of an index, which is read from its end.
        let sorts = plan.iter().any(|step| step.contains("TEMP B-TREE"));
        let indexed = plan
            .iter()
            .any(|step| step.contains("INDEX missed_webhooks_by"));
        assert!(!sorts && indexed, "{plan:#?}");
    }
}

fn assert_ordered(plan: &[String]) {
    let sorts = plan.iter().any(|step| {
        // The few organizations of one request are sorted, the requests are not.
        step.contains("TEMP B-TREE") && !step.contains("json_group_array")
    });
    assert!(!sorts && !scans(plan), "{plan:#?}");
}
