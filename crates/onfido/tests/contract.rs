//! The exam that every provider takes.
#![cfg(test)]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Request};
use idv_core::webhook::{KeyLabel, SigningKey};
use idv_core::{
    Address, Clock, Country, ErrorKind, IdProvider, Name, PartialDate, Person, PersonRecord,
    Provenance, ReasonCode, Secret, Sourced, StartSession, SubjectRef, Timestamp, Transport,
};
use idv_onfido::{Consent, OnfidoConfig, OnfidoProvider, mapping_rows};
use idv_testkit::ManualClock;
use idv_testkit::contract::{AbilityFacts, ContractSubject, ErrorCase, Facts, Signer, VendorKey};
use idv_testkit::replay::Answer;

const CURRENT: &str = "current_marked_Zu5XbqTn8KcRy2Lw";
const PREVIOUS: &str = "previous_marked_4HsJd0GfPo7VeAm";
const RUN: &str = "0b6f2c1e-4a7d-4e0b-9c55-1f2e3d4c5b6a";

struct Onfido;

fn claimed<T>(value: T) -> Vec<Sourced<T>> {
    vec![Sourced::present(value, Provenance::Claimed)]
}

impl ContractSubject for Onfido {
    fn provider(
        &self,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
    ) -> Box<dyn IdProvider> {
        let mut config = OnfidoConfig {
            api_key: Some(Secret::from("api_sandbox.contractMarked")),
            ..OnfidoConfig::default()
        };
        let options = &mut config.options;
        options.workflow_id = Some("c1a2b3d4-0000-4111-8222-933344455566".to_owned());
        options.tags = vec!["web".to_owned()];
        options.link_language = Some("nl_NL".to_owned());
        options.consents = vec![Consent::PrivacyNoticesRead];
        options.reasons = [("expired document".to_owned(), ReasonCode::DocumentExpired)].into();
        for (label, secret) in [("current", CURRENT), ("previous", PREVIOUS)] {
            let key = SigningKey::new(KeyLabel::new(label), Secret::from(secret)).unwrap();
            config.webhook_secrets.push(key);
        }
        config.check().unwrap();
        Box::new(OnfidoProvider::new(config, transport, clock))
    }

