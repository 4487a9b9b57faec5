//! The routes over an engine on SQLite in memory, with a fake vendor behind it.

use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use idv_core::webhook::InboundWebhook;
use idv_core::{AccountId, Actor, Secret, SubjectRef};
use idv_engine::crypt::MasterKey;
use idv_engine::store::Store as _;
use idv_engine::{
    Account, Accounts, EngineSettings, Environment, GetOrRequest, RequestQuery, Unmatched,
};
use idv_sqlite::SqliteStore;
use idv_testkit::ManualClock;
use idv_testkit::fake::{Effect, FakeOptions, FakeProvider, FakeState, FakeVendor, Fault};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::*;
use crate::api_key::{ApiKey, Scope};

mod commands;
mod description;
mod endpoints;
mod events;
mod evidence;
mod inbox;
mod observed;
mod refusals;
#[cfg(feature = "otel")]
mod traces;

/// How many streams of events may be open in these tests.
const STREAMS: usize = 2;

/// How many files may be on their way in these tests.
const DOWNLOADS: usize = 2;

struct World {
    clock: Arc<ManualClock>,
    vendor: Arc<FakeVendor>,
    store: SqliteStore,
    engine: Engine,
    shutdown: Shutdown,
    refusals: RefusalCounts,
    diagnoser: Diagnoser,
    app: Router,
    reader: Secret,
    writer: Secret,
    reviewer: Secret,
    eraser: Secret,
    operator: Secret,
}

impl World {
    async fn new() -> Self {
        Self::on(SqliteStore::in_memory().await.unwrap()).await
    }

    async fn on(store: SqliteStore) -> Self {
        Self::over(store, Metrics::install(), false).await
    }

    /// One whose figures are those; whoever asks may read them, or not.
    async fn measured(metrics: Metrics, metrics_are_open: bool) -> Self {
        let store = SqliteStore::in_memory().await.unwrap();
        Self::over(store, metrics, metrics_are_open).await
    }

    async fn over(store: SqliteStore, metrics: Metrics, metrics_are_open: bool) -> Self {
        let clock = ManualClock::noon();
        let vendor = FakeVendor::new(clock.clone());
        let account = |id: &str, can_fetch, unmatched| Account {
            id: AccountId::new(id),
            provider: Arc::new(FakeProvider::new(FakeOptions::default(), vendor.clone())),
            environment: Environment::Sandbox,
            can_fetch,
            unmatched,
            siblings: Vec::new(),
            health: None,
        };
        let accounts = vec![
            account("fake-eu", true, Unmatched::Park),
            account("fake-receiver", false, Unmatched::Adopt),
        ];
        let engine = Engine::open(
            Arc::new(store.clone()),
            Accounts::new(accounts, Some(AccountId::new("fake-eu"))),
            MasterKey::generate().unwrap(),
            clock.clone(),
            EngineSettings::default(),
        )
        .await
        .unwrap();
        let shutdown = Shutdown::default();
        let diagnoser = Diagnoser::new(&engine, &[], clock.clone());
        let api = Api(Arc::new(Reach {
            engine: engine.clone(),
            clock: clock.clone(),
            shutdown: shutdown.clone(),
            body_limits: BodyLimits {
                max_bytes: 10_000,
                timeout: Duration::from_secs(20),
                budget: BodyBudget::of_bytes(1_000_000),
            },
            streams: Arc::new(Semaphore::new(STREAMS)),
            downloads: Arc::new(Semaphore::new(DOWNLOADS)),
            metrics,
            metrics_are_open,
            client_address: ClientAddress {
                header: Some(http::HeaderName::from_static("x-forwarded-for")),
                trusted_proxies: vec!["10.0.0.0/8".parse().unwrap()],
            },
            refusals: RefusalCounts::new(3),
            diagnoser: diagnoser.clone(),
        }));
        let reader = key(&store, "reader", &[Scope::Read]).await;
        let writer = key(&store, "writer", &[Scope::Write]).await;
        let eraser = key(&store, "eraser", &[Scope::Erase]).await;
        let operator = key(&store, "operator", &[Scope::Operate]).await;
        let reviewer = key(&store, "reviewer", &[Scope::Review]).await;
        Self {
            clock,
            vendor,
            store,
            engine,
            shutdown,
            refusals: api.refusals().clone(),
            diagnoser,
            app: router(api),
            reader,
            writer,
            reviewer,
            eraser,
            operator,
        }
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.app.clone().oneshot(request).await.unwrap();
        Answer::of(response).await
    }

