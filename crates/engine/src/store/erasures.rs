//! Persons who were erased, and what is left to say about it.

use idv_core::{AccountId, Actor, ErasureId, RequestId, SessionId, SessionKey, Timestamp};
use serde::{Deserialize, Serialize};

use super::SubjectId;

/// A subject that was erased. It names nobody: neither the reference nor anything of the person.
#[derive(Clone, Debug)]
pub struct ErasureRow {
    /// Its id.
    pub id: ErasureId,
    /// The subject, in our numbering.
    pub subject: SubjectId,
    /// Who asked for it.
    pub actor: Actor,
    /// When the subject's key was destroyed, UTC.
    pub erased_at: Timestamp,
    /// What was erased.
    pub receipt: ErasureReceipt,
}

/// What was erased, as it was counted in the transaction that destroyed the key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasureReceipt {
    /// The requests of the subject. Their decisions stay.
    pub requests: Vec<RequestId>,
    /// The sessions at vendors.
    pub sessions: Vec<ErasedSession>,
    /// How many webhooks that waited under an account's key were emptied.
    pub emptied_deliveries: u64,
}

/// A session at a vendor whose data are to go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasedSession {
    /// Our key of it.
    pub key: SessionKey,
    /// The account it is with.
    pub account: AccountId,
    /// The vendor's id, if there ever was one.
    pub session_id: Option<SessionId>,
    /// True if the vendor was asked to erase its data: it has a way to do so.
    pub vendor_asked: bool,
}
