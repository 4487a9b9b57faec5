#![doc = include_str!("../README.md")]

mod account;
mod account_shares;
mod command;
pub mod crypt;
mod engine;
mod erase;
mod error;
mod events;
mod evidence;
pub mod fold;
mod import;
mod inbox;
mod intent;
mod jobs;
mod lease;
mod mail;
mod measure;
mod observe;
mod policy;
mod query;
mod reconcile;
mod refold;
mod remap;
mod session_locks;
mod settings;
pub mod store;
#[cfg(feature = "store-suite")]
pub mod store_suite;
mod sweep;
pub mod trace;
pub mod words;

pub use account::{Account, Accounts, Environment, Unmatched};
pub use command::{
    Bypass, Cancel, CancelAndRecreate, CancelBySession, Commanded, GetOrRequest, GetOrRequested,
    IdempotencyKey, Refresh, Remind, Requested, ResolveReview, Reuse, Update,
};
pub use engine::Engine;
pub use erase::{Erase, ErasedSessionView, Erasure, ErasureView, VendorErasure, Whom};
pub use error::{AcceptError, CommandError, OpenError, QueryError};
pub use events::{
    AttemptView, DEFAULT_SECRET_OVERLAP, DescribeRequest, EndpointChanges, EndpointCheck,
    EndpointError, EndpointSecret, EndpointSecretError, EndpointUrlProblem, EndpointView,
    EventDeliveryView, EventView, NewEndpoint, SecretView,
};
pub use evidence::{
    EvidenceDownload, EvidenceEntry, EvidenceGap, EvidenceId, EvidenceListing, OpenEvidence,
    OpenedEvidence,
};
pub use import::{Import, ImportError, ImportReport, ImportWatcher};
pub use inbox::Accepted;
pub use intent::SessionIntent;
pub use mail::{Mail, MailError, MailKind, Mailer};
pub use policy::Policy;
pub use query::{Because, Explained, RequestQuery, RequestView, SessionView, TimelineEntry};
pub use reconcile::Reconciled;
pub use remap::{RemapChange, Remapped};
pub use settings::EngineSettings;
pub use sweep::Swept;
