//! A session as the API and its events show it.

use serde_json::{Value, json};

use super::{Problem, Report, Session, Status};
use crate::stripe::asked::Asked;
use crate::stripe::expand::Expansions;
use crate::stripe::person::Person;
use crate::stripe::report::{Of, outputs};

/// What the subject is sent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::stripe) struct Link {
    pub(in crate::stripe) client_secret: String,
    pub(in crate::stripe) url: String,
}

impl Link {
    /// The link of a session that no account serves: well formed, and to nothing.
    pub(super) fn of_nowhere(session: &Session) -> Self {
        let mode = if session.livemode { "live" } else { "test" };
        let token = format!("{mode}_{}0simulated0token", session.id.replace('_', ""));
        Self {
            client_secret: format!("{}_secret_{token}", session.id),
            url: format!("https://verify.stripe.com/start/{token}"),
        }
    }
}

impl Session {
    /// The session as an event shows it. Links and client secrets are there only in the event of its creation:
    /// afterwards they must be fetched.
    #[must_use]
    pub fn object(&self, with_link: bool) -> Value {
        let link = with_link.then(|| Link::of_nowhere(self));
        self.shown(link.as_ref())
    }

    pub(in crate::stripe) fn shown(&self, link: Option<&Link>) -> Value {
        let mut object = json!({
            "id": self.id,
            "object": "identity.verification_session",
            "client_reference_id": self.reference,
            "client_secret": link.map(|link| &link.client_secret),
            "created": self.created_unix_secs,
            "last_error": self.shown_error(),
            "last_verification_report": self.last_report().map(|report| &report.id),
            "livemode": self.livemode,
            "metadata": self.metadata,
            "options": self.asked.session_options(),
            "redaction": self.redaction.map(|status| json!({ "status": status })),
            "related_customer": self.asked.related_customer,
            "related_customer_account": self.asked.related_customer_account,
            "status": self.status.word(),
            "type": self.asked.kind.word(),
            "url": link.map(|link| &link.url),
        });
        if let Some(members) = object.as_object_mut() {
            if let Some(flow) = &self.asked.flow {
                members.insert("verification_flow".to_owned(), flow.as_str().into());
            }
            if let Some((account, person)) = &self.asked.related_person {
                let related = json!({ "account": account, "person": person });
                members.insert("related_person".to_owned(), related);
            }
        }
        object
    }

    fn shown_error(&self) -> Option<Value> {
        let empty = || {
            self.has_empty_error
                .then(|| json!({ "code": null, "reason": null }))
        };
        self.last_error.as_ref().map(Problem::object).or_else(empty)
    }

    /// From now on it shows an error with nothing in it where there is none.
    pub(in crate::stripe) const fn show_empty_error(&mut self) {
        self.has_empty_error = true;
    }

    /// The session with what a call wants written in full.
    pub(in crate::stripe) fn expanded(
        &self,
        link: Option<&Link>,
        expansions: &Expansions,
        now_unix_secs: i64,
    ) -> Value {
        let mut object = self.shown(link);
        let Some(members) = object.as_object_mut() else {
            return object;
        };
        let expansions = expansions.for_whom(expansions.sees(self.age_secs(now_unix_secs)));
        if expansions.wants("last_verification_report")
            && let Some(report) = self.last_report()
        {
            let report = report.object(&self.of(), &expansions.in_report());
            members.insert("last_verification_report".to_owned(), report);
        }
        if expansions.wants("provided_details") {
            let details = match (&self.asked.email, &self.asked.phone) {
                (None, None) => Value::Null,
                (email, phone) => {
                    let mut details = serde_json::Map::new();
                    for (name, value) in [("email", email), ("phone", phone)] {
                        if let Some(value) = value {
                            details.insert(name.to_owned(), value.as_str().into());
                        }
                    }
                    Value::Object(details)
                }
            };
            members.insert("provided_details".to_owned(), details);
        }
        if expansions.wants("verified_outputs") {
            let outputs = self.outputs(&expansions.in_outputs());
            members.insert("verified_outputs".to_owned(), outputs);
        }
        object
    }

    fn outputs(&self, expansions: &Expansions) -> Value {
        let verified = self
            .last_report()
            .filter(|_| self.status == Status::Verified);
        let Some((report, person)) = verified.and_then(|r| Some((r, r.person.as_ref()?))) else {
            return Value::Null;
        };
        if self.redaction.is_some() {
            outputs(report, &person.erased(), self.asked.kind, expansions)
        } else {
            outputs(report, person, self.asked.kind, expansions)
        }
    }

    /// One of its reports.
    pub(in crate::stripe) fn report_object(
        &self,
        report: &Report,
        expansions: &Expansions,
        now_unix_secs: i64,
    ) -> Value {
        let age_secs = now_unix_secs.saturating_sub(report.created_unix_secs);
        let expansions = expansions.for_whom(expansions.sees(age_secs));
        report.object(&self.of(), &expansions)
    }

    fn of(&self) -> Of<'_> {
        Of {
            session: &self.id,
            reference: self.reference.as_deref(),
            livemode: self.livemode,
            asked: &self.asked,
            is_erased: self.redaction.is_some(),
        }
    }

    /// How long ago the last submission was worked through.
    fn age_secs(&self, now_unix_secs: i64) -> i64 {
        let worked = self.last_report().map(|report| report.created_unix_secs);
        now_unix_secs.saturating_sub(worked.unwrap_or(now_unix_secs))
    }

    pub(in crate::stripe) fn last_report(&self) -> Option<&Report> {
        self.reports.last()
    }

    pub(in crate::stripe) fn reports(&self) -> &[Report] {
        &self.reports
    }

    pub(in crate::stripe) const fn created_unix_secs(&self) -> i64 {
        self.created_unix_secs
    }

    pub(in crate::stripe) const fn status(&self) -> Status {
        self.status
    }

    pub(in crate::stripe) fn reference(&self) -> Option<&str> {
        self.reference.as_deref()
    }

    pub(in crate::stripe) const fn asked(&self) -> &Asked {
        &self.asked
    }

    pub(in crate::stripe) const fn asked_mut(&mut self) -> &mut Asked {
        &mut self.asked
    }

    pub(in crate::stripe) const fn metadata_mut(&mut self) -> &mut serde_json::Map<String, Value> {
        &mut self.metadata
    }

    pub(in crate::stripe) const fn is_redacted(&self) -> bool {
        self.redaction.is_some()
    }

    pub(in crate::stripe) const fn person(&self) -> Option<&Person> {
        self.person.as_ref()
    }

    /// Made for this, of this person.
    #[must_use]
    pub(in crate::stripe) fn made_for(mut self, asked: Asked, person: Person) -> Self {
        self.asked = asked;
        self.person = Some(person);
        self
    }
}
