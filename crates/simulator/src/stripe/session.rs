//! A verification session that behaves, and the snapshot events it sends.

mod failing;
mod object;

use http::{HeaderMap, HeaderValue};
use idv_core::Timestamp;
use idv_core::webhook::InboundWebhook;
use serde_json::{Map, Value};

use super::Signing;
use super::asked::Asked;
use super::check::{Check, Problem, is_before_submission};
use super::person::{ERASED, Person};
use super::report::{Pictures, Report};
use super::snapshot::{Snapshot, bytes};
use super::told::Cause;

pub(super) use failing::Failing;
pub(super) use object::Link;

/// The version events are rendered in.
pub(super) const API_VERSION: &str = "2026-07-29.dahlia";

/// One verification session and its life.
///
/// A step the vendor would refuse is refused here too. Times are Unix seconds, given by the caller: there is no
/// clock inside.
#[derive(Clone, Debug)]
pub struct Session {
    id: String,
    created_unix_secs: i64,
    reference: Option<String>,
    metadata: Map<String, Value>,
    livemode: bool,
    asked: Asked,
    status: Status,
    last_error: Option<Problem>,
    /// An error object with nothing in it, where there is no error: some answers of the vendor have that.
    has_empty_error: bool,
    reports: Vec<Report>,
    redaction: Option<&'static str>,
    submissions: u32,
    events: u32,
    person: Option<Person>,
}

/// An event, ready to be signed and sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its id.
    pub id: String,
    /// Its type, such as `identity.verification_session.verified`.
    pub event_type: String,
    /// The bytes of the body.
    pub body: Vec<u8>,
    /// The session as of the event.
    pub(super) object: Value,
}

impl Event {
    /// The event as it arrives at a receiver, signed at the moment it arrives.
    #[must_use]
    pub fn delivered(&self, signing: Signing<'_>, at_unix_secs: i64) -> InboundWebhook {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", HeaderValue::from_static("application/json"));
        // Digits, hex, commas and equals signs: always a header value.
        if let Ok(value) = signing.header(&self.body, at_unix_secs).parse() {
            headers.insert("stripe-signature", value);
        }
        let received_at = Timestamp::from_unix_secs(at_unix_secs);
        InboundWebhook::new(headers, self.body.clone().into(), received_at)
    }
}

/// The vendor would refuse this in the session's present state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a session that is {status} cannot be {wanted}")]
pub struct NotPossible {
    status: &'static str,
    wanted: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    RequiresInput,
    Processing,
    Verified,
    Canceled,
}

impl Status {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::RequiresInput => "requires_input",
            Self::Processing => "processing",
            Self::Verified => "verified",
            Self::Canceled => "canceled",
        }
    }
}

impl Session {
    /// A new session of the sandbox that waits for its subject.
    pub fn new(id: impl Into<String>, created_unix_secs: i64) -> Self {
        Self {
            id: id.into(),
            created_unix_secs,
            reference: None,
            metadata: Map::new(),
            livemode: false,
            asked: Asked::document_and_selfie(),
            status: Status::RequiresInput,
            last_error: None,
            has_empty_error: false,
            reports: Vec::new(),
            redaction: None,
            submissions: 0,
            events: 0,
            person: None,
        }
    }

    /// With the application's reference to the person.
    #[must_use]
    pub fn for_reference(mut self, reference: impl Into<String>) -> Self {
        self.reference = Some(reference.into());
        self
    }

    /// With one entry of metadata.
    #[must_use]
    pub fn with_metadata(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.metadata.insert(key.into(), Value::from(value.into()));
        self
    }

