//! Plaid Identity Verification, and of its neighbours Monitor, Link and the users.

use idv_simulator::plaid::WebhookKey;

use crate::class::{Class, PersonKind as P, SecretKind};
use crate::signing::KeyFault;
use crate::table::{Header, KeyPair, Signing, Table};

pub(super) const TABLE: Table = Table {
    members: &[
        (
            Class::Keep,
            "\
            bot_detected category consent domain_is_custom domain_is_disposable domain_is_free_provider email/name \
            environment error_code error_code_reason error_type event_type fraud_ring_detected gave_consent \
            includes_date_of_birth ip_proxy_type is_deliverable is_edu is_idempotent is_primary is_shareable key/alg \
            key/crv key/kty key/use linked_services list_code matched_after_completed network/status po_box primary \
            products reset_fields review_status risk_level source status strategy top_level_domain_is_suspicious \
            type user_interactions weak_alias_determination webhook_code webhook_type with_upgraded_user",
        ),
        (
            Class::Number,
            "\
            attempt breach_count delivery_attempt_count ip_spam_list_count score similarity solve_attempt_count \
            trust_index_score",
        ),
        (
            Class::Time,
            "\
            completed_at created_at email_address_verified_time expiration expired_at initially_sent_at last_sent_at \
            phone_number_verified_time redacted_at timestamp updated_at",
        ),
        (
            Class::Code,
            "\
            country country_codes issuing_country language",
        ),
        (
            Class::Version,
            "\
            model version",
        ),
        (
            Class::Hint,
            "\
            provided_account_subtypes required_account_subtypes sub_programs",
        ),
        (
            Class::Id,
            "\
            assignee beacon_user_id dashboard_user_id entity_screening_id event_id id \
            identity_verification_id plaid_uid previous_attempt_id request_id screening_id source_uid \
            template_id user_id watchlist_program_id watchlist_screening_id",
        ),
        (
            Class::Reference,
            "\
            android_package_name ip_timezone_offset client_name client_user_id cursor end_customer link_customization_name \
            next_cursor",
        ),
        (
            Class::Secret(SecretKind::Token),
            "client_id link_token secret user_token",
        ),
        (Class::Secret(SecretKind::Jwk("kid")), "key/kid key_id"),
        (Class::Secret(SecretKind::Jwk("x")), "key/x"),
        (Class::Secret(SecretKind::Jwk("y")), "key/y"),
        (
            Class::Url,
            "\
            documentation_url hosted_link_url image_url images/cropped_back images/cropped_front images/face \
            images/original_back images/original_front redirect_uri shareable_url video_url webhook",
        ),
        (
            Class::Person(P::Name),
            "\
            family_name first_name given_name last_name legal_name names/data/full",
        ),
        (Class::Person(P::Birth), "beginning date_of_birth ending"),
        (
            Class::Person(P::Day),
            "\
            domain_registered_at historical_since inactive_since first_active expiration_date first_breached_at issue_date last_breached_at",
        ),
        (
            Class::Person(P::Email),
            "consumer_report_user_identity/emails email_address emails/data",
        ),
        (
            Class::Person(P::Phone),
            "\
            consumer_report_user_identity/phone_numbers phone_number phone_numbers/data",
        ),
        (Class::Person(P::Street), "street street2 street_1 street_2"),
        (Class::Person(P::City), "city"),
        (Class::Person(P::Region), "issuing_region region"),
        (Class::Person(P::Postcode), "postal_code"),
        (
            Class::Person(P::DocumentNumber),
            "data/number document_number extracted_data/id_number",
        ),
        (
            Class::Person(P::IdNumber),
            "id_number/value id_numbers/value ssn ssn_full ssn_last_4",
        ),
        (Class::Person(P::Ip), "ip_address"),
        (
            Class::Person(P::Text),
            "\
            display_message error_message factors locations/data/full suggested_action",
        ),
    ],
    within: &[
        ("aamva_verification", Class::Keep),
        ("analysis", Class::Keep),
        ("fraud_attributes", Class::Signal),
        ("kyc_check", Class::Keep),
        ("steps", Class::Keep),
    ],
    open: "",
    holders: "\
            accept_tos address addresses area_code audit_trail authenticity bank_account_insights behavior \
            blur_check building capture causes county dashboard_users data dates_of_birth day detail_check \
            device_and_connection devices dimensions_check district document_comparison documentary_verification \
            documents email extracted_data eye_color facial_analysis facial_duplicates first_party_synthetic_fraud \
            forehead fraud_analysis_details gender glare_check height house_number human_review id_expiration_date \
            id_issue_date id_number id_numbers identity identity_abuse_signals identity_verification \
            identity_verifications image_composition_check image_quality image_quality_details images \
            integrity_check international_details is_deceased is_verified issue_date_check jaw key \
            latest_scored_protect_event left_brow left_cheek left_eye liveness_check locations match middle_forehead \
            middle_name month mouth name names network nose philtrum phone portrait_details_check \
            portrait_presence_check primary_address right_brow right_cheek right_eye risk_check search_terms \
            search_terms_version selfie_check selfies ssa_verification stolen_identity subpremise subscores summary \
            synthetic_identity template third_party_synthetic_fraud thoroughfare trust_index type_supported user \
            verifications verify_sms watchlist_screening watchlist_screening_hits year",
    vocabulary: super::vocabulary::plaid::VOCABULARY,
    words: "active documentary_verification failed passport pending_review production sandbox success test user",
    paths: "\
            /identity_verification/create /identity_verification/get /identity_verification/list \
            /identity_verification/retry /identity_verification/autofill/create \
            /webhook_verification_key/get /link/token/create /watchlist_screening/individual/get \
            /watchlist_screening/individual/hit/list /watchlist_screening/individual/update \
            /dashboard_user/get /dashboard_user/list /user/create /user/get /user/update \
            /user/identity/remove",
    id_prefixes: "\
            becusr_ entscr_ flwtmp_ idv_ idvtmp_ prg_ ptevt_ scr_ scrhit_ uid_ usr_",
    secret_prefixes: "\
            link-development- link-production- link-sandbox- user-development- user-production- user-sandbox-",
    url_words: "\
            cropped_back.jpeg cropped_front.jpeg docs documents errors face.jpeg hosted liveness.jpeg \
            liveness.webm original_back.jpeg original_front.jpeg selfie verifications verify",
    hosts: "plaid.com",
    headers: &[
        ("plaid-client-id", Header::Secret),
        ("plaid-new-user-api-enabled", Header::Plain),
        ("plaid-secret", Header::Secret),
        ("plaid-version", Header::Version),
    ],
    files: None,
    signing: Signing::KeyPair {
        header: "plaid-verification",
        endpoint: "/webhook_verification_key/get",
        generate,
        sign,
    },
};

/// The key that a recording signs with is called so.
const KEY_ID: &str = "00000000-0000-4000-8000-1dface000001";

fn generate(now_unix_secs: i64) -> Result<KeyPair, KeyFault> {
    let pair = WebhookKey::generate(KEY_ID, now_unix_secs).map_err(|_| KeyFault::NoRandomness)?;
    Ok(KeyPair {
        private: pair.to_pkcs8().map_err(|_| KeyFault::NoRandomness)?,
        jwk: pair.jwk(),
    })
}

fn sign(private: &[u8], body: &[u8], at_unix_secs: i64) -> Result<String, KeyFault> {
    let pair =
        WebhookKey::from_pkcs8(KEY_ID, at_unix_secs, private).map_err(|_| KeyFault::NoKey)?;
    pair.sign(body, at_unix_secs)
        .map_err(|_| KeyFault::NoRandomness)
}
