//! The inbox as an operator sees it, over HTTP and on the command line.

use reqwest::Method;
use serde_json::{Value, json};

use super::database::Database;
use super::gateway::{Gateway, RECEIVER};
use super::program::{self, Ended};
use super::story::{Story, hears_of_a_pass};

const INBOX: &str = "/v1/inbox";

/// A gateway that keeps what is about sessions it does not know.
async fn parking(database: Database) -> Gateway {
    let tables = RECEIVER.replace("\"adopt\"", "\"park\"");
    Gateway::start_on(database, &tables).await
}

fn run(gateway: &Gateway, args: &[&str]) -> Ended {
    let args: Vec<_> = ["inbox"].iter().chain(args).copied().collect();
    program::run(gateway.dir.path(), &args)
}

async fn what_is_stuck_is_seen_and_put_back_to_work(database: Database) {
    let gateway = parking(database).await;
    let bodies = ["subject-1", "subject-2"].map(|subject| Story::of(subject).verified());
    for body in &bodies {
        assert_eq!(gateway.post_signed(body.clone()).await.status(), 200);
        gateway.settled_inbox().await;
    }
    let (status, page) = gateway.get(&format!("{INBOX}?state=unmatched")).await;
    assert_eq!(status, 200, "{page}");
    let listed = page["data"].as_array().unwrap();
    assert_eq!(listed.len(), 2);
    assert_eq!(run(&gateway, &["list", "--json"]).json(), page["data"]);
    let (_, providers) = gateway.get("/v1/providers").await;
    assert_eq!(providers["inbox"]["unmatched"], 2, "{providers}");
    assert_eq!(providers["accounts"][0]["account"], "stripe-eu");

    // The newest first.
    for (delivery, body) in listed.iter().zip(bodies.iter().rev()) {
        let id = delivery["id"].as_str().unwrap();
        let (_, shown) = gateway.get(&format!("{INBOX}/{id}")).await;
        assert_eq!(run(&gateway, &["show", id, "--json"]).json(), shown);
        assert_eq!(shown["receipt"]["scheme"], "hmac-sha256-timestamped");
        let printed = run(&gateway, &["show", id, "--body"]);
        assert_eq!((printed.code, printed.stdout.as_bytes()), (0, &**body));
        for words in [run(&gateway, &["show", id]).stdout, shown.to_string()] {
            assert!(!words.contains("subject-"), "{words}");
        }
    }
    let id = listed[0]["id"].as_str().unwrap();
    let (status, _) = gateway
        .call(Method::POST, &format!("{INBOX}/{id}/requeue"), None)
        .await;
    assert_eq!(status, 202);
    gateway.settled_inbox().await;
    let filter = json!({"state": "unmatched", "account": "stripe-eu"});
    let all = format!("{INBOX}/requeue");
    let (status, back) = gateway.call(Method::POST, &all, Some(filter)).await;
    assert_eq!((status, &back), (200, &json!({"requeued": 2})));
    gateway.settled_inbox().await;
    let back = run(&gateway, &["requeue", "--state", "unmatched", "--json"]);
    assert_eq!(back.json(), json!({"requeued": 2}), "{}", back.stderr);
    gateway.settled_inbox().await;
    assert_eq!(
        run(&gateway, &["requeue", id, "--json"]).json(),
        json!({"requeued": 1})
    );
}

#[tokio::test]
async fn an_operator_reads_tables_and_sentences() {
    let gateway = parking(Database::File).await;
    let none = run(&gateway, &["list"]);
    assert!(none.stdout.contains("no such webhook"), "{}", none.stdout);
    hears_of_a_pass(&gateway, "subject-1").await;
    gateway.settled_inbox().await;
    let table = run(&gateway, &["list"]).stdout;
    assert!(
        table.starts_with("id ") && table.contains("unmatched"),
        "{table}"
    );
    assert!(
        table.contains("In all: 0 pending, 0 done, 0 ignored, 1 unmatched, 0 dead."),
        "{table}"
    );
    let missed = run(&gateway, &["missed"]);
    assert_eq!(missed.code, 0, "{}", missed.stderr);
    assert!(
        missed.stdout.contains("Nothing was missed"),
        "{}",
        missed.stdout
    );
    assert_eq!(run(&gateway, &["missed", "--json"]).json(), json!([]));
    let (status, page) = gateway.get(&format!("{INBOX}/missed")).await;
    assert_eq!(
        (status, page),
        (200, json!({"data": [], "next_cursor": null}))
    );

    let nobody = "inb_00000000000000000000000001";
    for (wrong, said) in [
        (&["show", nobody][..], "idv inbox list"),
        (&["show", "x"], "inb_"),
        (&["requeue", nobody], "idv inbox list"),
        (&["requeue"], "--state"),
        (
            &["requeue", "--state", "done"],
            "dead, ignored or unmatched",
        ),
        (&["list", "--state", "odd"], "unmatched"),
        (&["list", "--since", "yesterday"], "--since"),
    ] {
        let ended = run(&gateway, wrong);
        assert_eq!(ended.code, 2, "{wrong:?}: {}", ended.stdout);
        assert!(ended.stderr.contains(said), "{wrong:?}: {}", ended.stderr);
    }
}

#[tokio::test]
async fn what_was_refused_is_counted_by_reason() {
    let gateway = Gateway::receiver().await;
    let body = Story::of("subject-1").verified();
    let forged = gateway
        .post("stripe-eu", body.clone(), Some("t=1,v1=00"))
        .await;
    assert_eq!(forged.status(), 401);
    assert_eq!(gateway.post("stripe-eu", body, None).await.status(), 401);
    let (status, providers) = gateway.get("/v1/providers").await;
    assert_eq!(status, 200, "{providers}");
    let refused = &providers["accounts"][0]["webhooks"]["refused"];
    let counts: u64 = refused
        .as_object()
        .unwrap()
        .values()
        .map(|count| count.as_u64().unwrap())
        .sum();
    assert_eq!(counts, 2, "{refused}");
    assert_eq!(providers["live_replicas"], 1);
    assert_eq!(
        providers["accounts"][0]["health"],
        Value::Null,
        "it makes no calls"
    );
}

idv_testkit::on_every_store! {
    sqlite: crate::database::sqlite();
    postgres: crate::database::postgres();
    what_is_stuck_is_seen_and_put_back_to_work
}
