//! What the engine asks of a database. Stores see ciphertext and normalized words, never a person.
//!
//! A unit of work is one transaction: commands take it by reference and never commit, so a caller can compose
//! several and decide alone. Dropping it without [`OwnedUnitOfWork::commit`] undoes everything.

mod commands;
mod deliveries;
mod erasures;
mod error;
mod events;
mod inbox;
mod jobs;
mod keys;
mod outbox;
mod pace;
mod reads;
mod rows;
mod short_word;
mod unit_of_work;

use std::fmt::Debug;

use async_trait::async_trait;

pub use commands::{CommandKey, CommandKeyRow};
pub use deliveries::{
    Appended, DeliveryFilter, DeliveryRow, DeliveryState, GivenBack, InboxCounts, NewDelivery,
    Settlement, first_id_at,
};
pub use erasures::{ErasedSession, ErasureReceipt, ErasureRow};
pub use error::{StoreError, StoreErrorKind};
pub use events::{EventKind, EventRow};
pub use inbox::{CLAIMED_AT_MOST, CLAIMED_BYTES_AT_MOST, Inbox};
pub use jobs::{JobId, JobKind, JobRow, Jobs};
pub use keys::{ApiKeyId, ApiKeyRow, ApiKeys};
pub use outbox::{
    AttemptRow, EndpointRow, EndpointState, EventDeliveryFilter, EventDeliveryRow,
    EventDeliveryState, EventPosition, EventSettlement, Outbox, OutboxCounts, PayloadForm,
    PlacedEvent,
};
pub use pace::Pace;
pub use reads::{Page, PageRequest, Reads, RequestFilter};
pub use rows::{
    BlindIndex, DataKeyId, KeyOwner, ObservationRow, ObservationSource, RequestRow, Sealed,
    SessionRow, SubjectId, SubjectRow, WrappedKey,
};
pub use short_word::short_word;
pub use unit_of_work::{OwnedUnitOfWork, UnitOfWork};

/// One database.
#[async_trait]
pub trait Store: Debug + Send + Sync {
    /// Begins a transaction that may write. It holds whatever the database needs to make
    /// "read, decide, write" atomic against every other unit of work.
    ///
    /// # Errors
    /// [`StoreError`] if no connection could be had in time.
    async fn begin(&self) -> Result<Box<dyn OwnedUnitOfWork>, StoreError>;

    /// The durable queue of webhooks.
    fn inbox(&self) -> &dyn Inbox;

    /// The durable queue of vendor calls.
    fn jobs(&self) -> &dyn Jobs;

    /// The way of events out.
    fn outbox(&self) -> &dyn Outbox;

    /// Reads outside a transaction.
    fn reads(&self) -> &dyn Reads;

    /// The keys applications call us with.
    fn api_keys(&self) -> &dyn ApiKeys;

    /// Answers if the database can be read and written and its schema is the one this build expects.
    ///
    /// # Errors
    /// [`StoreError`] with the reason.
    async fn check(&self) -> Result<(), StoreError>;

    /// Makes what was deleted unreadable in the database's files too, as far as the database lets us. Called after a
    /// data key was destroyed.
    ///
    /// # Errors
    /// [`StoreError`]. What was deleted stays deleted.
    async fn scrub(&self) -> Result<(), StoreError>;
}
