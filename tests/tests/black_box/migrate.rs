//! `idv migrate`: any number of times, any number at once, and never a database it does not know.

use std::fs;
use std::process::Stdio;
use std::sync::Arc;

use idv_testkit::private_postgres;

use super::database::Database;
use super::program::{self, Ended};

/// A directory with a configuration that names this database.
fn directory(database: &Database) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("idv.toml"), database.table()).unwrap();
    dir
}

fn migrate(database: &Database) -> (Ended, tempfile::TempDir) {
    let dir = directory(database);
    (program::run(dir.path(), &["migrate"]), dir)
}

async fn an_empty_database_gets_its_schema_and_a_second_time_changes_nothing(database: Database) {
    let dir = directory(&database);
    for _ in 0..2 {
        let ended = program::run(dir.path(), &["migrate"]);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        assert!(ended.stdout.contains("up to date"), "{}", ended.stdout);
        assert_eq!(ended.stderr, "");
    }
    let store = database.open(dir.path()).await;
    store.check().await.unwrap();
    assert!(
        !dir.path().join("idv-master.key").exists(),
        "it does nothing else"
    );
}

idv_testkit::on_every_store! {
    sqlite: crate::database::sqlite();
    postgres: crate::database::postgres();
    an_empty_database_gets_its_schema_and_a_second_time_changes_nothing
}

#[tokio::test]
async fn eight_at_once_on_an_empty_postgres_all_succeed() {
    let Some(database) = Database::server() else {
        return;
    };
    let dir = directory(&database);
    let running: Vec<_> = (0..8)
        .map(|_| {
            program::command(dir.path(), &["migrate"])
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    for child in running {
        let output = child.wait_with_output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{told}");
    }
    database.open(dir.path()).await.check().await.unwrap();
}

#[test]
fn a_database_of_a_newer_version_is_refused_with_a_remedy() {
    let Some(server) = private_postgres::database().map(Arc::new) else {
        return;
    };
    let database = Database::Server(Arc::clone(&server));
    assert_eq!(migrate(&database).0.code, 0);
    server.run(
        "INSERT INTO idv._sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (9999, 'of the future', true, '\\x00', 0)",
    );
    let before = server.dump();
    let (ended, _dir) = migrate(&database);
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    for told in ["newer version", "start that version", "backup"] {
        assert!(ended.stderr.contains(told), "{told}: {}", ended.stderr);
    }
    assert!(
        without_seal(&before) == without_seal(&server.dump()),
        "nothing changed"
    );
}

/// A dump without the two lines that newer versions of `pg_dump` fill with a random word.
fn without_seal(dump: &[u8]) -> String {
    String::from_utf8_lossy(dump)
        .lines()
        .filter(|line| !line.starts_with("\\restrict") && !line.starts_with("\\unrestrict"))
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn a_file_that_is_no_database_is_refused_and_left_alone() {
    let (database, bytes) = (Database::File, "a letter to somebody".repeat(100));
    let dir = directory(&database);
    fs::write(dir.path().join("idv.db"), &bytes).unwrap();
    let ended = program::run(dir.path(), &["migrate"]);
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    assert!(ended.stderr.contains("database.path"), "{}", ended.stderr);
    let after = fs::read_to_string(dir.path().join("idv.db")).unwrap();
    assert_eq!(after, bytes);
}

#[test]
fn an_unreachable_server_is_told_without_the_password() {
    const PASSWORD: &str = "gloomy-otter-17";
    let dir = tempfile::tempdir().unwrap();
    // Nothing listens on port 1.
    for (url, code) in [
        // It may merely be down, which is no wrong setting.
        (format!("postgres://idv:{PASSWORD}@127.0.0.1:1/idv"), 1),
        (
            format!("postgres://idv@127.0.0.1:1/idv?password={PASSWORD}"),
            1,
        ),
        // Misspelt, so that it cannot be read at all.
        (format!("postgres//idv:{PASSWORD}@127.0.0.1:1/idv"), 2),
        (
            format!("postgres://idv@127.0.0.1:1/idv?passwort={PASSWORD}"),
            2,
        ),
    ] {
        for args in [["migrate"].as_slice(), &["key", "list"]] {
            let output = program::command(dir.path(), args)
                .env("IDV_DATABASE__URL", &url)
                .env("RUST_BACKTRACE", "1")
                .output()
                .unwrap();
            let told = String::from_utf8_lossy(&output.stderr).into_owned()
                + &String::from_utf8_lossy(&output.stdout);
            assert_eq!(output.status.code(), Some(code), "{told}");
            let may_be_down = !told.contains("name a database of its own");
            assert!(may_be_down || code == 2, "{told}");
            assert!(told.contains("database.url"), "where to change it: {told}");
            assert!(!told.contains(PASSWORD), "{told}");
        }
    }
}
