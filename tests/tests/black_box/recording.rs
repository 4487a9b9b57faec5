//! `idv record` and `idv replay`: a vendor's traffic with one marked person, recorded, played, and believed.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use idv_simulator::Loopback;
use idv_simulator::stripe::{self, Account, Session};
use reqwest::Client;
use serde_json::Value;

use super::gateway::{Gateway, client, now_unix_secs};
use super::program;
use super::running::Running;

const SESSION: &str = "/v1/identity/verification_sessions/vs_1KestrelMark";

/// Runs a command that prints JSON, and returns the line in which it introduces itself too.
fn start(dir: &Path, args: &[&str]) -> (Running, Value) {
    let running = Running::start(program::command(dir, args), |_| true);
    let introduced = read_json(&running.introduction[0]);
    (running, introduced)
}

fn next(running: &mut Running) -> Value {
    read_json(&running.line().expect("a line"))
}

fn read_json(line: &str) -> Value {
    serde_json::from_str(line).unwrap_or_else(|_| panic!("a line of JSON, not {line:?}"))
}

fn text(value: &Value, member: &str) -> String {
    value[member]
        .as_str()
        .unwrap_or_else(|| panic!("{member} in {value}"))
        .to_owned()
}

async fn read(client: &Client, base: &str, path: &str) -> (u16, Value) {
    let answer = client
        .get(format!("{base}{path}"))
        .header("authorization", "Bearer sk_test_KestrelMark");
    let answer = answer.send().await.unwrap();
    let status = answer.status().as_u16();
    (
        status,
        serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap(),
    )
}

