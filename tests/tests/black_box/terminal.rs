//! What people and scripts see in a terminal.

use std::fs;

use idv_simulator::stripe;
use idv_testkit::shared_samples;

use super::program::{run, run_with_input};
use super::story::Story;

#[test]
fn the_demo_shows_a_whole_life_and_ends_well() {
    let dir = tempfile::tempdir().unwrap();
    let ended = run(dir.path(), &["demo", "--once"]);
    assert_eq!(ended.code, 0, "{}{}", ended.stdout, ended.stderr);
    for word in [
        "passed",
        "document_expired",
        "in_review",
        "review resolved",
        "duplicate",
        "401",
    ] {
        assert!(
            ended.stdout.contains(word),
            "{word} is not in:\n{}",
            ended.stdout
        );
    }
    let marked = |mark: &str| {
        ended
            .stdout
            .lines()
            .filter(|line| line.starts_with(mark))
            .count()
    };
    assert_eq!(
        (marked("  ok  "), marked("  NOT ")),
        (18, 0),
        "{}",
        ended.stdout
    );
    for line in ended.stdout.lines() {
        assert!(
            line.chars().count() <= 100,
            "it fits a hundred columns: {line}"
        );
    }
    assert!(
        !ended.stdout.contains('\u{1b}'),
        "no colours where nobody looks"
    );
    assert_eq!(
        fs::read_dir(dir.path()).unwrap().count(),
        0,
        "it leaves nothing behind"
    );
}

