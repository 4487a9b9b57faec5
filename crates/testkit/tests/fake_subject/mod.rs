//! The fake provider, as the contract sees it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request};
use idv_core::{
    Clock, DocumentKind, ErrorKind, IdProvider, Name, Person, PersonRecord, Provenance, Sourced,
    StartSession, StepKind, SubjectRef, Timestamp, Transport,
};
use idv_testkit::ManualClock;
use idv_testkit::contract::{AbilityFacts, ContractSubject, ErrorCase, Facts, Signer, VendorKey};
use idv_testkit::fake::{
    CURRENT_SECRET, FakeOptions, FakeProvider, PREVIOUS_SECRET, SIGNATURE_HEADER, mapping_rows,
    sign,
};
use idv_testkit::replay::Answer;

pub(crate) struct Fake;

impl ContractSubject for Fake {
    fn provider(&self, transport: Arc<dyn Transport>, _: Arc<dyn Clock>) -> Box<dyn IdProvider> {
        Box::new(FakeProvider::new(FakeOptions::default(), transport).with_retry())
    }

    fn fixtures(&self) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/fake")
    }

    fn mapping_rows(&self) -> Vec<&'static str> {
        mapping_rows()
    }

    fn facts(&self) -> Facts {
        Facts {
            session: "chk_0001",
            webhook: "event_approved",
            webhook_session: "chk_0001",
            unknown_event: "event_of_unknown_type",
            other_product_event: "event_of_another_product",
            signed_time_tolerance_secs: None,
            gives_existing: true,
            refused_field: "subject",
            missing_part: Some("details"),
            key: VendorKey::Header("idempotency-key"),
            marks: &[
                "Fenna",
                "Fakeperson",
                "subject-marked-1",
                "secret-token",
                "fake-key",
            ],
            secrets: &[CURRENT_SECRET, PREVIOUS_SECRET],
        }
    }

    fn ability_facts(&self) -> AbilityFacts {
        AbilityFacts {
            task: Some("tsk_0001"),
            retry_step: Some(StepKind::Selfie),
            webhook: Some("whk_0001"),
            evidence_file: Some("fil_front"),
            evidence_not_ready: Some("fil_report"),
        }
    }

    fn intent(&self) -> StartSession {
        let mut intent = StartSession::new(
            "idv_01kahfake0000000000000000a".parse().unwrap(),
            SubjectRef::new("subject-marked-1"),
            "intent-1",
            ManualClock::NOON,
        );
        let mut name = Name::default();
        name.given_name = Some("Fenna".to_owned());
        let mut record = PersonRecord::default();
        record.names = vec![Sourced::present(name, Provenance::Claimed)];
        intent.person = Person::new(record);
        intent.document_kinds = vec![DocumentKind::Passport];
        intent
    }

    fn sign(&self, signer: Signer, body: &[u8], _: Timestamp) -> HeaderMap {
        let secret = match signer {
            Signer::Current => CURRENT_SECRET,
            Signer::Previous => PREVIOUS_SECRET,
            Signer::Stranger => "a-secret-of-somebody-else",
        };
        let signature = HeaderValue::from_str(&sign(secret, body)).unwrap();
        HeaderMap::from_iter([(SIGNATURE_HEADER.parse().unwrap(), signature)])
    }

    fn creates(&self, request: &Request<Bytes>) -> bool {
        let path = request.uri().path();
        request.method() == http::Method::POST && (path == "/v1/checks" || path.ends_with("/again"))
    }

    fn errors(&self) -> Vec<ErrorCase> {
        let case = |status, word: &str, kind| ErrorCase {
            answer: Answer::new(status, format!(r#"{{"error":{{"word":"{word}"}}}}"#)),
            kind,
        };
        vec![
            case(400, "bad_setting", ErrorKind::InvalidConfig),
            case(400, "bad_field", ErrorKind::InvalidInput { field: None }),
            case(409, "wrong_state", ErrorKind::Conflict),
            case(
                422,
                "refused",
                ErrorKind::ProviderRejected {
                    code: Some("refused".to_owned()),
                },
            ),
        ]
    }
}
