//! The files of a run: what the person has handed in, and what the vendor writes about the run.
//!
//! From the vendor's OpenAPI file (`/documents`, `/live_photos`, `/live_videos`, `/motion_captures`,
//! `/workflow_runs/{id}/signed_evidence_file`, `…/evidence_folder`, `…/timeline_file`), read 2026-11-20.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use idv_core::{
    Error, ErrorKind, EvidenceContent, EvidenceFile, EvidenceList, EvidenceStream, MissingPart,
    SessionId, Status, Unreadable,
};

use super::OnfidoProvider;
use super::read::{run, unreadable};
use crate::client::{Answer, Client, Opened, failed};
use crate::map::tables::{DOCUMENT_SIDES, MEDIA, MediaRow, WRITTEN, file_id};
use crate::map::{self, is_vendor_id};
use crate::wire;

/// After how long to ask again for a file that is being written: the vendor's own tests ask each two seconds.
const RETRY_AFTER: Duration = Duration::from_secs(2);
/// The file that is only written when it is asked for.
const TIMELINE: &str = "timeline_file";

/// How many timelines that were asked for are remembered, so that asking again finds the one that is being written.
const MAX_TIMELINES: usize = 1_000;

/// The timelines that were asked for and not read yet, by run: the vendor's id of each. Forgotten when the process ends:
/// then another one is written, which says the same.
#[derive(Debug, Default)]
pub(super) struct Timelines(Mutex<BTreeMap<SessionId, String>>);

impl Timelines {
    fn of(&self, run: &SessionId) -> Option<String> {
        self.lock().get(run).cloned()
    }

    fn keep(&self, run: &SessionId, id: &str) {
        let mut kept = self.lock();
        if kept.len() >= MAX_TIMELINES {
            kept.pop_first();
        }
        kept.insert(run.clone(), id.to_owned());
    }

