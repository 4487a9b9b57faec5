//! How Postgres would run every statement. What is asked often must not get slower with every row that is stored.

use std::path::Path;

use idv_core::{
    AccountId, DeliveryId, EndpointId, OrganizationId, RequestId, Status, StatusSummary, Timestamp,
};
use idv_engine::Environment;
use idv_engine::store::{
    BlindIndex, DeliveryFilter, DeliveryState, EventDeliveryFilter, EventDeliveryState,
    EventPosition, PageRequest, RequestFilter,
};
use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, Executor as _, PgConnection, Postgres, Row as _};
use uuid::Uuid;

use super::fresh;
use crate::{PostgresStore, inbox, outbox, request_list};

/// Statements that may look at all rows of a table, because the table is small or because they ask for all of them.
const MAY_SCAN: [&str; 9] = [
    "FROM idv.api_keys ORDER BY created_at, seq",
    "SELECT count(*) AS \"number!\" FROM idv.jobs",
    "FROM idv.delivery_counts GROUP BY state",
    // As many as one call adds together, in the order of the table.
    "DELETE FROM idv.delivery_counts",
    "FROM idv.data_keys GROUP BY master_key_id",
    // Endpoints are few.
    "FROM idv.endpoints ORDER BY created_at, id",
    "FROM idv.endpoints n WHERE n.state = 'enabled'",
    // What has no place yet, and as many as one call places.
    "FROM idv.events WHERE position IS NULL",
    // The connections of the server.
    "FROM pg_catalog.pg_stat_activity",
];

/// What is possible: looking at all rows and sorting are only chosen where there is no other way.
const WHAT_IS_POSSIBLE: &str = "SET enable_seqscan = off; SET enable_sort = off; SET enable_bitmapscan = off;
     SET enable_hashjoin = off; SET enable_mergejoin = off; SET plan_cache_mode = force_generic_plan";

async fn connection(store: &PostgresStore, settings: &'static str) -> PoolConnection<Postgres> {
    let mut connection = store.pool.acquire().await.unwrap();
    (&mut *connection).execute(settings).await.unwrap();
    connection
}