    async fn get(&self, path: &str) -> Answer {
        let request = Request::get(path).header("authorization", bearer(&self.reader));
        self.send(request.body(Body::empty()).unwrap()).await
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        let request = Request::post(path).header("authorization", bearer(&self.writer));
        self.send(request.body(Body::from(body.to_string())).unwrap())
            .await
    }

    async fn deliver(&self, account: &str, webhook: InboundWebhook) -> Answer {
        let mut request = Request::post(format!("/webhooks/{account}"))
            .body(Body::from(webhook.body))
            .unwrap();
        *request.headers_mut() = webhook.headers;
        self.send(request).await
    }

    async fn deliveries(&self) -> u64 {
        self.engine.inbox_counts().await.unwrap().pending
    }

    async fn requests(&self) -> usize {
        let query = RequestQuery {
            limit: 100,
            ..RequestQuery::default()
        };
        self.engine.requests(query).await.unwrap().rows.len()
    }
}

async fn key(store: &SqliteStore, name: &str, scopes: &[Scope]) -> Secret {
    let key = ApiKey::generate().unwrap();
    let row = key.to_row(name, scopes, idv_core::Timestamp::from_unix_secs(0));
    assert!(store.api_keys().insert(&row).await.unwrap());
    key.to_text()
}

fn bearer(key: &Secret) -> String {
    format!("Bearer {}", key.expose())
}

struct Answer {
    status: StatusCode,
    headers: http::HeaderMap,
    text: String,
}

