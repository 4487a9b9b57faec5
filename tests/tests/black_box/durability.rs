//! What was acknowledged is on disk, once.

use idv_simulator::stripe;
use reqwest::StatusCode;

use super::database::Database;
use super::gateway::{Gateway, SECRET, now_unix_secs};
use super::story::{Story, hears_of_a_pass};

async fn a_kill_right_after_a_200_loses_nothing(database: Database) {
    let mut gateway = Gateway::receiver_on(database).await;
    for i in 0..10 {
        let story = Story::of(&format!("subject-{i}"));
        assert_eq!(
            gateway.post_signed(story.verified()).await.status(),
            StatusCode::OK
        );
        gateway.kill();
        gateway.launch().await;
    }
    gateway.settled_inbox().await;
    let requests = gateway.requests().await;
    assert_eq!(requests.len(), 10);
    assert!(
        requests.iter().all(|request| request["status"] == "passed"),
        "{requests:?}"
    );
}

#[tokio::test]
async fn one_flipped_byte_is_refused_and_changes_nothing() {
    let gateway = Gateway::receiver().await;
    let body = Story::of("subject-1").verified();
    let signature = stripe::sign(SECRET, &body, now_unix_secs());
    for position in [0, body.len() / 2, body.len() - 1] {
        let mut flipped = body.clone();
        flipped[position] ^= 1;
        let response = gateway.post("stripe-eu", flipped, Some(&signature)).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        let text = response.text().await.unwrap();
        for reason in ["signature", "key", "match", "body", "byte"] {
            assert!(
                !text.contains(reason),
                "the sender learns no reason: {text}"
            );
        }
    }
    assert!(gateway.settled_inbox().await.is_empty());
    assert!(gateway.requests().await.is_empty());
    assert!(
        gateway.log().contains("no_matching_key"),
        "the operator learns it"
    );
}

async fn the_same_webhook_twice_changes_nothing(database: Database) {
    let gateway = Gateway::receiver_on(database).await;
    let body = Story::of("subject-1").verified();
    assert_eq!(
        gateway.post_signed(body.clone()).await.status(),
        StatusCode::OK
    );
    gateway.settled_inbox().await;
    let before = gateway.requests().await;
    let id = before[0]["id"].as_str().unwrap();
    let story = gateway
        .get(&format!("/v1/verification-requests/{id}/timeline"))
        .await;
    assert_eq!(gateway.post_signed(body).await.status(), StatusCode::OK);
    assert_eq!(gateway.settled_inbox().await.len(), 1);
    assert_eq!(gateway.requests().await, before);
    assert_eq!(
        gateway
            .get(&format!("/v1/verification-requests/{id}/timeline"))
            .await,
        story
    );
}

#[tokio::test]
async fn a_whole_life_in_any_order_ends_in_the_same_state() {
    let life = Story::of("subject-1").whole_life();
    let mut ends = Vec::new();
    for rotation in 0..life.len() {
        let gateway = Gateway::receiver().await;
        for i in 0..life.len() {
            let body = life[(i + rotation) % life.len()].clone();
            assert_eq!(gateway.post_signed(body).await.status(), StatusCode::OK);
            gateway.settled_inbox().await;
        }
        let request = gateway.requests().await.remove(0);
        ends.push((
            request["status"].clone(),
            request["findings"].clone(),
            request["data_state"].clone(),
        ));
    }
    assert_eq!(ends[0].0, "passed");
    assert!(ends.iter().all(|end| *end == ends[0]), "{ends:?}");
}

async fn a_term_signal_ends_it_cleanly(database: Database) {
    let mut gateway = Gateway::receiver_on(database).await;
    hears_of_a_pass(&gateway, "subject-1").await;
    assert_eq!(gateway.stop().await, Some(0));
    gateway.launch().await;
    gateway.settled_inbox().await;
    assert_eq!(gateway.requests().await.len(), 1);
}

idv_testkit::on_every_store! {
    sqlite: crate::database::sqlite();
    postgres: crate::database::postgres();
    a_kill_right_after_a_200_loses_nothing
    the_same_webhook_twice_changes_nothing
    a_term_signal_ends_it_cleanly
}
