//! Where a value came from.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Where one mapped value came from: enough to explain it to a person and to map stored history again.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Origin {
    /// The part of the snapshot: `session`, `report`, `event`, `error` …
    pub part: Cow<'static, str>,
    /// JSON pointer (RFC 6901) into that part.
    pub pointer: Cow<'static, str>,
    /// The row of the mapping table that was used, such as `session_status.verified`.
    pub rule: Cow<'static, str>,
    /// The version of the mapping tables.
    pub mapping_version: u32,
}

/// Origins, keyed by the place of the value in the mapped model: a JSON pointer such as `/steps/0/status`.
///
/// A side map and not a field of each value, so that the model stays readable and values stay comparable.
pub type Origins = BTreeMap<Cow<'static, str>, Origin>;
