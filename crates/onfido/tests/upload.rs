//! What is sent when a file is handed in. Beyond the contract that all providers share.
#![cfg(test)]

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use idv_core::{
    Country, DocumentKind, Error, ErrorKind, EvidenceFile, EvidenceRole, Secret, SessionId, Upload,
    UploadDocuments as _,
};
use idv_onfido::{OnfidoConfig, OnfidoProvider};
use idv_testkit::ManualClock;
use idv_testkit::replay::{Answer, Exchange, Exchanges, ReplayTransport};
use serde_json::json;

const RUN: &str = "0b6f2c1e-4a7d-4e0b-9c55-1f2e3d4c5b6a";
const APPLICANT: &str = "7d1c9a52-3b0f-4b6e-8f21-5a4b3c2d1e0f";

async fn hand_in(upload: &Upload) -> (Result<EvidenceFile, Error>, Arc<ReplayTransport>) {
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../fixtures/onfido/run_awaiting_input.json"
    );
    let run = std::fs::read(Path::new(file)).unwrap();
    let made = json!({ "id": "bbbbbbbb-0000-4000-8000-000000000009" }).to_string();
    let answers = [Answer::new(200, run), Answer::new(201, made)];
    let exchanges = answers.into_iter().map(Exchange::any).collect();
    let mut exchanges = Exchanges::of("answers", exchanges);
    exchanges.in_order = true;
    let replay = ReplayTransport::new(exchanges);
    let config = OnfidoConfig {
        api_key: Some(Secret::from("api_sandbox.contractMarked")),
        ..OnfidoConfig::default()
    };
    let provider = OnfidoProvider::new(config, replay.clone(), ManualClock::noon());
    let taken = provider.upload(&SessionId::new(RUN), upload).await;
    (taken, replay)
}

/// The parts of a form, by name: what RFC 7578 makes of the bytes.
fn parts(replay: &ReplayTransport) -> Vec<(String, Vec<u8>)> {
    let asked = replay.asked();
    let sent = &asked[1];
    let content_type = sent.headers["content-type"].to_str().unwrap();
    let boundary = content_type
        .strip_prefix("multipart/form-data; boundary=")
        .unwrap();
    let body = sent.body.to_vec();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let delimiter = format!("--{boundary}");
    let mut starts = Vec::new();
    for at in 0..body.len() {
        if body[at..].starts_with(delimiter.as_bytes()) {
            starts.push(at);
        }
    }
    assert!(text(&body).ends_with(&format!("\r\n{delimiter}--\r\n")));
    let part = |pair: &[usize]| {
        let part = &body[pair[0] + delimiter.len() + 2..pair[1] - 2];
        let head_ends = part
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
            .unwrap();
        let head = text(&part[..head_ends]);
        let name = head
            .split("name=\"")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap();
        (name.to_owned(), part[head_ends + 4..].to_vec())
    };
    starts.windows(2).map(part).collect()
}

#[tokio::test]
async fn a_document_is_sent_with_what_is_known_of_it() {
    // A picture that holds what would be the first choice for a boundary.
    let content = Bytes::from_static(b"\xff\xd8--idv-form-0000000000000000\r\n\xff\xd9");
    let mut upload = Upload::new(EvidenceRole::DocumentBack, "image/jpeg", content.clone());
    upload.document_kind = Some(DocumentKind::IdCard);
    upload.country = Some(Country::from_code("NL"));
    let (taken, replay) = hand_in(&upload).await;
    let taken = taken.unwrap();
    assert_eq!(
        taken.vendor_file_id,
        "document:bbbbbbbb-0000-4000-8000-000000000009"
    );
    assert_eq!(taken.role, EvidenceRole::DocumentBack);
    let fields = [
        ("type", &b"national_identity_card"[..]),
        ("side", b"back"),
        ("issuing_country", b"NLD"),
        ("applicant_id", APPLICANT.as_bytes()),
        ("file", &content),
    ];
    let fields = fields.map(|(name, value)| (name.to_owned(), value.to_vec()));
    assert_eq!(parts(&replay), fields);
    assert_eq!(replay.asked()[1].uri.path(), "/v3.6/documents");
}

#[tokio::test]
async fn a_face_is_sent_to_where_faces_are() {
    let upload = Upload::new(
        EvidenceRole::Selfie,
        "image/png",
        Bytes::from_static(b"png"),
    );
    let (taken, replay) = hand_in(&upload).await;
    assert!(taken.unwrap().vendor_file_id.starts_with("live_photo:"));
    assert_eq!(replay.asked()[1].uri.path(), "/v3.6/live_photos");
    let names: Vec<_> = parts(&replay).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["applicant_id", "file"]);
}

#[tokio::test]
async fn what_the_vendor_does_not_take_is_not_sent() {
    let file = |role: EvidenceRole, media_type: &str| {
        Upload::new(role, media_type, Bytes::from_static(b"x"))
    };
    let (taken, replay) = hand_in(&file(EvidenceRole::SelfieVideo, "image/png")).await;
    assert!(matches!(
        taken.unwrap_err().kind,
        ErrorKind::Unsupported { .. }
    ));
    assert!(replay.asked().is_empty());
    let (taken, replay) = hand_in(&file(EvidenceRole::Selfie, "image/gif")).await;
    assert!(matches!(
        taken.unwrap_err().kind,
        ErrorKind::InvalidInput { field: Some(_) }
    ));
    assert!(replay.asked().is_empty());
}
