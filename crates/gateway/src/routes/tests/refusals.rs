//! Webhooks that are not proven: counted, limited, and nothing of them kept.

use super::*;

impl World {
    /// A webhook with this body that nobody has signed, through these hops.
    async fn forged(&self, body: &str, peer: &str, hops: &str) -> Answer {
        let mut request = Request::post("/webhooks/fake-receiver")
            .header("x-forwarded-for", hops)
            .body(Body::from(body.to_owned()))
            .unwrap();
        let peer = std::net::SocketAddr::new(peer.parse().unwrap(), 4711);
        request.extensions_mut().insert(crate::server::Peer(peer));
        self.send(request).await
    }
}

#[tokio::test]
async fn a_sender_of_many_forgeries_is_asked_to_wait_and_a_proven_webhook_is_taken_all_the_same() {
    let world = World::new().await;
    for _ in 0..3 {
        let answer = world.forged("{}", "8.8.8.8", "").await;
        answer.is_problem(401, "unauthorized");
    }
    let answer = world.forged("{}", "8.8.8.8", "1.1.1.1").await;
    answer.is_problem(429, "too_many_refusals");
    assert_eq!(answer.headers["retry-after"], "20");
    assert!(answer.json().get("detail").is_none(), "{}", answer.text);

    let session = world.vendor.make_check("user-1", FakeState::Declined);
    let webhook = world.vendor.webhook(&session);
    let mut request = Request::post("/webhooks/fake-receiver")
        .body(Body::from(webhook.body))
        .unwrap();
    *request.headers_mut() = webhook.headers;
    let peer = crate::server::Peer("8.8.8.8:4711".parse().unwrap());
    request.extensions_mut().insert(peer);
    assert_eq!(world.send(request).await.status, StatusCode::OK);

    let [refused] = &world.refusals.list()[..] else {
        panic!("one account, one reason")
    };
    assert_eq!(
        (refused.account.as_str(), refused.count),
        ("fake-receiver", 4)
    );
    assert_eq!(refused.last_at, world.clock.now());
}

#[tokio::test]
async fn behind_a_proxy_each_client_has_a_budget_of_its_own() {
    let world = World::new().await;
    for _ in 0..3 {
        world.forged("{}", "10.0.0.1", "8.8.8.8").await;
    }
    let answer = world.forged("{}", "10.0.0.1", "1.1.1.1, 8.8.8.8").await;
    answer.is_problem(429, "too_many_refusals");
    let answer = world.forged("{}", "10.0.0.1", "8.8.8.8, 1.1.1.1").await;
    answer.is_problem(401, "unauthorized");
}

#[tokio::test]
async fn nothing_of_a_refused_webhook_is_in_the_database() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("idv.db");
    let store = SqliteStore::open(&path).await.unwrap();
    let world = World::on(store.clone()).await;
    let mark = "Marked-Zyxw-Forgery";
    for _ in 0..5 {
        let answer = world.forged(mark, "8.8.8.8", mark).await;
        assert!(answer.status == 401 || answer.status == 429);
        assert!(!answer.text.contains(mark));
    }
    assert_eq!(world.deliveries().await, 0);
    store.close().await;
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        let found = bytes
            .windows(mark.len())
            .any(|window| window == mark.as_bytes());
        assert!(!found, "a forgery is on the disk");
    }
}

impl World {
    /// The vendor's webhook about a new session, and something happened to it on its way.
    async fn spoilt(&self, change: impl FnOnce(&mut InboundWebhook)) -> Answer {
        let session = self.vendor.make_check("user-1", FakeState::Declined);
        let mut webhook = self.vendor.webhook(&session);
        change(&mut webhook);
        let answer = self.deliver("fake-receiver", webhook).await;
        self.diagnoser.is_idle().await;
        answer
    }

    async fn told_refusals(&self) -> Value {
        let request = Request::get("/v1/inbox/refusals");
        let request = request.header("authorization", bearer(&self.operator));
        let answer = self.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        answer.json()
    }
}

fn with_a_newline(webhook: &mut InboundWebhook) {
    webhook.body = [&webhook.body[..], b"\n"].concat().into();
}

#[tokio::test]
async fn operators_read_how_often_and_why_webhooks_were_refused_and_what_to_do() {
    let world = World::new().await;
    let nothing = world.told_refusals().await;
    assert_eq!(nothing["since"], "2026-11-20T12:00:00Z");
    assert_eq!(
        (&nothing["refused"], &nothing["diagnosed"]),
        (&json!([]), &json!([]))
    );

    let answer = world.spoilt(with_a_newline).await;
    answer.is_problem(401, "unauthorized");
    let told = world.told_refusals().await;
    let refused = &told["refused"][0];
    assert_eq!(
        (&refused["cause"], &refused["count"]),
        (&json!("no_matching_key"), &json!(1))
    );
    let found = &told["diagnosed"][0];
    assert_eq!(found["account"], "fake-receiver");
    assert_eq!(found["cause"], "body_white_space");
    assert_eq!(found["certainty"], "proven");
    assert_eq!(found["count"], 1);
    for told in [refused, found] {
        for part in ["sentence", "remedy"] {
            assert!(
                told[part].as_str().is_some_and(|text| text.len() > 10),
                "{told}"
            );
        }
    }
    assert_eq!(
        world.get("/v1/inbox/refusals").await.status,
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn of_many_refusals_one_within_thirty_seconds_is_looked_at() {
    let world = World::new().await;
    let looked_at = |told: Value| told["diagnosed"][0]["count"].as_u64().unwrap();
    for _ in 0..3 {
        world.spoilt(with_a_newline).await;
    }
    assert_eq!(looked_at(world.told_refusals().await), 1);
    world.clock.advance(Duration::from_secs(29));
    world.spoilt(with_a_newline).await;
    assert_eq!(looked_at(world.told_refusals().await), 1);
    world.clock.advance(Duration::from_secs(1));
    world
        .spoilt(|webhook| {
            let value = webhook.headers.remove("fake-signature").unwrap();
            webhook.headers.insert("x-original-fake-signature", value);
        })
        .await;
    let told = world.told_refusals().await;
    let found = told["diagnosed"].as_array().unwrap();
    let causes: Vec<_> = found.iter().map(|found| &found["cause"]).collect();
    assert_eq!(causes, ["header_renamed", "body_white_space"]);
    let way = "it came as x-original-fake-signature, and should come as fake-signature";
    assert_eq!(found[0]["detail"], way);
    assert_eq!(world.deliveries().await, 0, "a diagnosis takes nothing in");
}

#[tokio::test]
async fn a_large_body_is_not_looked_at_and_does_not_use_the_turn_up() {
    let world = World::new().await;
    let account = AccountId::new("fake-receiver");
    let mut webhook = InboundWebhook::new(
        http::HeaderMap::new(),
        vec![b'x'; 65_537].into(),
        world.clock.now(),
    );
    world.diagnoser.consider(&account, &webhook);
    world.diagnoser.is_idle().await;
    assert!(world.diagnoser.list().is_empty());
    webhook.body = webhook.body.slice(..65_536);
    world.diagnoser.consider(&account, &webhook);
    world.diagnoser.is_idle().await;
    assert_eq!(world.diagnoser.list().len(), 1);
}
