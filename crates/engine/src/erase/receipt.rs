//! What an erasure has done, and what the vendors have said until now.

use std::collections::HashMap;

use idv_core::{
    AccountId, Actor, DataState, ErasureId, ErrorKind, RequestId, SessionId, SessionKey, Timestamp,
};

use crate::error::QueryError;
use crate::store::{ErasedSession, ObservationRow, PageRequest, SessionRow};
use crate::{Engine, words};

/// What an erasure has done, and what the vendors have said until now. It names nobody.
#[derive(Clone, Debug)]
pub struct ErasureView {
    /// Its id.
    pub id: ErasureId,
    /// Who wanted it.
    pub actor: Actor,
    /// When the person's key was destroyed here, UTC.
    pub erased_at: Timestamp,
    /// The requests of the person. Their decisions stay.
    pub requests: Vec<RequestId>,
    /// How many webhooks that waited under another key were emptied.
    pub emptied_deliveries: u64,
    /// The sessions at vendors.
    pub sessions: Vec<ErasedSessionView>,
}

impl ErasureView {
    /// True if nothing more will come: every vendor has confirmed, cannot, or has failed.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        let under_way = |s: &ErasedSessionView| {
            matches!(s.vendor, VendorErasure::Asked | VendorErasure::Pending)
        };
        !self.sessions.iter().any(under_way)
    }
}

/// A session of a person who was erased.
#[derive(Clone, Debug)]
pub struct ErasedSessionView {
    /// Our key of it.
    pub key: SessionKey,
    /// The account it is with.
    pub account: AccountId,
    /// The vendor's id of it, by which it can be found there.
    pub session_id: Option<SessionId>,
    /// What the vendor has said.
    pub vendor: VendorErasure,
}

/// What a vendor has said about erasing a session's data.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum VendorErasure {
    /// The vendor never gave us a session.
    NoSession,
    /// We cannot have this vendor erase: it has no way to ask it, or the account has no API credentials. Ask it in
    /// person, or wait for its own time.
    NotSupported,
    /// It is being asked, and has not answered yet.
    Asked,
    /// It has said that it will.
    Pending,
    /// It has said that the data are gone.
    Confirmed,
    /// It has refused, or has not confirmed in all the tries there are. An operator must look.
    Failed {
        /// Why: the word of an [`ErrorKind`](idv_core::ErrorKind), or `not_confirmed`.
        reason: String,
    },
}

impl VendorErasure {
    /// The stable word.
    #[must_use]
    pub const fn as_word(&self) -> &'static str {
        match self {
            Self::NoSession => "no_session",
            Self::NotSupported => "not_supported",
            Self::Asked => "asked",
            Self::Pending => "pending",
            Self::Confirmed => "confirmed",
            Self::Failed { .. } => "failed",
        }
    }
}

/// A request's story is read up to here.
const LONGEST_STORY: u32 = 10_000;

impl Engine {
    /// An erasure, with what each vendor has said until now. None if there is no such erasure.
    ///
    /// # Errors
    /// [`QueryError`] if the database failed.
    pub async fn erasure(&self, id: ErasureId) -> Result<Option<ErasureView>, QueryError> {
        let reads = self.inner.store.reads();
        let Some(row) = reads.erasure(id).await? else {
            return Ok(None);
        };
        let mut sessions = HashMap::new();
        let mut answers: HashMap<SessionKey, ObservationRow> = HashMap::new();
        for request in &row.receipt.requests {
            for session in reads.sessions_of(*request).await? {
                sessions.insert(session.key, session);
            }
            let whole = PageRequest {
                after: None,
                limit: LONGEST_STORY,
            };
            let observations = reads.observations_of(*request, whole).await?.rows;
            for observation in observations.into_iter().filter(is_answer) {
                if let Some(session) = observation.session {
                    answers.insert(session, observation);
                }
            }
        }
        let sessions = row.receipt.sessions.into_iter().map(|mut erased| {
            let (session, answer) = (sessions.get(&erased.key), answers.get(&erased.key));
            if erased.session_id.is_none() {
                // A webhook may have named it since.
                erased.session_id = session.and_then(|session| session.session_id.clone());
                erased.vendor_asked = answer.is_some();
            }
            let vendor = vendor_says(&erased, session, answer);
            ErasedSessionView {
                key: erased.key,
                account: erased.account,
                session_id: erased.session_id,
                vendor,
            }
        });
        Ok(Some(ErasureView {
            id: row.id,
            actor: row.actor,
            erased_at: row.erased_at,
            requests: row.receipt.requests,
            emptied_deliveries: row.receipt.emptied_deliveries,
            sessions: sessions.collect(),
        }))
    }
}

pub(super) fn is_answer(row: &ObservationRow) -> bool {
    row.what == words::REDACTION_REQUESTED || row.what == words::REDACTION_FAILED
}

fn vendor_says(
    erased: &ErasedSession,
    session: Option<&SessionRow>,
    last_answer: Option<&ObservationRow>,
) -> VendorErasure {
    let is_gone = session.is_some_and(|s| s.state.data_state == DataState::Redacted);
    match last_answer {
        _ if is_gone => VendorErasure::Confirmed,
        _ if erased.session_id.is_none() => VendorErasure::NoSession,
        _ if !erased.vendor_asked => VendorErasure::NotSupported,
        None => VendorErasure::Asked,
        Some(answer) if answer.what == words::REDACTION_FAILED => {
            let kind = answer.mapped.as_ref().and_then(|m| m.error_kind.as_ref());
            let reason = kind.map_or("not_confirmed", ErrorKind::as_word).to_owned();
            VendorErasure::Failed { reason }
        }
        Some(_) => VendorErasure::Pending,
    }
}
