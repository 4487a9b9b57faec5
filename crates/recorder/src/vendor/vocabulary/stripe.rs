//! The words of Stripe's enumerations, from its published description, and what the types of its events are made of.

pub(in crate::vendor) const VOCABULARY: &str = "\
    abandoned account account_requirement additional_verification address amount api_error application authorized \
    back balance br_cpf business_icon business_logo canceled capability captured card_error charge checkout closed \
    completed consent_declined core country_not_supported coupon created csv customer customer_signature \
    deauthorized deleted device_not_supported disabled discount dispute dispute_evidence doc document \
    document_expired document_provider_identity_document document_type_not_supported document_unverified_other docx \
    driving_license email_unverified_other email_verification_declined enabled event expired external failed female \
    file file_link finalized finance_report_run financial_account_statement front gif heic high id_card id_number \
    id_number_insufficient_document_data id_number_mismatch id_number_unverified_other idempotency_error identity \
    identity.verification_report identity.verification_session identity_document identity_document_downloadable \
    image invalid_request_error invoice issuing_regulatory_reporting jpg json link list lock male mandate metadata \
    mp4 none now paid passport payout pci_document pdf pending person phone_unverified_other \
    phone_verification_declined plan platform_terms_of_service png price processing product quote rate redacted \
    refund request requires_input reserved reversed review selfie selfie_document_missing_photo selfie_face_mismatch \
    selfie_manipulated selfie_unverified_other sent session sg_nric sigma_scheduled_query similar snapshot source \
    subscription succeeded svg tax_document_user_upload terminal_android_apk terminal_reader_splashscreen \
    terminal_wifi_certificate terminal_wifi_private_key thin topup transfer under_supported_age unknown unverified \
    upcoming updated us_ssn v1 v2 validated verification_flow verified voided webhook_endpoint xls xlsx";
