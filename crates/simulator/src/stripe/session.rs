//! A verification session that behaves, and the snapshot events it sends.

use http::{HeaderMap, HeaderValue};
use idv_core::Timestamp;
use idv_core::webhook::InboundWebhook;
use serde_json::{Value, json};

use super::Signing;

/// The version events are rendered in.
const API_VERSION: &str = "2026-07-29.dahlia";

/// One verification session and its life.
///
/// A step the vendor would refuse is refused here too. Times are Unix seconds, given by the caller: there is no
/// clock inside.
#[derive(Clone, Debug)]
pub struct Session {
    id: String,
    created_unix_secs: i64,
    reference: Option<String>,
    metadata: serde_json::Map<String, Value>,
    livemode: bool,
    status: Status,
    last_error: Option<(String, &'static str)>,
    report: Option<String>,
    redaction: Option<&'static str>,
    submissions: u32,
    events: u32,
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
enum Status {
    RequiresInput,
    Processing,
    Verified,
    Canceled,
}

impl Status {
    const fn word(self) -> &'static str {
        match self {
            Self::RequiresInput => "requires_input",
            Self::Processing => "processing",
            Self::Verified => "verified",
            Self::Canceled => "canceled",
        }
    }
}

/// Failures that end a visit before anything was submitted: no checks run, and no report is made.
const WITHOUT_SUBMISSION: &[(&str, &str)] = &[
    ("abandoned", "The person left before handing anything in."),
    ("consent_declined", "The person declined to be verified."),
    (
        "country_not_supported",
        "The person's country is not supported.",
    ),
    (
        "device_not_supported",
        "The person's device has no camera that can be used.",
    ),
    ("under_supported_age", "The person is under age."),
];

impl Session {
    /// A new session of the sandbox that waits for its subject.
    pub fn new(id: impl Into<String>, created_unix_secs: i64) -> Self {
        Self {
            id: id.into(),
            created_unix_secs,
            reference: None,
            metadata: serde_json::Map::new(),
            livemode: false,
            status: Status::RequiresInput,
            last_error: None,
            report: None,
            redaction: None,
            submissions: 0,
            events: 0,
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
        let with_link = true;
        self.event("created", at_unix_secs, with_link)
    }

    /// The subject hands everything in.
    ///
    /// # Errors
    /// [`NotPossible`] unless input is required.
    pub fn submit(&mut self, at_unix_secs: i64) -> Result<Event, NotPossible> {
        self.require(&[Status::RequiresInput], "submitted")?;
        self.status = Status::Processing;
        self.submissions += 1;
        Ok(self.event("processing", at_unix_secs, false))
    }

    /// A check fails, or the subject gives up. `code` is one of `last_error.code`; any word is sent as it is, so
    /// that words nobody has listed can be tried.
    ///
    /// # Errors
    /// [`NotPossible`] if nothing is being checked, or for a visit without a submission if no input is required.
    pub fn fail(&mut self, at_unix_secs: i64, code: &str) -> Result<Event, NotPossible> {
        let early = WITHOUT_SUBMISSION.iter().find(|(word, _)| *word == code);
        if let Some((_, reason)) = early {
            self.require(&[Status::RequiresInput], "given up")?;
            self.last_error = Some((code.to_owned(), reason));
        } else {
            self.require(&[Status::Processing], "failed")?;
            self.last_error = Some((code.to_owned(), "A check did not succeed."));
            self.report = Some(self.report_id());
        }
        self.status = Status::RequiresInput;
        Ok(self.event("requires_input", at_unix_secs, false))
    }

    /// All checks succeed.
    ///
    /// # Errors
    /// [`NotPossible`] if nothing is being checked.
    pub fn verify(&mut self, at_unix_secs: i64) -> Result<Event, NotPossible> {
        self.require(&[Status::Processing], "verified")?;
        self.status = Status::Verified;
        self.last_error = None;
        self.report = Some(self.report_id());
        Ok(self.event("verified", at_unix_secs, false))
    }

    /// The session is withdrawn.
    ///
    /// # Errors
    /// [`NotPossible`] unless input is required.
    pub fn cancel(&mut self, at_unix_secs: i64) -> Result<Event, NotPossible> {
        self.require(&[Status::RequiresInput], "canceled")?;
        self.status = Status::Canceled;
        Ok(self.event("canceled", at_unix_secs, false))
    }

    /// Erasure is asked for. A session that still requires input is canceled by it, and says so.
    ///
    /// # Errors
    /// [`NotPossible`] while something is being checked.
    pub fn redact(&mut self, at_unix_secs: i64) -> Result<Option<Event>, NotPossible> {
        let allowed = [Status::RequiresInput, Status::Verified, Status::Canceled];
        self.require(&allowed, "redacted")?;
        self.redaction = Some("processing");
        if self.status != Status::RequiresInput {
            return Ok(None);
        }
        self.status = Status::Canceled;
        Ok(Some(self.event("canceled", at_unix_secs, false)))
    }

    /// Erasure is complete: up to four days after it was asked for.
    ///
    /// # Errors
    /// [`NotPossible`] if it was not asked for.
    pub fn finish_redaction(&mut self, at_unix_secs: i64) -> Result<Event, NotPossible> {
        if self.redaction != Some("processing") {
            return Err(NotPossible {
                status: self.status.word(),
                wanted: "redacted before it was asked for",
            });
        }
        self.redaction = Some("redacted");
        self.metadata.clear();
        self.reference = self.reference.take().map(|_| "[redacted]".to_owned());
        Ok(self.event("redacted", at_unix_secs, false))
    }

    /// The session as an event shows it. Links and client secrets are there only in the event of its creation:
    /// afterwards they must be fetched.
    #[must_use]
    pub fn object(&self, with_link: bool) -> Value {
        let mode = if self.livemode { "live" } else { "test" };
        let token = format!("{mode}_{}0simulated0token", self.id.replace('_', ""));
        json!({
            "id": self.id,
            "object": "identity.verification_session",
            "client_reference_id": self.reference,
            "client_secret": with_link.then(|| format!("{}_secret_{token}", self.id)),
            "created": self.created_unix_secs,
            "last_error": self.last_error.as_ref().map(|(code, reason)| json!({ "code": code, "reason": reason })),
            "last_verification_report": self.report,
            "livemode": self.livemode,
            "metadata": self.metadata,
            "options": { "document": { "require_matching_selfie": true } },
            "redaction": self.redaction.map(|status| json!({ "status": status })),
            "related_customer": null,
            "status": self.status.word(),
            "type": "document",
            "url": with_link.then(|| format!("https://verify.stripe.com/start/{token}")),
        })
    }

    /// The report of the last submission that was decided, without anything of the person. None if there is none, or
    /// it was erased.
    pub(super) fn report(&self) -> Option<Value> {
        let id = self.report.as_ref()?;
        if self.redaction.is_some() {
            return None;
        }
        let error = self.last_error.as_ref();
        let error = error.map(|(code, reason)| json!({ "code": code, "reason": reason }));
        let status = if error.is_some() {
            "unverified"
        } else {
            "verified"
        };
        Some(json!({
            "id": id,
            "object": "identity.verification_report",
            "created": self.created_unix_secs,
            "livemode": self.livemode,
            "options": { "document": { "require_matching_selfie": true } },
            "type": "document",
            "verification_session": self.id,
            "document": { "status": status, "error": error },
        }))
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

    fn report_id(&self) -> String {
        format!(
            "{}{:02}",
            self.id.replacen("vs_", "vr_", 1),
            self.submissions
        )
    }

    fn event(&mut self, what: &str, at_unix_secs: i64, with_link: bool) -> Event {
        self.events += 1;
        let id = format!("{}{:04}", self.id.replacen("vs_", "evt_", 1), self.events);
        let event_type = format!("identity.verification_session.{what}");
        let body = json!({
            "id": id,
            "object": "event",
            "api_version": API_VERSION,
            "created": at_unix_secs,
            "data": { "object": self.object(with_link) },
            "livemode": self.livemode,
            "pending_webhooks": 1,
            "request": { "id": null, "idempotency_key": null },
            "type": event_type,
        });
        Event {
            id,
            event_type,
            // Indented, as the vendor sends it: whoever verifies re-encoded JSON notices at once.
            body: format!("{body:#}").into_bytes(),
        }
    }
}

#[cfg(test)]
mod tests;
