//! Files, and links to them.

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::picture::png;

/// One file.
#[derive(Clone, Debug)]
pub(super) struct File {
    pub(super) id: String,
    pub(super) created_unix_secs: i64,
    pub(super) purpose: String,
    pub(super) filename: Option<String>,
    pub(super) title: Option<String>,
    /// The vendor's word for what it is, such as `png`.
    pub(super) file_type: String,
    pub(super) content: Content,
}

/// What is in it.
#[derive(Clone, Debug)]
pub(super) enum Content {
    /// A picture that a session has collected.
    Picture { session: String, seed: u64 },
    /// What the application has uploaded.
    Uploaded(Bytes),
}

/// The purposes of pictures of documents that a link may be made to, and of selfies.
pub(super) const DOCUMENT: &str = "identity_document_downloadable";
pub(super) const SELFIE: &str = "selfie";

/// Purposes of files that a link may be made to.
pub(super) const LINKABLE: &[&str] = &[
    "business_icon",
    "business_logo",
    "customer_signature",
    "dispute_evidence",
    "finance_report_run",
    "financial_account_statement",
    DOCUMENT,
    "issuing_regulatory_reporting",
    "pci_document",
    SELFIE,
    "sigma_scheduled_query",
    "tax_document_user_upload",
    "terminal_android_apk",
];

/// The longest life of a link to a picture of a person, in seconds.
pub(super) const LINK_FOR_SECS: i64 = 30;

impl File {
    pub(super) fn bytes(&self) -> Bytes {
        match &self.content {
            Content::Picture { seed, .. } => png(*seed).into(),
            Content::Uploaded(bytes) => bytes.clone(),
        }
    }

    /// The session that has collected it; none if it was uploaded.
    pub(super) fn session(&self) -> Option<&str> {
        match &self.content {
            Content::Picture { session, .. } => Some(session),
            Content::Uploaded(_) => None,
        }
    }

    /// `base_url`: where files are served. `links`: the links to it there are.
    pub(super) fn object(&self, base_url: &str, links: &[Value]) -> Value {
        json!({
            "id": self.id,
            "object": "file",
            "created": self.created_unix_secs,
            "expires_at": null,
            "filename": self.filename,
            "links": {
                "object": "list",
                "data": links,
                "has_more": false,
                "url": format!("/v1/file_links?file={}", self.id),
            },
            "purpose": self.purpose,
            "size": self.bytes().len(),
            "title": self.title,
            "type": self.file_type,
            "url": format!("{base_url}/v1/files/{}/contents", self.id),
        })
    }
}

/// A link to a file, for whoever has it.
#[derive(Clone, Debug)]
pub(super) struct FileLink {
    pub(super) id: String,
    pub(super) created_unix_secs: i64,
    pub(super) file: String,
    pub(super) expires_at_unix_secs: Option<i64>,
    pub(super) metadata: Map<String, Value>,
    pub(super) livemode: bool,
    /// The end of its address.
    pub(super) token: String,
}

impl FileLink {
    pub(super) fn is_expired(&self, now_unix_secs: i64) -> bool {
        self.expires_at_unix_secs
            .is_some_and(|at| at <= now_unix_secs)
    }

    /// `file`: the file's id, or the file in full.
    pub(super) fn object(&self, base_url: &str, file: &Value, now_unix_secs: i64) -> Value {
        json!({
            "id": self.id,
            "object": "file_link",
            "created": self.created_unix_secs,
            "expired": self.is_expired(now_unix_secs),
            "expires_at": self.expires_at_unix_secs,
            "file": file,
            "livemode": self.livemode,
            "metadata": self.metadata,
            "url": format!("{base_url}/links/{}", self.token),
        })
    }
}
