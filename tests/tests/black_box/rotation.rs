//! The master key is replaced while the gateway serves, as `idv key rotate-master --help` says.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::gateway::Gateway;
use super::program;
use super::story::hears_of_a_pass;

const OLD: &str = "idv-master.key";
const NEW: &str = "idv-master-2.key";
/// Any 32 bytes.
const NEW_KEY: &str = "bmV3IG1hc3RlciBrZXkgb2YgMzIgYnl0ZXMuLi4uLi4=\n";

struct Config(String);

impl Config {
    /// Adds the keys to the configuration there was.
    fn name_keys(&self, dir: &Path, keys: &str) {
        let text = format!("{}\n[encryption]\n{keys}\n", self.0);
        fs::write(dir.join("idv.toml"), text).unwrap();
    }
}

#[tokio::test]
async fn the_documented_procedure_replaces_the_key_without_losing_anybody() {
    let mut gateway = Gateway::receiver().await;
    let dir = gateway.dir.path().to_owned();
    let config = Config(fs::read_to_string(dir.join("idv.toml")).unwrap());
    hears_of_a_pass(&gateway, "subject-1").await;
    gateway.settled_inbox().await;

    fs::write(dir.join(NEW), NEW_KEY).unwrap();
    fs::set_permissions(dir.join(NEW), Permissions::from_mode(0o600)).unwrap();
    config.name_keys(
        &dir,
        &format!("master_key_file = {NEW:?}\nold_master_keys_file = {OLD:?}"),
    );
    gateway.stop().await;
    gateway.launch().await;
    hears_of_a_pass(&gateway, "subject-2").await;
    gateway.settled_inbox().await;

    // Too early: something still needs the earlier key, and the sentence says which and what to do.
    config.name_keys(&dir, &format!("master_key_file = {NEW:?}"));
    let ended = program::run(&dir, &["key", "rotate-master"]);
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    for told in ["mk_", "2 data keys", "old_master_keys"] {
        assert!(ended.stderr.contains(told), "{told}: {}", ended.stderr);
    }

    let environment = [
        ("IDV_ENCRYPTION__MASTER_KEY", NEW_KEY.trim().to_owned()),
        (
            "IDV_ENCRYPTION__OLD_MASTER_KEYS__0",
            fs::read_to_string(dir.join(OLD)).unwrap(),
        ),
    ];
    // Not swapped yet: it names the key that would be lost if the wrong file went.
    config.name_keys(
        &dir,
        &format!("master_key_file = {OLD:?}\nold_master_keys_file = {NEW:?}"),
    );
    let unswapped = program::run(&dir, &["key", "rotate-master", "--json"]).json();
    let earlier_id = unswapped["master_key_id"].as_str().unwrap().to_owned();
    assert_eq!(unswapped["rewrapped"], 1, "subject-2's, under the new key");
    let ended = program::run(&dir, &["key", "rotate-master"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let by = format!("wrapped by the key of encryption.master_key_file ({earlier_id})");
    assert!(ended.stdout.contains(&by), "{}", ended.stdout);
    let needless = unswapped["no_longer_needed"][0].as_str().unwrap();
    let needless = format!("No longer needed: {needless}, from encryption.old_master_keys_file");
    assert!(ended.stdout.contains(&needless), "{}", ended.stdout);
    assert!(ended.stderr.contains("swap them"), "{}", ended.stderr);

    config.name_keys(&dir, "");
    let rotated = program::command(&dir, &["key", "rotate-master", "--json"])
        .envs(environment)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&rotated.stderr);
    assert!(rotated.status.success(), "{told}");
    let rotated: serde_json::Value = serde_json::from_slice(&rotated.stdout).unwrap();
    assert_eq!(rotated["rewrapped"], 3, "the account's and both subjects'");
    assert_eq!(rotated["already"], 0);
    assert_eq!(rotated["index_rewrapped"], true);
    assert_eq!(rotated["no_longer_needed"], serde_json::json!([earlier_id]));
    hears_of_a_pass(&gateway, "subject-3").await;
    gateway.settled_inbox().await;
    assert_eq!(gateway.requests().await.len(), 3, "it went on serving");
    gateway.stop().await;

    config.name_keys(&dir, &format!("master_key_file = {OLD:?}"));
    let ended = program::run(&dir, &["serve"]);
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    assert!(ended.stderr.contains("does not fit"), "{}", ended.stderr);

    config.name_keys(&dir, &format!("master_key_file = {NEW:?}"));
    gateway.launch().await;
    let mut subjects: Vec<_> = gateway
        .requests()
        .await
        .iter()
        .map(|request| request["subject"].as_str().unwrap().to_owned())
        .collect();
    subjects.sort();
    assert_eq!(subjects, ["subject-1", "subject-2", "subject-3"]);
    let again = program::run(&dir, &["key", "rotate-master"]);
    assert_eq!(again.code, 2, "{}", again.stderr);
    assert!(
        again.stderr.contains("nothing to rotate"),
        "{}",
        again.stderr
    );
}

#[test]
fn a_database_that_was_never_used_gets_no_key_by_a_rotation() {
    let dir = tempfile::tempdir().unwrap();
    let ended = program::run(dir.path(), &["key", "rotate-master"]);
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    assert!(
        ended.stderr.contains("nothing to rotate"),
        "{}",
        ended.stderr
    );
    assert!(!dir.path().join(OLD).exists());
}
