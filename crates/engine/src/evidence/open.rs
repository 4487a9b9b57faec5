//! Opening one file.

use std::time::Duration;

use idv_core::{
    Actor, BodyStream, DataState, Error, ErrorKind, EvidenceContent, EvidenceFile, EvidenceRole,
    EvidenceStream, ProviderInfo, RequestId, SessionId,
};

use super::held_to_word::HeldToWord;
use super::list::provider;
use super::{EvidenceId, is_an_address};
use crate::account::Account;
use crate::command::{Given, check_actor};
use crate::error::CommandError;
use crate::fold::CommandFact;
use crate::store::SessionRow;
use crate::{Engine, words};

/// Opens one file that a vendor holds about a request.
#[derive(Clone, Debug)]
pub struct OpenEvidence {
    /// The request.
    pub request: RequestId,
    /// The file.
    pub file: EvidenceId,
    /// Who looks at it.
    pub actor: Actor,
}

/// What opening a file led to.
#[derive(Debug)]
#[non_exhaustive]
pub enum OpenedEvidence {
    /// Here it comes. That it was opened stands on the timeline.
    Ready(EvidenceDownload),
    /// The vendor is still writing it. Nothing was handed out.
    NotReady {
        /// After how long to ask again.
        retry_after: Duration,
    },
}

/// A file on its way. Nothing of it is kept here.
#[derive(Debug)]
#[non_exhaustive]
pub struct EvidenceDownload {
    /// What it shows.
    pub role: EvidenceRole,
    /// IANA media type, where the vendor says. Nobody has looked whether it is true.
    pub media_type: Option<String>,
    /// How many bytes the body has if it ends well, where somebody has said so.
    pub said_bytes: Option<u64>,
    /// The content. One that breaks off, is shorter or longer than was said, or longer than
    /// [`EngineSettings::evidence_max_bytes`](crate::EngineSettings::evidence_max_bytes), ends with an error: whoever has
    /// passed on a part of it must not end it as if it were whole.
    pub body: BodyStream,
}

/// What is known of a file before it is opened.
struct Wanted {
    session: SessionRow,
    session_id: SessionId,
    account: std::sync::Arc<Account>,
}

impl Engine {
    /// Opens one file. Before the first byte of it is handed out, the timeline says who has opened which.
    ///
    /// The content is passed on as it comes: it is not cached, not stored, and never here as a whole.
    ///
    /// # Errors
    /// [`CommandError::Erased`] once the person or the file was erased, [`CommandError::NoSuchEvidence`] if the request has
    /// no such file, [`CommandError::EvidenceTooLarge`] if it is said to be larger than is allowed,
    /// [`CommandError::NoEvidence`] or [`CommandError::AccountCannotFetch`] if the account shows none, and
    /// [`CommandError::Provider`] as the vendor answers.
    pub async fn open_evidence(
        &self,
        command: OpenEvidence,
    ) -> Result<OpenedEvidence, CommandError> {
        check_actor(&command.actor)?;
        let wanted = self.wanted(&command).await?;
        let ability = wanted.account.provider.abilities().evidence;
        let ability = ability.ok_or_else(|| CommandError::NoEvidence(wanted.account.id.clone()))?;
        let vendor_file_id = &command.file.vendor_file_id;
        let listed = ability.list_evidence(&wanted.session_id).await;
        let file = listed.map_err(no_such).and_then(|list| {
            let mut files = list.files.into_iter();
            files
                .find(|file| file.vendor_file_id == *vendor_file_id)
                .ok_or(CommandError::NoSuchEvidence)
        })?;
        if file.data_state == DataState::Redacted {
            return Err(CommandError::Erased);
        }
        self.check_size(file.size_bytes)?;
        let opened = ability.open_evidence(&wanted.session_id, vendor_file_id);
        let stream = match opened.await.map_err(no_such)? {
            EvidenceContent::Ready(stream) => stream,
            EvidenceContent::NotReady { retry_after } => {
                return Ok(OpenedEvidence::NotReady { retry_after });
            }
            _ => return Err(CommandError::NoSuchEvidence),
        };
        let download = self.checked(wanted.account.provider.info(), &file, stream)?;
        self.note_opened(&command, &wanted, &file).await?;
        Ok(OpenedEvidence::Ready(download))
    }

