//! The words of Plaid's enumerations, from its published description, and what it writes beside them.

pub(in crate::vendor) const VOCABULARY: &str = "\
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
