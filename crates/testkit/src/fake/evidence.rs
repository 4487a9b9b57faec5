//! The fake vendor's files, and how the provider shows and opens them.
//!
//! Of each check there are the front of a document and a report, which is written once the check has come to its end.
//! [`FakeVendor::serve`](super::FakeVendor::serve) has the next file come in another way: lying, hanging, without an end.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Method, Request, Response};
use idv_core::{
    BodyStream, DataState, Error, Evidence, EvidenceContent, EvidenceFile, EvidenceList,
    EvidenceRole, EvidenceStream, MissingPart, Pieces, Sent, SessionId, TransportError,
    TransportFailure, json,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::FakeProvider;
use super::client::{Client, segment};
use super::provider::unreadable;

/// The content of the front of the document.
pub const FRONT: &str = "FRONT-OF-A-DOCUMENT";
/// The content of the report.
pub const REPORT: &str = "REPORT-ABOUT-A-CHECK";
/// After how long a report that is still being written is to be asked for again.
pub const REPORT_RETRY_AFTER: Duration = Duration::from_secs(7);

/// What a file shows; the fake vendor's word comes first.
pub(super) const ROLES: &[(&str, EvidenceRole)] = &[
    ("front", EvidenceRole::DocumentFront),
    ("back", EvidenceRole::DocumentBack),
    ("report", EvidenceRole::Report),
];

/// How a file comes.
#[derive(Clone, Debug)]
pub struct FakeContent {
    /// What `Content-Type` says.
    pub media_type: Option<&'static str>,
    /// What `Content-Length` says, whether it is true or not.
    pub announced_bytes: Option<u64>,
    /// The content, piece by piece.
    pub pieces: VecDeque<Bytes>,
    /// What comes behind the last piece.
    pub end: FakeEnd,
}

/// What comes behind the last piece of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FakeEnd {
    /// The end.
    Whole,
    /// The connection breaks.
    Broken,
    /// Nothing, until the transport has waited long enough.
    TimedOut,
}

impl FakeContent {
    /// A file that comes as it should.
    #[must_use]
    pub fn whole(pieces: impl IntoIterator<Item = Bytes>) -> Self {
        let pieces: VecDeque<_> = pieces.into_iter().collect();
        let bytes: usize = pieces.iter().map(Bytes::len).sum();
        Self {
            media_type: Some("image/jpeg"),
            announced_bytes: u64::try_from(bytes).ok(),
            pieces,
            end: FakeEnd::Whole,
        }
    }
}

/// The files that come in another way than usual, in order, and how many pieces were taken of any.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    pub(super) next: VecDeque<FakeContent>,
    pub(super) pieces_taken: Arc<AtomicUsize>,
}

struct Running(FakeContent, Arc<AtomicUsize>);

#[async_trait]
impl Pieces for Running {
    async fn next_piece(&mut self) -> Option<Result<Bytes, TransportError>> {
        let Self(content, taken) = self;
        if let Some(piece) = content.pieces.pop_front() {
            taken.fetch_add(1, Ordering::SeqCst);
            return Some(Ok(piece));
        }
        let reason = match std::mem::replace(&mut content.end, FakeEnd::Whole) {
            FakeEnd::Whole => return None,
            FakeEnd::Broken => TransportFailure::Broken,
            FakeEnd::TimedOut => TransportFailure::Timeout,
        };
        let sent = Sent::Unknown;
        Some(Err(TransportError { sent, reason }))
    }
}