    /// In the live environment.
    #[must_use]
    pub const fn live(mut self) -> Self {
        self.livemode = true;
        self
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The event of its creation.
    pub fn created(&mut self, at_unix_secs: i64) -> Event {
        let link = Link::of_nowhere(self);
        self.event("created", at_unix_secs, Some(&link))
    }

    /// The same with the link that an account made.
    pub(super) fn created_with(&mut self, at_unix_secs: i64, link: &Link) -> Event {
        self.event("created", at_unix_secs, Some(link))
    }

    /// The subject hands everything in.
    ///
    /// # Errors
    /// [`NotPossible`] unless input is required.
    pub fn submit(&mut self, at_unix_secs: i64) -> Result<Event, NotPossible> {
        self.require(&[Status::RequiresInput], "submitted")?;
        self.status = Status::Processing;
        self.submissions += 1;
        Ok(self.event("processing", at_unix_secs, None))
    }

    /// A check fails, or the subject gives up. `code` is one of `last_error.code`; any word is sent as it is, so
    /// that words nobody has listed can be tried.
    ///
    /// # Errors
    /// [`NotPossible`] if nothing is being checked, or for a visit without a submission if no input is required.
    pub fn fail(&mut self, at_unix_secs: i64, code: &str) -> Result<Event, NotPossible> {
        if is_before_submission(code) {
            self.give_up(at_unix_secs, Problem::of_code(code))
        } else {
            self.fail_with(at_unix_secs, Failing::of_code(code))
        }
    }

    /// The subject leaves before anything was handed in.
    pub(super) fn give_up(
        &mut self,
        at_unix_secs: i64,
        problem: Problem,
    ) -> Result<Event, NotPossible> {
        self.require(&[Status::RequiresInput], "given up")?;
        self.last_error = Some(problem);
        Ok(self.event("requires_input", at_unix_secs, None))
    }

    /// Checks fail.
    pub(super) fn fail_with(
        &mut self,
        at_unix_secs: i64,
        failing: Failing,
    ) -> Result<Event, NotPossible> {
        self.require(&[Status::Processing], "failed")?;
        let mut checks: Vec<_> = self.asked.checks().into_iter().map(|c| (c, None)).collect();
        for (check, problem) in failing.checks {
            match checks.iter_mut().find(|(known, _)| *known == check) {
                Some((_, wrong)) => *wrong = Some(problem),
                // Whoever lets a check fail wants to see it, asked for or not.
                None => checks.push((check, Some(problem))),
            }
        }
        self.report_on(at_unix_secs, checks, failing.person, Vec::new());
        self.last_error = Some(failing.first);
        self.status = Status::RequiresInput;
        Ok(self.event("requires_input", at_unix_secs, None))
    }

    /// All checks succeed.
    ///
    /// # Errors
    /// [`NotPossible`] if nothing is being checked.
    pub fn verify(&mut self, at_unix_secs: i64) -> Result<Event, NotPossible> {
        self.verify_with(at_unix_secs, None, Vec::new())
    }

    /// All checks succeed. `person`: in the place of the session's own; `unread`: what could not be read.
    pub(super) fn verify_with(
        &mut self,
        at_unix_secs: i64,
        person: Option<Person>,
        unread: Vec<String>,
    ) -> Result<Event, NotPossible> {
        self.require(&[Status::Processing], "verified")?;
        let checks = self.asked.checks().into_iter().map(|c| (c, None)).collect();
        self.report_on(at_unix_secs, checks, person, unread);
        self.status = Status::Verified;
        self.last_error = None;
        Ok(self.event("verified", at_unix_secs, None))
    }

    /// The vendor takes back what it had verified. What the API shows afterwards is not published: here it is as after
    /// a check that failed.
    pub(super) fn unverify(
        &mut self,
        at_unix_secs: i64,
        problem: Problem,
    ) -> Result<Event, NotPossible> {
        self.require(&[Status::Verified], "unverified")?;
        if let Some(report) = self.reports.last_mut() {
            let check = Check::of_code(&problem.code).unwrap_or(Check::Document);
            for (_, wrong) in report
                .checks
                .iter_mut()
                .filter(|(known, _)| *known == check)
            {
                *wrong = Some(problem.clone());
            }
        }
        self.status = Status::RequiresInput;
        self.last_error = Some(problem);
        Ok(self.event("requires_input", at_unix_secs, None))
    }

    /// The session is withdrawn.
    ///
    /// # Errors
    /// [`NotPossible`] unless input is required.
    pub fn cancel(&mut self, at_unix_secs: i64) -> Result<Event, NotPossible> {
        self.require(&[Status::RequiresInput], "canceled")?;
        self.status = Status::Canceled;
        Ok(self.event("canceled", at_unix_secs, None))
    }

    /// Erasure is asked for. A session that still requires input is canceled by it, and says so.
    ///
    /// # Errors
    /// [`NotPossible`] while something is being checked.
    pub fn redact(&mut self, at_unix_secs: i64) -> Result<Option<Event>, NotPossible> {
        self.redact_as(at_unix_secs, "processing")
    }

    /// The same with another word for how far it is: `validated` is one that the vendor does not explain.
    pub(super) fn redact_as(
        &mut self,
        at_unix_secs: i64,
        word: &'static str,
    ) -> Result<Option<Event>, NotPossible> {
        let allowed = [Status::RequiresInput, Status::Verified, Status::Canceled];
        self.require(&allowed, "redacted")?;
        self.redaction = Some(word);
        self.metadata.clear();
        self.asked.forget();
        self.reference = self.reference.take().map(|_| ERASED.to_owned());
        if self.status != Status::RequiresInput {
            return Ok(None);
        }
        self.status = Status::Canceled;
        Ok(Some(self.event("canceled", at_unix_secs, None)))
    }

    /// Erasure is complete: up to four days after it was asked for.
    ///
    /// # Errors
    /// [`NotPossible`] if it was not asked for.
    pub fn finish_redaction(&mut self, at_unix_secs: i64) -> Result<Event, NotPossible> {
        if self.redaction.is_none_or(|word| word == "redacted") {
            return Err(NotPossible {
                status: self.status.word(),
                wanted: "redacted before it was asked for",
            });
        }
        self.redaction = Some("redacted");
        Ok(self.event("redacted", at_unix_secs, None))
    }

    /// True as long as the subject has a link to it.
    pub(super) fn takes_input(&self) -> bool {
        self.status == Status::RequiresInput
    }

    fn require(&self, allowed: &[Status], wanted: &'static str) -> Result<(), NotPossible> {
        if self.redaction.is_none() && allowed.contains(&self.status) {
            return Ok(());
        }
        Err(NotPossible {
            status: self.status.word(),
            wanted,
        })
    }

    fn report_on(
        &mut self,
        at_unix_secs: i64,
        checks: Vec<(Check, Option<Problem>)>,
        person: Option<Person>,
        unread: Vec<String>,
    ) {
        let number = self.submissions;
        let named = |prefix: &str, end: &str| {
            format!("{}{number:02}{end}", self.id.replacen("vs_", prefix, 1))
        };
        let is_checked = |check: Check| checks.iter().any(|(checked, _)| *checked == check);
        let mut pictures = Pictures::default();
        let person = person.or_else(|| self.person.clone());
        if person.is_some() && (is_checked(Check::Document) || is_checked(Check::Selfie)) {
            pictures.document = vec![named("file_", "f"), named("file_", "b")];
            pictures.selfie = is_checked(Check::Selfie).then(|| named("file_", "s"));
        }
        self.reports.push(Report {
            id: named("vr_", ""),
            created_unix_secs: at_unix_secs,
            checks,
            person,
            unread,
            pictures,
        });
    }

    fn event(&mut self, what: &str, at_unix_secs: i64, link: Option<&Link>) -> Event {
        self.events += 1;
        let id = format!("{}{:04}", self.id.replacen("vs_", "evt_", 1), self.events);
        let event_type = format!("identity.verification_session.{what}");
        let object = self.shown(link);
        // As to a single endpoint, and as if nobody had called for it.
        let snapshot = Snapshot {
            id: &id,
            event_type: &event_type,
            api_version: API_VERSION,
            created_unix_secs: at_unix_secs,
            object: &object,
            livemode: self.livemode,
            pending: 1,
            cause: &Cause::default(),
        };
        let body = bytes(&snapshot.object());
        Event {
            id,
            event_type,
            body,
            object,
        }
    }
}

#[cfg(test)]
mod tests;
