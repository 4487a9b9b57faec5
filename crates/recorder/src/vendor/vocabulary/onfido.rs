//! The words of Onfido's enumerations, from its published description, and what it writes beside them.

pub(in crate::vendor) const VOCABULARY: &str = "\
    ACTIVE BLK BLU BRO DIC F Female GRN GRY HAZ HIGH_RISK INACTIVE LOW_RISK M MAR Male NOT_ENOUGH_DATA PNK abandoned \
    accommodation_tenancy_certificate account_disabled address_certificate adoption_certificate ali alien api_token \
    application/pdf application/zip approved asc asylum_registration_card audit_log audit_log.created \
    authorization_error awaiting_applicant awaiting_approval awaiting_client_input awaiting_data awaiting_input back \
    bad_referrer bank_building_society_statement bank_statement bearer benefit_letters birth_certificate ca cancelled \
    card caution cbt certificate_of_naturalisation certificate_of_sponsorship character_reference check \
    check.completed check.form_completed check.form_opened check.reopened check.started check.withdrawn \
    civil_partnership_certificate clear com commercial complete completed consider consular_id council_tax \
    credit_card_statement de_DE declined deed_poll desc device_intelligence diplomatic_id divorce_absolute_decree \
    document document_check document_photo document_video document_video_with_address_information \
    document_with_address_information document_with_driver_verification document_with_driving_licence_information dom \
    domestic driver driving_licence driving_license educational_statement electricity_bill en en_US error es_ES eu \
    exchange_house_statement expired_token face_check face_motion face_photo face_video facial_similarity_motion \
    facial_similarity_photo facial_similarity_photo_fully_auto facial_similarity_video fair false forbidden \
    form_for_affixing_the_visa fr_FR front full gas_bill general_letter gone government_letter heavy_vehicle \
    home_office_letter id identification_number_document identity_card identity_document_with_address \
    identity_enhanced image/heic image/jpeg image/jpg image/png immigration_status_document in_progress india_pan \
    indigenous_card insurance_statement internal_server_error international_driving_licence internet_bill it_IT \
    known_faces learner license live marriage_certificate match mismatch mobile_phone_bill mobile_token \
    mortgage_statement mot motorcycle_insurance mul municipality_identity_card national_health_insurance_card \
    national_identity_card national_insurance_card naturalisation_certificate nl_NL non_uk_driving_licence not_full \
    onboarding one_time_password onfido-android-sdk onfido-ios-sdk onfido-web-sdk other p45_p60 passport \
    passport_card paused payslip pension_property_statement_letter permit phone_bill phone_number_verification \
    postal_identity_card privacy_notices_read private_operators_card processing professional_identification_card \
    professional_qualification_card profile profile_data proof_of_address proof_of_citizenship provisional pt_PT \
    qualified_electronic_signature rate_limit receive_data rejected reopened report report.awaiting_approval \
    report.cancelled report.completed report.resumed report.withdrawn residence_permit residence_status_document \
    resource_not_found reverification review right_to_work_share_code_result sandbox sdk_token ser service_id_card \
    share_code social_insurance social_security_card spe special ssn ssn_verification standard start started \
    statement_fact strong superior suspected t4_student_university_term_dates_evidence tax_id tem tier_1 tier_2 \
    tier_3 tier_4 tier_5 travel_document true u21 uk_biometric_residence_permit uk_driving_licence unacceptable \
    unauthorized unidentified unknown unknown_method unspecified unspecified_identity_evidence_strength \
    unspecified_security_tier upload_document_photo upload_face_photo upload_face_video us us_driving_licence \
    user_authorization_error utility_bill utility_bill_electric utility_bill_gas utility_bill_other validation_error \
    vehicle_registration_card vehicle_registration_certificate video/mp4 video/quicktime video/webm visa voter_id \
    watchlist_aml watchlist_enhanced watchlist_monitor watchlist_monitor.matches_updated watchlist_peps_only \
    watchlist_sanctions_only watchlist_standard water_bill weak withdrawn work_permit workflow_run \
    workflow_run.completed workflow_run_evidence_folder workflow_run_evidence_folder.created workflow_task \
    workflow_task.completed workflow_task.started workflow_timeline_file workflow_timeline_file.created";
