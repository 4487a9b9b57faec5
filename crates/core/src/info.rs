//! What the gateway must know about a vendor, as plain data.

use std::time::Duration;

use crate::{ProviderId, Status};

/// What the gateway must know about a vendor. Facts only; nothing here is code.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ProviderInfo {
    /// The short name, as in the configuration.
    pub id: ProviderId,
    /// The vendor and product, for people.
    pub vendor: &'static str,
    /// The version of the vendor's API that is asked for.
    pub api_version: &'static str,
    /// The version of the mapping tables. Grows with every change of a row.
    pub mapping_version: u32,
    /// The vendor's own words for a pass. Nothing else can make [`Status::Passed`].
    pub passed_words: &'static [&'static str],
    /// The moves out of a final status that this vendor makes on purpose.
    pub reopenings: &'static [Reopening],
    /// True if the vendor's webhooks carry the state of the session. If not, each must be followed by a fetch.
    pub webhooks_carry_state: bool,
    /// True if the vendor's webhooks tell only that a session has come to an end or is in review. If not, they tell of
    /// every change of its status.
    pub webhooks_only_tell_outcomes: bool,
    /// How long a session usually takes from the subject's last input to the verdict.
    pub usual_time_to_verdict: Duration,
    /// Calls per second the vendor allows.
    pub calls_per_sec: u32,
    /// Where credentials stand in fetched bodies; they are blanked before a body is stored.
    pub credential_pointers: &'static [CredentialPointer],
}

impl ProviderInfo {
    /// The facts every vendor has; the others start empty.
    #[must_use]
    pub const fn new(
        id: ProviderId,
        vendor: &'static str,
        api_version: &'static str,
        mapping_version: u32,
    ) -> Self {
        Self {
            id,
            vendor,
            api_version,
            mapping_version,
            passed_words: &[],
            reopenings: &[],
            webhooks_carry_state: false,
            webhooks_only_tell_outcomes: false,
            usual_time_to_verdict: Duration::from_secs(600),
            calls_per_sec: 10,
            credential_pointers: &[],
        }
    }

    /// True if the vendor makes this move out of a final status on purpose.
    #[must_use]
    pub fn allows_reopening(&self, from: &Status, to: &Status) -> bool {
        self.reopenings
            .iter()
            .any(|r| r.from == *from && r.to == *to)
    }
}

/// A move out of a final status that a vendor makes on purpose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reopening {
    /// The final status that is left.
    pub from: Status,
    /// The status it moves to.
    pub to: Status,
}

/// Where a credential stands in a fetched body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CredentialPointer {
    /// The part of the snapshot.
    pub part: &'static str,
    /// JSON pointer (RFC 6901) to the value; a segment `*` stands for every index of a list.
    pub pointer: &'static str,
}
