//! What the README promises about testing without a vendor, word for word: its own commands are run.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use hmac::{Hmac, KeyInit as _, Mac as _};
use idv_testkit::clients;
use serde_json::Value;
use sha2::Sha256;

use super::application::{Application, Told};
use super::gateway::{now_unix_secs, pause};
use super::simulate;

const README: &str = include_str!("../../../README.md");
const HEADING: &str = "## Test a KYC flow without a vendor\n";

/// The shell commands of the section, a block each.
fn commands() -> Vec<&'static str> {
    let section = README.split_once(HEADING).expect("the section is there").1;
    let section = section
        .split_once("\n## ")
        .map_or(section, |(section, _)| section);
    let blocks = section.split("```sh\n").skip(1);
    blocks
        .map(|block| block.split_once("```").expect("it is closed").0)
        .collect()
}

/// A shell in which `idv` is the program under test, with nothing of the environment but the path.
fn shell(dir: &Path, command: &str) -> Command {
    let bin = dir.join("bin");
    if !bin.exists() {
        fs::create_dir(&bin).unwrap();
        symlink(env!("CARGO_BIN_EXE_idv-under-test"), bin.join("idv")).unwrap();
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths([bin].into_iter().chain(std::env::split_paths(&path)));
    let mut shell = Command::new("sh");
    shell
        .env_clear()
        .env("PATH", path.unwrap())
        .current_dir(dir);
    // The shell becomes the program, so that a signal reaches it.
    shell.args(["-c", &format!("exec {command}")]);
    shell
}

/// The rule the vendor has published: `t` and the hex of an HMAC-SHA256 over `t.body`.
fn is_signed(told: &Told, secret: &str) -> bool {
    let header = &told.headers["stripe-signature"];
    let part = |name: &str| header.split(',').find_map(|part| part.strip_prefix(name));
    let (time, signature) = (part("t=").unwrap(), part("v1=").unwrap());
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{time}.{}", told.body).as_bytes());
    let expected: String = mac
        .finalize()
        .into_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    signature == expected && now_unix_secs().abs_diff(time.parse().unwrap()) <= 300
}

/// The ports of the README are everybody's: another run on this machine may have them for a moment.
async fn receiver() -> Application {
    for _ in 0..2400 {
        let simulator_is_free = std::net::TcpListener::bind("127.0.0.1:8181").is_ok();
        if simulator_is_free && let Ok(application) = Application::at("127.0.0.1:9000").await {
            return application;
        }
        pause().await;
    }
    panic!("port 8181 or 9000 of this machine is taken: end what listens there")
}

/// Waits for the event of a pass.
async fn pass(receiver: &Application) -> Told {
    for _ in 0..1200 {
        let passes = |told: &Told| told.kind() == "identity.verification_session.verified";
        if let Some(pass) = receiver.told().into_iter().find(passes) {
            return pass;
        }
        pause().await;
    }
    let told: Vec<_> = receiver.told().iter().map(Told::kind).collect();
    panic!("no pass came, only {told:?}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_user_gets_a_signed_pass_with_the_two_commands_of_the_readme() {
    let has_curl = Command::new("curl").arg("--version").output().is_ok();
    let curl = has_curl
        .then_some(())
        .ok_or("curl is not there. To run it, install curl".to_owned());
    if clients::or_skipped(&curl).is_none() {
        return;
    }
    let [begin, create, ..] = commands()[..] else {
        panic!("two blocks of commands")
    };
    let dir = tempfile::tempdir().unwrap();
    let receiver = receiver().await;
    let simulation = simulate::start(shell(dir.path(), begin));
    let secret = simulation
        .introduction
        .iter()
        .find_map(|line| line.split_once("webhook secret"));
    let secret = secret.expect("the secret is printed").1.trim().to_owned();
    assert!(
        README.contains(&format!("`{secret}`")),
        "{secret} is not what the README says"
    );

    let created = shell(dir.path(), create).output().unwrap();
    let created: Value = serde_json::from_slice(&created.stdout)
        .unwrap_or_else(|_| panic!("curl: {}", String::from_utf8_lossy(&created.stderr)));
    assert_eq!(created["status"], "requires_input");

    let pass = pass(&receiver).await;
    assert!(is_signed(&pass, &secret), "{:?}", pass.headers);
    assert!(!is_signed(&pass, "whsec_of_somebody_else"));
    let session = &pass.json()["data"]["object"];
    assert_eq!(
        (&session["id"], &session["status"]),
        (&created["id"], &Value::from("verified"))
    );
    let (_, code) = simulation.interrupt();
    assert_eq!(code, Some(0));
}

#[test]
fn every_other_command_of_the_section_is_understood() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("my-scenarios")).unwrap();
    let mine = "vendor = \"stripe\"\ntitle = \"Mine\"\n";
    fs::write(dir.path().join("my-scenarios/mine.toml"), mine).unwrap();
    let lines: Vec<_> = commands()[2].lines().collect();
    assert!(lines.len() >= 4);
    for line in lines {
        let command = line.split('#').next().unwrap().trim();
        // With it, nothing is begun, and everything before it is read and checked.
        let ended = shell(dir.path(), &format!("{command} --list"))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&ended.stderr);
        let is_twice = said.contains("cannot be used multiple times");
        assert!(
            ended.status.success() || (is_twice && command.ends_with("--list")),
            "{command}: {said}"
        );
    }
}
