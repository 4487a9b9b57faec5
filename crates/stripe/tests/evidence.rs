//! What a key may not see, and what a link may not outlive. Beyond the contract that all providers share.
#![cfg(test)]

use std::path::Path;
use std::sync::Arc;

use idv_core::{
    Clock as _, DataState, Error, ErrorKind, Evidence as _, EvidenceContent, EvidenceList,
    HandedOut, Secret, SessionChange, SessionId, Update as _,
};
use idv_stripe::{StripeConfig, StripeProvider};
use idv_testkit::ManualClock;
use idv_testkit::replay::{Answer, Exchange, Exchanges, ReplayTransport};
use serde_json::{Value, json};

const SESSION: &str = "vs_1TidvKestrelAbc01";
const FRONT: &str = "file_1TidvKestrelFront";

fn fixture(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/stripe");
    std::fs::read_to_string(folder.join(format!("{name}.json"))).unwrap()
}

fn reports() -> Answer {
    let report: Value = idv_core::json::decode(fixture("report_verified").as_bytes()).unwrap();
    let page = json!({ "object": "list", "has_more": false, "data": [report] });
    Answer::new(200, page.to_string())
}

fn forbidden() -> Answer {
    let body = r#"{"error":{"type":"invalid_request_error","message":"The provided key does not have the required permissions"}}"#;
    Answer::new(403, body)
}

fn over(answers: Vec<Answer>) -> (StripeProvider, Arc<ReplayTransport>) {
    let exchanges = answers.into_iter().map(Exchange::any).collect();
    let mut exchanges = Exchanges::of("answers", exchanges);
    exchanges.in_order = true;
    let replay = ReplayTransport::new(exchanges);
    let config = StripeConfig {
        api_key: Some(Secret::from("rk_test_contractMarked")),
        ..StripeConfig::default()
    };
    let provider = StripeProvider::new(config, replay.clone(), ManualClock::noon());
    (provider, replay)
}

async fn list(answers: Vec<Answer>) -> Result<EvidenceList, Error> {
    let (provider, replay) = over(answers);
    let list = provider.list_evidence(&SessionId::new(SESSION)).await;
    replay.assert_used_up();
    list
}

#[tokio::test]
async fn what_a_key_may_not_see_is_said_and_is_no_error() {
    let session = || Answer::new(200, fixture("session_verified"));
    let without_reports = list(vec![session(), forbidden()]).await.unwrap();
    assert!(without_reports.files.is_empty());
    let reason = without_reports.missing[0].reason;
    assert!(
        reason.contains("Verification Sessions and Reports"),
        "{reason}"
    );

    let without_files = list(vec![session(), reports(), forbidden()]).await.unwrap();
    assert_eq!(without_files.files.len(), 3, "their names are known");
    assert_eq!(without_files.files[0].size_bytes, None);
    let reason = without_files.missing[0].reason;
    assert!(reason.contains("\"Files\""), "{reason}");
}

#[tokio::test]
async fn the_files_of_an_erased_session_are_erased_and_not_asked_for() {
    let session = Answer::new(200, fixture("session_redacted"));
    let (provider, replay) = over(vec![session, reports()]);
    let id: Value = idv_core::json::decode(fixture("session_redacted").as_bytes()).unwrap();
    let id = SessionId::new(id["id"].as_str().unwrap());
    let list = provider.list_evidence(&id).await.unwrap();
    let erased = |file: &idv_core::EvidenceFile| file.data_state == DataState::Redacted;
    assert!(list.files.iter().all(erased));
    assert_eq!(replay.asked().len(), 2);
}

