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
            attempt breach_count category consent country country_codes created_at completed_at bot_detected \
            delivery_attempt_count domain_is_custom domain_is_disposable domain_is_free_provider email/name \
            email_address_verified_time environment error_code error_code_reason error_type event_type \
            expiration expired_at first_active fraud_ring_detected gave_consent historical_since \
            inactive_since includes_date_of_birth initially_sent_at ip_proxy_type ip_spam_list_count \
            ip_timezone_offset is_deliverable is_edu is_idempotent is_primary is_shareable issuing_country \
            key/alg key/crv key/kty key/use language last_sent_at linked_services list_code \
            matched_after_completed model network/status phone_number_verified_time po_box primary products \
            provided_account_subtypes redacted_at required_account_subtypes reset_fields review_status \
            risk_level score similarity solve_attempt_count source status strategy sub_programs timestamp \
            top_level_domain_is_suspicious trust_index_score type updated_at user_interactions version \
            weak_alias_determination webhook_code webhook_type with_upgraded_user",
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
            android_package_name client_name client_user_id cursor end_customer link_customization_name \
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
            domain_registered_at expiration_date first_breached_at issue_date last_breached_at",
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
            address audit_trail bank_account_insights behavior capture causes data device_and_connection \
            devices documentary_verification documents email extracted_data facial_duplicates \
            first_party_synthetic_fraud identity_abuse_signals identity_verifications id_number images \
            latest_scored_protect_event name network phone risk_check search_terms selfie_check selfies \
            stolen_identity subscores synthetic_identity template third_party_synthetic_fraud trust_index \
            user verifications verify_sms watchlist_screening_hits dashboard_users identity addresses \
            primary_address id_numbers identity_verification dates_of_birth locations names key",
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
