//! The pictures of a session.
//!
//! <https://docs.stripe.com/identity/access-verification-results>, <https://docs.stripe.com/api/file_links> and
//! <https://docs.stripe.com/api/files>, read 2026-11-20. A picture is reached by a link that must not live for more than
//! 30 seconds, and that only a restricted key may make.

use std::borrow::Cow;
use std::time::Duration;

use idv_core::{
    DataState, Error, ErrorKind, EvidenceContent, EvidenceFile, EvidenceList, EvidenceStream,
    MissingPart, Secret, SessionId, Unreadable, json,
};

use super::StripeProvider;
use super::read::unreadable;
use super::start::NOT_A_LIST;
use crate::client::{Client, failed};
use crate::{error, map, wire};

/// How long a link to a picture may live: the vendor refuses a longer time.
const LINK_LIFETIME: Duration = Duration::from_secs(30);
/// How many pages of reports are read: a session has one for each time it was handed in.
const MAX_PAGES: usize = 20;

const NO_LINK: Unreadable = Unreadable::NotThisProvider {
    why: "it is no link to a file",
};
const NOT_THE_REPORTS: MissingPart = MissingPart {
    name: "reports",
    reason: "the API key may not read verification reports: give it the permission \"Verification Sessions and Reports\"",
};
const NOT_THE_FILES: MissingPart = MissingPart {
    name: "file_details",
    reason: "the API key may not read files, so their sizes and types are not known: give it the permission \"Files\"",
};

impl StripeProvider {
    /// See [`idv_core::Evidence::list_evidence`].
    pub(super) async fn files_of(&self, session: &SessionId) -> Result<EvidenceList, Error> {
        let client = self.client("list_reports")?;
        // Reports are asked for by the session's id, and of a strange id the list is empty.
        let now = self.retrieve(client, session).await?.snapshot;
        let mut list = EvidenceList::default();
        let reports = match self.reports_of(client, session).await {
            Ok(reports) => reports,
            Err(error) if error.kind == ErrorKind::InvalidCredentials => {
                list.missing.push(NOT_THE_REPORTS);
                return Ok(list);
            }
            Err(error) => return Err(error),
        };
        for file in reports.into_iter().flatten() {
            let is_listed = |known: &EvidenceFile| known.vendor_file_id == file.vendor_file_id;
            if !list.files.iter().any(is_listed) {
                list.files.push(file);
            }
        }
        if now.mapped.data_state == Some(DataState::Redacted) {
            for file in &mut list.files {
                file.data_state = DataState::Redacted;
            }
            return Ok(list);
        }
        self.describe(client, &mut list).await?;
        Ok(list)
    }

    /// The files of each report of a session, newest report first.
    async fn reports_of(
        &self,
        client: &Client,
        session: &SessionId,
    ) -> Result<Vec<Vec<EvidenceFile>>, Error> {
        let operation = "list_reports";
        let (mut reports, mut after) = (Vec::new(), None::<String>);
        for _ in 0..MAX_PAGES {
            let answer = client.list_reports(session, after.as_deref()).await?;
            let unreadable = |error| unreadable(operation, &answer, error);
            let page: wire::List<'_> = map::object(&answer.body).map_err(unreadable)?;
            let mut last = None;
            for item in page.data.iter().flatten() {
                let bytes = item.get().as_bytes();
                last = json::find_text(bytes, "id")
                    .filter(|id| map::is_vendor_id(id))
                    .map(Cow::into_owned);
                let mapped = map::translate(Some(idv_core::Kind::Report), bytes);
                let mapped = mapped.map_err(unreadable)?;
                if mapped.session_id.as_ref() == Some(session) {
                    reports.push(mapped.evidence);
                }
            }
            match (page.object.get(), page.has_more.0, last) {
                (Some(wire::LIST), Some(false), _) => return Ok(reports),
                (Some(wire::LIST), Some(true), Some(last)) => after = Some(last),
                _ => return Err(unreadable(NOT_A_LIST)),
            }
        }
        let message = "the session has more reports than can be looked through";
        Err(failed(ErrorKind::Conflict, operation, message))
    }

    /// Adds what the vendor says of each file, as far as the key may ask.
    async fn describe(&self, client: &Client, list: &mut EvidenceList) -> Result<(), Error> {
        let operation = "retrieve_file";
        for file in &mut list.files {
            let answer = match client.retrieve_file(&file.vendor_file_id).await {
                Ok(answer) => answer,
                Err(failure) => match failure.error.kind {
                    ErrorKind::InvalidCredentials => {
                        list.missing.push(NOT_THE_FILES);
                        return Ok(());
                    }
                    ErrorKind::NotFound => {
                        file.data_state = DataState::Redacted;
                        continue;
                    }
                    _ => return Err(failure.error),
                },
            };
            let unreadable = |error| unreadable(operation, &answer, error);
            let details: wire::File<'_> = map::object(&answer.body).map_err(unreadable)?;
            if details.object.get() == Some(wire::FILE) {
                file.media_type = details.file_type.get().and_then(media_type);
                file.size_bytes = details.size.0.and_then(|size| u64::try_from(size).ok());
            }
        }
        Ok(())
    }

    /// See [`idv_core::Evidence::open_evidence`].
    pub(super) async fn open_file(
        &self,
        session: &SessionId,
        file: &str,
    ) -> Result<EvidenceContent, Error> {
        let operation = "create_file_link";
        let client = self.client(operation)?;
        // A file of another session is not shown, whoever names it.
        let reports = self.reports_of(client, session).await?;
        let is_its = |known: &EvidenceFile| known.vendor_file_id == file;
        if !reports.iter().flatten().any(is_its) {
            let message = "the session has no such file";
            return Err(failed(ErrorKind::NotFound, operation, message));
        }
        let expires_at = self.clock.now().plus(LINK_LIFETIME).as_unix_secs();
        let answer = client.create_file_link(file, expires_at).await?;
        let unreadable = |error| unreadable(operation, &answer, error);
        let link: wire::FileLink<'_> = map::object(&answer.body).map_err(unreadable)?;
        let (Some(wire::FILE_LINK), Some(url)) = (link.object.get(), link.url.get()) else {
            return Err(unreadable(NO_LINK));
        };
        let answer = client.open_link(&Secret::from(url)).await?;
        if answer.status().is_success() {
            return Ok(EvidenceContent::Ready(EvidenceStream::of(answer)));
        }
        // It is not the API that answers here: its body says nothing in the API's words.
        let (head, _) = answer.into_parts();
        Err(error::from_answer(
            "download_file",
            head.status,
            &head.headers,
            b"",
        ))
    }
}

/// The vendor names the type of a file by its usual ending.
fn media_type(ending: &str) -> Option<String> {
    let known = match ending {
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "webp" => "image/webp",
        "heic" => "image/heic",
        "pdf" => "application/pdf",
        "mp4" => "video/mp4",
        "webm" => "video/webm",
        _ => return None,
    };
    Some(known.to_owned())
}