impl Shelf {
    /// The answer to whoever opens something: its body as it is, or as the shelf has it.
    pub(super) fn opened(
        &mut self,
        request: &Request<Bytes>,
        answer: Response<Bytes>,
    ) -> Response<BodyStream> {
        let is_file = request.uri().path().contains("/files/");
        if !is_file || answer.status() != 200 {
            return answer.map(BodyStream::from);
        }
        let (mut parts, body) = answer.into_parts();
        let content = self.next.pop_front().unwrap_or_else(|| {
            let mut usual = FakeContent::whole([body]);
            let is_report = request.uri().path().ends_with("/fil_report");
            usual.media_type = is_report.then_some("application/pdf").or(usual.media_type);
            usual
        });
        if let Some(media_type) = content.media_type {
            let value = http::HeaderValue::from_static(media_type);
            parts.headers.insert(http::header::CONTENT_TYPE, value);
        }
        if let Some(bytes) = content.announced_bytes {
            parts
                .headers
                .insert(http::header::CONTENT_LENGTH, bytes.into());
        }
        let body = BodyStream::new(Running(content, Arc::clone(&self.pieces_taken)));
        Response::from_parts(parts, body)
    }
}

/// What the vendor answers about the files of a check that is there.
pub(super) fn answer(method: &Method, rest: &[&str], is_over: bool) -> Option<(u16, String)> {
    match (method, rest) {
        (&Method::GET, []) => {
            let files = json!([
                {"id": "fil_front", "shows": "front", "type": "image/jpeg", "bytes": null, "data": "here"},
                {"id": "fil_report", "shows": "report", "type": "application/pdf", "bytes": REPORT.len(), "data": "here"},
                {"id": "fil_back", "shows": "back", "type": null, "bytes": null, "data": "erased"},
            ]);
            let list = json!({ "object": "files", "files": files, "hidden": ["video"] });
            Some((200, list.to_string()))
        }
        (&Method::GET, ["fil_front"]) => Some((200, FRONT.to_owned())),
        (&Method::GET, ["fil_report"]) if is_over => Some((200, REPORT.to_owned())),
        (&Method::GET, ["fil_report"]) => Some((202, Value::Null.to_string())),
        _ => None,
    }
}

#[derive(Deserialize)]
struct Files {
    files: Vec<File>,
    #[serde(default)]
    hidden: Vec<String>,
}

#[derive(Deserialize)]
struct File {
    id: String,
    shows: String,
    #[serde(rename = "type")]
    media_type: Option<String>,
    bytes: Option<u64>,
    data: String,
}

impl File {
    fn shown(self) -> EvidenceFile {
        let row = ROLES.iter().find(|row| row.0 == self.shows);
        let role = row.map_or(EvidenceRole::Unknown(self.shows), |row| row.1.clone());
        let mut file = EvidenceFile::new(self.id, role);
        file.media_type = self.media_type;
        file.size_bytes = self.bytes;
        if self.data == "erased" {
            file.data_state = DataState::Redacted;
        }
        file
    }
}

impl Client {
    async fn list_files(&self, check: &str) -> Result<Bytes, Error> {
        let path = format!("/v1/checks/{}/files", segment(check));
        self.send("list_files", Method::GET, &path, None, Bytes::new())
            .await
    }

    async fn open_file(&self, check: &str, file: &str) -> Result<Response<BodyStream>, Error> {
        let path = format!("/v1/checks/{}/files/{}", segment(check), segment(file));
        self.open("open_file", &path).await
    }
}

#[async_trait]
impl Evidence for FakeProvider {
    async fn list_evidence(&self, session: &SessionId) -> Result<EvidenceList, Error> {
        let bytes = self.client.list_files(session.as_str()).await?;
        let found: Files = json::decode(&bytes).map_err(unreadable("list_files"))?;
        let missing = found.hidden.iter().map(|_| MissingPart {
            name: "video",
            reason: "the fake vendor does not show it",
        });
        let files = found.files.into_iter().map(File::shown);
        Ok(EvidenceList::new(files.collect(), missing.collect()))
    }

    async fn open_evidence(
        &self,
        session: &SessionId,
        file: &str,
    ) -> Result<EvidenceContent, Error> {
        let answer = self.client.open_file(session.as_str(), file).await?;
        Ok(if answer.status() == 202 {
            EvidenceContent::NotReady {
                retry_after: REPORT_RETRY_AFTER,
            }
        } else {
            EvidenceContent::Ready(EvidenceStream::of(answer))
        })
    }
}