    fn fixtures(&self) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/onfido")
    }

    fn mapping_rows(&self) -> Vec<&'static str> {
        mapping_rows()
    }

    fn facts(&self) -> Facts {
        Facts {
            session: RUN,
            webhook: "webhook_run_approved",
            webhook_session: RUN,
            unknown_event: "webhook_type_unlisted",
            other_product_event: "webhook_check_completed",
            signed_time_tolerance_secs: None,
            gives_existing: false,
            refused_field: "link",
            missing_part: Some("tasks"),
            key: VendorKey::None,
            marks: &[
                "Sjoukje",
                "Voorbeeld",
                "Franeker",
                "8801 AA",
                "SPECI2022",
                "sjoukje",
                "+31201234567",
                "1988-02-29",
                "member-4c1d",
                "https://eu.onfido.app/l/",
                "bm90LWEtc2lnbmF0dXJlLWZvdXdrZQ",
            ],
            secrets: &[CURRENT, PREVIOUS, "contractMarked"],
        }
    }

    fn ability_facts(&self) -> AbilityFacts {
        AbilityFacts {
            evidence_file: Some("document:bbbbbbbb-0000-4000-8000-000000000001"),
            evidence_not_ready: Some("signed_evidence_file"),
            task: Some("profile_1eb92"),
            retry_step: None,
            webhook: Some("aaaaaaaa-0000-4000-8000-000000000002"),
        }
    }

    fn intent(&self) -> StartSession {
        let mut intent = StartSession::new(
            "idv_01kafrg2v0e9wtz4q8m5n7r3xa".parse().unwrap(),
            SubjectRef::new("member-4c1d"),
            "intent-1",
            ManualClock::NOON,
        );
        let mut name = Name::default();
        name.given_name = Some("Sjoukje".to_owned());
        name.family_name = Some("Voorbeeld".to_owned());
        let mut address = Address::default();
        address.lines = vec!["Dijkstraat 12".to_owned()];
        address.city = Some("Franeker".to_owned());
        address.postal_code = Some("8801 AA".to_owned());
        address.country = Some(Country::from_code("NL"));
        let mut person = PersonRecord::default();
        person.names = claimed(name);
        person.emails = claimed("sjoukje@example.org".to_owned());
        person.phones = claimed("+31201234567".to_owned());
        person.birthdates = claimed(PartialDate::new(1988, Some(2), Some(29)));
        person.addresses = claimed(address);
        intent.person = Person::new(person);
        intent.return_url = Some("https://example.org/back".to_owned());
        intent
    }

    fn sign(&self, signer: Signer, body: &[u8], _at: Timestamp) -> HeaderMap {
        use hmac::{Hmac, KeyInit as _, Mac as _};
        let token = match signer {
            Signer::Current => CURRENT,
            Signer::Previous => PREVIOUS,
            Signer::Stranger => "token_of_somebody_else",
        };
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(token.as_bytes()).unwrap();
        mac.update(body);
        let digest = mac.finalize().into_bytes();
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut headers = HeaderMap::new();
        headers.insert("x-sha2-signature", hex.parse().unwrap());
        headers
    }

    /// An applicant is no session: nobody is asked for anything until there is a run.
    fn creates(&self, request: &Request<Bytes>) -> bool {
        request.method() == http::Method::POST && request.uri().path() == "/v3.6/workflow_runs"
    }

    fn errors(&self) -> Vec<ErrorCase> {
        let case = |status, body: &str, kind| ErrorCase {
            answer: Answer::new(status, body.to_owned()),
            kind,
        };
        let typed =
            |status, words: &str, kind| case(status, &format!(r#"{{"error":{{{words}}}}}"#), kind);
        let invalid = |field: Option<&str>| ErrorKind::InvalidInput {
            field: field.map(str::to_owned),
        };
        let rejected = |code: Option<&str>| ErrorKind::ProviderRejected {
            code: code.map(str::to_owned),
        };
        let slow = ErrorKind::RateLimited {
            retry_after_secs: None,
        };
        vec![
            typed(400, r#""type":"bad_request""#, invalid(None)),
            case(400, r#"{"unexpected":"format"}"#, invalid(None)),
            // With which status a token of another region is refused is not known.
            typed(
                400,
                r#""type":"incorrect_base_url""#,
                ErrorKind::InvalidConfig,
            ),
            typed(
                401,
                r#""type":"incorrect_base_url""#,
                ErrorKind::InvalidConfig,
            ),
            typed(
                403,
                r#""type":"incorrect_base_url""#,
                ErrorKind::InvalidConfig,
            ),
            typed(
                401,
                r#""type":"authorization_error""#,
                ErrorKind::InvalidCredentials,
            ),
            case(401, "Token has expired", ErrorKind::InvalidCredentials),
            typed(
                402,
                r#""type":"missing_billing_info""#,
                ErrorKind::InvalidConfig,
            ),
            typed(
                403,
                r#""type":"ACCESS_DENIED""#,
                ErrorKind::InvalidCredentials,
            ),
            typed(404, r#""type":"resource_not_found""#, ErrorKind::NotFound),
            typed(410, r#""type":"gone""#, ErrorKind::NotFound),
            case(410, "", ErrorKind::NotFound),
            case(409, "", ErrorKind::Conflict),
            typed(
                422,
                r#""type":"validation_error","fields":{"email":["is invalid"]}"#,
                invalid(Some("email")),
            ),
            typed(
                422,
                r#""type":"validation_error","fields":{"email":{"messages":["is invalid"]}}"#,
                invalid(Some("email")),
            ),
            typed(
                422,
                r#""type":"validation_error","fields":"is not scheduled for deletion""#,
                invalid(None),
            ),
            typed(
                422,
                r#""type":"validation_error","fields":{"workflow_id":["is unknown"]}"#,
                ErrorKind::InvalidConfig,
            ),
            typed(
                422,
                r#""type":"trial_limits_reached""#,
                rejected(Some("trial_limits_reached")),
            ),
            // A missing object that an input names is an input to be corrected.
            typed(422, r#""type":"resource_not_found""#, invalid(None)),
            typed(422, r#""type":"incomplete_checks""#, ErrorKind::Conflict),
            case(418, "", rejected(None)),
            typed(418, r#""type":"full_moon""#, rejected(Some("full_moon"))),
            typed(429, r#""type":"rate_limit""#, slow),
            typed(
                500,
                r#""type":"internal_server_error""#,
                ErrorKind::Unavailable,
            ),
            case(504, "", ErrorKind::Unavailable),
            case(
                200,
                r#"{"id":"another-run","status":"approved"}"#,
                ErrorKind::BadResponse,
            ),
        ]
    }
}

idv_testkit::provider_contract!(Onfido);
