//! One marked person goes through everything. The mark must not come out anywhere.
//!
//! The events are made here: no vendor, and no simulated one, writes the mark into every member that there ever was.

use std::fs;
use std::path::Path;

use idv_simulator::stripe::Session;
use serde_json::json;

use super::database::Database;
use super::gateway::{Gateway, SECRET, now_unix_secs};
use super::program;

const MARK: &str = "Zyxomark";
const DUMP: &str = "dump.sql";
const FIGURES: &str = "figures.txt";

/// A verified event whose every free text is marked, in the shape of an old API version that still carried outputs.
fn marked_event(session_id: &str) -> String {
    let now = now_unix_secs();
    let mut session = Session::new(session_id, now).for_reference(format!("{MARK}@example.org"));
    session.submit(now).unwrap();
    let body = session.verify(now).unwrap().body;
    let mut event: serde_json::Value = serde_json::from_slice(&body).unwrap();
    let object = &mut event["data"]["object"];
    object["verified_outputs"] = json!({
        "first_name": MARK, "last_name": MARK, "email": format!("{MARK}@example.org"), "phone": MARK,
        "dob": {"day": 1, "month": 2, "year": 1990}, "id_number": MARK, "id_number_type": "us_ssn",
        "address": {"line1": MARK, "city": MARK, "country": "US", "postal_code": MARK},
        "unparsed_place_of_birth": MARK,
    });
    object["provided_details"] = json!({"email": format!("{MARK}@example.org"), "phone": MARK});
    object["metadata"] = json!({"name": MARK});
    object["client_secret"] = json!(format!("vs_marked_secret_{MARK}"));
    object["url"] = json!(format!("https://verify.example/{MARK}"));
    object["last_error"] = json!({"code": null, "reason": MARK});
    event.to_string()
}

