//! What went wrong in the database.

use std::error::Error as StdError;

/// A failure of the database. Holds no row content.
#[derive(Debug, thiserror::Error)]
#[error("database: {message}")]
pub struct StoreError {
    /// What the caller can do about it.
    pub kind: StoreErrorKind,
    /// One sentence of ours.
    pub message: &'static str,
    #[source]
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What kind of failure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// The database is away, locked or out of connections: try again.
    Unavailable,
    /// Another unit of work got in between: try the whole unit again.
    Conflict,
    /// A row does not read back as what was written, or the schema is another.
    Corrupt,
    /// A statement failed in a way that trying again will not mend.
    Failed,
}

impl StoreError {
    /// A failure without one below it.
    #[must_use]
    pub const fn new(kind: StoreErrorKind, message: &'static str) -> Self {
        Self {
            kind,
            message,
            source: None,
        }
    }

    /// With the failure below it; it must not quote row content.
    #[must_use]
    pub fn with_source(mut self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.source = Some(Box::new(source));
        self
    }

    /// Whether trying again may help.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        matches!(
            self.kind,
            StoreErrorKind::Unavailable | StoreErrorKind::Conflict
        )
    }
}
