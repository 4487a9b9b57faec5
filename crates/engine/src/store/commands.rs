//! Commands that were given before, so that giving one again changes nothing.

use idv_core::{RequestId, Timestamp};

/// What makes two commands the same one: the caller's key, within its scope. Both are kept as a keyed hash, because a
/// caller may put anything into a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CommandKey(pub [u8; 32]);

/// A command that was given with a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandKeyRow {
    /// The key.
    pub key: CommandKey,
    /// A keyed hash over everything the command said: the same key with another one is a mistake of the caller.
    pub fingerprint: [u8; 32],
    /// The request it was about, or made; none while that is not known.
    pub request: Option<RequestId>,
    /// What came of it: a word of ours; none while it is under way.
    pub outcome: Option<String>,
    /// When it was given, UTC.
    pub created_at: Timestamp,
}
