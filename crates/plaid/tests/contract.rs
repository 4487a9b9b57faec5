//! The exam that every provider takes.
#![cfg(test)]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Request};
use idv_core::{
    Clock, ErrorKind, IdProvider, Secret, StartSession, StepKind, Timestamp, Transport,
};
use idv_plaid::{PlaidConfig, PlaidProvider, mapping_rows};
use idv_testkit::contract::{
    AbilityFacts, ContractSubject, ErrorCase, Facts, Lack, Signer, VendorKey,
};
use idv_testkit::replay::Answer;
use serde_json::Value;

mod person;
mod signer;
use signer::TestKey;

struct Plaid;

impl Plaid {
    /// A key as the recording of the key endpoint shows it.
    fn recorded_key(&self, index: usize) -> TestKey {
        let bytes = std::fs::read(self.fixtures().join("exchanges/verify.json")).unwrap();
        let file: Value = idv_core::json::decode(&bytes).unwrap();
        TestKey::of(&file["exchanges"][index]["response"]["body"]["key"])
    }
}

impl ContractSubject for Plaid {
    fn provider(
        &self,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
    ) -> Box<dyn IdProvider> {
        let mut config = PlaidConfig {
            api_key: Some(Secret::from("secret-contractMarked")),
            ..PlaidConfig::default()
        };
        config.options.client_id = Some("client-0417".to_owned());
        config.options.template_id = Some("idvtmp_Marigold0001".to_owned());
        config.options.gave_consent = true;
        config.check().unwrap();
        Box::new(PlaidProvider::new(config, transport, clock))
    }

    fn fixtures(&self) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/plaid")
    }

    fn mapping_rows(&self) -> Vec<&'static str> {
        mapping_rows()
    }

    fn facts(&self) -> Facts {
        Facts {
            session: "idv_Marigold0001",
            webhook: "webhook_status_updated",
            webhook_session: "idv_Marigold0001",
            unknown_event: "webhook_unknown_type",
            other_product_event: "webhook_screening",
            signed_time_tolerance_secs: Some(300),
            gives_existing: true,
            refused_field: "user",
            missing_part: Some("screening"),
            key: VendorKey::Flag("/is_idempotent"),
            marks: &[
                "Zephyrine",
                "zephyrine",
                "Quillmark",
                "Marigold Row",
                "Testerton",
                "219099999",
                "Q7700142",
                "+15555550142",
                "subject-0417",
                "linkmark",
            ],
            secrets: &["contractMarked"],
        }
    }

    fn ability_facts(&self) -> AbilityFacts {
        AbilityFacts {
            evidence_file: Some("documents/1/original_front"),
            retry_step: Some(StepKind::Document),
            ..AbilityFacts::default()
        }
    }

    fn intent(&self) -> StartSession {
        person::intent()
    }

    fn sign(&self, signer: Signer, body: &[u8], at: Timestamp) -> HeaderMap {
        let current = self.recorded_key(0);
        let token = match signer {
            Signer::Current => current.sign(body, at.as_unix_secs()),
            Signer::Previous => self.recorded_key(1).sign(body, at.as_unix_secs()),
            // A key of their own, under an id we know.
            Signer::Stranger => TestKey::new(current.id()).sign(body, at.as_unix_secs()),
        };
        let mut headers = HeaderMap::new();
        headers.insert("plaid-verification", token.parse().unwrap());
        headers
    }

    fn creates(&self, request: &Request<Bytes>) -> bool {
        matches!(
            request.uri().path(),
            "/identity_verification/create" | "/identity_verification/retry"
        )
    }

    fn lacks(&self) -> &'static [Lack] {
        &[Lack::RequestIdSlot, Lack::DeliveryId]
    }

    fn errors(&self) -> Vec<ErrorCase> {
        let case = |status, error_type: &str, code: &str, kind| ErrorCase {
            answer: Answer::new(
                status,
                format!(
                    r#"{{"error_type":"{error_type}","error_code":"{code}","error_message":"Zephyrine","display_message":null,"request_id":"r"}}"#
                ),
            ),
            kind,
        };
        let invalid = |field: Option<&str>| ErrorKind::InvalidInput {
            field: field.map(str::to_owned),
        };
        let rejected = |code: &str| ErrorKind::ProviderRejected {
            code: Some(code.to_owned()),
        };
        let slow = ErrorKind::RateLimited {
            retry_after_secs: None,
        };
        let (request, input) = ("INVALID_REQUEST", "INVALID_INPUT");
        vec![
            case(400, request, "MISSING_FIELDS", invalid(None)),
            // The request holds the id and nothing else.
            case(400, request, "INVALID_FIELD", ErrorKind::NotFound),
            case(404, request, "NOT_FOUND", ErrorKind::NotFound),
            case(400, request, "SANDBOX_ONLY", ErrorKind::InvalidConfig),
            // Wrong credentials come with 400, malformed data with 403: the words count.
            case(
                400,
                input,
                "INVALID_API_KEYS",
                ErrorKind::InvalidCredentials,
            ),
            case(400, input, "INVALID_PRODUCT", ErrorKind::InvalidCredentials),
            case(
                403,
                "USER_ERROR",
                "INVALID_USER_IDENTITY_DATA",
                invalid(Some("user")),
            ),
            case(
                400,
                "USER_ERROR",
                "USER_NOT_FOUND",
                invalid(Some("user_id")),
            ),
            case(429, "RATE_LIMIT_EXCEEDED", "RATE_LIMIT", slow.clone()),
            case(400, "RATE_LIMIT_EXCEEDED", "A_NEW_LIMIT", slow),
            case(
                429,
                "RATE_LIMIT_EXCEEDED",
                "CREDITS_EXHAUSTED",
                rejected("CREDITS_EXHAUSTED"),
            ),
            case(
                500,
                "API_ERROR",
                "INTERNAL_SERVER_ERROR",
                ErrorKind::Unavailable,
            ),
            case(
                503,
                "API_ERROR",
                "PLANNED_MAINTENANCE",
                ErrorKind::Unavailable,
            ),
            case(500, "A_NEW_TYPE", "A_NEW_CODE", ErrorKind::Unavailable),
            case(400, "A_NEW_TYPE", "A_NEW_CODE", rejected("A_NEW_CODE")),
            case(409, "A_NEW_TYPE", "A_NEW_CODE", ErrorKind::Conflict),
            // An answer that is a success holds a session or nothing.
            case(200, request, "INVALID_FIELD", ErrorKind::BadResponse),
        ]
    }
}

idv_testkit::provider_contract!(Plaid);
