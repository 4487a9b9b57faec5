//! The life of a session, as its events tell it.

use serde_json::json;

use super::*;

fn object(event: &Event) -> Value {
    let body: Value = serde_json::from_slice(&event.body).unwrap();
    assert_eq!(body["type"], event.event_type.as_str());
    assert_eq!(body["id"], event.id.as_str());
    body["data"]["object"].clone()
}

#[test]
fn a_whole_life_is_told_in_order_and_each_event_is_its_own() {
    let mut session = Session::new("vs_1Life", 100)
        .for_reference("subject-1")
        .with_metadata("k", "v");
    let events = [
        session.created(100),
        session.submit(110).unwrap(),
        session.fail(120, "document_expired").unwrap(),
        session.submit(130).unwrap(),
        session.verify(140).unwrap(),
    ];
    assert_eq!(session.redact(150), Ok(None));
    let redacted = session.finish_redaction(160).unwrap();

    let told: Vec<(String, Value, Value)> = events
        .iter()
        .map(object)
        .map(|object| {
            (
                object["status"].as_str().unwrap().to_owned(),
                object["last_error"]["code"].clone(),
                object["last_verification_report"].clone(),
            )
        })
        .collect();
    let expected = [
        ("requires_input", Value::Null, Value::Null),
        ("processing", Value::Null, Value::Null),
        (
            "requires_input",
            json!("document_expired"),
            json!("vr_1Life01"),
        ),
        ("processing", json!("document_expired"), json!("vr_1Life01")),
        ("verified", Value::Null, json!("vr_1Life02")),
    ];
    assert_eq!(
        told,
        expected.map(|(status, code, report)| (status.to_owned(), code, report))
    );
    let redacted = object(&redacted);
    assert_eq!(redacted["status"], "verified");
    assert_eq!(redacted["redaction"]["status"], "redacted");
    assert_eq!(redacted["metadata"], json!({}));
    let ids: std::collections::BTreeSet<&str> =
        events.iter().map(|event| event.id.as_str()).collect();
    assert_eq!(ids.len(), 5);
}

#[test]
fn what_the_vendor_refuses_is_refused() {
    let mut session = Session::new("vs_1", 0);
    assert!(session.verify(1).is_err());
    assert!(session.fail(1, "selfie_face_mismatch").is_err());
    assert!(session.finish_redaction(1).is_err());
    session.submit(1).unwrap();
    assert!(session.submit(2).is_err());
    assert!(session.cancel(2).is_err());
    assert!(session.redact(2).is_err());
    assert!(session.fail(2, "abandoned").is_err());
    session.verify(2).unwrap();
    let refused = session.cancel(3).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "a session that is verified cannot be canceled"
    );
}

#[test]
fn giving_up_makes_no_report_and_redacting_an_open_session_cancels_it() {
    let mut session = Session::new("vs_1", 0);
    let gave_up = object(&session.fail(1, "consent_declined").unwrap());
    assert_eq!(gave_up["last_error"]["code"], "consent_declined");
    assert_eq!(gave_up["last_verification_report"], Value::Null);
    let canceled = session.redact(2).unwrap().expect("an event");
    assert_eq!(object(&canceled)["status"], "canceled");
    assert_eq!(object(&canceled)["redaction"]["status"], "processing");
    assert!(session.submit(3).is_err());
}

#[test]
fn a_delivery_carries_its_signature_and_its_exact_bytes() {
    let event = Session::new("vs_1", 0).created(0);
    let secrets = ["whsec_a", "whsec_b"];
    let signing = Signing {
        secrets: &secrets,
        with_v0: false,
    };
    let delivered = event.delivered(signing, 77);
    assert_eq!(delivered.body.as_ref(), event.body);
    assert_eq!(
        delivered.single_header("stripe-signature").unwrap(),
        signing.header(&event.body, 77)
    );
    assert_eq!(delivered.received_at.as_unix_secs(), 77);
}

#[test]
fn links_are_only_in_the_event_of_creation() {
    let mut session = Session::new("vs_1", 0);
    let created = object(&session.created(0));
    let secret = created["client_secret"].as_str().unwrap();
    assert!(secret.starts_with("vs_1_secret_test_"), "{secret}");
    let processing = object(&session.submit(1).unwrap());
    assert_eq!(processing["client_secret"], Value::Null);
    assert_eq!(processing["url"], Value::Null);
}
