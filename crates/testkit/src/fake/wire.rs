//! The fake vendor's JSON.

use serde::Deserialize;

/// The states of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FakeState {
    /// Made; nobody has come yet.
    Open,
    /// The subject is at it.
    Begun,
    /// Handed in.
    Checking,
    /// The vendor's staff look at it.
    Review,
    /// We are to look at it.
    ReviewByClient,
    /// A try failed; another may help. The reason is `blurred`.
    Again,
    /// A try failed, and the vendor would take another that cannot help. The reason is `forged`.
    AgainInVain,
    /// Passed.
    Approved,
    /// Refused. The reason is `forged`.
    Declined,
    /// Time is over.
    Lapsed,
    /// The subject left.
    Left,
    /// Withdrawn.
    Withdrawn,
    /// Broken by a technical problem.
    Broken,
    /// A word that no table has.
    Unheard(&'static str),
}

impl FakeState {
    /// Every listed state, once.
    pub const KNOWN: &'static [Self] = &[
        Self::Open,
        Self::Begun,
        Self::Checking,
        Self::Review,
        Self::ReviewByClient,
        Self::Again,
        Self::Approved,
        Self::Declined,
        Self::Lapsed,
        Self::Left,
        Self::Withdrawn,
        Self::Broken,
    ];

    /// The vendor's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Begun => "begun",
            Self::Checking => "checking",
            Self::Review => "review",
            Self::ReviewByClient => "review_by_client",
            Self::Again | Self::AgainInVain => "again",
            Self::Approved => "approved",
            Self::Declined => "declined",
            Self::Lapsed => "lapsed",
            Self::Left => "left",
            Self::Withdrawn => "withdrawn",
            Self::Broken => "broken",
            Self::Unheard(word) => word,
        }
    }

    /// The vendor's reason that goes with it.
    #[must_use]
    pub const fn reason(self) -> Option<&'static str> {
        match self {
            Self::Again => Some("blurred"),
            Self::AgainInVain | Self::Declined => Some("forged"),
            _ => None,
        }
    }

    /// Whether the subject can still do something.
    pub(super) const fn takes_input(self) -> bool {
        matches!(
            self,
            Self::Open | Self::Begun | Self::Again | Self::AgainInVain
        )
    }
}

/// A check: the fake vendor's session.
#[derive(Deserialize)]
pub(super) struct Check {
    pub(super) id: String,
    pub(super) state: Option<String>,
    pub(super) reason: Option<String>,
    pub(super) steps: Option<Vec<CheckStep>>,
    pub(super) reference: Option<String>,
    pub(super) subject: Option<String>,
    pub(super) data: Option<String>,
    pub(super) live: Option<bool>,
    pub(super) made_at: Option<String>,
    pub(super) changed_at: Option<String>,
    pub(super) link: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct CheckStep {
    pub(super) what: Option<String>,
    pub(super) state: Option<String>,
}

/// What was read off the document.
#[derive(Deserialize)]
pub(super) struct Details {
    pub(super) check: Option<String>,
    pub(super) given_name: Option<String>,
    pub(super) family_name: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Event {
    #[serde(rename = "type")]
    pub(super) event_type: Option<String>,
    pub(super) at: Option<String>,
    pub(super) live: Option<bool>,
    pub(super) check_id: Option<String>,
    pub(super) check: Option<Check>,
}

#[derive(Deserialize)]
pub(super) struct PersonCreated {
    pub(super) id: String,
}

#[derive(Deserialize)]
pub(super) struct Link {
    pub(super) link: String,
}

/// A page of checks. They are read one by one, so that one that cannot be read hides no other.
#[derive(Deserialize)]
pub(super) struct Checks {
    pub(super) checks: Vec<serde_json::Value>,
    pub(super) next: Option<String>,
}

/// A page of events nobody could be told of.
#[derive(Deserialize)]
pub(super) struct Undelivered {
    pub(super) events: Vec<UndeliveredEvent>,
    pub(super) more: bool,
}

#[derive(Deserialize)]
pub(super) struct UndeliveredEvent {
    pub(super) id: String,
    #[serde(rename = "type")]
    pub(super) event_type: String,
    pub(super) check: String,
    pub(super) at: idv_core::Timestamp,
}

/// A file that was handed in.
#[derive(Deserialize)]
pub(super) struct FileTaken {
    pub(super) id: String,
}

/// Where webhooks go.
#[derive(Deserialize)]
pub(super) struct Registrations {
    pub(super) webhooks: Vec<Registration>,
}

#[derive(Deserialize)]
pub(super) struct Registration {
    pub(super) id: String,
    pub(super) url: String,
    pub(super) on: bool,
    pub(super) events: Vec<String>,
    pub(super) secret: Option<idv_core::Secret>,
}

#[derive(Deserialize)]
pub(super) struct ErrorBody {
    pub(super) error: ErrorDetail,
}

#[derive(Deserialize)]
pub(super) struct ErrorDetail {
    pub(super) word: Option<String>,
    pub(super) field: Option<String>,
}

/// What is looked at first, to tell the kinds of objects apart.
#[derive(Deserialize)]
pub(super) struct Shape {
    pub(super) object: Option<String>,
    pub(super) error: Option<serde::de::IgnoredAny>,
}
