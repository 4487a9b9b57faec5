//! Pictures, videos and documents of applicants.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::generated::{png, video};
use super::members::set;
use super::run::told::time;

/// A kind of file, with a list of its own in the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Collection {
    Documents,
    LivePhotos,
    LiveVideos,
    MotionCaptures,
    IdPhotos,
}

impl Collection {
    pub(super) fn of_word(word: &str) -> Option<Self> {
        let all = [
            Self::Documents,
            Self::LivePhotos,
            Self::LiveVideos,
            Self::MotionCaptures,
            Self::IdPhotos,
        ];
        all.into_iter()
            .find(|collection| collection.as_word() == word)
    }

    pub(super) const fn as_word(self) -> &'static str {
        match self {
            Self::Documents => "documents",
            Self::LivePhotos => "live_photos",
            Self::LiveVideos => "live_videos",
            Self::MotionCaptures => "motion_captures",
            Self::IdPhotos => "id_photos",
        }
    }

    /// What one of them is called in messages.
    pub(super) const fn singular(self) -> &'static str {
        match self {
            Self::Documents => "Document",
            Self::LivePhotos => "Live Photo",
            Self::LiveVideos => "Live Video",
            Self::MotionCaptures => "Motion Capture",
            Self::IdPhotos => "Id Photo",
        }
    }

    /// Its word in the output of a task. `document_photo` was recorded; the others follow it.
    const fn in_output(self) -> &'static str {
        match self {
            Self::Documents => "document_photo",
            Self::LivePhotos => "live_photo",
            Self::LiveVideos => "live_video",
            Self::MotionCaptures => "motion_capture",
            Self::IdPhotos => "id_photo",
        }
    }

    /// Whether it can be uploaded by a call. Videos come from the vendor's SDK only.
    pub(super) const fn can_be_uploaded(self) -> bool {
        matches!(self, Self::Documents | Self::LivePhotos | Self::IdPhotos)
    }

    pub(super) const fn has_frames(self) -> bool {
        matches!(self, Self::LiveVideos | Self::MotionCaptures)
    }

    /// What a task of this definition collects. None if it collects no file.
    pub(super) fn of_task(definition: &str) -> Option<Self> {
        match definition {
            "upload_document_photo" | "proof_of_address_capture" => Some(Self::Documents),
            "upload_face_photo" => Some(Self::LivePhotos),
            "upload_face_video" => Some(Self::LiveVideos),
            "motion_capture" => Some(Self::MotionCaptures),
            _ => None,
        }
    }
}

/// One file.
#[derive(Clone, Debug)]
pub(super) struct Medium {
    pub(super) id: String,
    pub(super) collection: Collection,
    pub(super) applicant_id: String,
    pub(super) created_unix_secs: i64,
    pub(super) file_name: String,
    pub(super) file_type: String,
    pub(super) bytes: Bytes,
    /// Documents only.
    pub(super) document: About,
}

/// What else is known about a document.
#[derive(Clone, Debug, Default)]
pub(super) struct About {
    pub(super) document_type: Option<String>,
    pub(super) side: Option<String>,
    pub(super) issuing_country: Option<String>,
}

impl Medium {
    /// One that the person made in the SDK.
    pub(super) fn captured(
        id: String,
        collection: Collection,
        applicant_id: &str,
        now_unix_secs: i64,
    ) -> Self {
        let (file_name, file_type, bytes) = if collection.has_frames() {
            ("onfido_captured_video.mp4", "video/mp4", video())
        } else {
            ("onfido_captured_image.png", "image/png", png(&id))
        };
        let is_document = collection == Collection::Documents;
        let about = |word: &str| is_document.then(|| word.to_owned());
        Self {
            id,
            collection,
            applicant_id: applicant_id.to_owned(),
            created_unix_secs: now_unix_secs,
            file_name: file_name.to_owned(),
            file_type: file_type.to_owned(),
            bytes,
            document: About {
                document_type: about("passport"),
                side: about("front"),
                issuing_country: about("GBR"),
            },
        }
    }

    /// Forgets what is in it.
    pub(super) fn erase(&mut self) {
        self.file_name.clear();
        self.file_type.clear();
        self.bytes = Bytes::new();
        self.document = About::default();
    }

    /// A single frame of it.
    pub(super) fn frame(&self) -> Bytes {
        png(&self.id)
    }

    /// As the API shows it.
    pub(super) fn object(&self) -> Value {
        let href = format!("/v3.6/{}/{}", self.collection.as_word(), self.id);
        let mut object = json!({
            "id": self.id,
            "created_at": time(self.created_unix_secs),
            "href": href,
            "download_href": format!("{href}/download"),
            "file_name": self.file_name,
            "file_type": self.file_type,
            "file_size": self.bytes.len(),
        });
        match self.collection {
            Collection::Documents => {
                let document = &self.document;
                for (name, value) in [
                    ("type", &document.document_type),
                    ("side", &document.side),
                    ("issuing_country", &document.issuing_country),
                ] {
                    if let Some(value) = value {
                        set(&mut object, name, value.as_str());
                    }
                }
                set(&mut object, "applicant_id", self.applicant_id.as_str());
            }
            Collection::LiveVideos => {
                let challenge = json!([
                    { "type": "recite", "query": [4, 7, 1] },
                    { "type": "movement", "query": "turnLeft" },
                ]);
                set(&mut object, "challenge", challenge);
            }
            _ => {}
        }
        object
    }

    /// As the output of the task that collected it names it.
    pub(super) fn reference(&self) -> Value {
        json!({
            "id": self.id,
            "type": self.collection.in_output(),
            "checksum_sha256": STANDARD.encode(Sha256::digest(&self.bytes)),
        })
    }
}