/// As many rows as it takes for an index to be worth looking at: in a table of one page, any plan is a good one.
const ROWS: &str = "
    INSERT INTO idv.subjects (id, blind_index, reference, created_at)
    SELECT gen_random_uuid(), sha256(n::text::bytea), '', n FROM generate_series(1, 5000) AS n;
    INSERT INTO idv.data_keys (id, subject_id, master_key_id, wrapped, created_at)
    SELECT gen_random_uuid(), id, 'master-1', '', created_at FROM idv.subjects;
    INSERT INTO idv.requests (id, subject_id, status, summary, is_open, created_at, updated_at, state)
    SELECT gen_random_uuid(), s.id, (ARRAY['passed', 'failed', 'errored'])[1 + n % 3],
           (ARRAY['passed', 'failed'])[1 + n % 2], n = 4 AND s.created_at % 10 = 0, s.created_at * 10 + n,
           s.created_at, '{}'
    FROM idv.subjects s CROSS JOIN generate_series(1, 4) AS n;
    INSERT INTO idv.affected_organizations (request_id, organization, created_at)
    SELECT id, 'org-' || created_at % 100, created_at FROM idv.requests;
    INSERT INTO idv.sessions (key, request_id, account, provider, session_id, idempotency_key, created_at, updated_at,
                              state)
    SELECT gen_random_uuid(), id, 'account-' || created_at % 3, 'fake', id::text, '', created_at, created_at, '{}'
    FROM idv.requests;
    INSERT INTO idv.checkpoints (session_key, step, value) SELECT key, 'applicant', '' FROM idv.sessions;
    INSERT INTO idv.observations (id, request_id, session_key, source, what, observed_at, as_of, delivery, command)
    SELECT gen_random_uuid(), request_id, key, 'fetch', '', n, n, gen_random_uuid(),
           CASE WHEN created_at % 10 = 0 THEN '{}' END
    FROM idv.sessions CROSS JOIN generate_series(1, 2) AS n;
    INSERT INTO idv.events (id, request_id, subject_id, kind, key, created_at, payload)
    SELECT gen_random_uuid(), id, subject_id, 'created', 'created/1', created_at, '' FROM idv.requests;
    INSERT INTO idv.jobs (id, kind, session_key, request_id, due_at, attempts, created_at)
    SELECT gen_random_uuid(), 'start', key, request_id, created_at, 0, created_at FROM idv.sessions LIMIT 5000;
    INSERT INTO idv.command_keys (key, fingerprint, created_at)
    SELECT sha256(n::text::bytea), sha256(n::text::bytea), n FROM generate_series(1, 5000) AS n;
    INSERT INTO idv.erasures (id, subject_id, actor, erased_at, receipt)
    SELECT gen_random_uuid(), id, '{}', 0, '{}' FROM idv.subjects;
    INSERT INTO idv.api_keys (id, name, secret_sha256, scopes, created_at)
    SELECT gen_random_uuid(), 'key-' || n, sha256(n::text::bytea), '[]', n FROM generate_series(1, 5000) AS n;
    INSERT INTO idv.meta (name, value) SELECT 'name-' || n, '' FROM generate_series(1, 5000) AS n;
    INSERT INTO idv.deliveries (id, account, dedup_key, state, session_id, due_at, receipt, body)
    SELECT gen_random_uuid(), 'account-' || n % 3, 'evt-' || n,
           CASE WHEN n % 20 = 0 THEN 'pending' WHEN n % 20 = 1 THEN 'unmatched' ELSE 'done' END,
           'session-' || n / 3, n, '{}', ''
    FROM generate_series(1, 20000) AS n;
    UPDATE idv.events SET position = seq WHERE seq <= 19990;
    INSERT INTO idv.endpoints (id, description, address, kinds, payload, state, fanned_out_to, failures_in_a_row,
                               created_at, updated_at)
    SELECT gen_random_uuid(), '', '', '[]', 'thin', (ARRAY['enabled', 'failing'])[1 + n % 2], 19000, 0, n, n
    FROM generate_series(1, 4) AS n;
    INSERT INTO idv.event_deliveries (endpoint_id, position, request_id, written_at, state, due_at)
    SELECT n.id, e.position, e.request_id, e.created_at,
           CASE WHEN e.seq % 20 = 0 THEN 'pending' WHEN e.seq % 20 = 1 THEN 'failed' ELSE 'delivered' END, e.created_at
    FROM idv.endpoints n CROSS JOIN idv.events e WHERE e.position <= 19000;
    INSERT INTO idv.delivery_attempts (endpoint_id, position, began_at, took_micros, outcome, answer)
    SELECT endpoint_id, position, 0, 0, 'delivered', '' FROM idv.event_deliveries WHERE position % 4 = 0;
    ANALYZE";

async fn with_rows() -> Option<(PostgresStore, idv_testkit::private_postgres::Database)> {
    let (store, database) = fresh().await?;
    for statement in ROWS.split(';') {
        store.pool.execute(statement).await.unwrap();
    }
    Some((store, database))
}

/// The plan for any values, one step per line.
async fn plan(connection: &mut PgConnection, sql: &str) -> Vec<String> {
    let prepare = format!("PREPARE examined AS {sql}");
    connection.execute(AssertSqlSafe(prepare)).await.unwrap();
    let parameters = (1..100)
        .take_while(|number| sql.contains(&format!("${number}")))
        .map(|_| "NULL")
        .collect::<Vec<_>>();
    let values = if parameters.is_empty() {
        String::new()
    } else {
        format!("({})", parameters.join(", "))
    };
    // Sent as text: a statement about a prepared statement cannot itself be prepared.
    let explain = sqlx::raw_sql(AssertSqlSafe(format!("EXPLAIN EXECUTE examined{values}")));
    let plan = explain.fetch_all(&mut *connection).await.unwrap();
    connection.execute("DEALLOCATE examined").await.unwrap();
    plan.iter().map(|row| row.get::<String, _>(0)).collect()
}

