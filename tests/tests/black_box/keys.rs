//! The master key: made once, guarded, and never replaced behind the operator's back.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use super::gateway::Gateway;
use super::program;
use super::story::hears_of_a_pass;

const KEY_FILE: &str = "idv-master.key";

#[tokio::test]
async fn the_key_file_and_the_database_are_for_the_owner_only() {
    let gateway = Gateway::receiver().await;
    for file in [KEY_FILE, "idv.db"] {
        let mode = fs::metadata(gateway.dir.path().join(file))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
}

#[tokio::test]
async fn a_missing_or_wrong_key_stops_the_start_and_overwrites_nothing() {
    let mut gateway = Gateway::receiver().await;
    hears_of_a_pass(&gateway, "subject-1").await;
    gateway.settled_inbox().await;
    gateway.stop().await;
    let path = gateway.dir.path().join(KEY_FILE);
    let right = fs::read(&path).unwrap();

    fs::remove_file(&path).unwrap();
    let ended = program::run(gateway.dir.path(), &["serve"]);
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    assert!(ended.stderr.contains(KEY_FILE), "{}", ended.stderr);
    assert!(
        !path.exists(),
        "no new key for a database that has been used"
    );

    let wrong = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";
    fs::write(&path, wrong).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    let ended = program::run(gateway.dir.path(), &["serve"]);
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    assert!(ended.stderr.contains("does not fit"), "{}", ended.stderr);
    assert_eq!(fs::read_to_string(&path).unwrap(), wrong);

    fs::write(&path, &right).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
    let ended = program::run(gateway.dir.path(), &["serve"]);
    assert_eq!(ended.code, 2, "a key others can read: {}", ended.stderr);

    fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    gateway.launch().await;
    assert_eq!(
        gateway.requests().await.len(),
        1,
        "the right key opens everything again"
    );
}

#[tokio::test]
async fn a_revoked_key_opens_nothing() {
    let gateway = Gateway::receiver().await;
    assert_eq!(gateway.get("/v1/verification-requests").await.0, 200);
    let ended = program::run(gateway.dir.path(), &["key", "revoke", "--name", "test"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(gateway.get("/v1/verification-requests").await.0, 401);
}
