//! What is known of the vendor's published description of its API: its OpenAPI file of version 2020-09-14.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use idv_core::spec::{AcceptedDifference, SpecObject, SpecValues, SpecWhat, VendorSpec};

use crate::map::tables::checks::{self, Check, Number};
use crate::map::tables::{
    DOCUMENT_KINDS, DOCUMENT_STATUS, SCREENING_STATUS, SELFIE_STATUS, SMS_STATUS, STEP_STATUS,
    STEPS, known,
};
use crate::provider::STRATEGIES;
use crate::wire::{self, Members};
use crate::{error, webhook};

/// What this provider knows of the vendor's description, from the tables and types that do the work.
#[must_use]
pub fn spec() -> VendorSpec {
    let mut spec = VendorSpec::default();
    spec.values = values();
    spec.objects = objects();
    spec.accepted = ACCEPTED.to_vec();
    spec
}

fn schema(path: &str) -> Cow<'static, str> {
    Cow::Owned(format!("/components/schemas/{path}"))
}

/// The schemas whose small checks stand in tables, and the tables.
fn tables() -> [(&'static str, &'static [Check], &'static [Number]); 5] {
    [
        ("DocumentAnalysis", checks::DOCUMENT, &[]),
        ("SelfieAnalysis", checks::SELFIE, &[]),
        ("KYCCheckDetails", checks::KYC, &[]),
        ("RiskCheckDetails", checks::RISK, checks::RISK_NUMBERS),
        ("IDVProtectEvent", &[], checks::PROTECT_NUMBERS),
    ]
}

/// Checks whose words the file does not list: two that only a later one has, and a flag.
const UNLISTED: &[&str] = &["/age_check/status", "/email/name", FLAG];
const FLAG: &str = "/aamva_verification/is_verified";

/// The place of a pointer below a schema. Items of a list are looked through.
fn place(schema_name: &str, pointer: &str) -> String {
    let mut place = format!("/components/schemas/{schema_name}");
    for segment in pointer.split('/').filter(|s| !s.is_empty() && *s != "*") {
        place.push_str("/properties/");
        place.push_str(segment);
    }
    place
}

fn values() -> Vec<SpecValues> {
    let mut values = vec![
        SpecValues::new(
            schema("IdentityVerificationStatus"),
            known::session_statuses(),
        ),
        SpecValues::new(
            schema("IdentityVerificationStepStatus"),
            known::words(&STEP_STATUS),
        ),
        SpecValues::new(schema("DocumentStatus"), known::words(&DOCUMENT_STATUS)),
        SpecValues::new(schema("SelfieStatus"), known::words(&SELFIE_STATUS)),
        SpecValues::new(schema("SMSVerificationStatus"), known::words(&SMS_STATUS)),
        SpecValues::new(
            schema("WatchlistScreeningStatus"),
            known::words(&SCREENING_STATUS),
        ),
        SpecValues::new(
            schema("PhysicalDocumentCategory"),
            DOCUMENT_KINDS.iter().map(|row| row.0),
        ),
        SpecValues::new(schema("Strategy"), STRATEGIES.iter().map(|row| row.1)),
        SpecValues::new(
            schema("WebhookEnvironmentValues"),
            webhook::ENVIRONMENTS.iter().map(|row| row.0),
        ),
    ];
    for (schema_name, checks, _) in tables() {
        for check in checks
            .iter()
            .filter(|check| !UNLISTED.contains(&check.pointer))
        {
            let words = check.words.iter().map(|word| word.raw);
            values.push(SpecValues::new(place(schema_name, check.pointer), words));
        }
    }
    let mut types = SpecValues::new(schema("PlaidErrorType"), error::types());
    types.what = SpecWhat::ErrorCode;
    values.push(types);
    values
}

fn objects() -> Vec<SpecObject> {
    let mut objects = vec![
        of::<wire::Attempt<'_>>("IdentityVerification"),
        of::<wire::Template<'_>>("IdentityVerificationTemplateReference"),
        of::<wire::User<'_>>("IdentityVerificationUserData"),
        of::<wire::IdNumber<'_>>("UserIDNumber"),
        of::<wire::DocumentaryVerification<'_>>("DocumentaryVerification"),
        of::<wire::Document<'_>>("DocumentaryVerificationDocument"),
        of::<wire::Images<'_>>("PhysicalDocumentImages"),
        of::<wire::ExtractedData<'_>>("PhysicalDocumentExtractedData"),
        of::<wire::SelfieCheck<'_>>("SelfieCheck"),
        of::<wire::Selfie<'_>>("SelfieCheckSelfie"),
        of::<wire::Capture<'_>>("SelfieCapture"),
        of::<wire::VerifySms<'_>>("VerifySMSDetails"),
        of::<wire::SmsVerification<'_>>("SMSVerification"),
        of::<wire::AuditTrail<'_>>("WatchlistScreeningAuditTrail"),
        of::<wire::Screening<'_>>("WatchlistScreeningIndividualGetResponse"),
        of::<wire::ErrorBody<'_>>("PlaidError"),
        of::<wire::List<'_>>("IdentityVerificationListResponse"),
        of::<wire::LinkToken<'_>>("LinkTokenCreateResponse"),
        of::<wire::Key<'_>>("JWKPublicKey"),
        SpecObject::new(
            schema("IdentityVerificationStepSummary"),
            STEPS.iter().map(|row| row.name),
        ),
    ];
    let mut webhooks = of::<wire::Webhook<'_>>("IdentityVerificationStatusUpdatedWebhook");
    webhooks.also = vec![
        schema("IdentityVerificationStepUpdatedWebhook"),
        schema("IdentityVerificationRetriedWebhook"),
    ];
    objects.push(webhooks);
    for (schema_name, checks, numbers) in tables() {
        let pointers = checks.iter().map(|check| check.pointer);
        let pointers = pointers.chain(numbers.iter().map(|number| number.pointer));
        objects.extend(along(schema_name, pointers));
    }
    objects
}

/// The objects on the way to each pointer, with the members that lead on.
fn along(
    schema_name: &'static str,
    pointers: impl Iterator<Item = &'static str>,
) -> Vec<SpecObject> {
    let mut members: BTreeMap<String, BTreeSet<&'static str>> = BTreeMap::new();
    for pointer in pointers.filter(|pointer| *pointer == FLAG || !UNLISTED.contains(pointer)) {
        let mut at = String::new();
        for segment in pointer.split('/').filter(|s| !s.is_empty() && *s != "*") {
            members.entry(at.clone()).or_default().insert(segment);
            at.push('/');
            at.push_str(segment);
        }
    }
    let object = |(at, read): (String, BTreeSet<&'static str>)| {
        SpecObject::new(place(schema_name, &at), read)
    };
    members.into_iter().map(object).collect()
}

fn of<'t, T: Members<'t>>(name: &str) -> SpecObject {
    SpecObject::new(schema(name), T::NAMES.iter().copied())
}

static ACCEPTED: &[AcceptedDifference] = idv_core::accepted_differences! {
    "/components/schemas/IDVProtectEvent": "event_id" "fraud_attributes" "timestamp"
        => "about a moment of another product; its scores are read";
    "/components/schemas/IDVProtectEvent/properties/trust_index": "model"
        => "the name of a model, whose score is read";
    "/components/schemas/IdentityVerification": "completed_at"
        => "it neither moves with a later change nor decides anything";
    "/components/schemas/IdentityVerificationListResponse": "request_id"
        => "read from every answer alike, as the vendor's id of the call";
    "/components/schemas/JWKPublicKey": "created_at" "expired_at"
        => "read apart: whether a key has expired is decided where keys are kept";
    "/components/schemas/KYCCheckDetails": "status"
        => "the same word stands among the steps, and is read there";
    "/components/schemas/KYCCheckDetails/properties/address": "city" "international_details" "postal_code" "region" "street"
        => "the summary says what they come to, and is read";
    "/components/schemas/KYCCheckDetails/properties/date_of_birth": "day" "month" "year"
        => "the summary says what they come to, and is read";
    "/components/schemas/KYCCheckDetails/properties/name": "family_name" "given_name"
        => "the summary says what they come to, and is read";
    "/components/schemas/LinkTokenCreateResponse": "request_id"
        => "read from every answer alike, as the vendor's id of the call";
    "/components/schemas/LinkTokenCreateResponse": "user_id"
        => "the vendor's id of a person, who is known by the application's own";
    "/components/schemas/PlaidError": "causes" "display_message" "documentation_url" "error_code_reason" "error_message" "suggested_action"
        => "for people: texts of an error quote inputs, so none is kept";
    "/components/schemas/PlaidError": "provided_account_subtypes" "required_account_subtypes"
        => "of other products";
    "/components/schemas/PlaidError": "status"
        => "the status of the answer itself counts";
    "/components/schemas/PlaidErrorType": "ASSET_REPORT_ERROR" "BANK_TRANSFER_ERROR" "BASE_REPORT_ERROR" "CHECK_REPORT_ERROR" "CONSUMER_REPORT_ERROR" "INCOME_VERIFICATION_ERROR" "INSTITUTION_ERROR" "ITEM_ERROR" "MICRODEPOSITS_ERROR" "OAUTH_ERROR" "PARTNER_ERROR" "PAYMENT_ERROR" "RECAPTCHA_ERROR" "SIGNAL_ERROR" "TRANSACTIONS_ERROR" "TRANSACTION_ERROR" "TRANSFER_ERROR"
        => "of other products";
    "/components/schemas/PlaidErrorType": "IDEMPOTENCY_ERROR"
        => "only in the vendor's own libraries of August 2026";
    "/components/schemas/RiskCheckDetails": "status"
        => "the same word stands among the steps, and is read there";
    "/components/schemas/RiskCheckDetails/properties/devices": "factors" "ip_spam_list_count" "ip_timezone_offset"
        => "signals behind the risk level, which is read";
    "/components/schemas/RiskCheckDetails/properties/email": "breach_count" "domain_registered_at" "factors" "first_breached_at" "last_breached_at" "linked_services"
        => "signals behind the risk level, which is read; some of them are about the person's life elsewhere";
    "/components/schemas/RiskCheckDetails/properties/facial_duplicates": "id" "matched_after_completed"
        => "the id is another person's session: that there is one, and how alike, is read";
    "/components/schemas/RiskCheckDetails/properties/identity_abuse_signals/properties/synthetic_identity": "first_party_synthetic_fraud" "third_party_synthetic_fraud"
        => "the kinds of one signal, whose score and level are read";
    "/components/schemas/RiskCheckDetails/properties/network": "factors"
        => "signals behind the risk level, which is read";
    "/components/schemas/RiskCheckDetails/properties/phone": "factors" "linked_services"
        => "signals behind the risk level, which is read; some of them are about the person's life elsewhere";
    "/components/schemas/SMSVerification": "delivery_attempt_count" "last_sent_at" "solve_attempt_count"
        => "how often a code was sent and typed in; whether it was right is the status";
    "/components/schemas/SelfieAnalysis": "facial_analysis"
        => "what the liveness check saw; what came of it is read";
    "/components/schemas/WatchlistScreeningAuditTrail": "dashboard_user_id"
        => "the vendor's id of a member of our own staff: that a person decided is read";
    "/components/schemas/WatchlistScreeningIndividualGetResponse": "assignee" "request_id"
        => "about who looks at it, and about the call";
    "/components/schemas/WatchlistScreeningIndividualGetResponse": "search_terms"
        => "what was searched for is the person, who is known from the session";
    "/components/schemas/WebhookEnvironmentValues": "development"
        => "an environment that is no more: what was recorded in it is still read";
};
