//! What is known of the vendor's published description of its API: the file of `onfido/onfido-openapi-spec`.

use std::borrow::Cow;
use std::collections::BTreeSet;

use idv_core::spec::{
    AcceptedDifference, SpecObject, SpecValues, SpecWhat, VendorSpec, members_of,
};

use crate::map::tables::{DOCUMENT_KINDS, Family, known};
use crate::{webhook, wire};

/// What this provider knows of the vendor's description, from the tables and types that do the work.
#[must_use]
pub fn spec() -> VendorSpec {
    let mut spec = VendorSpec::default();
    spec.values = values();
    spec.objects = objects();
    spec.accepted = ACCEPTED.to_vec();
    spec
}

fn schema(path: &str) -> Cow<'static, str> {
    Cow::Owned(format!("/components/schemas/{path}"))
}

/// The breakdowns, and the family whose table maps them.
const BREAKDOWNS: &[(&str, Family)] = &[
    ("document_breakdown", Family::Document),
    ("facial_similarity_photo_breakdown", Family::Facial),
    (
        "facial_similarity_photo_fully_auto_breakdown",
        Family::Facial,
    ),
    ("facial_similarity_video_breakdown", Family::Facial),
    ("facial_similarity_motion_breakdown", Family::Facial),
    ("known_faces_breakdown", Family::KnownFaces),
    ("identity_enhanced_breakdown", Family::IdentityEnhanced),
    ("watchlist_aml_breakdown", Family::Watchlist),
    ("watchlist_enhanced_breakdown", Family::Watchlist),
    ("watchlist_standard_breakdown", Family::Watchlist),
    ("proof_of_address_breakdown", Family::ProofOfAddress),
    ("us_driving_licence_breakdown", Family::UsDrivingLicence),
    ("device_intelligence_breakdown", Family::DeviceIntelligence),
    ("india_pan_report_allOf_breakdown", Family::IndiaPan),
];

/// The lines whose properties name reasons, and where their properties are described.
const REASONS: &[(&str, &str)] = &[
    ("image_quality", "document_IQ_reasons"),
    ("conclusive_document_quality", "document_CDQ_reasons"),
    ("original_document_present", "document_ODP_reasons"),
    ("source_integrity", FACE_REASONS),
];
/// A face may be in a picture, in one that no person looks at, or in a video: each has reasons of its own.
const FACE_REASONS: &str = "photo_reasons";

fn values() -> Vec<SpecValues> {
    let documents = DOCUMENT_KINDS.iter().map(|row| row.0).chain(["unknown"]);
    let unique = |words: &mut dyn Iterator<Item = &'static str>| words.collect::<BTreeSet<_>>();
    let mut events = SpecValues::new(
        schema("webhook_event_type"),
        webhook::WEBHOOKS.iter().map(|one| one.event_type),
    );
    events.what = SpecWhat::Event;
    vec![
        SpecValues::new(schema("workflow_run_status"), known::run_statuses()),
        SpecValues::new(schema("report_name"), known::report_names()),
        // One that is complete is told by its result, and by no row.
        SpecValues::new(
            schema("report_status"),
            known::report_statuses().chain(["complete"]),
        ),
        SpecValues::new(
            schema("report_result"),
            unique(&mut known::report_results()),
        ),
        SpecValues::new(
            schema("report_sub_result"),
            unique(&mut known::report_sub_results()),
        ),
        SpecValues::new(schema("check_status"), unique(&mut known::check_statuses())),
        SpecValues::new(schema("document_types"), documents),
        events,
    ]
}

