//! Which groups and lines a report of each kind has.

use serde_json::{Map, Value, json};

/// Reports of one layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    Document,
    FacePhoto,
    FaceVideo,
    KnownFaces,
    IdentityEnhanced,
    Watchlist(&'static [Group]),
    ProofOfAddress,
    UsDrivingLicence,
    DeviceIntelligence,
    IndiaPan,
    /// A check with a result and nothing else.
    Plain,
}

/// A group's name, and its lines.
type Group = (&'static str, &'static [&'static str]);

const DOCUMENT: &[Group] = &[
    (
        "data_comparison",
        &[
            "date_of_birth",
            "first_name",
            "document_numbers",
            "document_type",
            "last_name",
            "date_of_expiry",
            "gender",
            "issuing_country",
        ],
    ),
    (
        "data_validation",
        &[
            "mrz",
            "expiry_date",
            "document_expiration",
            "document_numbers",
            "date_of_birth",
            "gender",
        ],
    ),
    (
        "image_integrity",
        &[
            "colour_picture",
            "supported_document",
            "conclusive_document_quality",
            "image_quality",
        ],
    ),
    (
        "visual_authenticity",
        &[
            "face_detection",
            "other",
            "digital_tampering",
            "original_document_present",
            "security_features",
            "template",
            "picture_face_integrity",
            "fonts",
        ],
    ),
    (
        "data_consistency",
        &[
            "nationality",
            "last_name",
            "first_name",
            "multiple_data_sources_present",
            "gender",
            "date_of_birth",
            "document_type",
            "issuing_country",
            "document_numbers",
            "date_of_expiry",
        ],
    ),
    ("police_record", &[]),
    (
        "compromised_document",
        &["repeat_attempts", "document_database"],
    ),
    ("age_validation", &["minimum_accepted_age"]),
];

const FACE_PHOTO: &[Group] = &[
    ("face_comparison", &["face_match"]),
    ("image_integrity", &["face_detected", "source_integrity"]),
    ("visual_authenticity", &["spoofing_detection"]),
];

const FACE_VIDEO: &[Group] = &[
    ("face_comparison", &["face_match"]),
    ("image_integrity", &["face_detected", "source_integrity"]),
    (
        "visual_authenticity",
        &["liveness_detected", "spoofing_detection"],
    ),
];

const KNOWN_FACES: &[Group] = &[("previously_seen_faces", &[]), ("image_integrity", &[])];

const IDENTITY_ENHANCED: &[Group] = &[
    ("sources", &["total_sources"]),
    (
        "address",
        &["credit_agencies", "telephone_database", "voting_register"],
    ),
    ("date_of_birth", &["credit_agencies", "voting_register"]),
    ("mortality", &[]),
];

const WATCHLIST_STANDARD: &[Group] = &[
    ("sanction", &[]),
    ("politically_exposed_person", &[]),
    ("legal_and_regulatory_warnings", &[]),
];

const WATCHLIST_AML: &[Group] = &[
    ("sanction", &[]),
    ("politically_exposed_person", &[]),
    ("legal_and_regulatory_warnings", &[]),
    ("adverse_media", &[]),
];

const WATCHLIST_ENHANCED: &[Group] = &[
    ("politically_exposed_person", &[]),
    ("sanction", &[]),
    ("adverse_media", &[]),
    ("monitored_lists", &[]),
];

const PROOF_OF_ADDRESS: &[Group] = &[
    ("data_comparison", &["address", "first_name", "last_name"]),
    ("document_classification", &["supported_document"]),
    ("image_integrity", &["image_quality"]),
];

const US_DRIVING_LICENCE: &[Group] = &[
    (
        "document",
        &[
            "category",
            "expiration_date",
            "issue_date",
            "document_number",
        ],
    ),
    (
        "address",
        &["city", "line_1", "line_2", "state_code", "zip4", "zip5"],
    ),
    (
        "personal",
        &[
            "first_name",
            "name_suffix",
            "height",
            "weight",
            "sex_code",
            "eye_color",
            "date_of_birth",
            "last_name",
            "middle_name",
        ],
    ),
];

const DEVICE: &[Group] = &[(
    "device",
    &[
        "application_authenticity",
        "device_integrity",
        "device_reputation",
    ],
)];

const INDIA_PAN: &[Group] = &[("device", &["pan_valid", "name_match"])];

impl Family {
    /// The layout of what a task of this definition produces. The names follow those of the reports: of the tasks
    /// themselves only `document_check` was recorded.
    pub(super) fn of(definition: &str) -> Self {
        let begins = |name: &str| definition.starts_with(name);
        let is_video = definition.contains("video") || definition.contains("motion");
        match () {
            () if begins("document") => Self::Document,
            () if (begins("facial_similarity") || begins("face_check")) && is_video => {
                Self::FaceVideo
            }
            () if begins("facial_similarity") || begins("face_check") => Self::FacePhoto,
            () if begins("known_faces") => Self::KnownFaces,
            () if begins("identity_enhanced") || begins("idr") => Self::IdentityEnhanced,
            () if begins("watchlist_aml") => Self::Watchlist(WATCHLIST_AML),
            () if begins("watchlist_enhanced") => Self::Watchlist(WATCHLIST_ENHANCED),
            () if begins("watchlist") => Self::Watchlist(WATCHLIST_STANDARD),
            () if begins("proof_of_address") => Self::ProofOfAddress,
            () if begins("us_driving_licence") => Self::UsDrivingLicence,
            () if begins("device_intelligence") => Self::DeviceIntelligence,
            () if begins("india_pan") => Self::IndiaPan,
            () => Self::Plain,
        }
    }

    const fn groups(self) -> &'static [Group] {
        match self {
            Self::Document => DOCUMENT,
            Self::FacePhoto => FACE_PHOTO,
            Self::FaceVideo => FACE_VIDEO,
            Self::KnownFaces => KNOWN_FACES,
            Self::IdentityEnhanced => IDENTITY_ENHANCED,
            Self::Watchlist(groups) => groups,
            Self::ProofOfAddress => PROOF_OF_ADDRESS,
            Self::UsDrivingLicence => US_DRIVING_LICENCE,
            Self::DeviceIntelligence => DEVICE,
            Self::IndiaPan => INDIA_PAN,
            Self::Plain => &[],
        }
    }

    /// Only reports about documents say more than their result.
    pub(super) fn has_sub_result(self) -> bool {
        self == Self::Document
    }

    /// Every group and line, and nothing found.
    pub(super) fn clear_breakdown(self) -> Value {
        let mut breakdown = Map::new();
        for (name, lines) in self.groups() {
            let mut group = Map::new();
            group.insert("result".to_owned(), Value::from("clear"));
            let clear = |line: &&str| {
                let line_is_clear = json!({ "result": "clear", "properties": {} });
                ((*line).to_owned(), line_is_clear)
            };
            if !lines.is_empty() {
                let lines = lines.iter().map(clear).collect();
                group.insert("breakdown".to_owned(), Value::Object(lines));
            }
            breakdown.insert((*name).to_owned(), Value::Object(group));
        }
        Value::Object(breakdown)
    }
}
