//! Rows. What is personal is [`Sealed`]; everything else is words of ours and ids.

use std::fmt;

use idv_core::{
    AccountId, Actor, DeliveryId, DocumentKind, Mapped, ObservationId, OrganizationId, ProviderId,
    RequestId, RequestState, SessionId, SessionKey, Timestamp,
};
use uuid::Uuid;

use crate::account::Environment;
use crate::fold::{CommandFact, SessionState};

/// Ciphertext, with the id of its data key in front. Stores keep it as one opaque value.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(Vec<u8>);

impl Sealed {
    /// From what a store holds or a cipher made.
    #[must_use]
    pub const fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// For a store to keep.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({} bytes)", self.0.len())
    }
}

/// A keyed hash of a reference, to search by what must not be stored in the clear.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct BlindIndex(pub [u8; 32]);

impl fmt::Debug for BlindIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BlindIndex(..)")
    }
}

/// One data key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DataKeyId(pub Uuid);

/// Whose data a key protects.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum KeyOwner {
    /// Deliveries of one account whose subject is not known yet.
    Account(AccountId),
    /// Everything about one subject. Destroying this key erases the person.
    Subject(SubjectId),
    /// What belongs to the installation and to no person: addresses and secrets of the application's endpoints.
    Installation,
}

/// A data key, encrypted by the master key.
#[derive(Clone, Debug)]
pub struct WrappedKey {
    /// Its id.
    pub id: DataKeyId,
    /// Whose data it protects.
    pub owner: KeyOwner,
    /// The id of the master key that wrapped it.
    pub master_key_id: String,
    /// The wrapped key.
    pub wrapped: Vec<u8>,
    /// When it was made, UTC.
    pub created_at: Timestamp,
}

/// One subject, in our numbering.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SubjectId(pub Uuid);

/// A person as the application refers to them.
#[derive(Clone, Debug)]
pub struct SubjectRow {
    /// In our numbering.
    pub id: SubjectId,
    /// To find it by reference.
    pub blind_index: BlindIndex,
    /// The reference, under the subject's own key.
    pub reference: Sealed,
    /// When it was first seen, UTC.
    pub created_at: Timestamp,
    /// When the person was erased, UTC. Then `blind_index` is random and `reference` is empty: nobody finds or reads
    /// the subject again, and the same reference is a new subject.
    pub erased_at: Option<Timestamp>,
}

/// A verification request.
#[derive(Clone, Debug)]
pub struct RequestRow {
    /// Its id.
    pub id: RequestId,
    /// Whom it is about.
    pub subject: SubjectId,
    /// The environment of the account it was made with, and so of its subject. It never changes. None only for a
    /// request that was written before this was kept.
    pub environment: Option<Environment>,
    /// The organization in whose context it was made.
    pub organization: Option<OrganizationId>,
    /// Every organization it has consequences for. Written by `add_affected_organization` only.
    pub affected_organizations: Vec<OrganizationId>,
    /// Why it was made, in the application's words.
    pub reason: Option<String>,
    /// The document the application expects.
    pub document_type: Option<DocumentKind>,
    /// The person as the application described them, a JSON `PersonRecord`.
    pub person: Option<Sealed>,
    /// The folded state.
    pub state: RequestState,
    /// The session whose state it follows.
    pub current_session: Option<SessionKey>,
    /// UTC.
    pub created_at: Timestamp,
    /// UTC.
    pub updated_at: Timestamp,
}

/// A session at a vendor, or the intent to make one.
#[derive(Clone, Debug)]
pub struct SessionRow {
    /// Our key of it.
    pub key: SessionKey,
    /// The request it serves.
    pub request: RequestId,
    /// The account it is or will be made with.
    pub account: AccountId,
    /// The provider of that account.
    pub provider: ProviderId,
    /// The vendor's id; none while only the intent is known.
    pub session_id: Option<SessionId>,
    /// What makes repeated starts the same intent.
    pub idempotency_key: String,
    /// The intent as a JSON [`crate::SessionIntent`], under the subject's key; none for an adopted session.
    pub intent: Option<Sealed>,
    /// The folded state.
    pub state: SessionState,
    /// When the intent was written, UTC.
    pub created_at: Timestamp,
    /// UTC.
    pub updated_at: Timestamp,
}

/// One thing we learned. Never changed, never removed.
#[derive(Clone, Debug)]
pub struct ObservationRow {
    /// Its id.
    pub id: ObservationId,
    /// The request it is about.
    pub request: RequestId,
    /// The session it is about; none for a command on the request.
    pub session: Option<SessionKey>,
    /// How we learned it.
    pub source: ObservationSource,
    /// A stable word for people: the vendor's event type, `session_fetched`, `request_created` …
    pub what: String,
    /// When we learned it, UTC.
    pub observed_at: Timestamp,
    /// When a fetch began or a webhook arrived, UTC: what it could know at best.
    pub as_of: Timestamp,
    /// The delivery behind it, for a webhook. At most one observation per delivery and source.
    pub delivery: Option<DeliveryId>,
    /// When it happened by the vendor's clock, UTC.
    pub vendor_time: Option<Timestamp>,
    /// What it says, free of personal data. The fold reads this and nothing else.
    pub mapped: Option<Mapped>,
    /// Who gave the command; none for what a vendor said.
    pub actor: Option<Actor>,
    /// What a command decided. The fold of the request reads it.
    pub command: Option<CommandFact>,
    /// The vendor's bytes, or the words of whoever gave the command, under the subject's key.
    pub raw: Option<Sealed>,
}

/// How we learned something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ObservationSource {
    /// A webhook whose payload is only a hint: the account can fetch.
    Notification,
    /// A webhook whose payload is all we will get: the account cannot fetch.
    Payload,
    /// The vendor's answer to our question.
    Fetch,
    /// The vendor's answer when we started the session.
    Start,
    /// A command given to us.
    Command,
    /// An earlier observation, put into our words again by a newer mapping table.
    Remap,
}

impl ObservationSource {
    /// The stable word.
    #[must_use]
    pub const fn as_word(self) -> &'static str {
        match self {
            Self::Notification => "notification",
            Self::Payload => "payload",
            Self::Fetch => "fetch",
            Self::Start => "start",
            Self::Command => "command",
            Self::Remap => "remap",
        }
    }

    /// Reads the word back.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [
            Self::Notification,
            Self::Payload,
            Self::Fetch,
            Self::Start,
            Self::Command,
            Self::Remap,
        ]
        .into_iter()
        .find(|source| source.as_word() == word)
    }

    /// True if the vendor itself answered a question of ours: that is the state, not a hint.
    #[must_use]
    pub const fn is_confirmed(self) -> bool {
        matches!(self, Self::Fetch | Self::Start)
    }
}
