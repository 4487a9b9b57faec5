//! What was erased in part: it stays in the evidence, and nobody can open it.
#![cfg(test)]

use std::path::{Path, PathBuf};

use idv_core::{DataState, ErrorKind, Evidence, IdProvider, Purpose, Secret, SessionId};
use idv_plaid::{PlaidConfig, PlaidProvider};
use idv_testkit::ManualClock;
use idv_testkit::replay::{Answer, Exchange, Exchanges, ReplayTransport};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/plaid")
}

fn config() -> PlaidConfig {
    let mut config = PlaidConfig {
        api_key: Some(Secret::from("secret-contractMarked")),
        ..PlaidConfig::default()
    };
    config.options.client_id = Some("client-0417".to_owned());
    config.options.template_id = Some("idvtmp_Marigold0001".to_owned());
    config.options.gave_consent = true;
    config
}

const PICTURES: [&str; 5] = [
    "original_front",
    "original_back",
    "cropped_front",
    "cropped_back",
    "face",
];

#[test]
fn an_erased_document_stays_in_the_evidence_beside_one_that_is_there() {
    let provider = PlaidProvider::receiver(PlaidConfig::default(), ManualClock::noon());
    let bytes = std::fs::read(folder().join("session_redacted_in_part.json")).unwrap();
    let mapped = provider.translate(None, &bytes).unwrap();
    assert_eq!(mapped.data_state, Some(DataState::Present));
    let states: Vec<(String, DataState, bool)> = mapped
        .evidence
        .iter()
        .map(|file| {
            let id = file.vendor_file_id.clone();
            (id, file.data_state.clone(), file.link.is_some())
        })
        .collect();
    let of = |number: u8, state: DataState, is_linked: bool| {
        PICTURES.map(|name| {
            (
                format!("documents/{number}/{name}"),
                state.clone(),
                is_linked,
            )
        })
    };
    let mut expected = of(1, DataState::Redacted, false).to_vec();
    expected.extend(of(2, DataState::Present, true));
    assert_eq!(states, expected);

    let person = mapped.person.as_ref().unwrap().expose(Purpose::Test);
    let confirmed = person.phones.last().unwrap();
    assert!(confirmed.value.as_present().is_none());
    assert_eq!(person.documents.len(), 1);
}

#[tokio::test]
async fn an_erased_file_is_not_found_and_its_address_is_not_asked() {
    let replay = ReplayTransport::new(Exchanges::load(&folder(), "evidence_redacted"));
    let provider = PlaidProvider::new(config(), replay.clone(), ManualClock::noon());
    let session = SessionId::new("idv_Marigold0031");
    let opened = provider
        .open_evidence(&session, "documents/1/original_front")
        .await;
    assert_eq!(opened.err().unwrap().kind, ErrorKind::NotFound);
    assert_eq!(replay.asked().len(), 1);
}

#[tokio::test]
async fn an_erased_file_is_not_found_even_while_an_address_is_left() {
    let bytes = std::fs::read(folder().join("session_success.json")).unwrap();
    let mut session: serde_json::Value = idv_core::json::decode(&bytes).unwrap();
    let document = &mut session["documentary_verification"]["documents"][0];
    document["redacted_at"] = serde_json::json!("2026-11-21T08:00:00Z");
    let exchange = Exchange::any(Answer::new(200, session.to_string()));
    let replay = ReplayTransport::new(Exchanges::of("a session", vec![exchange]));
    let provider = PlaidProvider::new(config(), replay.clone(), ManualClock::noon());
    let id = SessionId::new(session["id"].as_str().unwrap());
    let opened = provider.open_evidence(&id, "documents/1/face").await;
    assert_eq!(opened.err().unwrap().kind, ErrorKind::NotFound);
    assert_eq!(replay.asked().len(), 1);
}

#[test]
fn each_picture_has_the_address_of_its_own_place() {
    let provider = PlaidProvider::receiver(PlaidConfig::default(), ManualClock::noon());
    let bytes = std::fs::read(folder().join("session_success.json")).unwrap();
    let mapped = provider.translate(None, &bytes).unwrap();
    let linked = mapped.evidence.iter().filter_map(|file| {
        let address = file.link.as_ref()?.url.expose().to_owned();
        Some((file.vendor_file_id.as_str(), address))
    });
    let mut documents = 0;
    for (id, address) in linked {
        if let Some(place) = id.strip_prefix("documents/") {
            assert!(
                address.contains(&format!("/{place}?")),
                "{id} is at {address}"
            );
            documents += 1;
        }
    }
    assert_eq!(documents, PICTURES.len());
}
