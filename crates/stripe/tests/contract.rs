//! The exam that every provider takes.
#![cfg(test)]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Request};
use idv_core::webhook::{KeyLabel, SigningKey};
use idv_core::{
    Clock, DocumentKind, ErrorKind, IdProvider, Person, PersonRecord, Provenance, Secret, Sourced,
    StartSession, SubjectRef, Timestamp, Transport,
};
use idv_simulator::stripe::sign;
use idv_stripe::{StripeConfig, StripeProvider, mapping_rows};
use idv_testkit::ManualClock;
use idv_testkit::contract::{AbilityFacts, ContractSubject, ErrorCase, Facts, Signer, VendorKey};
use idv_testkit::replay::Answer;

const CURRENT: &str = "whsec_current_marked";
const PREVIOUS: &str = "whsec_previous_marked";

struct Stripe;

impl ContractSubject for Stripe {
    fn provider(
        &self,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
    ) -> Box<dyn IdProvider> {
        let mut config = StripeConfig {
            api_key: Some(Secret::from("rk_test_contractMarked")),
            ..StripeConfig::default()
        };
        config.options.require_matching_selfie = true;
        for (label, secret) in [("current", CURRENT), ("previous", PREVIOUS)] {
            let key = SigningKey::new(KeyLabel::new(label), Secret::from(secret)).unwrap();
            config.webhook_secrets.push(key);
        }
        config.check().unwrap();
        Box::new(StripeProvider::new(config, transport, clock))
    }

    fn fixtures(&self) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/stripe")
    }

    fn mapping_rows(&self) -> Vec<&'static str> {
        mapping_rows()
    }

    fn facts(&self) -> Facts {
        Facts {
            session: "vs_1TidvKestrelAbc01",
            webhook: "webhook_verified",
            webhook_session: "vs_1TidvKestrelAbc01",
            unknown_event: "webhook_type_unlisted",
            other_product_event: "webhook_of_another_product",
            signed_time_tolerance_secs: Some(300),
            gives_existing: false,
            refused_field: "return_url",
            missing_part: Some("verified_outputs"),
            key: VendorKey::Header("idempotency-key"),
            marks: &[
                "Wietske",
                "Testra",
                "Harlingen",
                "SPECI2021",
                "wietske",
                "member-7f3a",
                "live_YWNjdF8xSW52ZW50ZWQsX1N5bnRoZXRpYw",
            ],
            secrets: &[CURRENT, PREVIOUS, "contractMarked"],
        }
    }

    fn ability_facts(&self) -> AbilityFacts {
        AbilityFacts {
            evidence_file: Some("file_1TidvKestrelFront"),
            webhook: Some("we_1TidvKestrel02"),
            ..AbilityFacts::default()
        }
    }

    fn intent(&self) -> StartSession {
        let mut intent = StartSession::new(
            "idv_01kafrg2v0e9wtz4q8m5n7r3xa".parse().unwrap(),
            SubjectRef::new("member-7f3a"),
            "intent-1",
            ManualClock::NOON,
        );
        let mut person = PersonRecord::default();
        let email = "wietske@example.org".to_owned();
        person.emails = vec![Sourced::present(email, Provenance::Claimed)];
        intent.person = Person::new(person);
        intent.return_url = Some("https://example.org/back?from=kyc".to_owned());
        intent.document_kinds = vec![DocumentKind::Passport, DocumentKind::DrivingLicence];
        intent
    }

    fn sign(&self, signer: Signer, body: &[u8], at: Timestamp) -> HeaderMap {
        let secret = match signer {
            Signer::Current => CURRENT,
            Signer::Previous => PREVIOUS,
            Signer::Stranger => "whsec_of_somebody_else",
        };
        let signature = sign(secret, body, at.as_unix_secs());
        let mut headers = HeaderMap::new();
        headers.insert("stripe-signature", signature.parse().unwrap());
        headers
    }

    fn creates(&self, request: &Request<Bytes>) -> bool {
        request.method() == http::Method::POST
            && request.uri().path() == "/v1/identity/verification_sessions"
    }

    fn errors(&self) -> Vec<ErrorCase> {
        let case = |status, words: &str, kind| ErrorCase {
            answer: Answer::new(status, format!(r#"{{"error":{{{words}}}}}"#)),
            kind,
        };
        let invalid = |field: Option<&str>| ErrorKind::InvalidInput {
            field: field.map(str::to_owned),
        };
        let slow = ErrorKind::RateLimited {
            retry_after_secs: None,
        };
        let rejected = |code: &str| ErrorKind::ProviderRejected {
            code: Some(code.to_owned()),
        };
        vec![
            case(
                400,
                r#""type":"invalid_request_error","param":"id""#,
                invalid(Some("id")),
            ),
            case(
                400,
                r#""type":"invalid_request_error","code":"resource_missing""#,
                invalid(None),
            ),
            case(400, r#""type":"idempotency_error""#, ErrorKind::Conflict),
            case(
                400,
                r#""code":"livemode_mismatch""#,
                ErrorKind::InvalidConfig,
            ),
            case(400, r#""code":"rate_limit""#, slow.clone()),
            case(400, "", invalid(None)),
            case(
                401,
                r#""code":"api_key_expired""#,
                ErrorKind::InvalidCredentials,
            ),
            case(
                402,
                r#""type":"card_error","code":"declined""#,
                rejected("declined"),
            ),
            case(
                403,
                r#""type":"invalid_request_error""#,
                ErrorKind::InvalidCredentials,
            ),
            case(404, r#""code":"resource_missing""#, ErrorKind::NotFound),
            case(
                409,
                r#""code":"idempotency_key_in_use""#,
                ErrorKind::Conflict,
            ),
            case(409, "", ErrorKind::Conflict),
            case(424, "", ErrorKind::Unavailable),
            case(429, r#""code":"rate_limit""#, slow),
            case(
                429,
                r#""type":"invalid_request_error","code":"lock_timeout""#,
                ErrorKind::Conflict,
            ),
            case(500, r#""type":"api_error""#, ErrorKind::Unavailable),
            case(504, "", ErrorKind::Unavailable),
        ]
    }
}

idv_testkit::provider_contract!(Stripe);
