//! Handing in what the application has collected itself.

use std::fmt;

use async_trait::async_trait;
use bytes::Bytes;

use crate::{Country, DocumentKind, Error, EvidenceFile, EvidenceRole, SessionId};

/// Hands in files for the person of a session: documents and pictures the application has collected itself.
#[async_trait]
pub trait UploadDocuments: fmt::Debug + Send + Sync {
    /// Hands in one file and returns it as the vendor has taken it. Handing it in twice makes two files; it is never
    /// sent again by itself.
    ///
    /// A file alone decides nothing: a task of the session must be completed with it, see
    /// [`CompleteTask`](crate::CompleteTask).
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) with the field for a file the vendor refuses: its
    /// type, its size, its quality; [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) for a role it does not
    /// take; [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) if there is no such session; else as any call.
    async fn upload(&self, session: &SessionId, upload: &Upload) -> Result<EvidenceFile, Error>;
}

/// A file to be handed in. Personal data: it shows its size only.
#[derive(Clone)]
#[non_exhaustive]
pub struct Upload {
    /// What it shows.
    pub role: EvidenceRole,
    /// What document it is of, for one side of a document.
    pub document_kind: Option<DocumentKind>,
    /// Where the document was issued, where known.
    pub country: Option<Country>,
    /// IANA media type.
    pub media_type: String,
    /// The bytes.
    pub content: Bytes,
}

impl Upload {
    /// A file of which no more is known.
    #[must_use]
    pub fn new(role: EvidenceRole, media_type: impl Into<String>, content: Bytes) -> Self {
        Self {
            role,
            document_kind: None,
            country: None,
            media_type: media_type.into(),
            content,
        }
    }
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload")
            .field("role", &self.role)
            .field("bytes", &self.content.len())
            .finish_non_exhaustive()
    }
}
