//! Onfido: applicants, workflow runs and their tasks, checks and reports, media, monitors, webhooks.

use crate::class::{Class, PersonKind as P, SecretKind};
use crate::table::{Signing, Table};

/// The reports. A webhook has a member `name` too, and there it is the user's own word.
const REPORTS: &str = "\
            document document_video document_video_with_address_information \
            document_with_address_information document_with_driver_verification \
            document_with_driving_licence_information device_intelligence facial_similarity_motion \
            facial_similarity_photo facial_similarity_photo_fully_auto facial_similarity_video \
            identity_enhanced india_pan known_faces phone_number_verification privacy_notices_read \
            proof_of_address ssn_verification uk_right_to_work us_driving_licence watchlist_aml \
            watchlist_enhanced watchlist_peps_only watchlist_sanctions_only watchlist_standard";

const KEEP: &str = "\
            action advanced_validation applicant_provides_data asynchronous authentication_type biometric_capture \
            consider document_capture document_category document_type drivers_licence emulator enabled environments \
            error/type event events expected_result eye_color_code fake_network_request file_type gender grant_type \
            granted has_issuance_confirmation include_deleted ip_reputation is_qualified is_sandbox \
            manual_transmission_restriction media_type nist_identity_evidence_strength oauth_enabled passkeys/state \
            paused phone_number_consent_granted privacy_notices_read_consent_given randomized_device \
            real_id_compliance repeat_attempts/date_of_birth repeat_attempts/names report_name report_names \
            resource_type restricted_licence result sandbox sdk_source security_tier side single_device_used sort \
            status sub_result subtype suppress_form_emails suspected task_def_id token_type type use_case \
            validate_image_quality";

/// Reasons and findings, in words or in sentences.
const HINTS: &str = "\
            activity document_subtype abnormal_document_features alias_type attribute_type blurred_photo browser categorisation \
            category challenge/query challenge_reuse class codes corner_removed covered_photo \
            cut_off_document damaged_document dark_photo digital_document digital_tampering \
            document_on_printed_paper expatriation fake_webcam glare_on_photo incorrect_side locator_type \
            match_types missing_back no_document_in_image obscured_data_points obscured_security_features os \
            other_photo_issue photo_of_screen position punctured_document raw_licence_category raw_model \
            raw_vehicle_classes real_id_classification reasons relationship_direction relationship_type scan \
            screenshot sdk_version source_format sub_category time_of_capture two_documents_uploaded \
            type_of_permit watermarks_digital_text_overlay";

const IDS: &str = "\
            applicant_id check_id disable document_id document_ids enable error/id file_id id media_id \
            report_id report_ids resource_id matched_addresses/id task_spec_id uuid webhook_ids workflow_id workflow_run_id \
            workflow_timeline_file_id";

const URLS: &str = "\
            completed_redirect_url cross_device_url dashboard_url download_href expired_redirect_url \
            form_uri href oauth_server_url redirect_uri referrer results_uri source_url \
            timeline_file_download_url url";

const TEXTS: &str = "\
            address attribute_value civil_state error/message event_description feedback_notes issuer \
            issuing_authority messages name_suffix ping profession religion remarks source_headline \
            source_name title";

/// The words of its enumerations, from its published description, and what it writes beside them.
const VOCABULARY: &str = "\
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