impl Answer {
    async fn of(response: Response) -> Self {
        let (parts, mut body) = response.into_parts();
        let is_endless = parts
            .headers
            .get("content-type")
            .is_some_and(|t| t == "text/event-stream");
        let bytes = if is_endless {
            // Of what has no end, the beginning.
            body.frame().await.unwrap().unwrap().into_data().unwrap()
        } else {
            axum::body::to_bytes(body, 10_000_000).await.unwrap()
        };
        Self {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    fn is_problem(&self, status: u16, code: &str) {
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(self.headers["content-type"], "application/problem+json");
        assert_eq!(self.json()["code"], code, "{}", self.text);
    }
}

const REQUESTS: &str = "/v1/verification-requests";

#[tokio::test]
async fn a_webhook_is_answered_200_once_it_is_stored_and_a_duplicate_too() {
    let world = World::new().await;
    let session = world.vendor.make_check("user-1", FakeState::Declined);
    let webhook = world.vendor.webhook(&session);
    for _ in 0..2 {
        let answer = world.deliver("fake-receiver", webhook.clone()).await;
        assert_eq!((answer.status, answer.text.as_str()), (StatusCode::OK, ""));
        assert_eq!(world.deliveries().await, 1);
    }
}

#[tokio::test]
async fn an_unproven_webhook_gets_401_without_a_reason_and_is_not_stored() {
    let world = World::new().await;
    let session = world.vendor.make_check("user-1", FakeState::Declined);
    let good = world.vendor.webhook(&session);
    let mut flipped = good.clone();
    let mut body = flipped.body.to_vec();
    body[1] ^= 1;
    flipped.body = body.into();
    let mut unsigned = good.clone();
    unsigned.headers.clear();
    for webhook in [flipped, unsigned] {
        let answer = world.deliver("fake-receiver", webhook).await;
        answer.is_problem(401, "unauthorized");
        assert!(answer.json().get("detail").is_none(), "{}", answer.text);
        assert_eq!(world.deliveries().await, 0);
    }
}

#[tokio::test]
async fn a_webhook_for_nobody_or_too_large_is_refused_before_it_is_looked_at() {
    let world = World::new().await;
    let session = world.vendor.make_check("user-1", FakeState::Declined);
    let webhook = world.vendor.webhook(&session);
    for account in ["nobody", "FAKE-EU", "%ff", "fake-eu%2f.."] {
        let answer = world.deliver(account, webhook.clone()).await;
        answer.is_problem(404, "not_found");
    }
    // Once without the length said beforehand, and once with it and no body at all.
    let large = world.vendor.signed(vec![b' '; 10_001]);
    let answer = world.deliver("fake-receiver", large).await;
    answer.is_problem(413, "body_too_large");
    let announced = Request::post("/webhooks/fake-receiver").header("content-length", "10001");
    let answer = world.send(announced.body(Body::empty()).unwrap()).await;
    answer.is_problem(413, "body_too_large");
    assert_eq!(world.deliveries().await, 0);
}

#[tokio::test]
async fn a_webhook_gets_503_and_a_time_to_come_back_while_the_disk_is_away() {
    let world = World::new().await;
    let session = world.vendor.make_check("user-1", FakeState::Declined);
    world.store.close().await;
    let webhook = world.vendor.webhook(&session);
    let answer = world.deliver("fake-receiver", webhook).await;
    answer.is_problem(503, "unavailable");
    assert!(answer.headers.contains_key("retry-after"));
}

#[tokio::test]
async fn the_api_wants_a_valid_key_with_the_right_scope() {
    let world = World::new().await;
    let ask = async |authorization: Option<&str>| {
        let mut request = Request::get(REQUESTS);
        if let Some(value) = authorization {
            request = request.header("authorization", value);
        }
        world.send(request.body(Body::empty()).unwrap()).await
    };
    let (known, secret) = world.reader.expose().rsplit_once('_').unwrap();
    let wrong_secret = format!(
        "Bearer {known}_{}",
        secret.chars().rev().collect::<String>()
    );
    let strange = format!("Basic {}", world.reader.expose());
    let unknown = bearer(&ApiKey::generate().unwrap().to_text());
    for refused in [
        None,
        Some(strange.as_str()),
        Some("Bearer x"),
        Some(&wrong_secret),
        Some(&unknown),
    ] {
        let answer = ask(refused).await;
        answer.is_problem(401, "unauthorized");
        assert!(
            answer.headers.contains_key("www-authenticate"),
            "{refused:?}"
        );
    }
    assert_eq!(ask(Some(&bearer(&world.reader))).await.status, 200);
    ask(Some(&bearer(&world.writer)))
        .await
        .is_problem(403, "forbidden");

    let request = Request::post(REQUESTS).header("authorization", bearer(&world.reader));
    let body = Body::from(json!({"subject": "user-1"}).to_string());
    world
        .send(request.body(body).unwrap())
        .await
        .is_problem(403, "forbidden");
    assert_eq!(world.requests().await, 0);

    let keys = world.store.api_keys();
    assert!(
        keys.revoke("reader", idv_core::Timestamp::from_unix_secs(1))
            .await
            .unwrap()
    );
    ask(Some(&bearer(&world.reader)))
        .await
        .is_problem(401, "unauthorized");
}

#[tokio::test]
async fn a_request_is_made_once_and_found_again() {
    let world = World::new().await;
    let body = json!({"subject": "user-1", "organization": "org-1", "reason": "onboarding"});
    let made = world.post(REQUESTS, body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let made_json = made.json();
    assert_eq!(made_json["subject"], "user-1");
    assert_eq!(made_json["affected_organizations"], json!(["org-1"]));
    assert!(made_json["link"]["hosted_url"].is_string(), "{}", made.text);
    let id = made_json["id"].as_str().unwrap();
    assert_eq!(made.headers["location"], format!("{REQUESTS}/{id}"));

    let body = json!({"subject": "user-1", "organization": "org-2"});
    let again = world.post(REQUESTS, body).await;
    assert_eq!(
        (again.status, again.json()["id"].as_str()),
        (StatusCode::OK, Some(id))
    );
    assert_eq!(world.vendor.sessions().len(), 1);

    let read = world.get(&format!("{REQUESTS}/{id}")).await;
    assert_eq!(read.status, 200);
    let read = read.json();
    assert_eq!(read["affected_organizations"], json!(["org-1", "org-2"]));
    assert_eq!(read["sessions"][0]["current"], true);
    assert!(read.get("link").is_none() && read.get("person").is_none());

    let link = world
        .post(&format!("{REQUESTS}/{id}/link"), json!({}))
        .await;
    assert_eq!(link.status, 200, "{}", link.text);
    assert!(link.json()["hosted_url"].is_string());

    let timeline = world
        .get(&format!("{REQUESTS}/{id}/timeline?limit=1"))
        .await
        .json();
    assert_eq!(timeline["data"][0]["what"], "request_created");
    let cursor = timeline["next_cursor"].as_str().unwrap();
    let next = world
        .get(&format!("{REQUESTS}/{id}/timeline?cursor={cursor}"))
        .await
        .json();
    assert_ne!(next["data"][0]["id"], timeline["data"][0]["id"]);
    let foreign = world.get(&format!("{REQUESTS}?cursor={cursor}")).await;
    foreign.is_problem(400, "invalid_cursor");
}

#[tokio::test]
async fn what_does_not_exist_is_404_and_what_cannot_be_is_a_conflict() {
    let world = World::new().await;
    for id in ["idv_00000000000000000000000001", "idv_x", "%ff", "..%2f"] {
        world
            .get(&format!("{REQUESTS}/{id}"))
            .await
            .is_problem(404, "not_found");
        world
            .get(&format!("{REQUESTS}/{id}/timeline"))
            .await
            .is_problem(404, "not_found");
        world
            .post(&format!("{REQUESTS}/{id}/link"), json!({}))
            .await
            .is_problem(404, "not_found");
    }
    let command = GetOrRequest::new(SubjectRef::new("user-1"), Actor::System);
    let made = world.engine.get_or_request(command).await.unwrap().request;
    let session = made.sessions[0].session_id.clone().unwrap();
    world.vendor.move_to(&session, FakeState::Declined);
    let webhook = world.vendor.webhook(&session);
    assert_eq!(world.deliver("fake-eu", webhook).await.status, 200);
    Box::pin(world.engine.settle()).await;
    let path = format!("{REQUESTS}/{}/link", made.request.id);
    world
        .post(&path, json!({}))
        .await
        .is_problem(409, "not_awaiting_subject");
}

#[tokio::test]
async fn an_account_that_cannot_start_is_the_callers_mistake_and_a_vendor_that_is_down_is_not() {
    let world = World::new().await;
    for account in ["fake-receiver", "nobody"] {
        let answer = world
            .post(REQUESTS, json!({"subject": "user-1", "account": account}))
            .await;
        answer.is_problem(422, "invalid_input");
        assert_eq!(answer.json()["errors"][0]["pointer"], "/account");
    }
    assert_eq!(world.requests().await, 0);

    world.vendor.fail_next(Fault::of_kind(
        &idv_core::ErrorKind::Unavailable,
        Effect::None,
    ));
    let answer = world.post(REQUESTS, json!({"subject": "user-1"})).await;
    answer.is_problem(503, "provider_unavailable");
    assert!(answer.headers.contains_key("retry-after"));
    let again = world.post(REQUESTS, json!({"subject": "user-1"})).await;
    assert_eq!(
        again.status, 200,
        "the first call has made it: {}",
        again.text
    );
    assert_eq!(world.vendor.sessions().len(), 1);
}

#[tokio::test]
async fn a_list_is_paged_by_its_own_cursor() {
    let world = World::new().await;
    for number in 0..5 {
        let body = json!({"subject": format!("user-{number}")});
        assert_eq!(world.post(REQUESTS, body).await.status, 201);
    }
    let mut seen = Vec::new();
    let mut path = format!("{REQUESTS}?limit=2");
    loop {
        let page = world.get(&path).await.json();
        for request in page["data"].as_array().unwrap() {
            seen.push(request["subject"].as_str().unwrap().to_owned());
        }
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("{REQUESTS}?limit=2&cursor={cursor}"),
            None => break,
        }
    }
    seen.sort();
    assert_eq!(seen, ["user-0", "user-1", "user-2", "user-3", "user-4"]);
    let one = world
        .get(&format!("{REQUESTS}?subject=user-3"))
        .await
        .json();
    assert_eq!(one["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn probes_say_when_the_server_leaves_or_lost_its_database() {
    let world = World::new().await;
    assert_eq!(world.get("/readyz").await.status, 200);
    world.shutdown.begin(Duration::ZERO).await;
    world.get("/readyz").await.is_problem(503, "unavailable");
    assert_eq!(world.get("/livez").await.status, 200);

    let world = World::new().await;
    world.store.close().await;
    world.get("/readyz").await.is_problem(503, "unavailable");
    assert_eq!(world.get("/livez").await.status, 200);
}