async fn a_marked_person_leaves_no_mark_in_logs_files_or_dumps(database: Database) {
    let mut gateway = Gateway::receiver_on(database.clone()).await;
    assert_eq!(
        gateway
            .post_signed(marked_event("vs_marked"))
            .await
            .status(),
        200
    );
    // The same again, spoiled in ways that make somebody complain about it.
    let spoil = |i: u8, what: &str, into: &str| {
        marked_event(&format!("vs_spoiled_{i}")).replacen(what, into, 1)
    };
    let text = marked_event("vs_marked");
    for spoiled in [
        spoil(1, "\"data\"", "\"dada\""),
        spoil(
            2,
            "\"status\":\"verified\"",
            &format!("\"status\":\"{MARK} is a status\""),
        ),
        spoil(3, "\"livemode\":false", &format!("\"livemode\":\"{MARK}\"")),
        spoil(
            4,
            "\"created\":",
            &format!("\"created\":\"{MARK}\",\"was\":"),
        ),
        spoil(5, "\"object\":\"event\"", &format!("\"object\":\"{MARK}\"")),
        spoil(
            6,
            "\"type\":\"document\"",
            &format!("\"type\":[\"{MARK}\"]"),
        ),
        text.get(..text.len() / 2).unwrap().to_owned(),
        format!("\"{MARK}\""),
    ] {
        gateway.post_signed(spoiled).await;
    }
    gateway
        .post("stripe-eu", text.clone(), Some(&format!("t=1,v1={MARK}")))
        .await;
    gateway.post(MARK, text.clone(), None).await;
    let body = json!({
        "subject": format!("{MARK}@example.org"), "account": MARK, "reason": "onboarding",
        "person": {"names": [{"value": {"present": {"given_name": MARK}}, "provenance": "claimed"}]},
    });
    gateway
        .call(
            reqwest::Method::POST,
            "/v1/verification-requests",
            Some(body),
        )
        .await;
    gateway
        .call(
            reqwest::Method::POST,
            "/v1/verification-requests",
            Some(json!(MARK)),
        )
        .await;
    gateway
        .get(&format!(
            "/v1/verification-requests?subject={MARK}%40example.org"
        ))
        .await;
    gateway
        .get(&format!("/v1/verification-requests/{MARK}"))
        .await;
    gateway.settled_inbox().await;
    // No line is lost: each request up to here has one.
    let log = gateway.log();
    let told = |route: &str| {
        let route = format!("\"route\":\"{route}\"");
        log.lines().filter(|line| line.contains(&route)).count()
    };
    assert_eq!(told("/webhooks/{account}"), 11, "{log}");
    assert_eq!(told("/v1/verification-requests"), 3, "{log}");
    assert_eq!(told("/v1/verification-requests/{id}"), 1, "{log}");
    give_every_command(&gateway).await;
    let found = gateway
        .get(&format!(
            "/v1/verification-requests?subject={MARK}%40example.org"
        ))
        .await;
    assert_eq!(
        found.1["data"][0]["subject"],
        format!("{MARK}@example.org"),
        "the person did go through"
    );
    // The figures are searched as a file too, and they name nobody.
    let figures = gateway.figures().await;
    for counted in [
        "idv_webhooks_received_total{",
        "idv_webhooks_worked_total{",
        "idv_events_total{",
    ] {
        assert!(figures.contains(counted), "{counted}: {figures}");
    }
    let of_somebody = found.1["data"][0]["id"].as_str().unwrap();
    for id in ["vs_", of_somebody, "evt_", "req_"] {
        assert!(!figures.contains(id), "{id}: {figures}");
    }
    fs::write(gateway.dir.path().join(FIGURES), figures).unwrap();
    gateway.stop().await;

    // What a store keeps outside the gateway's directory is searched as a file too.
    let dump = database.dump();
    if let Some(dump) = &dump {
        fs::write(gateway.dir.path().join(DUMP), dump).unwrap();
    }
    let mut searched = Vec::new();
    for entry in fs::read_dir(gateway.dir.path()).unwrap() {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        // An unlisted status word is the vendor's, not the person's; it is kept in the clear on purpose.
        let without_status = replace_all(&bytes, format!("{MARK} is a status").as_bytes());
        // In a dump, bytes stand in hexadecimal.
        let is_found = |mark: &[u8]| contains(&without_status, mark);
        assert!(
            !is_found(MARK.as_bytes())
                && !is_found(hexadecimal(MARK).as_bytes())
                && !is_found(hexadecimal(&MARK.to_lowercase()).as_bytes()),
            "the mark is in {}",
            path.display()
        );
        assert!(
            !contains(&bytes, SECRET.as_bytes()) || is_config(&path),
            "a secret is in {}",
            path.display()
        );
        searched.push(path.file_name().unwrap().to_string_lossy().into_owned());
    }
    let kept_in = if dump.is_some() { DUMP } else { "idv.db" };
    for file in ["gateway.log", FIGURES, kept_in] {
        assert!(
            searched.iter().any(|name| name == file),
            "{file} was searched: {searched:?}"
        );
    }
    if let Some(dump) = &dump {
        let says = |text: &str| contains(dump, text.as_bytes());
        assert!(says("vs_marked") && says("stripe-eu"), "the rows are in it");
    }
    let log = gateway.log();
    assert!(log.contains("\"DEBUG\""), "everything is logged: {log}");
}

idv_testkit::on_every_store! {
    sqlite: crate::database::sqlite();
    postgres: crate::database::postgres();
    a_marked_person_leaves_no_mark_in_logs_files_or_dumps
}