fn objects() -> Vec<SpecObject> {
    let mut resource = of::<wire::Resource<'_>>("workflow_run");
    resource.also = vec![schema("task"), schema("webhook_event_payload_resource")];
    let mut files = of::<wire::File<'_>>("document");
    files.also = ["live_photo", "live_video", "motion_capture"]
        .map(schema)
        .to_vec();
    let mut objects = vec![
        resource,
        files,
        of::<wire::RunError<'_>>("workflow_run_error"),
        of::<wire::Link<'_>>("workflow_run_link"),
        of::<wire::Payload<'_>>("webhook_event_payload"),
        of::<wire::Occurrence<'_>>("webhook_event_payload_object"),
        of::<wire::Webhook<'_>>("webhook"),
        of::<wire::Check<'_>>("check"),
        of::<wire::SdkToken<'_>>("sdk_token"),
        of::<wire::TimelineFile<'_>>("timeline_file_reference"),
    ];
    let families: BTreeSet<_> = BREAKDOWNS.iter().map(|(_, family)| *family as u8).collect();
    for family in families {
        let mut places = BREAKDOWNS
            .iter()
            .filter(|(_, known)| *known as u8 == family);
        let Some((first, known_as)) = places.next() else {
            continue;
        };
        let groups: BTreeSet<_> = known::groups(*known_as).collect();
        let mut breakdown = SpecObject::new(schema(first), groups.iter().copied());
        let further: Vec<_> = places.map(|(name, _)| *name).collect();
        breakdown.also = further.iter().map(|name| schema(name)).collect();
        objects.push(breakdown);
    }
    for (leaf, name) in REASONS {
        let mut reasons = SpecObject::new(schema(name), known::properties(leaf));
        if *name == FACE_REASONS {
            reasons.also = vec![schema("photo_auto_reasons"), schema("video_reasons")];
        }
        objects.push(reasons);
    }
    objects
}

fn of<'de, T: serde::Deserialize<'de>>(name: &str) -> SpecObject {
    SpecObject::new(schema(name), members_of::<T>().iter().copied())
}

static ACCEPTED: &[AcceptedDifference] = idv_core::accepted_differences! {
    "/components/schemas/check": "applicant_provides_data" "form_uri" "href" "paused" "privacy_notices_read_consent_given" "redirect_uri" "report_ids" "results_uri" "tags" "version" "webhook_ids"
        => "a classic check forms no session, and only what it came to is read";
    "/components/schemas/document": "applicant_id" "challenge" "created_at" "download_href" "file_name" "href" "issuing_country" "type"
        => "a file is known by its id and opened by it; a name is chosen by whoever handed it in, and addresses in answers are not followed";
    "/components/schemas/document_types": "accommodation_tenancy_certificate" "address_certificate" "adoption_certificate" "asylum_registration_card" "benefit_letters" "birth_certificate" "cbt" "certificate_of_naturalisation" "certificate_of_sponsorship" "character_reference" "civil_partnership_certificate" "consular_id" "deed_poll" "diplomatic_id" "divorce_absolute_decree" "educational_statement" "exchange_house_statement" "form_for_affixing_the_visa" "general_letter" "government_letter" "home_office_letter" "identification_number_document" "identity_document_with_address" "immigration_status_document" "indigenous_card" "insurance_statement" "marriage_certificate" "mortgage_statement" "motorcycle_insurance" "municipality_identity_card" "national_health_insurance_card" "national_insurance_card" "naturalisation_certificate" "passport_card" "payslip" "pension_property_statement_letter" "postal_identity_card" "private_operators_card" "professional_identification_card" "professional_qualification_card" "proof_of_citizenship" "residence_status_document" "right_to_work_share_code_result" "service_id_card" "social_security_card" "statement_fact" "t4_student_university_term_dates_evidence" "tax_id" "travel_document" "vehicle_registration_card" "vehicle_registration_certificate"
        => "kept word for word: no vendor but this one tells it apart, and our own word for it would say no more";
    "/components/schemas/photo_reasons": "reasons"
        => "free text of the vendor's, of which no list is published";
    "/components/schemas/timeline_file_reference": "href"
        => "addresses in answers are not followed";
    "/components/schemas/webhook": "environments" "href" "name" "payload_version"
        => "what we ask for when we register; it is not needed to know where webhooks go";
    "/components/schemas/webhook": "oauth_enabled" "oauth_server_client_id" "oauth_server_client_secret" "oauth_server_scope" "oauth_server_url"
        => "how the vendor would prove itself besides its signature, which is what counts here";
    "/components/schemas/webhook_event_payload_object": "href"
        => "addresses in payloads are not followed";
    "/components/schemas/webhook_event_payload_object": "task_def_id" "workflow_run_id"
        => "sent with events about tasks, and in every recording; the file does not have them";
    "/components/schemas/workflow_run": "dashboard_url" "timeline_file_download_url"
        => "addresses in answers are not followed";
    "/components/schemas/workflow_run": "task_def_version"
        => "null in every recording";
    "/components/schemas/workflow_run_error": "message"
        => "free text, which may be about a person";
    "/components/schemas/workflow_run_link": "completed_redirect_url" "expired_redirect_url" "language"
        => "what we asked for ourselves when the run was made";
};