/// The steps that look at every row: of a table, or of an index without saying where to begin or end.
fn scans(plan: &[String]) -> bool {
    plan.iter().enumerate().any(|(place, step)| {
        let whole_index = step.contains("Index Scan") || step.contains("Index Only Scan");
        let details = plan[place + 1..]
            .iter()
            .take_while(|next| !next.contains("->") && !next.contains("Plan"));
        let has_condition = details.into_iter().any(|next| next.contains("Index Cond"));
        step.contains("Seq Scan on") || (whole_index && !has_condition)
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
    let Some((store, _database)) = with_rows().await else {
        return;
    };
    let mut connection = connection(
        &store,
        "SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan",
    )
    .await;
    let statements = checked_statements();
    assert!(statements.len() > 60, "{}", statements.len());
    let mut complaints = Vec::new();
    for sql in statements {
        if MAY_SCAN.iter().any(|part| sql.contains(part)) {
            continue;
        }
        let plan = plan(&mut connection, &sql).await;
        if scans(&plan) {
            complaints.push(format!("{sql}\n{plan:#?}"));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[tokio::test]
async fn work_is_found_among_what_is_waiting_only() {
    let Some((store, _database)) = with_rows().await else {
        return;
    };
    let mut connection = connection(&store, WHAT_IS_POSSIBLE).await;
    let statements = checked_statements();
    for (part, index) in [
        (
            "UPDATE idv.deliveries SET due_at = $2",
            "deliveries_waiting",
        ),
        (
            "d.account = $1 AND d.id < $2",
            "deliveries_unmatched_by_age",
        ),
        ("LIMIT 1 OFFSET $2", "deliveries_unmatched_by_age"),
        (
            "d.state = 'dead' AND length(d.body) > 0 AND d.id",
            "deliveries_dead_with_body",
        ),
        ("UPDATE idv.jobs SET lease_until = $2, attempts", "jobs_due"),
        (
            "WHERE u.state = 'unmatched' AND u.account = $1",
            "deliveries_by_session",
        ),
        (
            "WHERE NOT r.is_open AND NOT r.subject_erased",
            "requests_at_rest",
        ),
        (
            "ORDER BY d.due_at, d.position LIMIT $3",
            "event_deliveries_due",
        ),
        (
            "ORDER BY l.position FOR NO KEY UPDATE",
            "event_deliveries_waiting",
        ),
        (
            "WHERE d.state <> 'pending' AND d.written_at < $1",
            "event_deliveries_done",
        ),
    ] {
        let sql = statements.iter().find(|sql| sql.contains(part)).unwrap();
        let plan = plan(&mut connection, sql).await;
        let sorts = plan.iter().any(|step| step.contains("Sort"));
        assert!(
            !sorts && plan.iter().any(|step| step.contains(index)),
            "{plan:#?}"
        );
    }
}

/// However much is pending of an account, of a session or in all: a claim begins where it must look.
#[tokio::test]
async fn a_claim_looks_at_one_account_and_one_session_at_a_time() {
    let Some((store, _database)) = with_rows().await else {
        return;
    };
    let mut connection = connection(&store, WHAT_IS_POSSIBLE).await;
    let statements = checked_statements();
    for (part, indexes) in [
        (
            "FROM accounts a CROSS JOIN LATERAL",
            ["deliveries_waiting on", "deliveries_leased on"],
        ),
        (
            "FOR NO KEY UPDATE OF w SKIP LOCKED",
            ["deliveries_waiting_of_session on", "deliveries_leased on"],
        ),
    ] {
        let sql = statements.iter().find(|sql| sql.contains(part)).unwrap();
        let plan = plan(&mut connection, sql).await;
        for index in indexes {
            assert!(plan.iter().any(|step| step.contains(index)), "{plan:#?}");
        }
        // What is sorted is the few that were found of each account.
        let sorts = plan.iter().filter(|step| step.contains("Sort Key:"));
        for key in sorts {
            assert!(!key.contains("w."), "{plan:#?}");
        }
        assert!(!scans(&plan), "{plan:#?}");
    }
}

fn filter(bits: u32) -> RequestFilter {
    let has = |bit: u32| bits & (1 << bit) != 0;
    RequestFilter {
        subject: has(0).then_some(BlindIndex([1; 32])),
        environment: has(10).then_some(Environment::Live),
        organization: has(1).then(|| OrganizationId::from("org")),
        status: has(2).then_some(Status::Passed),
        summary: has(3).then_some(StatusSummary::Started),
        open: has(4).then_some(has(5)),
        not_cancelled: has(6),
        updated_before: has(7).then_some(Timestamp::UNIX_EPOCH),
        created_before: has(8).then_some(Timestamp::UNIX_EPOCH),
        created_after: has(9).then_some(Timestamp::UNIX_EPOCH),
    }
}

fn page() -> PageRequest<RequestId> {
    PageRequest {
        after: Some(RequestId::new(Timestamp::UNIX_EPOCH)),
        limit: 50,
    }
}

#[tokio::test]
async fn every_list_of_requests_is_in_the_order_of_an_index() {
    let Some((store, _database)) = fresh().await else {
        return;
    };
    let mut connection = connection(&store, WHAT_IS_POSSIBLE).await;
    for bits in 0..2_048 {
        let query = request_list::query(&filter(bits), page());
        let plan = plan(&mut connection, query.sql().as_str()).await;
        assert_ordered(&plan);
    }
}

#[tokio::test]
async fn every_list_of_deliveries_is_in_the_order_of_an_index() {
    let Some((store, _database)) = fresh().await else {
        return;
    };
    let mut connection = connection(&store, WHAT_IS_POSSIBLE).await;
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
            assert_ordered(&plan(&mut connection, query.sql().as_str()).await);
        }
    }
}

#[tokio::test]
async fn every_list_of_deliveries_of_events_is_in_the_order_of_an_index() {
    let Some((store, _database)) = fresh().await else {
        return;
    };
    let mut connection = connection(&store, WHAT_IS_POSSIBLE).await;
    for bits in 0..16 {
        for after in [
            None,
            Some((EventPosition(7), None)),
            Some((EventPosition(7), Some(Uuid::nil()))),
        ] {
            let query = outbox::list::query(&of_events(bits), after, 50);
            assert_ordered(&plan(&mut connection, query.sql().as_str()).await);
        }
    }
}

/// What Postgres chooses by itself, knowing 76 000 deliveries of which a tenth is not delivered.
#[tokio::test]
async fn with_many_deliveries_the_way_out_follows_an_index_by_choice() {
    let Some((store, _database)) = with_rows().await else {
        return;
    };
    let mut connection = connection(&store, "SET plan_cache_mode = force_generic_plan").await;
    for bits in [0, 1, 4, 5, 12, 13] {
        let query = outbox::list::query(&of_events(bits), None, 50);
        assert_ordered(&plan(&mut connection, query.sql().as_str()).await);
    }
    let statements = checked_statements();
    for part in [
        "ORDER BY d.due_at, d.position LIMIT $3",
        "ORDER BY l.position FOR NO KEY UPDATE",
        "WHERE d.state <> 'pending' AND d.written_at < $1",
        "DELETE FROM idv.event_deliveries\n             WHERE endpoint_id = $1",
        "AS oldest",
        "AND e.position <= $3",
        "FROM idv.delivery_attempts",
    ] {
        let found: Vec<_> = statements.iter().filter(|sql| sql.contains(part)).collect();
        assert!(!found.is_empty(), "{part}");
        for sql in found {
            let plan = plan(&mut connection, sql).await;
            let reads_all = plan.iter().any(|step| {
                step.contains("Seq Scan on") && !step.contains("Seq Scan on endpoints")
            });
            assert!(!reads_all, "{sql}\n{plan:#?}");
        }
    }
}

/// Bits: 1 with an endpoint, 2 with a request, 4 and 8 which state.
fn of_events(bits: usize) -> EventDeliveryFilter {
    EventDeliveryFilter {
        endpoint: (bits & 1 > 0).then(|| EndpointId::new(Timestamp::UNIX_EPOCH)),
        request: (bits & 2 > 0).then(|| RequestId::new(Timestamp::UNIX_EPOCH)),
        state: [
            None,
            Some(EventDeliveryState::Pending),
            Some(EventDeliveryState::Delivered),
            Some(EventDeliveryState::Failed),
        ][bits >> 2],
    }
}

/// What Postgres chooses by itself, knowing 20 000 requests of 5 000 subjects.
#[tokio::test]
async fn with_many_requests_the_usual_lists_follow_an_index_by_choice() {
    let Some((store, _database)) = with_rows().await else {
        return;
    };
    let mut connection = connection(&store, "SET plan_cache_mode = force_generic_plan").await;
    // Nothing, organization, status, summary, and those with a time; each in one environment, and in any.
    for bits in [0, 0b10, 0b100, 0b1000, 0b1_0000_0000, 0b1_0000_0100] {
        for environment in [0, 1 << 10] {
            let query = request_list::query(&filter(bits | environment), page());
            assert_ordered(&plan(&mut connection, query.sql().as_str()).await);
        }
    }
}

fn assert_ordered(plan: &[String]) {
    let sorts = plan.iter().enumerate().any(|(place, step)| {
        // The few organizations of one request are sorted, the requests are not.
        let of_one = plan
            .get(place + 1)
            .is_some_and(|key| key.contains("Sort Key: a.seq"));
        step.contains("Sort  (") && !of_one
    });
    let reads_all = plan.iter().any(|step| step.contains("Seq Scan on"));
    assert!(!sorts && !reads_all, "{plan:#?}");
}
