//! The words of Stripe's enumerations, from its published description, and what the types of its events are made of.

pub(in crate::vendor) const VOCABULARY: &str = "\
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
