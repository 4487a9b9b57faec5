#![doc = include_str!("../README.md")]

mod ability;
mod blank;
mod body_stream;
mod capability;
mod clock;
mod config;
mod country;
mod document;
mod error;
mod evidence;
mod finding;
mod handed_out;
mod health;
mod ids;
mod info;
pub mod json;
mod mapped;
mod open_enum;
mod origin;
mod person;
mod pii;
mod provider;
mod request;
#[cfg(feature = "schema")]
mod schema;
mod secret;
mod session;
pub mod spec;
mod status;
mod step;
mod timestamp;
mod transport;
pub mod webhook;

/// The crates whose types stand in this contract, so that an implementer or a receiver names the same versions.
pub use {bytes, http};

pub use ability::{
    Abilities, Cancel, CompleteTask, Evidence, EvidenceContent, EvidenceList, EvidenceStream, List,
    ListQuery, ListScope, MissedEvent, MissedEventPage, MissedEvents, Redact, Redaction,
    RedactionProgress, Restore, Retry, RetryScope, SessionChange, SessionPage, Update, Upload,
    UploadDocuments, WebhookAdmin, WebhookRegistration,
};
pub use body_stream::{BodyStream, Pieces};
pub use capability::{Capabilities, WebhookCapability};
pub use clock::{Clock, SystemClock};
pub use config::{BaseUrl, ConfigError};
pub use country::Country;
pub use document::{Document, DocumentKind};
pub use error::{Error, ErrorKind};
pub use evidence::{EvidenceFile, EvidenceLink, EvidenceRole, VendorReference};
pub use finding::{Category, Finding, Raw, ReasonCode, Retryable, Severity};
pub use handed_out::{HandedOut, open_handed_out, redirection};
pub use health::{AccountHealth, Circuit, HealthSnapshot, LastFailure};
pub use ids::{
    AccountId, DeliveryId, EndpointId, ErasureId, EventId, InvalidId, ObservationId,
    OrganizationId, ProviderId, RequestId, SessionId, SessionKey, SubjectRef,
};
pub use info::{CredentialPointer, ProviderInfo, Reopening};
pub use json::Unreadable;
pub use mapped::{Kind, Mapped, Template, UnknownValue};
pub use open_enum::label;
pub use origin::{Origin, Origins};
pub use person::{
    Address, FieldValue, IdNumber, Name, Network, PartialDate, Person, PersonRecord, PlaceOfBirth,
    Provenance, Sex, Sourced,
};
pub use pii::{Pii, Purpose};
pub use provider::{Checkpoint, CheckpointError, IdProvider};
pub use request::{
    Actor, AttemptContext, Attention, Bypass, Cancellation, RequestState, RestartContext,
    RestartTrigger, VerificationRequest,
};
pub use secret::Secret;
pub use session::{
    Concern, Depth, MissingPart, Part, Snapshot, StartSession, Started, StartedSession, UserLink,
    WebhookEvent,
};
pub use status::{DataState, DecisionSource, Phase, ReviewOwner, Status, StatusSummary, WaitingOn};
pub use step::{Attempt, Score, Step, StepKind, StepRole, StepStatus};
pub use timestamp::{InvalidTimestamp, Timestamp};
pub use transport::{
    Call, EarlierTryUnresolved, Repeat, Sent, Transport, TransportError, TransportFailure,
};
