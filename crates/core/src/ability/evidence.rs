//! What was collected, to be looked at.

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;

use crate::{BodyStream, Error, EvidenceFile, MissingPart, SessionId};

/// Shows the files the vendor holds about a session.
///
/// They are the most personal data there are. Nothing here keeps them: what is opened is passed on as it comes.
#[async_trait]
pub trait Evidence: Debug + Send + Sync {
    /// The files of a session, with those the vendor writes itself (reports, timelines), also where one is not ready
    /// yet. Without links. Of a session without files the list is empty.
    ///
    /// What the key may not see is no error: it stands in [`EvidenceList::missing`].
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) if there is no such session, else as any call.
    async fn list_evidence(&self, session: &SessionId) -> Result<EvidenceList, Error>;

    /// Opens one file. `file`: [`EvidenceFile::vendor_file_id`] of an entry of the list.
    ///
    /// Credentials go to the vendor's own API only, and to no address that an answer names.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) if the session has no such file, or it was erased;
    /// [`ErrorKind::InvalidCredentials`](crate::ErrorKind::InvalidCredentials) if the key may not see it; else as any
    /// call. It may be repeated.
    async fn open_evidence(
        &self,
        session: &SessionId,
        file: &str,
    ) -> Result<EvidenceContent, Error>;
}

/// The files of a session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct EvidenceList {
    /// Each file once.
    pub files: Vec<EvidenceFile>,
    /// What could not be looked at, and why: a permission the key lacks, a report that is gone.
    pub missing: Vec<MissingPart>,
}

impl EvidenceList {
    /// A list.
    #[must_use]
    pub const fn new(files: Vec<EvidenceFile>, missing: Vec<MissingPart>) -> Self {
        Self { files, missing }
    }
}

/// What opening a file led to.
#[derive(Debug)]
#[non_exhaustive]
pub enum EvidenceContent {
    /// Here it comes.
    Ready(EvidenceStream),
    /// The vendor is still writing it. That is a state and no error.
    NotReady {
        /// After how long to ask again.
        retry_after: Duration,
    },
}

/// A file as it comes.
#[derive(Debug)]
#[non_exhaustive]
pub struct EvidenceStream {
    /// IANA media type, where the sender says. Nobody has looked whether it is true.
    pub media_type: Option<String>,
    /// The size that was announced, in bytes. Nobody has counted yet.
    pub announced_bytes: Option<u64>,
    /// The content.
    pub body: BodyStream,
}

impl EvidenceStream {
    /// What an answer carries, by its headers.
    #[must_use]
    pub fn of(answer: http::Response<BodyStream>) -> Self {
        let header = |name| {
            let value = answer.headers().get(name)?;
            value.to_str().ok()
        };
        Self {
            media_type: header(http::header::CONTENT_TYPE).map(str::to_owned),
            announced_bytes: header(http::header::CONTENT_LENGTH)
                .and_then(|text| text.trim().parse().ok()),
            body: answer.into_body(),
        }
    }
}
