//! Plaid Identity Verification, and of its neighbours Monitor, Link and the users.

use idv_simulator::plaid::WebhookKey;

use crate::class::{Class, PersonKind as P, SecretKind};
use crate::signing::KeyFault;
use crate::table::{Header, KeyPair, Signing, Table};

/// The words of its enumerations, from its published description, and what it writes beside them.
const VOCABULARY: &str = "\
    API_ERROR ASSET_REPORT_ERROR AUTH AU_CON BANK_TRANSFER_ERROR BASE_REPORT_ERROR CA_CON CHECK_REPORT_ERROR \
    CONSUMER_REPORT_ERROR CREDITS_EXHAUSTED EC ENTITY_SCREENING ES256 EU_CON IDEMPOTENCY_ERROR IDENTITY_VERIFICATION \
    INCOME INCOME_VERIFICATION_ERROR INCOMPATIBLE_API_VERSION INSTITUTION_ERROR INTERNAL_SERVER_ERROR \
    INVALID_API_KEYS INVALID_BODY INVALID_CONFIGURATION INVALID_FIELD INVALID_HEADERS INVALID_INPUT INVALID_PRODUCT \
    INVALID_REQUEST INVALID_RESULT INVALID_USER_ID INVALID_USER_IDENTITY_DATA INVALID_WEBHOOK_VERIFICATION_KEY_ID \
    ITEM ITEM_ERROR IZ_CIA IZ_IPL IZ_PEP IZ_UNC IZ_WBK LINK LINK_COMPLETE MICRODEPOSITS_ERROR MISSING_FIELDS \
    NOT_FOUND OAUTH_ERROR OK P-256 PARTNER_ERROR PAYMENT_ERROR PLANNED_MAINTENANCE PROTECT PROTECT_USER_EVENT \
    RATE_LIMIT RATE_LIMIT_EXCEEDED RECAPTCHA_ERROR RETRIED SANDBOX_ERROR SANDBOX_ONLY SCREENING SG_SOF SIGNAL_ERROR \
    STATUS_UPDATED STEP_UPDATED TRANSACTIONS TRANSACTIONS_ERROR TRANSACTION_ERROR TRANSFER_ERROR TR_CMB TR_DFD TR_FOR \
    TR_TWL TR_WMD UK_HMC UNAUTHORIZED_ENVIRONMENT UNAUTHORIZED_ROUTE_ACCESS UNKNOWN_FIELDS USERS USER_ERROR \
    USER_NOT_FOUND US_DPL US_DTC US_FBI US_FSE US_ISN US_MBS US_PLC US_SAM US_SDN US_SSI aboutme active adobe \
    adult_sites airbnb altbalaji amazon api apple ar_dni archiveorg assets assignee atlassian au_drivers_license \
    au_passport auth balance balance_plus beacon birth_certificate bitmoji bodybuilding booking br_cpf bukalapak \
    ca_sin canceled cl_run cleared cn_resident_card co_nit codecademy commercial confirmed cra_base_report \
    cra_cashflow_insights cra_income_insights cra_lend_score cra_monitoring cra_network_insights cra_partner_insights \
    cra_plaid_credit_score credit_details custom dashboard deactivated deliveroo diigo discord dismissed disneyplus \
    dk_cpr drivers_license duolingo ebay eg_national_id employment envato es_dni es_nie eventbrite evernote expired \
    facebook failed firefox flickr flipkart foursquare freelancer gaana genuine giphy github google gravatar high \
    hk_hkid hubspot id_card identity identity_match identity_verification imgur immigration_number in_pan income \
    income_verification incomplete infer instagram investments investments_auth invited it_cf jdid jo_civil_id \
    jp_my_number kakao ke_huduma_namba kommo komoot kw_civil_id lastfm layer lazada liabilities line link linkedin \
    low mailru manually_approved manually_rejected match medium microsoft military_id mx_curp mx_rfc my_nric myspace \
    netflix neutral ng_nin nike no no_data no_input no_match none none_detected not_applicable not_expired \
    nz_drivers_license ok om_civil_id other partial_match passport patreon pay_by_bank payment_initiation pending \
    pending_review personal_identification ph_psn pinterest pl_pesel plaid plurk processor_identity \
    processor_payments production profile protect_linked_bank protect_transactions public_proxy quora qzone rambler \
    rappi ration_card reconsidered recurring_transactions rejected replit reset residence_permit_card resident_card \
    residential risky ro_cnp sa_national_id samsung sandbox se_pin seoclerks sg_nric shopclues sig signal skipped \
    skype snapchat snapdeal soundcloud source spotify ssn standing_orders starz statements strava student_id success \
    system taringa tax_id telegram tiki tokopedia tor tr_tc_kimlik transactions transactions_refresh transfer \
    travel_document treehouse tumblr twitter us_ssn us_ssn_last_4 venmo viber vimeo visa vivino vkontakte voter_id \
    vpn waiting_for_prerequisite wattpad web_proxy weibo whatsapp wordpress xing yahoo yandex yes za_smart_id zalo \
    zoho";

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
    vocabulary: VOCABULARY,
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
