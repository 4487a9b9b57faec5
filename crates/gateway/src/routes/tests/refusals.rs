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
