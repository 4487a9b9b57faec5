//! Stripe Identity: sessions, reports, files, links, events, endpoints.

use http::Method;

use crate::class::{Class, PersonKind as P, SecretKind};
use crate::table::{Files, Header, Signing, Table};

/// The words of its enumerations, from its published description, and what the types of its events are made of.
const VOCABULARY: &str = "\
    abandoned account account_requirement additional_verification address address_mismatch amount api_error \
    api_key_expired application authorized back balance br_cpf business_icon business_logo canceled capability \
    captured card_error charge checkout closed collected_data completed consent_declined core country_not_supported \
    coupon created csv customer customer_signature deauthorized deleted device_not_supported disabled discount \
    dispute dispute_evidence doc document document_expired document_provider_identity_document \
    document_type_not_allowed document_type_not_supported document_unverified_other docx driving_license \
    email_invalid email_unverified_other email_verification_declined enabled event expired external failed female \
    file file_link finalized finance_report_run financial_account_statement front gif heic high high_res_image \
    id_card id_document id_number id_number_insufficient_document_data id_number_mismatch id_number_unverified_other \
    idempotency_error idempotency_key_in_use identity identity.verification_report identity.verification_session \
    identity_document identity_document_downloadable image invalid_request_error invoice issuing_regulatory_reporting \
    jpg json link list livemode_mismatch lock lock_timeout male mandate metadata mp4 none now paid \
    parameter_invalid_empty parameter_invalid_integer parameter_invalid_string_blank parameter_invalid_string_empty \
    parameter_missing parameter_unknown passport payout pci_document pdf pending person phone_unverified_other \
    phone_verification_declined plan platform_terms_of_service png price processing product promotion_code quote rate \
    rate_limit redacted refund request requires_input reserved resource_missing reversed review secret_key_required \
    selfie selfie_document_missing_photo selfie_face_mismatch selfie_manipulated selfie_unverified_other sent session \
    sg_nric sigma_scheduled_query similar snapshot source subscription succeeded svg tax_document_user_upload \
    terminal_android_apk terminal_reader_splashscreen terminal_wifi_certificate terminal_wifi_private_key thin topup \
    transfer under_supported_age unknown unverified upcoming updated url_invalid us_ssn v1 v2 validated \
    verification_flow verified voided webhook_endpoint xls xlsx";

pub(super) const TABLE: Table = Table {
    members: &[
        (
            Class::Keep,
            "\
            allowed_types code connect create deleted delivery_success disabled enabled_events error/type expand \
            expired has_more id_number_type livemode matching/dob matching/name object options/document \
            options/id_number param purpose reason/type require_id_number require_live_capture \
            require_matching_selfie require_verification sex status type types",
        ),
        (
            Class::Number,
            "\
            limit pending_webhooks size",
        ),
        (
            Class::Time,
            "\
            created expires_at gt gte lt lte",
        ),
        (
            Class::Code,
            "\
            country issuing_country",
        ),
        (
            Class::Version,
            "\
            api_version",
        ),
        (
            Class::Id,
            "\
            account application context ending_before file files id last_verification_report person \
            related_customer related_customer_account request selfie/document selfie/selfie snapshot_event \
            starting_after verification_flow verification_session",
        ),
        (Class::Reference, "client_reference_id idempotency_key"),
        (Class::Secret(SecretKind::Token), "client_secret"),
        (Class::Secret(SecretKind::Webhook), "secret"),
        (Class::Url, "doc_url request_log_url return_url url"),
        (Class::Person(P::Name), "first_name last_name"),
        (Class::Person(P::BirthPart), "dob/day dob/month dob/year"),
        (
            Class::Person(P::DayPart),
            "\
            expiration_date/day expiration_date/month expiration_date/year issued_date/day issued_date/month \
            issued_date/year",
        ),
        (Class::Person(P::Email), "email"),
        (Class::Person(P::Phone), "phone"),
        (Class::Person(P::Street), "line1 line2"),
        (Class::Person(P::City), "city unparsed_place_of_birth"),
        (Class::Person(P::Region), "state"),
        (Class::Person(P::Postcode), "postal_code zip"),
        (Class::Person(P::DocumentNumber), "number"),
        (Class::Person(P::IdNumber), "id_number"),
        (Class::Person(P::FileName), "filename"),
        (
            Class::Person(P::Text),
            "description error/message reason title unparsed_sex",
        ),
    ],
    within: &[("metadata", Class::Reference)],
    open: "",
    holders: "\
            address changes data idv_intent idv_request_id document error last_error links metadata options previous_attributes \
            provided_details redaction related_object related_person selfie verified_outputs file_link_data",
    vocabulary: VOCABULARY,
    words: "document driving_license id_card passport processing requires_input test user verified unverified",
    paths: "\
            /v1/identity/verification_sessions /v1/identity/verification_sessions/{id} \
            /v1/identity/verification_sessions/{id}/cancel /v1/identity/verification_sessions/{id}/redact \
            /v1/identity/verification_reports /v1/identity/verification_reports/{id} /v1/files \
            /v1/files/{id} /v1/files/{id}/contents /v1/file_links /v1/file_links/{id} /v1/events \
            /v1/events/{id} /v1/webhook_endpoints /v1/webhook_endpoints/{id}",
    id_prefixes: "acct_ ca_ cus_ evt_ file_ link_ person_ req_ vf_ vr_ vs_ we_",
    secret_prefixes: "\
            ek_live_ ek_test_ live_ pk_live_ pk_test_ rk_live_ rk_test_ sk_live_ sk_test_ test_ whsec_",
    url_words: "\
            contents dashboard docs error-codes links logs resource-missing rate-limits start test",
    hosts: "stripe.com stripe.me",
    headers: &[
        ("idempotent-replayed", Header::Plain),
        ("original-request", Header::Id),
        ("stripe-account", Header::Id),
        ("stripe-rate-limited-reason", Header::Plain),
        ("stripe-should-retry", Header::Plain),
        ("stripe-version", Header::Version),
    ],
    files: Some(Files {
        beside: "https://api.stripe.com",
        base: "https://files.stripe.com",
        is_for: |method, path| {
            (method == Method::POST && path == "/v1/files") || path.ends_with("/contents")
        },
    }),
    signing: Signing::Secret {
        header: "stripe-signature",
        test_secret: "whsec_redactedTestSecretOfThisRecording00",
        sign: idv_simulator::stripe::sign,
    },
};
