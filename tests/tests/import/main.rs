//! A vendor's whole history is taken in by a program that is killed again and again.
#![cfg(test)]

mod books;
mod program;
mod vendor;

use std::time::Duration;

use fastrand::Rng;
use idv_core::Status;

use books::Books;
use program::Program;
use vendor::{Held, Vendor};

/// How late a call may arrive, and the next one not.
const LATE_BY: Duration = Duration::from_millis(100);

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_sessions_come_in_exactly_once_however_often_the_import_is_killed() {
    const KILLS: usize = 6;
    const CALLS_PER_SEC: usize = 20;
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut rng = Rng::with_seed(seed);
    let vendor = Vendor::holding(Held::of(10_000)).await;
    let program = Program::new(&vendor.base_url(), CALLS_PER_SEC);

    let mut killed = 0;
    for kill in 0..KILLS {
        // At random in its own part of the walk, and at random on the page that was just asked for.
        let calls = (kill * 100 + rng.usize(0..100)) / KILLS;
        let phase = Duration::from_millis(rng.u64(0..400));
        let mut child = program.begin();
        vendor.until_asked(calls, phase, &mut child).await;
        child.kill().unwrap();
        child.wait().unwrap();
        killed += 1;
    }
    assert_eq!(killed, KILLS);
    let totals = program.finish();
    println!("{totals}");

    let expected = vendor.held().expected();
    assert_eq!(totals["sessions"], 10_000);
    assert_eq!(totals["imported"], expected.requests);
    assert_eq!(totals["joined"], expected.joined);
    assert_eq!(totals["known"], 0, "{totals}");
    assert_eq!(totals["without_subject"], expected.without_subject);
    assert_eq!(totals["other_environment"], expected.other_environment);

    let books = Books::read(program.dir()).await;
    assert_eq!(books.sessions, expected.sessions(), "each one, once");
    assert_eq!(books.ids.len(), expected.sessions(), "and no other twice");
    assert_eq!(books.requests.len(), expected.requests);
    assert_eq!(books.imported_observations, expected.sessions());
    assert_eq!(books.events, 0, "nothing is announced");
    assert_eq!(books.with_status(&Status::Passed), expected.passed);
    assert!(books.made_when_the_vendor_made_them(vendor.held()));

    // Each kill may cost the page it falls on.
    let calls = vendor.calls();
    assert!(calls.len() <= 100 + KILLS, "{} calls", calls.len());
    assert_eq!(vendor::too_close(&calls, CALLS_PER_SEC, LATE_BY), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_vendor_is_never_called_more_often_than_the_account_allows() {
    const CALLS_PER_SEC: usize = 10;
    // A page has a hundred.
    let vendor = Vendor::holding(Held::of(4_000)).await;
    let program = Program::new(&vendor.base_url(), CALLS_PER_SEC);
    let totals = program.finish();
    assert_eq!(totals["sessions"], 4_000);
    let calls = vendor.calls();
    assert_eq!(calls.len(), 40);
    assert_eq!(vendor::too_close(&calls, CALLS_PER_SEC, LATE_BY), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_counts_the_same_and_leaves_nothing() {
    let vendor = Vendor::holding(Held::of(40)).await;
    let program = Program::new(&vendor.base_url(), 1000);
    let totals = program.run(&["--dry-run"]);
    assert_eq!(totals["dry_run"], true);
    let expected = vendor.held().expected();
    assert_eq!(
        totals["without_subject"], expected.without_subject,
        "{totals}"
    );
    let books = Books::read(program.dir()).await;
    assert_eq!((books.sessions, books.requests.len()), (0, 0));
    assert_eq!(program.finish()["imported"], expected.requests);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_it_prints_names_nobody_and_says_what_to_do() {
    let vendor = Vendor::holding(Held::of(40)).await;
    let program = Program::new(&vendor.base_url(), 1000);
    let said = program.said(&[]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert!(
        said.stdout.contains("40 sessions on 1 pages"),
        "{}",
        said.stdout
    );
    let everything = format!("{}{}", said.stdout, said.stderr);
    assert!(!everything.contains(vendor::MARK), "{everything}");

    vendor.refuse_the_key();
    let refused = program.said(&[]);
    assert_eq!(refused.code, 1, "{}", refused.stderr);
    let hint = "run the same command again, and it goes on where it was";
    assert!(refused.stderr.contains(hint), "{}", refused.stderr);

    let backwards = [
        "--since",
        "2026-02-01T00:00:00Z",
        "--until",
        "2026-01-01T00:00:00Z",
    ];
    for (wrong, sentence) in [
        (["--subjects", "nobody.txt"].as_slice(), "cannot be read"),
        (backwards.as_slice(), "--until: it must be later"),
        (["--since", "2026-01-01T00:00:00Z"].as_slice(), "--restart"),
    ] {
        let refused = program.said(wrong);
        assert_eq!(refused.code, 2, "{}", refused.stderr);
        assert!(refused.stderr.contains(sentence), "{}", refused.stderr);
    }
}
