//! Reading a session, and what explains it.

use std::time::Duration;

use idv_core::{
    Error, ErrorKind, MissingPart, Part, Secret, SessionId, Snapshot, Status, Unreadable, UserLink,
};

use super::StripeProvider;
use crate::client::{Answer, Client, Failure, failed, is_refusal};
use crate::map;
use crate::wire::{self, Expandable, Text};

/// How long a hosted page can be opened after the session was read.
const URL_LIFETIME: Duration = Duration::from_secs(48 * 3_600);
/// How long a client secret can be used after the session was read.
const CLIENT_SECRET_LIFETIME: Duration = Duration::from_secs(24 * 3_600);

/// What explains a session, in one answer.
const EXPLAINED: &[&str] = &["verified_outputs", "last_verification_report"];
/// The same with what only a restricted key may read.
const EXPLAINED_SENSITIVE: &[&str] = &[
    "verified_outputs",
    "verified_outputs.dob",
    "verified_outputs.id_number",
    "verified_outputs.sex",
    "verified_outputs.unparsed_sex",
    "verified_outputs.unparsed_place_of_birth",
    "last_verification_report",
    "last_verification_report.document.dob",
    "last_verification_report.document.number",
    "last_verification_report.document.expiration_date",
    "last_verification_report.id_number.dob",
    "last_verification_report.id_number.id_number",
];

impl StripeProvider {
    /// Reads the session as it is now.
    pub(super) async fn retrieve(&self, client: &Client, id: &SessionId) -> Result<Read, Error> {
        let answer = client.retrieve_session(id, &[]).await?;
        self.read("retrieve_session", Some(id), &answer)
    }

    /// Makes sense of an answer that holds a session. `expected`: the session that was asked for.
    pub(super) fn read(
        &self,
        operation: &'static str,
        expected: Option<&SessionId>,
        answer: &Answer,
    ) -> Result<Read, Error> {
        let session = self.session(operation, expected, answer)?;
        let id = session.id.get().map(SessionId::new);
        let unreadable = |error| unreadable(operation, answer, error);
        let parts = vec![part(map::SESSION_PART, answer)];
        Ok(Read {
            id: id.ok_or_else(|| unreadable(NOT_THE_SESSION))?,
            link: self.link(&session),
            snapshot: Snapshot {
                mapped: map::assemble(&parts).map_err(unreadable)?,
                parts,
                missing: Vec::new(),
            },
        })
    }

