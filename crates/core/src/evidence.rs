//! What was collected, as files.

use serde::{Deserialize, Serialize};

use crate::open_enum::open_enum;
use crate::{DataState, Secret, Timestamp};

/// One file the vendor holds or held: a picture, a video, a report.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EvidenceFile {
    /// The vendor's id of the file.
    pub vendor_file_id: String,
    /// What it shows.
    pub role: EvidenceRole,
    /// IANA media type, where known.
    pub media_type: Option<String>,
    /// Size in bytes, where known.
    pub size_bytes: Option<u64>,
    /// SHA-256 of the content, where we have seen it.
    pub sha256: Option<[u8; 32]>,
    /// A link to the content, where the vendor gave one.
    pub link: Option<EvidenceLink>,
    /// Whether the file is still there.
    pub data_state: DataState,
}

impl EvidenceFile {
    /// A file known by its id only.
    #[must_use]
    pub fn new(vendor_file_id: impl Into<String>, role: EvidenceRole) -> Self {
        Self {
            vendor_file_id: vendor_file_id.into(),
            role,
            media_type: None,
            size_bytes: None,
            sha256: None,
            link: None,
            data_state: DataState::Present,
        }
    }
}

/// A vendor's link to a file. Such links are bearer secrets that live for seconds: use or drop, never store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvidenceLink {
    /// The link.
    pub url: Secret,
    /// When it stops working, UTC, where the vendor says so.
    pub expires_at: Option<Timestamp>,
}

open_enum! {
    /// What an evidence file shows.
    pub enum EvidenceRole {
        /// Front of the document.
        DocumentFront = "document_front",
        /// Back of the document.
        DocumentBack = "document_back",
        /// The portrait cut out of the document.
        DocumentFace = "document_face",
        /// A photo of the subject.
        Selfie = "selfie",
        /// A video of the subject.
        SelfieVideo = "selfie_video",
        /// A report written by the vendor.
        Report = "report",
        /// A signed timeline written by the vendor.
        Timeline = "timeline",
        /// Something else.
        Other = "other",
    }
}

/// A reference of the vendor that has no meaning for us but may be asked for by the vendor's support.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VendorReference {
    /// What it is called at the vendor.
    pub name: String,
    /// Its value.
    pub value: String,
}
