//! The pictures of a session.
//!
//! <https://plaid.com/docs/api/products/identity-verification/#identity_verificationget>, read 2026-11-20. The vendor gives
//! its files no ids, only addresses in the attempt that anybody can open for a minute. So a file is called by its place in
//! the attempt, and to open it the attempt is read anew.

use idv_core::{
    DataState, Error, ErrorKind, EvidenceContent, EvidenceList, EvidenceStream, SessionId,
};

use super::PlaidProvider;
use crate::client::failed;
use crate::error;

impl PlaidProvider {
    /// See [`idv_core::Evidence::list_evidence`].
    pub(super) async fn files_of(&self, session: &SessionId) -> Result<EvidenceList, Error> {
        let client = self.client("get_session")?;
        let read = self.get(client, session).await?;
        let files = read.snapshot.mapped.without_links().evidence;
        Ok(EvidenceList::new(files, Vec::new()))
    }

    /// See [`idv_core::Evidence::open_evidence`].
    pub(super) async fn open_file(
        &self,
        session: &SessionId,
        file: &str,
    ) -> Result<EvidenceContent, Error> {
        let operation = "download_file";
        let client = self.client(operation)?;
        let read = self.get(client, session).await?;
        let gone = || {
            let message = "the session has no such file, or it was erased";
            failed(ErrorKind::NotFound, operation, message)
        };
        let mut files = read.snapshot.mapped.evidence.into_iter();
        let file = files.find(|known| known.vendor_file_id == file);
        let file = file.filter(|file| file.data_state != DataState::Redacted);
        let link = file.and_then(|file| file.link).ok_or_else(gone)?;
        let answer = client.open_link(operation, &link.url).await?;
        if answer.status().is_success() {
            return Ok(EvidenceContent::Ready(EvidenceStream::of(answer)));
        }
        // It is not the API that answers here: its body says nothing in the API's words.
        let (head, _) = answer.into_parts();
        Err(match head.status.as_u16() {
            404 | 410 => gone(),
            _ => error::from_answer(operation, head.status, &head.headers, b""),
        })
    }
}
