//! A private Postgres ends with the process it belongs to, and leaves nothing behind.
#![cfg(all(test, unix))]

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use idv_testkit::private_postgres::{self, Database};

/// Set for the process that is to be killed.
const KILLED: &str = "IDV_TEST_KILLED_WITH_A_SERVER";
const PATIENCE: Duration = Duration::from_secs(30);

/// Where the server of this database lives, if it is a private one.
fn folder_of(database: &Database) -> Option<PathBuf> {
    let (_, host) = database.url().split_once("?host=")?;
    Some(PathBuf::from(host.replace("%2F", "/")))
}

fn wait_until_gone(path: &Path) {
    let began = Instant::now();
    while path.exists() {
        assert!(
            began.elapsed() < PATIENCE,
            "{} is still there",
            path.display()
        );
        #[expect(
            clippy::disallowed_methods,
            reason = "another process removes it and tells nobody"
        )]
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_server_ends_and_is_cleared_away_even_if_its_process_is_killed() {
    if std::env::var_os(KILLED).is_some() {
        let database = private_postgres::database().unwrap();
        let folder = folder_of(&database).unwrap();
        writeln!(std::io::stdout(), "folder {}", folder.display()).unwrap();
        // Until it is killed.
        loop {
            std::thread::park();
        }
    }
    let Some(ours) = private_postgres::database() else {
        return;
    };
    if folder_of(&ours).is_none() {
        // Somebody else's server, by IDV_TEST_POSTGRES_URL. It is not ours to end.
        return;
    }
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--nocapture"])
        .arg("a_server_ends_and_is_cleared_away_even_if_its_process_is_killed")
        .env(KILLED, "1")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let folder = lines
        .map_while(Result::ok)
        .find_map(|line| {
            line.split_once("folder ")
                .map(|(_, path)| PathBuf::from(path))
        })
        .unwrap();
    assert!(folder.join("data").join("postmaster.pid").exists());
    child.kill().unwrap();
    child.wait().unwrap();
    wait_until_gone(&folder);
    assert!(folder_of(&ours).unwrap().exists(), "ours is another one");
}

#[test]
fn every_database_is_another_one() {
    let (Some(one), Some(other)) = (private_postgres::database(), private_postgres::database())
    else {
        return;
    };
    assert_ne!(one.name(), other.name());
    assert_ne!(one.url(), other.url());
    assert!(one.url().contains(one.name()));
}
