//! Load and kill, short: the command `idv-load-and-kill` does the same with two hundred thousand webhooks.
#![cfg(test)]

use idv_tests::load::{DatabaseKind, Program, Report, Settings, run};

/// A run that is over soon. None where there is no such database, which was said aloud then.
async fn short(database: DatabaseKind, change: impl FnOnce(&mut Settings)) -> Option<Report> {
    let mut settings = Settings {
        program: Program {
            path: env!("CARGO_BIN_EXE_idv-under-test").into(),
            // What a killed process was at work on is free again soon.
            environment: vec![("IDV_FAULT_LEASE_MILLIS".to_owned(), "2500".to_owned())],
        },
        database,
        replicas: 1,
        webhooks: 1_000,
        kills: 3,
        vendor_down: false,
        calls_per_sec: 2_000,
        seed: fastrand::u64(..),
    };
    change(&mut settings);
    println!("seed {}", settings.seed);
    let report = run(&settings, &|line| println!("{line}")).await?;
    println!("{}", report.to_text());
    assert!(report.holds(), "{}", report.to_text());
    Some(report)
}

#[tokio::test(flavor = "multi_thread")]
async fn one_gateway_on_sqlite_loses_nothing_by_being_killed() {
    short(DatabaseKind::Sqlite, |_| {}).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn three_gateways_on_postgres_lose_nothing_by_being_killed() {
    short(DatabaseKind::Postgres, |settings| settings.replicas = 3).await;
}

/// Plaid's keys are at the vendor too, so its webhooks can only be taken in afterwards.
fn with_vendors_down(settings: &mut Settings) {
    settings.vendor_down = true;
    settings.webhooks = 400;
    settings.calls_per_sec = 50;
}

fn assert_turned_away(report: &Report) {
    let figures = &report.figures;
    let turned_away = figures
        .iter()
        .find(|(name, _)| name.ends_with("Stripe while it was down"));
    assert!(
        turned_away.is_some_and(|(_, calls)| calls.as_u64() > Some(0)),
        "{figures:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_while_the_vendors_were_down_is_worked_on_when_they_are_up() {
    let report = short(DatabaseKind::Sqlite, with_vendors_down).await;
    assert_turned_away(&report.expect("there is a file system"));
}

#[tokio::test(flavor = "multi_thread")]
async fn three_gateways_share_what_a_vendor_that_is_up_again_allows() {
    let report = short(DatabaseKind::Postgres, |settings| {
        with_vendors_down(settings);
        settings.replicas = 3;
    });
    if let Some(report) = report.await {
        assert_turned_away(&report);
    }
}