pub(super) const TABLE: Table = Table {
    members: &[
        (Class::Keep, KEEP),
        (
            Class::Number,
            "\
            attempts_clear_rate attempts_count count device_fingerprint_reuse expires_in file_size matched_address \
            number_of_ip_reuse_reports number_of_matches number_of_suspected_ip_reuse_reports page payload_version \
            per_page score total_number_of_sources unique_mismatches_count workflow_version_id",
        ),
        (
            Class::Time,
            "\
            completed_at completed_at_iso8601 created_at created_at_gt created_at_iso8601 created_at_lt delete_at \
            deleted_at expires_at granted_at inserted_at last_used_at started_at_iso8601 updated_at",
        ),
        (
            Class::Code,
            "\
            country country_code country_of_residence country_residence issuing_country language nationality \
            state_code",
        ),
        (
            Class::Version,
            "\
            task_def_version version version_number",
        ),
        (Class::Hint, HINTS),
        (Class::Known(REPORTS), "name"),
        (Class::Id, IDS),
        (
            Class::Reference,
            "\
            application_domain application_id checksum_sha256 customer_user_id oauth_server_client_id \
            oauth_server_scope tags weight_measure",
        ),
        (
            Class::Secret(SecretKind::Token),
            "\
            access_token client_id client_secret oauth_server_client_secret sdk_token",
        ),
        (Class::Secret(SecretKind::Webhook), "token"),
        (Class::Url, URLS),
        (
            Class::Person(P::Name),
            "\
            alias_name entity_name father_name first_name first_names full_name last_name last_names \
            middle_name mother_name spouse_name widow_name",
        ),
        (Class::Person(P::Birth), "date_of_birth dob"),
        (
            Class::Person(P::Day),
            "\
            date_of_expiry event_date expiration_date expiry_date issue_date issuing_date obtainment_date \
            source_date summary_period_end summary_period_start valid_from",
        ),
        (Class::Person(P::Email), "email"),
        (Class::Person(P::Phone), "phone_number"),
        (
            Class::Person(P::Street),
            "\
            address_1 address_2 address_3 address_4 address_5 address_line1 address_line_1 address_line_2 \
            address_line_3 address_line_4 address_line_5 building_name building_number flat_number line1 \
            line2 line3 street street_address sub_street",
        ),
        (Class::Person(P::City), "city place_of_birth town"),
        (
            Class::Person(P::Region),
            "issue_state issuing_state region state state_province",
        ),
        (Class::Person(P::Postcode), "postal_code postcode"),
        (
            Class::Person(P::DocumentNumber),
            "\
            document_number document_numbers/value pan personal_number security_document_number tax_number \
            us_driving_licence/id_number",
        ),
        (Class::Person(P::IdNumber), "id_numbers/value"),
        (
            Class::Person(P::Mrz),
            "mrz_line1 mrz_line2 mrz_line3 mrz_line_1 mrz_line_2 mrz_line_3",
        ),
        (Class::Person(P::Ip), "ip_address"),
        (Class::Person(P::FileName), "file file_name"),
        (Class::Person(P::Text), TEXTS),
    ],
    within: &[("error/fields", Class::Person(P::Text))],
    open: "custom_data input output data",
    holders: "\
            address address_lines adverse_media age_validation alias applicants application_authenticity associate \
            attribute barcode breakdown challenge checks colour_picture compromised_document \
            conclusive_document_quality consents credit_agencies data_comparison data_consistency data_validation \
            device device_integrity device_reputation document document_classification document_database \
            document_detection document_expiration document_has_not_been_recorded_as_lost,_stolen_or_compromised \
            document_numbers documents driving_licence_information error extracted_data eye_color face_comparison \
            face_detected face_detection face_match facial_similarity_motion facial_similarity_photo \
            facial_similarity_photo_fully_auto facial_similarity_video fields first_name_fuzzy fonts full_match \
            geolocation height id_numbers id_photos image_integrity image_quality ip last_4_digits_match \
            last_name_fuzzy legal_and_regulatory_warnings line_1 line_2 link live_photos live_videos \
            liveness_detected location matches middle_initial middle_name_fuzzy minimum_accepted_age monitored_lists \
            monitors mortality motion_captures mrz multiple_data_sources_present name_match nfc \
            nfc_active_authentication nfc_passive_authentication object original_document_present other pan_valid \
            passenger_vehicle payload personal picture_face_integrity police_record politically_exposed_person \
            previously_seen_faces properties records repeat_attempts report_configuration reports resource sanction \
            security_features sex_code source source_integrity sources spoofing_detection ssn ssn1 \
            supported_document telephone_database template total_sources user vehicle_class_details \
            visual_authenticity voting_register watchlist_monitors webhooks weight workflow_runs zip4 zip5",
    vocabulary: VOCABULARY,
    words: "\
            address credit_agencies voting_register telephone_database date_of_birth applicant clear consider test unidentified user rejected suspected caution complete completed started cancelled \
            approved declined review abandoned error processing awaiting_input awaiting_client_input \
            in_progress awaiting_applicant awaiting_data awaiting_approval paused reopened withdrawn \
            document_number personal_number document_photo live_photo live_video motion_capture passport \
            driving_licence national_identity_card residence_permit visa work_permit front back document",
    paths: "\
            /{version}/ping /{version}/oauth/token /{version}/applicants /{version}/applicants/{id} \
            /{version}/applicants/{id}/restore /{version}/applicants/{id}/consents /{version}/workflow_runs \
            /{version}/workflow_runs/{id} /{version}/workflow_runs/{id}/signed_evidence_file \
            /{version}/workflow_runs/{id}/evidence_folder /{version}/workflow_runs/{id}/timeline_file \
            /{version}/workflow_runs/{id}/timeline_file/{id} /{version}/workflow_runs/{id}/tasks \
            /{version}/workflow_runs/{id}/tasks/{id} /{version}/workflow_runs/{id}/tasks/{id}/complete \
            /{version}/sdk_token /{version}/documents /{version}/documents/{id} \
            /{version}/documents/{id}/download /{version}/documents/{id}/nfc_face \
            /{version}/documents/{id}/video/download /{version}/id_photos /{version}/id_photos/{id} \
            /{version}/id_photos/{id}/download /{version}/live_photos /{version}/live_photos/{id} \
            /{version}/live_photos/{id}/download /{version}/live_videos /{version}/live_videos/{id} \
            /{version}/live_videos/{id}/download /{version}/live_videos/{id}/frame \
            /{version}/motion_captures /{version}/motion_captures/{id} \
            /{version}/motion_captures/{id}/download /{version}/motion_captures/{id}/frame /{version}/checks \
            /{version}/checks/{id} /{version}/checks/{id}/resume /{version}/checks/{id}/download \
            /{version}/reports /{version}/reports/{id} /{version}/reports/{id}/resume \
            /{version}/reports/{id}/cancel /{version}/repeat_attempts/{id} /{version}/watchlist_monitors \
            /{version}/watchlist_monitors/{id} /{version}/watchlist_monitors/{id}/matches \
            /{version}/watchlist_monitors/{id}/new_report /{version}/webhooks /{version}/webhooks/{id} \
            /{version}/webhooks/resend",
    id_prefixes: "\
            document_check_ document_photo_ face_check_ face_motion_ face_photo_ face_video_ profile_ \
            profile_data_ upload_document_photo_ upload_face_photo_ upload_face_video_",
    secret_prefixes: "\
            api_live. api_live_ca. api_live_us. api_sandbox. api_sandbox_ca. api_sandbox_us.",
    url_words: "l results v1 v2 v3 v3.6",
    hosts: "onfido.com onfido.app",
    headers: &[],
    files: None,
    signing: Signing::Secret {
        header: "x-sha2-signature",
        // 32 characters, as all of them have.
        test_secret: "redactedTestTokenOfThisRecording",
        sign: |secret, body, _| idv_simulator::onfido::sign(secret, body),
    },
};
