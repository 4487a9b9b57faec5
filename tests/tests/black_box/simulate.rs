//! `idv simulate` from outside.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::application::Application;
use super::gateway::{client, pause};
use super::program::{self, run};
use super::running::Running;

/// Runs the command, and waits until it is ready.
pub(crate) fn start(command: Command) -> Running {
    Running::start(command, |line| {
        line.contains("End with Ctrl-C") || line.contains(r#""kind":"ready""#)
    })
}

fn simulate(dir: &Path, args: &[&str]) -> Running {
    let mut all = vec!["simulate"];
    all.extend_from_slice(args);
    start(program::command(dir, &all))
}

const ANY_PORT: [&str; 6] = [
    "--listen",
    "stripe=127.0.0.1:0",
    "--listen",
    "onfido=127.0.0.1:0",
    "--listen",
    "plaid=127.0.0.1:0",
];

#[tokio::test(flavor = "multi_thread")]
async fn it_tells_programs_what_to_paste_and_what_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let application = Application::start().await;
    let to = format!("stripe={}", application.url);
    let mut args = vec!["--json", "--speed", "100", "--webhooks-to", &to];
    args.extend(ANY_PORT);
    let mut simulation = simulate(dir.path(), &args);
    let told: Vec<Value> = simulation
        .introduction
        .iter()
        .map(|line| serde_json::from_str(line).expect("JSON a line"))
        .collect();
    let vendors: Vec<_> = told
        .iter()
        .filter_map(|told| told["vendor"].as_str())
        .collect();
    assert_eq!(vendors, ["stripe", "onfido", "plaid"]);
    let stripe = &told[0];
    assert_eq!(stripe["webhooks_to"], json!([application.url]));
    assert_eq!(told[1]["webhooks_to"], json!([]));
    let (base, key) = (
        stripe["base_url"].as_str().unwrap(),
        stripe["credentials"]["API key"].as_str(),
    );

    let client = client();
    let session = client
        .post(format!("{base}/v1/identity/verification_sessions"))
        .basic_auth(key.unwrap(), Some(""))
        .header("content-type", "application/x-www-form-urlencoded")
        .body("type=document&provided_details[email]=ada%2Bverified%40example.com");
    let session: Value =
        serde_json::from_str(&session.send().await.unwrap().text().await.unwrap()).unwrap();
    let id = session["id"].as_str().expect("a session");
    for kind in ["call", "begins", "happens", "webhook"] {
        let line = simulation.line_with(&format!(r#""kind":"{kind}""#));
        let line: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(line["object"], id, "{line}");
        assert!(
            !line.to_string().contains("ada"),
            "ids and statuses only: {line}"
        );
    }
    let (_, code) = simulation.interrupt();
    assert_eq!(code, Some(0), "Ctrl-C is how it ends");
}

#[test]
fn a_port_that_is_taken_is_a_sentence_with_the_remedy() {
    let dir = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let listen = format!("stripe={address}");
    let ended = run(
        dir.path(),
        &["simulate", "--vendor", "stripe", "--listen", &listen],
    );
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    assert!(
        ended.stderr.contains(&address.to_string()),
        "{}",
        ended.stderr
    );
    assert!(
        ended.stderr.contains("--listen stripe="),
        "{}",
        ended.stderr
    );
}

#[test]
fn wrong_options_are_sentences_and_begin_nothing() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("empty")).unwrap();
    for (args, remedy) in [
        (
            &["--vendor", "acme"][..],
            "use one of stripe, onfido, plaid",
        ),
        (&["--webhooks-to", "localhost:9000"], "--webhooks-to"),
        (
            &["--webhooks-to", "acme=http://localhost/"],
            "use one of stripe, onfido, plaid",
        ),
        (
            &[
                "--vendor",
                "plaid",
                "--webhooks-to",
                "onfido=http://localhost/",
            ],
            "add --vendor onfido",
        ),
        (&["--scenario", "verified"], "VENDOR=NAME"),
        (
            &["--scenario", "stripe=unheard-of"],
            "--list --vendor stripe",
        ),
        (&["--scenarios", "nowhere.toml"], "nowhere.toml"),
        (
            &["--scenarios", "empty"],
            "put files that end with .toml there",
        ),
        (&["--chaos", "2"], "from 0 (never) to 1 (always)"),
        (
            &["--chaos", "0.1", "--chaos-file", "x"],
            "cannot be used with",
        ),
        (&["--chaos-file", "nowhere.toml"], "nowhere.toml"),
        (&["--seed", "7"], "add --chaos"),
        (&["--speed", "0"], "1..=1000000"),
        (&["--ca-file", "nowhere.pem"], "--ca-file"),
    ] {
        let mut all = vec!["simulate"];
        all.extend_from_slice(args);
        let ended = run(dir.path(), &all);
        assert_eq!(ended.code, 2, "{args:?}: {}{}", ended.stdout, ended.stderr);
        assert!(ended.stderr.contains(remedy), "{args:?}: {}", ended.stderr);
        assert!(ended.stdout.is_empty(), "{}", ended.stdout);
    }
}

