//! What we want a vendor to do, as it is written down before the vendor is asked.

use idv_core::{
    DocumentKind, Person, PersonRecord, Purpose, RequestId, RetryScope, StartSession, SubjectRef,
    Timestamp,
};
use serde::{Deserialize, Serialize};

/// A [`StartSession`] as it is stored, encrypted under the subject's key, so that a start can be resumed after a
/// crash with the very same words. Personal data: it has no `Debug`.
#[derive(Clone, Serialize, Deserialize)]
pub struct SessionIntent {
    subject: String,
    person: PersonRecord,
    #[serde(default)]
    template: Option<String>,
    #[serde(default)]
    return_url: Option<String>,
    #[serde(default)]
    document_kinds: Vec<DocumentKind>,
    #[serde(default)]
    again: RetryScope,
}

impl SessionIntent {
    /// Writes down an intent.
    #[must_use]
    pub fn of(start: &StartSession) -> Self {
        Self {
            subject: start.subject.expose(Purpose::Store).to_owned(),
            person: start.person.expose(Purpose::Store).clone(),
            template: start.template.clone(),
            return_url: start.return_url.clone(),
            document_kinds: start.document_kinds.clone(),
            again: start.again.clone(),
        }
    }

    /// The same, about the person as the application describes them by now.
    #[must_use]
    pub fn with_person(mut self, person: PersonRecord) -> Self {
        self.person = person;
        self
    }

    /// The same, with as much asked again of a person who was asked before.
    pub(crate) fn asking_again(mut self, again: RetryScope) -> Self {
        self.again = again;
        self
    }

    /// True if it describes the person like this.
    pub(crate) fn is_about(&self, person: &PersonRecord) -> bool {
        self.person == *person
    }

    /// The intent again, word for word.
    #[must_use]
    pub fn into_start(
        self,
        request: RequestId,
        idempotency_key: String,
        intended_at: Timestamp,
    ) -> StartSession {
        let mut start = StartSession::new(
            request,
            SubjectRef::new(self.subject),
            idempotency_key,
            intended_at,
        );
        start.person = Person::new(self.person);
        start.template = self.template;
        start.return_url = self.return_url;
        start.document_kinds = self.document_kinds;
        start.again = self.again;
        start
    }
}