#[test]
fn translate_prints_one_object_with_every_member() {
    let dir = tempfile::tempdir().unwrap();
    let body = Story::of("subject-1").whole_life().remove(2);
    fs::write(dir.path().join("event.json"), &body).unwrap();
    let ended = run(dir.path(), &["translate", "stripe", "event.json"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let object = ended.json();
    let members: Vec<_> = object
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    for member in [
        "provider",
        "kind",
        "session_id",
        "status",
        "status_summary",
        "source",
        "steps",
        "findings",
        "data_state",
        "error_kind",
        "unknown",
    ] {
        assert!(members.contains(&member), "{member} is not in {members:?}");
    }
    assert_eq!(object["kind"], "webhook");
    assert_eq!(object["status"], "retry_required");
    assert_eq!(object["status_summary"], "started");
    assert_eq!(object["findings"][0]["code"], "document_expired");
    let piped = run_with_input(dir.path(), &["translate", "stripe", "-"], &body);
    assert_eq!(piped.json(), object);
}

#[test]
fn translate_accepts_unknown_values_and_refuses_what_is_not_the_vendors() {
    let dir = tempfile::tempdir().unwrap();
    let unknown = br#"{"id":"vs_1","object":"identity.verification_session","status":"enchanted"}"#;
    let ended = run_with_input(dir.path(), &["translate", "stripe", "-"], unknown);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(ended.json()["status"], "unknown:enchanted");
    assert_eq!(ended.json()["unknown"].as_array().unwrap().len(), 1);
    for (input, args) in [
        (&b"no JSON"[..], &["translate", "stripe", "-"][..]),
        (b"{\"some\":\"thing\"}", &["translate", "stripe", "-"]),
        (unknown, &["translate", "stripe", "--as", "error", "-"]),
        (unknown, &["translate", "acme", "-"]),
        (unknown, &["translate", "stripe", "no-such-file.json"]),
    ] {
        let ended = run_with_input(dir.path(), args, input);
        assert_eq!(ended.code, 2, "{args:?}: {}", ended.stderr);
        assert!(!ended.stderr.trim().is_empty(), "it says why");
        assert!(ended.stdout.is_empty());
    }
}

#[test]
fn webhook_verify_agrees_with_every_recorded_vector() {
    let Some(folder) = shared_samples("stripe", 24) else {
        return;
    };
    let file = fs::read(folder.join("signature_vectors.json")).unwrap();
    let file: serde_json::Value = serde_json::from_slice(&file).unwrap();
    let vectors = file["vectors"].as_array().unwrap();
    assert_eq!(vectors.len(), 24);
    let dir = tempfile::tempdir().unwrap();
    for vector in vectors {
        let text = |name: &str| vector[name].as_str().unwrap_or_default().to_owned();
        let body = base64_decoded(&text("body_b64"));
        fs::write(dir.path().join("body"), body).unwrap();
        let header = format!("Stripe-Signature: {}", text("header"));
        let (now, tolerance) = (vector["now"].to_string(), vector["tolerance"].to_string());
        let secret = text("secret");
        let args = [
            "webhook",
            "verify",
            "--provider",
            "stripe",
            "--secret",
            &secret,
            "--now",
            &now,
            "--tolerance",
            &tolerance,
            "--header",
            &header,
            "--json",
            "body",
        ];
        let ended = run(dir.path(), &args);
        let accepted = vector["official_sdks"]["stripe-node 22.6.2"] == "accept";
        // The vendor's libraries let any future through; we hold the tolerance in both directions.
        let accepted = accepted && text("name") != "future_301";
        assert_eq!(
            ended.code,
            i32::from(!accepted),
            "{}: {}{}",
            vector["name"],
            ended.stdout,
            ended.stderr
        );
        let line = ended.json();
        assert_eq!(line["accepted"], accepted);
        assert_eq!(line["reason"].is_null(), accepted, "{line}");
        assert_eq!(line["key"].is_string(), accepted, "{line}");
    }
}

fn base64_decoded(text: &str) -> Vec<u8> {
    let digit = |c: u8| match c {
        b'A'..=b'Z' => c - b'A',
        b'a'..=b'z' => c - b'a' + 26,
        b'0'..=b'9' => c - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let mut bytes = Vec::new();
    for group in text.trim_end_matches('=').as_bytes().chunks(4) {
        let bits = group
            .iter()
            .fold(0_u32, |bits, c| (bits << 6) | u32::from(digit(*c)));
        let bits = bits << (6 * (4 - group.len()));
        bytes.extend_from_slice(&bits.to_be_bytes()[1..group.len()]);
    }
    bytes
}

#[test]
fn webhook_verify_says_why_it_refuses() {
    let dir = tempfile::tempdir().unwrap();
    let body = Story::of("subject-1").created();
    fs::write(dir.path().join("body"), &body).unwrap();
    let signature = format!(
        "Stripe-Signature: {}",
        stripe::sign("whsec_one", &body, 1_000_000)
    );
    let verify = |more: &[&str]| {
        let mut args = vec![
            "webhook",
            "verify",
            "--provider",
            "stripe",
            "--header",
            &signature,
        ];
        args.extend_from_slice(more);
        run(dir.path(), &args)
    };
    let good = verify(&[
        "--secret",
        "whsec_other",
        "--secret",
        "whsec_one",
        "--now",
        "1000000",
        "--json",
        "body",
    ]);
    assert_eq!(
        (good.code, &good.json()["accepted"]),
        (0, &true.into()),
        "{}",
        good.stderr
    );
    assert!(
        !good.stdout.contains("whsec_one"),
        "a label, not the key: {}",
        good.stdout
    );
    for (args, reason) in [
        (
            &[
                "--secret",
                "whsec_other",
                "--now",
                "1000000",
                "--json",
                "body",
            ][..],
            "no_matching_key",
        ),
        (
            &[
                "--secret",
                "whsec_one",
                "--now",
                "1000301",
                "--json",
                "body",
            ],
            "stale",
        ),
        (
            &["--secret", "whsec_one", "--now", "999699", "--json", "body"],
            "from_the_future",
        ),
    ] {
        let ended = verify(args);
        assert_eq!(
            (ended.code, &ended.json()["reason"]),
            (1, &reason.into()),
            "{}",
            ended.stdout
        );
    }
    assert_eq!(
        verify(&[
            "--secret",
            "whsec_one",
            "--now",
            "1000301",
            "--tolerance",
            "301",
            "body"
        ])
        .code,
        0
    );
    for wrong in [
        &["body"][..],
        &["--secret", " ", "body"],
        &["--secret", "x", "no-such-file"],
        &["--secret", "x", "--header", "no colon", "body"],
    ] {
        let ended = verify(wrong);
        assert_eq!(ended.code, 2, "{wrong:?}: {}{}", ended.stdout, ended.stderr);
    }
}

#[test]
fn help_is_there_for_every_command() {
    let dir = tempfile::tempdir().unwrap();
    for args in [
        &["--help"][..],
        &["serve", "--help"],
        &["demo", "--help"],
        &["config", "check", "--help"],
        &["translate", "--help"],
        &["webhook", "verify", "--help"],
        &["key", "create", "--help"],
    ] {
        let ended = run(dir.path(), args);
        assert_eq!(ended.code, 0, "{args:?}: {}", ended.stderr);
        assert!(ended.stdout.contains("Usage"), "{args:?}: {}", ended.stdout);
    }
}

#[test]
fn a_remap_of_an_account_nobody_configured_is_a_wrong_command() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("idv.toml"), super::gateway::RECEIVER).unwrap();
    let ended = run(dir.path(), &["remap", "--account", "nobody"]);
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    assert!(ended.stderr.contains("--account"), "{}", ended.stderr);
    assert!(!dir.path().join("idv.db").exists(), "nothing was opened");
}
