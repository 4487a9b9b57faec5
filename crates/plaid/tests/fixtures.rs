//! The recordings of `fixtures/plaid`: what each means, and that each row of the tables is met by one.
#![cfg(test)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use idv_core::{IdProvider, ProviderInfo, Status};
use idv_plaid::{PlaidConfig, PlaidProvider, mapping_rows};
use idv_testkit::ManualClock;
use idv_testkit::fixture::Fixtures;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/plaid")
}

fn provider() -> PlaidProvider {
    PlaidProvider::receiver(PlaidConfig::default(), ManualClock::noon())
}

#[test]
fn every_recording_means_what_the_file_beside_it_says() {
    Fixtures::load(folder()).assert_translated(&provider());
}

#[test]
fn every_row_of_the_tables_is_cited_by_a_recording() {
    Fixtures::load(folder()).assert_rows_cited(&mapping_rows());
}

#[test]
fn every_documented_status_is_in_a_table_and_one_word_passes() {
    let rows: BTreeSet<&str> = mapping_rows().into_iter().collect();
    let documented = [
        (
            "session_status",
            &[
                "active",
                "success",
                "failed",
                "expired",
                "canceled",
                "pending_review",
            ][..],
        ),
        (
            "step_status",
            &[
                "success",
                "active",
                "failed",
                "waiting_for_prerequisite",
                "not_applicable",
                "skipped",
                "expired",
                "canceled",
                "pending_review",
                "manually_approved",
                "manually_rejected",
            ],
        ),
        (
            "document_status",
            &["success", "failed", "manually_approved"],
        ),
        ("selfie_status", &["success", "failed"]),
        ("sms_status", &["pending", "success", "failed", "canceled"]),
        (
            "screening_status",
            &["rejected", "pending_review", "cleared"],
        ),
    ];
    for (table, words) in documented {
        let expected: BTreeSet<String> =
            words.iter().map(|word| format!("{table}.{word}")).collect();
        let found: BTreeSet<String> = rows
            .iter()
            .filter(|row| row.starts_with(&format!("{table}.")) && !row.contains(['+', '*']))
            .map(|row| (*row).to_owned())
            .collect();
        assert_eq!(found, expected);
    }
    assert_eq!(provider().info().passed_words, ["success"]);
}

#[test]
fn only_the_moves_the_dashboard_can_make_leave_a_final_status() {
    let provider = provider();
    let info: &ProviderInfo = provider.info();
    let three = [Status::Passed, Status::Failed, Status::InReview];
    for from in Status::KNOWN.iter().filter(|status| status.is_final()) {
        for to in Status::KNOWN {
            let expected = three.contains(from) && three.contains(to) && from != to;
            assert_eq!(info.allows_reopening(from, to), expected, "{from} to {to}");
        }
    }
}