    /// The session of the file, if it may be asked about.
    async fn wanted(&self, command: &OpenEvidence) -> Result<Wanted, CommandError> {
        if is_an_address(&command.file.vendor_file_id) {
            return Err(CommandError::NoSuchEvidence);
        }
        let mut unit = self.inner.store.begin().await?;
        let request = self.locked(unit.as_unit_of_work(), command.request).await?;
        self.check_not_erased(unit.as_unit_of_work(), &request)
            .await?;
        let sessions = unit.sessions_of(request.id).await?;
        drop(unit);
        let mut sessions = sessions.into_iter();
        let session = sessions
            .find(|session| session.key == command.file.session)
            .ok_or(CommandError::NoSuchEvidence)?;
        let session_id = session.session_id.clone().ok_or(CommandError::NoSession)?;
        let account = self.account_of(&session)?;
        if !account.can_fetch {
            return Err(CommandError::AccountCannotFetch(account.id.clone()));
        }
        if session.state.data_state == DataState::Redacted {
            return Err(CommandError::Erased);
        }
        Ok(Wanted {
            session,
            session_id,
            account,
        })
    }

    fn check_size(&self, bytes: Option<u64>) -> Result<(), CommandError> {
        let max_bytes = self.inner.settings.evidence_max_bytes;
        match bytes {
            Some(bytes) if bytes > max_bytes => Err(CommandError::EvidenceTooLarge { max_bytes }),
            _ => Ok(()),
        }
    }

    /// A file whose head contradicts what is known of it is refused while nothing of it was handed out.
    fn checked(
        &self,
        info: &ProviderInfo,
        file: &EvidenceFile,
        stream: EvidenceStream,
    ) -> Result<EvidenceDownload, CommandError> {
        self.check_size(stream.announced_bytes)?;
        let said_bytes = stream.announced_bytes.or(file.size_bytes);
        if file
            .size_bytes
            .is_some_and(|bytes| Some(bytes) != said_bytes)
        {
            return Err(provider(Error::new(
                ErrorKind::BadResponse,
                info.id.clone(),
                "open_evidence",
                "the file is announced with another size than it is listed with",
            )));
        }
        let max_bytes = self.inner.settings.evidence_max_bytes;
        Ok(EvidenceDownload {
            role: file.role.clone(),
            media_type: stream.media_type.or_else(|| file.media_type.clone()),
            said_bytes,
            body: BodyStream::new(HeldToWord {
                body: stream.body,
                max_bytes,
                said_bytes,
                seen_bytes: 0,
                is_over: false,
            }),
        })
    }

    /// Puts on the timeline who looks at which file. A person who was erased meanwhile is not looked at any more.
    async fn note_opened(
        &self,
        command: &OpenEvidence,
        wanted: &Wanted,
        file: &EvidenceFile,
    ) -> Result<(), CommandError> {
        let mut unit = self.inner.store.begin().await?;
        let request = self.locked(unit.as_unit_of_work(), command.request).await?;
        self.check_not_erased(unit.as_unit_of_work(), &request)
            .await?;
        let mut given = Given::new(words::EVIDENCE_OPENED, &command.actor);
        given.session = Some(wanted.session.key);
        given.fact = Some(CommandFact::EvidenceOpened {
            role: file.role.clone(),
            vendor_file_id: file.vendor_file_id.clone(),
        });
        self.append_command(unit.as_unit_of_work(), &request, given)
            .await?;
        Ok(unit.commit().await?)
    }
}

fn no_such(error: Error) -> CommandError {
    if error.kind == ErrorKind::NotFound {
        CommandError::NoSuchEvidence
    } else {
        provider(error)
    }
}