#[tokio::test]
async fn a_marked_person_is_recorded_without_a_mark_and_the_recording_is_played_and_believed() {
    let dir = tempfile::tempdir().unwrap();
    let now = now_unix_secs();
    let mut session = Session::new("vs_1KestrelMark", now).for_reference("kestrel-mark-4711");
    let events = [
        session.created(now),
        session.submit(now).unwrap(),
        session.verify(now).unwrap(),
    ];
    let account = Account::new("sk_test_KestrelMark");
    account.insert(session);
    let vendor = Loopback::serve(Arc::new(account)).await.unwrap();
    fs::write(
        dir.path().join("idv.toml"),
        format!(
            "[accounts.acme]\nprovider = \"stripe\"\nenvironment = \"sandbox\"\nwebhook_secrets = [\"whsec_kestrel\"]\n\
             [accounts.acme.options]\napi_base_url = \"{}\"\n",
            vendor.base_url()
        ),
    )
    .unwrap();

    let record = ["record", "--account", "acme", "--into", "tape", "--json"];
    // An address that is taken burns no folder.
    let held = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = held.local_addr().unwrap().to_string();
    let refused = program::run(dir.path(), &[&record[..], &["--listen", &taken]].concat());
    assert_eq!(refused.code, 1);
    assert!(
        refused.stderr.contains("with --listen"),
        "{}",
        refused.stderr
    );
    let refused = program::run(
        dir.path(),
        &[&record[..], &["--forward-webhooks", "/hook"]].concat(),
    );
    assert_eq!(refused.code, 2, "{}", refused.stderr);

    let (mut recording, listening) = start(dir.path(), &record);
    let (base, hook) = (
        text(&listening, "base_url"),
        text(&listening, "webhook_url"),
    );
    let client = client();
    let (status, original) = read(&client, &base, SESSION).await;
    assert_eq!(
        (status, text(&original, "id").as_str()),
        (200, "vs_1KestrelMark")
    );
    let line = next(&mut recording);
    assert_eq!(
        text(&line, "what"),
        "GET /v1/identity/verification_sessions/{id}"
    );
    for event in &events {
        for (secret, wanted) in [("whsec_kestrel", 200), ("whsec_of_somebody_else", 401)] {
            let answer = client
                .post(&hook)
                .header("content-type", "application/json")
                .header(
                    "stripe-signature",
                    stripe::sign(secret, &event.body, now_unix_secs()),
                )
                .body(event.body.clone());
            assert_eq!(answer.send().await.unwrap().status(), wanted);
            let kind = if wanted == 200 {
                "recorded"
            } else {
                "not_recorded"
            };
            assert_eq!(text(&next(&mut recording), "type"), kind);
        }
    }
    let (rest, code) = recording.interrupt();
    assert_eq!(code, Some(0), "{rest}");
    assert!(rest.contains(r#""recorded":4"#), "{rest}");

    for folder in ["tape", "tape/exchanges", "tape/bodies", "tape/webhooks"] {
        for entry in fs::read_dir(dir.path().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let text = fs::read(&path).map(|bytes| String::from_utf8_lossy(&bytes).to_lowercase());
            assert!(
                !text.unwrap_or_default().contains("kestrel"),
                "{}",
                path.display()
            );
        }
    }

    let (playing, introduced) = start(dir.path(), &["replay", "tape", "--json"]);
    assert_eq!(introduced["is_finished"], true);
    let base = text(&introduced, "base_url");
    let tape: Value =
        serde_json::from_slice(&fs::read(dir.path().join("tape/exchanges/recorded.json")).unwrap())
            .unwrap();
    let path = text(&tape["exchanges"][0]["request"], "path");
    let (status, played) = read(&client, &base, &path).await;
    assert_eq!((status, &played["status"]), (200, &original["status"]));
    assert_eq!(
        read(&client, &base, SESSION).await.0,
        501,
        "nobody here knows the original"
    );
    assert_eq!(playing.interrupt().1, Some(0));

    // A receiver that never answers keeps nobody from ending it.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let to = format!("http://{}/hook", silent.local_addr().unwrap());
    let (sending, _) = start(
        dir.path(),
        &["replay", "tape", "--webhooks-to", &to, "--json"],
    );
    let _asked = silent.accept().unwrap();
    assert_eq!(sending.interrupt().1, Some(1));

    let secret = text(&introduced, "webhook_secret");
    let gateway = Gateway::start(&format!(
        "[accounts.acme]\nprovider = \"stripe\"\nenvironment = \"sandbox\"\nwebhook_secrets = [\"{secret}\"]\nunmatched = \"adopt\"\n"
    ))
    .await;
    let to = format!("{}/webhooks/acme", gateway.base);
    let sent = program::run(
        dir.path(),
        &["replay", "tape", "--webhooks-to", &to, "--json"],
    );
    assert_eq!(sent.code, 0, "{}{}", sent.stdout, sent.stderr);
    assert_eq!(
        sent.stdout.matches(r#""status":200"#).count(),
        3,
        "{}",
        sent.stdout
    );

    let again = program::run(
        dir.path(),
        &["record", "--account", "acme", "--into", "tape"],
    );
    assert_eq!(again.code, 2);
    assert!(
        again.stderr.contains("holds a recording already"),
        "{}",
        again.stderr
    );
    let stranger = program::run(dir.path(), &["replay", "idv.toml"]);
    assert_eq!(stranger.code, 2);
    assert!(
        stranger.stderr.contains("recording.json"),
        "{}",
        stranger.stderr
    );
}

#[tokio::test]
async fn who_is_met_last_is_taken_out_of_what_was_recorded_first() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(
        dir.path().join("idv.toml"),
        "[accounts.acme]\nprovider = \"stripe\"\nenvironment = \"sandbox\"\nwebhook_secrets = [\"whsec_kestrel\"]\n",
    )
    .unwrap();
    let record = ["record", "--account", "acme", "--into", "tape", "--json"];
    let (mut recording, listening) = start(dir.path(), &record);
    let hook = text(&listening, "webhook_url");
    for body in [
        r#"{"id":"evt_1","type":"identity.verification_session.created","api_version":"2026-08-26.harlingen"}"#,
        r#"{"id":"evt_2","type":"identity.verification_session.created","data":{"object":{"verified_outputs":{"last_name":"Harlingen"}}}}"#,
    ] {
        let signature = stripe::sign("whsec_kestrel", body.as_bytes(), now_unix_secs());
        let sent = client()
            .post(&hook)
            .header("content-type", "application/json")
            .header("stripe-signature", signature)
            .body(body);
        assert_eq!(sent.send().await.unwrap().status(), 200);
        assert_eq!(text(&next(&mut recording), "type"), "recorded");
    }
    let (rest, code) = recording.interrupt();
    assert_eq!(code, Some(1), "{rest}");
    let taken_out = read_json(rest.lines().next().unwrap());
    assert_eq!(text(&taken_out, "type"), "taken_out");
    assert_eq!(text(&taken_out, "file"), "webhooks/0001.json");
    assert!(rest.contains(r#""recorded":1"#), "{rest}");
    assert!(!rest.to_lowercase().contains("harlingen"), "{rest}");
    let left: Vec<_> = fs::read_dir(dir.path().join("tape/webhooks"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left.len(), 2, "the second one and its headers: {left:?}");
}
