//! Which files there are.

use idv_core::{
    AccountId, DataState, Error, ErrorKind, EvidenceFile, EvidenceRole, ProviderId, RequestId,
    SessionId,
};

use super::{EvidenceId, is_an_address};
use crate::Engine;
use crate::error::CommandError;
use crate::observe::corrupt;
use crate::store::SessionRow;

/// The files that vendors hold about a request, over all of its sessions.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct EvidenceListing {
    /// Each file once, session by session, oldest session first.
    pub files: Vec<EvidenceEntry>,
    /// What could not be looked at. Where something stands here, the list of files may not be all there is.
    pub gaps: Vec<EvidenceGap>,
}

/// One file.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct EvidenceEntry {
    /// The id under which it is opened: [`Engine::open_evidence`].
    pub id: EvidenceId,
    /// The vendor's id of the session.
    pub session_id: SessionId,
    /// The account the session is with.
    pub account: AccountId,
    /// The provider of that account.
    pub provider: ProviderId,
    /// What it shows.
    pub role: EvidenceRole,
    /// IANA media type, where the vendor says. Nobody has looked whether it is true.
    pub media_type: Option<String>,
    /// Size in bytes, where the vendor says.
    pub size_bytes: Option<u64>,
    /// SHA-256 of the content, where it is known.
    pub sha256: Option<[u8; 32]>,
    /// Whether it is still there.
    pub data_state: DataState,
}

/// Something that could not be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EvidenceGap {
    /// The vendor's id of the session; none for one that was not made yet.
    pub session_id: Option<SessionId>,
    /// The account the session is with.
    pub account: AccountId,
    /// The part of the session; none for the whole of it.
    pub part: Option<&'static str>,
    /// Why, in a sentence for people.
    pub reason: &'static str,
}

/// Why nothing can be asked about a session.
pub(super) const NOT_STARTED: &str = "the session has not been started at the vendor yet";
const ACCOUNT_GONE: &str = "the account of the session is no longer configured";
const RECEIVES_ONLY: &str =
    "the account has no API credentials: it receives webhooks but cannot ask the vendor";
const NO_ABILITY: &str = "this provider shows no files";
const PERSON_ERASED: &str = "the person was erased";
const ERASED_AT_VENDOR: &str = "the vendor has erased the person's data";
const NOT_AT_VENDOR: &str = "the vendor has no such session, or not any more";
const KEY_MAY_NOT: &str = "the API key of the account may not see the files of the vendor";
const AN_ADDRESS: &str = "a file without an id that can be named";

impl Engine {
    /// The files that vendors hold about a request, as the vendors say now. Nothing of it is kept. None if there is no such
    /// request.
    ///
    /// # Errors
    /// [`CommandError::Provider`] if a vendor that can be asked fails.
    pub async fn evidence(
        &self,
        request: RequestId,
    ) -> Result<Option<EvidenceListing>, CommandError> {
        let reads = self.inner.store.reads();
        let Some(row) = reads.request(request).await? else {
            return Ok(None);
        };
        let subject = reads.subject(row.subject).await?;
        let subject = subject.ok_or_else(|| corrupt("a request without a subject"))?;
        let mut listing = EvidenceListing::default();
        for session in reads.sessions_of(request).await? {
            if subject.erased_at.is_some() {
                listing.gaps.push(gap(&session, None, PERSON_ERASED));
                continue;
            }
            self.list_of(&session, &mut listing).await?;
        }
        Ok(Some(listing))
    }

    async fn list_of(
        &self,
        session: &SessionRow,
        listing: &mut EvidenceListing,
    ) -> Result<(), CommandError> {
        if let Some(reason) = self.shows_nothing(session) {
            listing.gaps.push(gap(session, None, reason));
            return Ok(());
        }
        let account = self.account_of(session)?;
        let (Some(ability), Some(session_id)) =
            (account.provider.abilities().evidence, &session.session_id)
        else {
            return Ok(());
        };
        let found = match ability.list_evidence(session_id).await {
            Ok(found) => found,
            Err(error) => {
                let reason = sentence(&error).ok_or_else(|| provider(error))?;
                listing.gaps.push(gap(session, None, reason));
                return Ok(());
            }
        };
        for file in found.files {
            if is_an_address(&file.vendor_file_id) {
                listing.gaps.push(gap(session, None, AN_ADDRESS));
            } else {
                listing.files.push(entry(session, session_id, file));
            }
        }
        let missing = found.missing.into_iter();
        listing
            .gaps
            .extend(missing.map(|part| gap(session, Some(part.name), part.reason)));
        Ok(())
    }

    /// Why a session has no files to show, if it is known without asking.
    fn shows_nothing(&self, session: &SessionRow) -> Option<&'static str> {
        let Some(account) = self.inner.accounts.get(&session.account) else {
            return Some(ACCOUNT_GONE);
        };
        if session.session_id.is_none() {
            Some(NOT_STARTED)
        } else if !account.can_fetch {
            Some(RECEIVES_ONLY)
        } else if account.provider.abilities().evidence.is_none() {
            Some(NO_ABILITY)
        } else if session.state.data_state == DataState::Redacted {
            Some(ERASED_AT_VENDOR)
        } else {
            None
        }
    }
}

pub(super) fn provider(error: Error) -> CommandError {
    CommandError::Provider(Box::new(error))
}

/// What a refusal says about the files. Of a vendor that failed nothing is known, and that is an error.
const fn sentence(error: &Error) -> Option<&'static str> {
    match error.kind {
        ErrorKind::NotFound => Some(NOT_AT_VENDOR),
        ErrorKind::InvalidCredentials => Some(KEY_MAY_NOT),
        _ => None,
    }
}

fn gap(session: &SessionRow, part: Option<&'static str>, reason: &'static str) -> EvidenceGap {
    EvidenceGap {
        session_id: session.session_id.clone(),
        account: session.account.clone(),
        part,
        reason,
    }
}

fn entry(session: &SessionRow, session_id: &SessionId, file: EvidenceFile) -> EvidenceEntry {
    EvidenceEntry {
        id: EvidenceId::new(session.key, file.vendor_file_id),
        session_id: session_id.clone(),
        account: session.account.clone(),
        provider: session.provider.clone(),
        role: file.role,
        media_type: file.media_type,
        size_bytes: file.size_bytes,
        sha256: file.sha256,
        data_state: file.data_state,
    }
}
