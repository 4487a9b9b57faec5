//! Every recorded sample, posted as a webhook that is rightly signed, to a gateway in an empty directory.
//!
//! The samples are posted by the test, byte for byte as they were recorded; a simulated vendor would send its own.
//!
//! The table was written before the first run, from the vendor's documentation.

use std::collections::BTreeSet;
use std::fs;

use idv_engine::store::DeliveryState;
use idv_testkit::shared_samples;

use super::gateway::Gateway;

/// What should become of a sample that arrives as a webhook.
enum Becomes {
    /// A request in this status, with these reasons.
    Request(&'static str, &'static [&'static str]),
    /// Kept until somebody claims its session.
    Unmatched,
    /// Set aside: it concerns nothing here.
    Ignored,
    /// Kept for the operator: genuine, but no event of this vendor.
    Unreadable,
}
use Becomes::{Ignored, Request, Unmatched, Unreadable};

const TABLE: &[(&str, &str, Becomes)] = &[
    // A thin event names its session and nothing else, and a receiver cannot ask.
    (
        "constructed_event_v2_thin_identity_verified.json",
        "sandbox",
        Unmatched,
    ),
    ("error_400_idempotency.json", "sandbox", Unreadable),
    ("error_404_resource_missing_api.json", "sandbox", Unreadable),
    (
        "error_404_resource_missing_with_log_url.json",
        "sandbox",
        Unreadable,
    ),
    ("error_429_lock_timeout.json", "sandbox", Unreadable),
    ("event_fixture_ga_non_identity.json", "sandbox", Ignored),
    (
        "event_processing_full_envelope.json",
        "sandbox",
        Request("processing", &[]),
    ),
    (
        "event_requires_input_full_envelope.json",
        "sandbox",
        Request("retry_required", &["document_expired"]),
    ),
    // It names no subject, so there is nobody to make a request for.
    (
        "event_verified_recorded_livemode_2026.json",
        "live",
        Unmatched,
    ),
    ("file_link_fixture_ga.json", "sandbox", Unreadable),
    ("file_retrieve.json", "sandbox", Unreadable),
    ("report_fixture_ga.json", "sandbox", Unreadable),
    ("report_list.json", "sandbox", Unreadable),
    ("report_retrieve.json", "sandbox", Unreadable),
    ("session_cancel.json", "sandbox", Unreadable),
    (
        "session_create_recorded_testmode_2025.json",
        "sandbox",
        Unreadable,
    ),
    ("session_fixture_ga.json", "sandbox", Unreadable),
    ("session_list.json", "sandbox", Unreadable),
    ("session_redact_processing.json", "sandbox", Unreadable),
    (
        "session_requires_input_document_expired.json",
        "sandbox",
        Unreadable,
    ),
    (
        "session_retrieve_requires_input.json",
        "sandbox",
        Unreadable,
    ),
    ("session_update_id_number.json", "sandbox", Unreadable),
    (
        "session_verified_outputs_with_dob.json",
        "sandbox",
        Unreadable,
    ),
    ("session_verified_with_outputs.json", "sandbox", Unreadable),
    ("signature_vectors.json", "sandbox", Unreadable),
    (
        "webhook_endpoint_deleted_fixture_ga.json",
        "sandbox",
        Unreadable,
    ),
    ("webhook_endpoint_fixture_ga.json", "sandbox", Unreadable),
    ("webhook_signed_customer_created.json", "sandbox", Ignored),
];

#[tokio::test]
async fn every_sample_posted_as_a_webhook_becomes_what_the_table_says() {
    let Some(folder) = shared_samples("stripe", TABLE.len()) else {
        return;
    };
    for (file, environment, becomes) in TABLE {
        let body = fs::read(folder.join(file)).unwrap();
        let gateway = Gateway::start(&account(environment)).await;
        assert_eq!(gateway.post_signed(body).await.status(), 200, "{file}");
        let inbox = gateway.settled_inbox().await;
        assert_eq!(inbox.len(), 1, "{file}");
        let requests = gateway.requests().await;
        let state = inbox[0].state;
        match becomes {
            Request(status, reasons) => {
                assert_eq!(state, DeliveryState::Done, "{file}: {:?}", inbox[0].reason);
                assert_eq!(requests.len(), 1, "{file}");
                assert_eq!(requests[0]["status"], *status, "{file}");
                let found: Vec<_> = requests[0]["findings"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|f| f["code"].as_str().unwrap())
                    .collect();
                assert_eq!(found, *reasons, "{file}");
                assert_eq!(requests[0]["unconfirmed"], true, "{file}");
            }
            other => {
                let expected = match other {
                    Unmatched => DeliveryState::Unmatched,
                    Ignored => DeliveryState::Ignored,
                    _ => DeliveryState::Dead,
                };
                assert_eq!(state, expected, "{file}: {:?}", inbox[0].reason);
                assert!(requests.is_empty(), "{file}");
            }
        }
    }
}

#[test]
fn the_table_names_every_sample() {
    let Some(folder) = shared_samples("stripe", 1) else {
        return;
    };
    let there: BTreeSet<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".json"))
        .collect();
    let named: BTreeSet<_> = TABLE.iter().map(|(file, ..)| (*file).to_owned()).collect();
    assert_eq!(there, named);
}

#[tokio::test]
async fn a_live_event_never_enters_a_sandbox_account() {
    let Some(folder) = shared_samples("stripe", 1) else {
        return;
    };
    let gateway = Gateway::start(&account("sandbox")).await;
    let body = fs::read(folder.join("event_verified_recorded_livemode_2026.json")).unwrap();
    assert_eq!(gateway.post_signed(body).await.status(), 200);
    let inbox = gateway.settled_inbox().await;
    assert_eq!(inbox[0].state, DeliveryState::Dead);
    assert!(
        inbox[0]
            .reason
            .as_ref()
            .unwrap()
            .contains("other environment")
    );
}

fn account(environment: &str) -> String {
    super::gateway::RECEIVER.replace("\"sandbox\"", &format!("{environment:?}"))
}