fn hexadecimal(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

/// An event of a session that still waits for its marked person.
fn open_event(session_id: &str, subject: &str) -> String {
    let now = now_unix_secs();
    let mut session = Session::new(session_id, now).for_reference(subject);
    String::from_utf8(session.created(now).body.to_vec()).unwrap()
}

/// Every command about a request, with marked words; and once more with what no command takes.
async fn give_every_command(gateway: &Gateway) {
    let mut open = Vec::new();
    for subject in ["bypassed", "cancelled"] {
        let subject = format!("{MARK}-{subject}");
        let event = open_event(&format!("vs_{}", open.len()), &subject);
        assert_eq!(gateway.post_signed(event).await.status(), 200);
        gateway.settled_inbox().await;
        let found = gateway
            .get(&format!("/v1/verification-requests?subject={subject}"))
            .await;
        let id = found.1["data"][0]["id"].as_str().expect("it was adopted");
        open.push(id.to_owned());
    }
    let [bypassed, cancelled] = open.as_slice() else {
        panic!("two requests")
    };
    let post = async |id: &str, command: &str, body: serde_json::Value| {
        let path = format!("/v1/verification-requests/{id}/{command}");
        let method = reqwest::Method::POST;
        gateway.call(method, &path, Some(body)).await
    };
    let path = format!("/v1/verification-requests/{bypassed}");
    let body = json!({"person": {"given_name": MARK, "family_name": MARK}, "actor": "staff-7"});
    let updated = gateway
        .call(reqwest::Method::PATCH, &path, Some(body))
        .await;
    assert_eq!(updated.0, 200, "{}", updated.1);

    let words = json!({"actor": "staff-7", "comment": format!("{MARK} is known")});
    let granted = post(bypassed, "bypass", words.clone()).await;
    assert_eq!(granted.0, 200, "{}", granted.1);
    let shown = granted.1.to_string();
    assert!(shown.contains("is known"), "it did go through: {shown}");
    let withdrawn = post(cancelled, "cancel", json!({"reason": MARK})).await;
    assert_eq!(withdrawn.0, 200, "{}", withdrawn.1);

    // In the wrong place, by the wrong person, with what nobody asked for.
    let by_name = json!({"actor": format!("{MARK} Doe"), "comment": MARK, "reason": MARK});
    for command in [
        "bypass", "cancel", "recreate", "resolve", "remind", "refresh",
    ] {
        for body in [&by_name, &words, &json!(MARK), &json!({"reason": [MARK]})] {
            let refused = post(bypassed, command, body.clone()).await;
            assert!(refused.0 >= 400, "{command}: {}", refused.1);
            assert!(!refused.1.to_string().contains(MARK), "{}", refused.1);
        }
    }
    for path in ["timeline", "explain"] {
        let path = format!("/v1/verification-requests/{bypassed}/{path}");
        let shown = gateway.get(&path).await;
        assert_eq!(shown.0, 200, "{}", shown.1);
        assert!(!shown.1.to_string().contains(MARK), "{}", shown.1);
    }
    for (id, decided) in [(bypassed, "bypassed by staff"), (cancelled, "cancelled by")] {
        let told = program::run(gateway.dir.path(), &["explain", id]);
        assert_eq!(told.code, 0, "{}", told.stderr);
        assert!(told.stdout.contains(decided), "{}", told.stdout);
        for printed in [told.stdout, told.stderr] {
            assert!(!contains(printed.as_bytes(), MARK.as_bytes()), "{printed}");
        }
    }
    let path = format!("/v1/subjects/{MARK}-bypassed/verification-request");
    assert_eq!(gateway.get(&path).await.0, 200);
}

fn is_config(path: &Path) -> bool {
    path.ends_with("idv.toml")
}

fn contains(bytes: &[u8], mark: &[u8]) -> bool {
    let lower = |bytes: &[u8]| bytes.to_ascii_lowercase();
    lower(bytes)
        .windows(mark.len())
        .any(|window| window == lower(mark))
}

fn replace_all(bytes: &[u8], what: &[u8]) -> Vec<u8> {
    let mut kept = Vec::new();
    let mut rest = bytes;
    while let Some(i) = rest.windows(what.len()).position(|window| window == what) {
        kept.extend_from_slice(&rest[..i]);
        rest = &rest[i + what.len()..];
    }
    kept.extend_from_slice(rest);
    kept
}