#[tokio::test]
async fn a_link_lives_for_half_a_minute_and_is_opened_without_the_key() {
    let url = "https://files.stripe.com/links/MDB8marked";
    let link = json!({ "object": "file_link", "expired": false, "url": url });
    let file = Answer::new(200, "a picture").with_header("content-type", "image/png");
    let (provider, replay) = over(vec![reports(), Answer::new(200, link.to_string()), file]);
    let opened = provider.open_evidence(&SESSION.into(), FRONT).await;
    let EvidenceContent::Ready(stream) = opened.unwrap() else {
        panic!("a picture is there or not");
    };
    assert_eq!(stream.media_type.as_deref(), Some("image/png"));
    let asked = replay.asked();
    let form = String::from_utf8(asked[1].body.to_vec()).unwrap();
    let expires_at = ManualClock::noon().now().as_unix_secs() + 30;
    assert!(form.contains(&format!("expires_at={expires_at}")), "{form}");
    assert_eq!(asked[2].uri.to_string(), url);
    assert!(asked[2].headers.is_empty(), "{:?}", asked[2].headers);
    assert!(asked[2].is_handed_out, "{HandedOut:?}");
}

#[tokio::test]
async fn a_link_that_leads_to_where_no_file_can_be_is_not_followed() {
    for url in [
        "http://files.stripe.com/links/1",
        "https://169.254.169.254/latest",
        "https://127.0.0.1/links/1",
        "file:///etc/passwd",
    ] {
        let link = json!({ "object": "file_link", "url": url }).to_string();
        let (provider, replay) = over(vec![reports(), Answer::new(200, link)]);
        let opened = provider.open_evidence(&SESSION.into(), FRONT).await;
        assert!(opened.is_err(), "{url}");
        assert_eq!(replay.asked().len(), 2, "{url}");
    }
}

#[tokio::test]
async fn a_file_of_another_session_is_not_found_and_no_link_to_it_is_made() {
    let (provider, replay) = over(vec![reports()]);
    let opened = provider
        .open_evidence(&SESSION.into(), "file_OfSomebodyElse")
        .await;
    assert_eq!(opened.unwrap_err().kind, ErrorKind::NotFound);
    assert_eq!(replay.asked().len(), 1);
}

#[tokio::test]
async fn a_change_does_not_widen_what_the_account_allows() {
    use idv_core::DocumentKind::{DrivingLicence, Passport};
    let mut config = StripeConfig {
        api_key: Some(Secret::from("rk_test_contractMarked")),
        ..StripeConfig::default()
    };
    config.options.allowed_documents = vec![Passport];
    for (kinds, sent) in [
        (vec![DrivingLicence], None),
        (vec![DrivingLicence, Passport], Some("passport")),
        (Vec::new(), Some("passport")),
    ] {
        let exchange = Exchange::any(Answer::new(200, fixture("session_created")));
        let replay = ReplayTransport::new(Exchanges::of("an answer", vec![exchange]));
        let provider = StripeProvider::new(config.clone(), replay.clone(), ManualClock::noon());
        let mut change = SessionChange::default();
        change.document_kinds = Some(kinds);
        let changed = provider.update(&SESSION.into(), &change).await;
        let Some(sent) = sent else {
            let kind = changed.unwrap_err().kind;
            assert!(matches!(kind, ErrorKind::Unsupported { .. }), "{kind:?}");
            assert!(replay.asked().is_empty());
            continue;
        };
        changed.unwrap();
        let form = String::from_utf8(replay.asked()[0].body.to_vec()).unwrap();
        assert!(form.ends_with(&format!("={sent}")), "{form}");
        assert!(!form.contains("driving"), "{form}");
    }
}

#[tokio::test]
async fn a_change_of_nothing_only_reads_and_one_that_cannot_be_asked_for_asks_nothing() {
    let (provider, replay) = over(vec![Answer::new(200, fixture("session_created"))]);
    let nothing = SessionChange::default();
    provider.update(&SESSION.into(), &nothing).await.unwrap();
    assert_eq!(replay.asked()[0].method, "GET");

    let (provider, replay) = over(Vec::new());
    let mut change = SessionChange::default();
    change.document_kinds = Some(vec![idv_core::DocumentKind::UtilityBill]);
    let refused = provider.update(&SESSION.into(), &change).await;
    assert!(matches!(
        refused.unwrap_err().kind,
        ErrorKind::Unsupported { .. }
    ));
    assert!(replay.asked().is_empty());
}
