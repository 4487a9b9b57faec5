//! The words on the wire are a promise to every application and every stored row: they never change, and whatever
//! is written reads back as what it was.
#![cfg(test)]

use idv_core::webhook::{DeduplicationKey, Receipt, Strength};
use idv_core::{
    Actor, Attempt, Attention, Category, Country, DataState, DecisionSource, DocumentKind,
    ErrorKind, EvidenceRole, Finding, Kind, Mapped, Origin, ProviderId, Raw, ReasonCode, RequestId,
    RequestState, RestartTrigger, Retryable, ReviewOwner, Score, SessionId, Severity, Sex, Status,
    StatusSummary, Step, StepKind, StepRole, StepStatus, Template, Timestamp, UnknownValue,
    VendorReference, json,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

fn written<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap()
}

fn read<T: DeserializeOwned>(text: &str) -> T {
    json::decode(text.as_bytes()).unwrap()
}

/// Each listed value in its order, an unlisted one, and one that looks like a listed one.
macro_rules! words {
    ($($name:ident: $words:literal;)+) => { $(
        let words: Vec<_> = $name::KNOWN.iter().map(|value| value.as_word().into_owned()).collect();
        assert_eq!(words.join(" "), $words, "the words of {}", stringify!($name));
        for value in $name::KNOWN {
            assert_eq!(written(value), format!("{:?}", value.as_word()));
            assert_eq!(&read::<$name>(&written(value)), value);
            let disguised = $name::Unknown(value.as_word().into_owned());
            assert_eq!(read::<$name>(&written(&disguised)), disguised, "a raw word never turns into one of ours");
        }
        let unlisted: $name = read("\"brand-new \\u00e9\"");
        assert_eq!(unlisted, $name::Unknown("brand-new é".into()));
        assert_eq!(read::<$name>(&written(&unlisted)), unlisted);
    )+ };
}

#[test]
fn the_words_never_change_and_unlisted_ones_survive() {
    words! {
        Status: "created awaiting_user awaiting_client processing in_review retry_required passed failed expired abandoned cancelled errored";
        DecisionSource: "automated vendor_reviewer client_reviewer policy bypass";
        ReviewOwner: "vendor client";
        DataState: "present redaction_pending redacted";
        StepKind: "consent profile document selfie face_match liveness database id_number phone email address watchlist risk device duplicate knowledge signature video_call";
        StepStatus: "pending active processing in_review done passed flagged failed skipped not_applicable expired cancelled errored";
        Category: "document face data contact eligibility screening risk process";
        DocumentKind: "passport id_card driving_licence residence_permit visa voter_id work_permit utility_bill bank_statement tax_document";
        EvidenceRole: "document_front document_back document_face selfie selfie_video report timeline other";
        Sex: "female male unspecified";
        Kind: "webhook session report error list other";
        Attention: "unknown_value conflict late_pass changed_after_override session_missing";
        RestartTrigger: "manual policy";
    }
}

#[test]
fn the_reason_codes_never_change_and_unlisted_ones_survive() {
    let words: Vec<_> = ReasonCode::KNOWN
        .iter()
        .map(|code| code.as_word().into_owned())
        .collect();
    assert_eq!(
        words.join(" "),
        "document_missing document_expired document_type_not_supported document_type_not_allowed \
         document_country_not_supported document_image_quality document_obscured document_incomplete document_damaged \
         document_not_original document_inconsistent document_tampered document_compromised document_unverified \
         document_face_missing insufficient_document_data face_mismatch face_not_detected selfie_quality liveness_failed \
         selfie_manipulated selfie_unverified name_mismatch birth_date_mismatch address_mismatch id_number_mismatch \
         id_number_unverified contact_mismatch data_not_found insufficient_input phone_unverified phone_declined \
         email_unverified email_declined underage country_not_allowed watchlist_hit blocklisted suspected_fraud \
         duplicate_identity synthetic_identity stolen_identity high_risk_device consent_declined user_abandoned \
         device_not_supported attempts_exhausted validity_lapsed provider_error"
    );
    for code in ReasonCode::KNOWN {
        assert_eq!(&read::<ReasonCode>(&written(code)), code);
    }
    let unlisted: ReasonCode = read("\"too_shiny\"");
    assert_eq!(unlisted, ReasonCode::Unclassified("too_shiny".into()));
    assert_eq!(written(&unlisted), "\"unclassified:too_shiny\"");
    assert_eq!(read::<ReasonCode>(&written(&unlisted)), unlisted);
}