    fn session<'a>(
        &self,
        operation: &'static str,
        expected: Option<&SessionId>,
        answer: &'a Answer,
    ) -> Result<wire::Session<'a>, Error> {
        let unreadable = |error| unreadable(operation, answer, error);
        let session: wire::Session<'_> = map::object(&answer.body).map_err(unreadable)?;
        let is_it = session.object.get() == Some(wire::SESSION)
            && match (map::session_id(&session.id), expected) {
                (Some(id), Some(expected)) => id == *expected,
                (id, _) => id.is_some(),
            };
        if is_it {
            Ok(session)
        } else {
            Err(unreadable(NOT_THE_SESSION))
        }
    }

    /// The subject's way to the session, as long as it takes input. Each reading of a session makes a fresh one.
    fn link(&self, session: &wire::Session<'_>) -> Option<UserLink> {
        if session.status.get() != Some("requires_input") {
            return None;
        }
        let secret = |text: &Text<'_>| text.get().filter(|t| !t.is_empty()).map(Secret::from);
        let url = secret(&session.url);
        let token = secret(&session.client_secret);
        let lifetime = match (&url, &token) {
            (None, None) => return None,
            (Some(_), None) => URL_LIFETIME,
            // One time for both: the earlier.
            (_, Some(_)) => CLIENT_SECRET_LIFETIME,
        };
        let expires_at = self.clock.now().plus(lifetime);
        Some(UserLink::new(url, token, Some(expires_at)))
    }

    /// The session with everything that explains it, as far as the key may read it.
    pub(super) async fn fetch_full(
        &self,
        client: &Client,
        id: &SessionId,
    ) -> Result<Snapshot, Error> {
        let operation = "retrieve_session";
        let mut missing = Vec::new();
        let mut attempt = if self.options.sensitive_results {
            let attempt = client.retrieve_session(id, EXPLAINED_SENSITIVE).await;
            if attempt.as_ref().is_err_and(Failure::refuses_expansion) {
                missing.push(MissingPart {
                    name: "sensitive_results",
                    reason: NOT_PERMITTED,
                });
                client.retrieve_session(id, EXPLAINED).await
            } else {
                attempt
            }
        } else {
            client.retrieve_session(id, EXPLAINED).await
        };
        if attempt.as_ref().is_err_and(Failure::refuses_expansion) {
            missing.push(MissingPart {
                name: "verified_outputs",
                reason: NOT_PERMITTED,
            });
            attempt = client.retrieve_session(id, &[]).await;
        }
        let answer = attempt?;
        let report_id = match self
            .session(operation, Some(id), &answer)?
            .last_verification_report
        {
            Expandable::Id(report) => Some(report.into_owned()),
            _ => None,
        };
        let mut parts = vec![part(map::SESSION_PART, &answer)];
        if let Some(report) = report_id {
            // The session is not lost with its report: the verdict does not depend on it.
            match report_apart(client, &report).await {
                Ok(answer) => parts.push(part(map::REPORT_PART, &answer)),
                Err(reason) => missing.push(MissingPart {
                    name: map::REPORT_PART,
                    reason,
                }),
            }
        }
        let mapped =
            map::assemble(&parts).map_err(|error| unreadable(operation, &answer, error))?;
        Ok(Snapshot {
            parts,
            missing,
            mapped,
        })
    }

    /// See [`idv_core::Cancel::cancel`].
    pub(super) async fn cancel_session(&self, session: &SessionId) -> Result<Snapshot, Error> {
        let operation = "cancel_session";
        let client = self.client(operation)?;
        let failure = match client.cancel_session(session).await {
            Ok(answer) => return Ok(self.read(operation, Some(session), &answer)?.snapshot),
            Err(failure) => failure.error,
        };
        if !is_refusal(&failure) {
            return Err(failure);
        }
        // How the vendor refuses to withdraw a session is not published, so the session itself is asked.
        let snapshot = self.retrieve(client, session).await?.snapshot;
        match snapshot.mapped.status {
            Some(Status::Cancelled) => Ok(snapshot),
            Some(Status::AwaitingUser | Status::RetryRequired) => Err(failure),
            _ => {
                let message = "the session can no longer be withdrawn";
                let id = failure.vendor_request_id.clone();
                Err(failed(ErrorKind::Conflict, operation, message).with_vendor_request_id(id))
            }
        }
    }
}

/// What an answer with a session says.
pub(super) struct Read {
    pub(super) id: SessionId,
    pub(super) link: Option<UserLink>,
    pub(super) snapshot: Snapshot,
}

const NOT_THE_SESSION: Unreadable = Unreadable::NotThisProvider {
    why: "it is not the session that was asked for",
};
const NOT_PERMITTED: &str = "the API key may not read it";

/// Reads a report for itself, or says why it cannot be had.
async fn report_apart(client: &Client, id: &str) -> Result<Answer, &'static str> {
    let answer = client.retrieve_report(id, &[]).await;
    let answer = answer.map_err(|failure| why_missing(&failure.error.kind))?;
    let report: Result<wire::Report<'_>, _> = map::report(&answer.body);
    let is_it = report.is_ok_and(|report| report.id.get() == Some(id));
    is_it
        .then_some(answer)
        .ok_or(why_missing(&ErrorKind::BadResponse))
}

const fn why_missing(kind: &ErrorKind) -> &'static str {
    match kind {
        ErrorKind::InvalidCredentials => NOT_PERMITTED,
        ErrorKind::NotFound => "the vendor has it no more",
        _ => "the vendor did not answer as expected",
    }
}

pub(super) fn unreadable(operation: &'static str, answer: &Answer, error: Unreadable) -> Error {
    Error::from_unreadable(map::provider_id(), operation, error)
        .with_vendor_request_id(answer.vendor_request_id.clone())
}

fn part(name: &'static str, answer: &Answer) -> Part {
    Part::new(name, answer.body.clone())
}