#[test]
fn a_broken_scenario_names_its_file_and_its_step() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("mine");
    fs::create_dir(&folder).unwrap();
    let head = "vendor = \"stripe\"\ntitle = \"Mine\"\n";
    let step = "[[steps]]\ndo = \"submit\"\n";
    fs::write(
        folder.join("a.toml"),
        format!("{head}{step}[[steps]]\ndo = \"explode\"\n"),
    )
    .unwrap();
    fs::write(folder.join("b.toml"), format!("{head}steps = 3\n")).unwrap();
    fs::write(folder.join("c.toml"), format!("{head}{step}")).unwrap();
    fs::write(folder.join("notes.txt"), "no scenario").unwrap();
    let ended = run(dir.path(), &["simulate", "--list", "--scenarios", "mine"]);
    assert_eq!(ended.code, 2, "{}", ended.stdout);
    let said: Vec<_> = ended.stderr.lines().collect();
    assert_eq!(said.len(), 2, "every broken file at once: {said:?}");
    assert!(said[0].contains("mine/a.toml: step 2: explode"), "{said:?}");
    assert!(said[1].contains("mine/b.toml: line 3: "), "{said:?}");
    assert!(
        said.iter().all(|line| line.contains("simulate --help")),
        "the remedy: {said:?}"
    );

    let args = [
        "simulate",
        "--list",
        "--json",
        "--vendor",
        "stripe",
        "--scenarios",
        "mine/c.toml",
    ];
    let listed = run(dir.path(), &args).json();
    let listed = listed.as_array().unwrap();
    assert!(listed.iter().all(|scenario| scenario["vendor"] == "stripe"));
    let mine = listed
        .iter()
        .find(|scenario| scenario["name"] == "c")
        .unwrap();
    assert_eq!(
        (&mine["title"], &mine["steps"]),
        (&json!("Mine"), &json!(1))
    );
    let passes = |scenario: &&Value| scenario["shows"].to_string().contains("status:passed");
    assert!(
        listed.iter().any(|scenario| passes(&scenario)),
        "what is built in is there too"
    );
}

#[test]
fn chaos_tells_its_seed_and_the_list_is_for_people_too() {
    let dir = tempfile::tempdir().unwrap();
    let mut args = vec![
        "--vendor",
        "stripe",
        "--chaos",
        "0.5",
        "--listen",
        "stripe=127.0.0.1:0",
    ];
    let simulation = simulate(dir.path(), &args);
    let seed = simulation
        .introduction
        .iter()
        .find(|line| line.contains("--seed"));
    assert!(seed.is_some(), "{:?}", simulation.introduction);
    drop(simulation);
    args.extend(["--seed", "7"]);
    let simulation = simulate(dir.path(), &args);
    assert!(
        simulation
            .introduction
            .iter()
            .any(|line| line.ends_with("--seed 7"))
    );
    let (rest, code) = simulation.interrupt();
    assert_eq!((rest.trim(), code), ("ended", Some(0)));

    let listed = run(dir.path(), &["simulate", "--list"]);
    assert_eq!(listed.code, 0);
    for vendor in ["stripe", "onfido", "plaid"] {
        assert!(
            listed.stdout.lines().any(|line| line == vendor),
            "{}",
            listed.stdout
        );
    }
    assert!(listed.stdout.contains("status:passed"), "{}", listed.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_refuses_is_told_and_tried_again() {
    let dir = tempfile::tempdir().unwrap();
    let application = Application::answering(&["500 Broken"]).await;
    let mut args = vec!["--speed", "1000000", "--webhooks-to", &application.url];
    args.extend(["--vendor", "stripe"]);
    args.extend(&ANY_PORT[..2]);
    let mut simulation = simulate(dir.path(), &args);
    let base = simulation
        .introduction
        .iter()
        .find_map(|line| line.split_once("base URL"));
    let base = base.unwrap().1.trim().to_owned();
    let client = client();
    let made = client
        .post(format!("{base}/v1/identity/verification_sessions"))
        .basic_auth(idv_simulator::stripe::API_KEY, Some(""))
        .header("content-type", "application/x-www-form-urlencoded")
        .body("type=document");
    assert_eq!(made.send().await.unwrap().status(), 200);
    let refused = simulation.line_with("500");
    assert!(refused.contains("attempt 1, again in"), "{refused}");
    assert!(simulation.line_with("webhook").contains("200"), "and again");
    for _ in 0..1200 {
        if application.told().len() >= 2 {
            return;
        }
        pause().await;
    }
    panic!("it never came again")
}