fn full() -> Mapped {
    let mut finding = Finding::new(
        ReasonCode::FaceMismatch,
        Retryable::Yes,
        Raw {
            pointer: "/last_error/code".into(),
            value: "face_differs".into(),
        },
    )
    .about(StepKind::Selfie);
    finding.severity = Severity::Low;
    let mut step = Step::new(
        StepKind::Unknown("mood".into()),
        StepRole::Check,
        StepStatus::Flagged,
    );
    step.source = Some(DecisionSource::VendorReviewer);
    step.vendor_name = Some("mood_check".into());
    step.findings = vec![finding.clone()];
    step.scores = vec![Score {
        name: "mood".into(),
        value: 0.5,
        scale: "0..1".into(),
    }];
    let mut attempt = Attempt::new(StepStatus::Failed);
    attempt.vendor_id = Some("try_1".into());
    attempt.at = Some(Timestamp::from_unix_micros(1_795_200_180_000_001));
    step.attempts = vec![attempt];

    let mut mapped = Mapped::new(ProviderId::new("vendor"), Kind::Session, 3);
    mapped.session_id = Some(SessionId::new("s_1"));
    mapped.status = Some(Status::Unknown("passed".into()));
    mapped.source = Some(DecisionSource::Automated);
    mapped.review_owner = Some(ReviewOwner::Client);
    mapped.data_state = Some(DataState::RedactionPending);
    mapped.subject_started = true;
    mapped.steps = vec![step];
    mapped.findings = vec![finding];
    mapped.error_kind = Some(ErrorKind::RateLimited {
        retry_after_secs: Some(7),
    });
    mapped.live = Some(false);
    mapped.created_at = Some(Timestamp::from_unix_secs(1_795_200_180));
    mapped.updated_at = mapped.created_at;
    mapped.attempt_id = Some("try_1".into());
    mapped.template = Some(Template {
        id: "t".into(),
        version: Some("2".into()),
    });
    mapped.options.insert("asked".into(), true.into());
    mapped.references = vec![VendorReference {
        name: "beacon".into(),
        value: "b".into(),
    }];
    mapped.request_id = Some(RequestId::new(Timestamp::from_unix_secs(1_795_200_180)));
    mapped.unknown = vec![UnknownValue {
        pointer: "/status".into(),
        value: "passed".into(),
    }];
    let origin = Origin {
        part: "session".into(),
        pointer: "/status".into(),
        rule: "status.passed".into(),
        mapping_version: 3,
    };
    mapped.origins.insert("/status".into(), origin);
    mapped.items = vec![Mapped::new(ProviderId::new("vendor"), Kind::Other, 3)];
    mapped
}

#[test]
fn a_mapped_object_reads_back_as_what_it_was() {
    let mapped = full();
    assert_eq!(read::<Mapped>(&written(&mapped)), mapped);
    let empty = Mapped::new(ProviderId::new("vendor"), Kind::Error, 1);
    assert_eq!(read::<Mapped>(&written(&empty)), empty);
}

#[test]
fn a_mapped_object_of_an_older_build_with_fewer_fields_still_reads() {
    let read: Mapped =
        read(r#"{"provider":"vendor","kind":"session","mapping_version":1,"from_the_future":1}"#);
    assert_eq!(
        read,
        Mapped::new(ProviderId::new("vendor"), Kind::Session, 1)
    );
}

#[test]
fn a_request_state_reads_back_as_what_it_was() {
    let mut state = RequestState::created();
    state.status = Status::InReview;
    state.review_owner = Some(ReviewOwner::Unknown("auditor".into()));
    state.attention = vec![Attention::Conflict, Attention::Unknown("new".into())];
    state.findings = full().findings;
    state.steps = full().steps;
    assert_eq!(read::<RequestState>(&written(&state)), state);
}

#[test]
fn a_receipt_reads_back_as_what_it_was() {
    for strength in [
        Strength::Signed {
            replay_window_secs: Some(300),
        },
        Strength::Signed {
            replay_window_secs: None,
        },
        Strength::SharedSecret,
        Strength::NetworkOnly,
    ] {
        let receipt = Receipt {
            scheme: "hmac-sha256".into(),
            key: "webhook_secrets[0]".into(),
            signed_at: Some(Timestamp::from_unix_secs(1)),
            deduplication_key: DeduplicationKey::event_id("evt_1"),
            strength,
            received_at: Timestamp::from_unix_secs(2),
        };
        assert_eq!(read::<Receipt>(&written(&receipt)), receipt);
    }
}

#[test]
fn the_small_types_read_back_as_what_they_were() {
    for kind in [
        ErrorKind::InvalidCredentials,
        ErrorKind::InvalidInput {
            field: Some("email".into()),
        },
        ErrorKind::Unsupported {
            capability: "cancel".into(),
        },
        ErrorKind::ProviderRejected { code: None },
        ErrorKind::BadResponse,
    ] {
        assert_eq!(read::<ErrorKind>(&written(&kind)), kind);
    }
    for actor in [
        Actor::System,
        Actor::ApiKey("app".into()),
        Actor::Staff("7".into()),
    ] {
        assert_eq!(read::<Actor>(&written(&actor)), actor);
    }
    for summary in ["created", "started", "passed", "failed", "cancelled"] {
        assert_eq!(
            read::<StatusSummary>(&format!("{summary:?}")).as_word(),
            summary
        );
    }
    assert_eq!(read::<Country>("\"DEU\"").as_str(), "DE");
    assert_eq!(
        written(&Timestamp::from_unix_micros(1_500_000)),
        "\"1970-01-01T00:00:01.5Z\""
    );
}