    fn forget(&self, run: &SessionId) {
        self.lock().remove(run);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<SessionId, String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OnfidoProvider {
    /// See [`idv_core::Evidence::list_evidence`].
    pub(super) async fn files_of(&self, session: &SessionId) -> Result<EvidenceList, Error> {
        let operation = "find_workflow_run";
        let client = self.client(operation)?;
        let answer = client.find_workflow_run(session).await?;
        let (_, run) = run(operation, Some(session), &answer)?;
        let mut list = EvidenceList::default();
        let applicant = run.applicant_id.get().filter(|id| is_vendor_id(id));
        for media in MEDIA {
            let Some(applicant) = applicant else { break };
            match files_of_applicant(client, applicant, media).await {
                Ok(files) => list.files.extend(files),
                Err(error) => list.missing.push(missing(media.collection, error)?),
            }
        }
        let status = map::assemble(
            &self.options,
            &[idv_core::Part::new(map::SESSION_PART, answer.body)],
        )
        .ok()
        .and_then(|mapped| mapped.status);
        // The vendor writes about a run once it has ended.
        if status.is_some_and(|status| has_ended(&status)) {
            let written = WRITTEN.iter();
            list.files
                .extend(written.map(|(name, role)| EvidenceFile::new(*name, role.clone())));
        }
        Ok(list)
    }

    /// See [`idv_core::Evidence::open_evidence`].
    pub(super) async fn open(
        &self,
        session: &SessionId,
        file: &str,
    ) -> Result<EvidenceContent, Error> {
        let operation = "download_file";
        let client = self.client(operation)?;
        if file == TIMELINE {
            return self.open_timeline(client, session).await;
        }
        if let Some((name, _)) = WRITTEN.iter().find(|(name, _)| *name == file) {
            // A run without one is a run of which it is not written yet: that there is such a run is known.
            self.find(client, session).await?;
            return ready(client.open_written(session, &[name]).await);
        }
        let gone = || {
            let message = "the run has no such file, or it was erased";
            failed(ErrorKind::NotFound, operation, message)
        };
        let (kind, id) = file.split_once(':').ok_or_else(gone)?;
        let media = MEDIA.iter().find(|media| media.kind == kind);
        let media = media.ok_or_else(gone)?;
        // A file of somebody else is not shown, whoever names it.
        let answer = client.find_workflow_run(session).await?;
        let (_, run) = run("find_workflow_run", Some(session), &answer)?;
        let applicant = run.applicant_id.get().filter(|id| is_vendor_id(id));
        let files = files_of_applicant(client, applicant.ok_or_else(gone)?, media).await?;
        if !files.iter().any(|known| known.vendor_file_id == file) {
            return Err(gone());
        }
        match client.open_file(media.collection, id).await? {
            Opened::File(answer) => Ok(EvidenceContent::Ready(EvidenceStream::of(answer))),
            Opened::Absent => Err(gone()),
        }
    }

    /// A timeline is written when it is asked for, and is read under the id that this gives.
    async fn open_timeline(
        &self,
        client: &Client,
        session: &SessionId,
    ) -> Result<EvidenceContent, Error> {
        let operation = "create_timeline_file";
        let id = match self.timelines.of(session) {
            Some(id) => id,
            None => {
                let answer = match client.create_timeline_file(session).await {
                    Ok(answer) => answer,
                    // Of a run that has not ended, none is written.
                    Err(failure) if is_too_early(&failure.error) => return Ok(NOT_READY),
                    Err(failure) => return Err(failure.error),
                };
                let made: wire::TimelineFile<'_> =
                    map::object(&answer.body).map_err(|error| unreadable(operation, error))?;
                let id = made.workflow_timeline_file_id.get();
                let id = id.filter(|id| is_vendor_id(id)).ok_or_else(|| {
                    let message = "the vendor does not say where the timeline will be";
                    failed(ErrorKind::BadResponse, operation, message)
                })?;
                // Whoever asks again must find this one: another would never be ready either.
                self.timelines.keep(session, id);
                id.to_owned()
            }
        };
        let opened = ready(client.open_written(session, &[TIMELINE, &id]).await)?;
        if matches!(opened, EvidenceContent::Ready(_)) {
            self.timelines.forget(session);
        }
        Ok(opened)
    }
}

const NOT_READY: EvidenceContent = EvidenceContent::NotReady {
    retry_after: RETRY_AFTER,
};

/// Which refusal means that a file is not written yet is not published: neither an absent file nor a refused question is
/// an error, and anything else is.
fn ready(opened: Result<Opened, Error>) -> Result<EvidenceContent, Error> {
    match opened {
        Ok(Opened::File(answer)) => Ok(EvidenceContent::Ready(EvidenceStream::of(answer))),
        Ok(Opened::Absent) => Ok(NOT_READY),
        Err(error) if is_too_early(&error) => Ok(NOT_READY),
        Err(error) => Err(error),
    }
}

fn is_too_early(error: &Error) -> bool {
    matches!(
        error.kind,
        ErrorKind::InvalidInput { .. } | ErrorKind::Conflict | ErrorKind::ProviderRejected { .. }
    )
}

const fn has_ended(status: &Status) -> bool {
    matches!(
        status,
        Status::Passed | Status::Failed | Status::InReview | Status::Abandoned | Status::Errored
    )
}

/// What an applicant has of one collection.
async fn files_of_applicant(
    client: &Client,
    applicant: &str,
    media: &MediaRow,
) -> Result<Vec<EvidenceFile>, Error> {
    let answer = client.list_files(media.collection, applicant).await?;
    files(&answer, media).map_err(|error| unreadable("list_files", error))
}

fn files(answer: &Answer, media: &MediaRow) -> Result<Vec<EvidenceFile>, Unreadable> {
    let page: wire::Page<'_> = map::object(&answer.body)?;
    let of_page = match media.collection {
        "documents" => page.documents,
        "live_photos" => page.live_photos,
        "live_videos" => page.live_videos,
        _ => page.motion_captures,
    };
    let mut files = Vec::new();
    for item in of_page.0 {
        let file: wire::File<'_> = map::object(item.get().as_bytes())?;
        let Some(id) = file.id.get().filter(|id| is_vendor_id(id)) else {
            continue;
        };
        let side = file.side.get().unwrap_or_default();
        let by_side = DOCUMENT_SIDES.iter().find(|(known, _)| *known == side);
        let role = by_side.map_or(&media.role, |(_, role)| role);
        let mut made = EvidenceFile::new(file_id(media.kind, id), role.clone());
        made.media_type = file.file_type.get().and_then(media_type);
        made.size_bytes = size(file.file_size.0);
        files.push(made);
    }
    Ok(files)
}

/// A size is a whole number, though the vendor may write it as any.
fn size(number: Option<f64>) -> Option<u64> {
    let number = number.filter(|number| (0.0..1e15).contains(number))?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the range was checked in the line above"
    )]
    Some(number as u64)
}

/// The vendor writes a media type, or the usual ending of one.
fn media_type(word: &str) -> Option<String> {
    let known = match word {
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "pdf" => "application/pdf",
        "mp4" => "video/mp4",
        "webm" => "video/webm",
        "mov" => "video/quicktime",
        other if other.contains('/') => other,
        _ => return None,
    };
    Some(known.to_owned())
}

fn missing(collection: &'static str, error: Error) -> Result<MissingPart, Error> {
    let reason = match error.kind {
        ErrorKind::InvalidCredentials => "the API token may not read it",
        ErrorKind::NotFound => "the vendor has it no more",
        _ => return Err(error),
    };
    Ok(MissingPart {
        name: collection,
        reason,
    })
}
