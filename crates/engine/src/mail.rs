//! Mails to the subject. The engine decides that one is sent, and to whom; sending it is the embedder's.

use std::fmt::Debug;

use async_trait::async_trait;
use idv_core::{OrganizationId, Pii, RequestId};

/// Sends mails. The engine calls it from a job, after the decision to send was committed: at least once, and with the
/// same message id each time.
#[async_trait]
pub trait Mailer: Debug + Send + Sync {
    /// Hands one mail over to a mail server.
    ///
    /// # Errors
    /// [`MailError`]; without the address, the name or anything else of the person.
    async fn send(&self, mail: &Mail) -> Result<(), MailError>;
}

/// One mail.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Mail {
    /// The same for every try, so that a mail server or the reader's programme can drop a second copy: letters, digits
    /// and `-`, without a host.
    pub message_id: String,
    /// What it says.
    pub kind: MailKind,
    /// The address.
    pub to: Pii<String>,
    /// What to call the person.
    pub given_name: Option<Pii<String>>,
    /// The person's language, a BCP 47 tag, where the application has said so.
    pub language: Option<String>,
    /// The request it is about.
    pub request: RequestId,
    /// The organization in whose context the request was made.
    pub organization: Option<OrganizationId>,
    /// Why the request was made, in the application's words.
    pub reason: Option<String>,
}

impl Mail {
    /// A mail to this address that knows no more, for whoever tests a [`Mailer`].
    pub fn new(
        message_id: impl Into<String>,
        kind: MailKind,
        to: Pii<String>,
        request: RequestId,
    ) -> Self {
        Self {
            message_id: message_id.into(),
            kind,
            to,
            given_name: None,
            language: None,
            request,
            organization: None,
            reason: None,
        }
    }
}

/// What a mail says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MailKind {
    /// The verification waits for the subject.
    Reminder,
    /// The verification was begun anew, and waits for the subject.
    Recreated,
}

impl MailKind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Reminder, Self::Recreated];

    /// The stable word.
    #[must_use]
    pub const fn as_word(self) -> &'static str {
        match self {
            Self::Reminder => "reminder",
            Self::Recreated => "recreated",
        }
    }

    /// Reads the word back.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_word() == word)
    }
}

/// A mail could not be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct MailError {
    /// True if the same mail may go out later.
    pub retryable: bool,
    /// Why, in one sentence without personal data.
    pub reason: &'static str,
}
