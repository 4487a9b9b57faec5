//! Stripe Identity: sessions, reports, files, links, events, endpoints.

use http::Method;

use crate::class::{Class, PersonKind as P, SecretKind};
use crate::table::{Files, Header, Signing, Table};

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
    vocabulary: super::vocabulary::stripe::VOCABULARY,
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
