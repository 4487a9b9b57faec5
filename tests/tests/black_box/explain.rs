//! `idv explain`: why a request is what it is, on a terminal.

use serde_json::Value;

use super::database::Database;
use super::gateway::{Gateway, RECEIVER};
use super::program;
use super::story::Story;

async fn a_story_names_the_rule_and_the_place_behind_the_verdict(database: Database) {
    let gateway = Gateway::start_on(database, RECEIVER).await;
    for body in Story::of("subject-explained").whole_life() {
        assert_eq!(gateway.post_signed(body).await.status(), 200);
        gateway.settled_inbox().await;
    }
    let (_, page) = gateway.get("/v1/verification-requests").await;
    let id = page["data"][0]["id"].as_str().unwrap().to_owned();
    let told = program::run(gateway.dir.path(), &["explain", &id]);
    assert_eq!(told.code, 0, "{}", told.stderr);
    for line in told.stdout.lines() {
        assert!(line.chars().count() <= 80, "too wide: {line}");
    }
    for words in [
        id.as_str(),
        "status     passed",
        "waits for  nobody: it is decided",
        "webhooks alone",
        "/status",
        "session_status.verified",
        "/data/object/status",
        "retry_required → passed",
        "document_expired",
        "request_adopted",
    ] {
        assert!(told.stdout.contains(words), "{words}: {}", told.stdout);
    }
    assert!(
        !told.stdout.contains("subject-explained"),
        "{}",
        told.stdout
    );

    let (_, explained) = gateway
        .get(&format!("/v1/verification-requests/{id}/explain"))
        .await;
    let json: Value = program::run(gateway.dir.path(), &["explain", &id, "--json"]).json();
    assert_eq!(json, explained);
    for strange in ["idv_01kafrg2v0e9wtz4q8m5n7r3xa", "subject-explained"] {
        let refused = program::run(gateway.dir.path(), &["explain", strange]);
        assert_eq!(refused.code, 2);
        assert_eq!(refused.stdout, "");
        assert!(refused.stderr.starts_with("idv: "), "{}", refused.stderr);
        assert!(
            !refused.stderr.contains("subject-explained"),
            "a value is not quoted"
        );
    }
}

/// A value nobody has listed is the vendor's: it comes to the terminal cut and printable.
#[tokio::test]
async fn what_a_vendor_writes_does_not_steer_the_terminal() {
    let gateway = Gateway::start(RECEIVER).await;
    let verified = Story::of("subject-1").verified();
    let mut event: Value = serde_json::from_slice(&verified).unwrap();
    event["data"]["object"]["status"] = format!("\u{1b}[2J{}", "x".repeat(100)).into();
    let taken = gateway.post_signed(event.to_string()).await;
    assert_eq!(taken.status(), 200);
    gateway.settled_inbox().await;
    let id = gateway.requests().await[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let told = program::run(gateway.dir.path(), &["explain", &id]);
    assert_eq!(told.code, 0, "{}", told.stderr);
    for words in [
        "unknown:?[2Jxx",
        "look at    unknown_value",
        "nobody knows this status",
    ] {
        assert!(told.stdout.contains(words), "{words}: {}", told.stdout);
    }
    let steers = |c: char| c.is_control() && c != '\n';
    assert!(!told.stdout.contains(steers), "{:?}", told.stdout);
}

idv_testkit::on_every_store! {
    sqlite: crate::database::sqlite();
    postgres: crate::database::postgres();
    a_story_names_the_rule_and_the_place_behind_the_verdict
}
