//! Reading a session, and what explains it.

use std::time::Duration;

use idv_core::{Error, ErrorKind, Mapped, MissingPart, Part, SessionId, Snapshot, Unreadable};

use super::PlaidProvider;
use crate::client::{Answer, Client};
use crate::map;
use crate::wire::{self, Members as _};

/// How long the address of a picture works after the session was read.
const PICTURE_LIFETIME: Duration = Duration::from_secs(60);

/// What an answer with a session says.
pub(super) struct Read {
    pub(super) id: SessionId,
    /// True as long as it takes input from the subject.
    pub(super) is_active: bool,
    /// The page to send the subject to, if one was asked for.
    pub(super) shareable_url: Option<String>,
    pub(super) template_id: Option<String>,
    pub(super) client_user_id: Option<String>,
    /// The session this one is another try after.
    pub(super) previous_attempt_id: Option<String>,
    pub(super) snapshot: Snapshot,
}

impl PlaidProvider {
    /// Reads the session as it is now.
    pub(super) async fn get(&self, client: &Client, id: &SessionId) -> Result<Read, Error> {
        let answer = client.get_session(id).await?;
        self.read("get_session", Some(id), &answer)
    }

    /// The session with everything that explains it, as far as the account may read it.
    pub(super) async fn fetch_full(
        &self,
        client: &Client,
        id: &SessionId,
    ) -> Result<Snapshot, Error> {
        let answer = client.get_session(id).await?;
        let mut snapshot = self.read("get_session", Some(id), &answer)?.snapshot;
        let object =
            map::object(&answer.body).map_err(|error| unreadable("get_session", &answer, error))?;
        let attempt = wire::Attempt::of(&object);
        let Some(screening_id) = attempt.watchlist_screening_id.get() else {
            return Ok(snapshot);
        };
        // The session is not lost with its screening: the verdict does not depend on it.
        let answer = match client.get_screening(screening_id).await {
            Ok(answer) => answer,
            Err(error) => {
                snapshot.missing.push(missing(why_missing(&error.kind)));
                return Ok(snapshot);
            }
        };
        let Ok(object) = map::object(&answer.body) else {
            snapshot
                .missing
                .push(missing(why_missing(&ErrorKind::BadResponse)));
            return Ok(snapshot);
        };
        let screening = wire::Screening::of(&object);
        if screening.id.get() != Some(screening_id) {
            snapshot
                .missing
                .push(missing(why_missing(&ErrorKind::BadResponse)));
            return Ok(snapshot);
        }
        snapshot.parts.push(part(map::SCREENING_PART, &answer));
        let assembled = map::assemble(&snapshot.parts);
        let mapped = assembled.map_err(|error| unreadable("get_session", &answer, error))?;
        snapshot.mapped = self.with_expiry(mapped);
        Ok(snapshot)
    }

    /// Makes sense of an answer that holds a session. `expected`: the session that was asked for.
    pub(super) fn read(
        &self,
        operation: &'static str,
        expected: Option<&SessionId>,
        answer: &Answer,
    ) -> Result<Read, Error> {
        let refuse = |error| unreadable(operation, answer, error);
        let object = map::object(&answer.body).map_err(refuse)?;
        let attempt = wire::Attempt::of(&object);
        let id = map::session_id(attempt.id)
            .filter(|id| expected.is_none_or(|expected| id == expected))
            .ok_or_else(|| refuse(NOT_THE_SESSION))?;
        let parts = vec![part(map::SESSION_PART, answer)];
        let mapped = map::assemble(&parts).map_err(refuse)?;
        let owned = |text: wire::Text<'_>| text.get().map(str::to_owned);
        Ok(Read {
            id,
            is_active: attempt.status.get() == Some("active"),
            shareable_url: owned(attempt.shareable_url).filter(|url| !url.is_empty()),
            template_id: attempt.template.as_ref().and_then(|t| owned(t.id)),
            client_user_id: owned(attempt.client_user_id),
            previous_attempt_id: owned(attempt.previous_attempt_id),
            snapshot: Snapshot {
                parts,
                missing: Vec::new(),
                mapped: self.with_expiry(mapped),
            },
        })
    }

    /// The pictures can be opened for a minute after each reading.
    fn with_expiry(&self, mut mapped: Mapped) -> Mapped {
        let expires_at = self.clock.now().plus(PICTURE_LIFETIME);
        for link in mapped
            .evidence
            .iter_mut()
            .filter_map(|file| file.link.as_mut())
        {
            link.expires_at = Some(expires_at);
        }
        mapped
    }
}

const NOT_THE_SESSION: Unreadable = Unreadable::NotThisProvider {
    why: "it is not the session that was asked for",
};

const fn missing(reason: &'static str) -> MissingPart {
    MissingPart {
        name: map::SCREENING_PART,
        reason,
    }
}

const fn why_missing(kind: &ErrorKind) -> &'static str {
    match kind {
        ErrorKind::InvalidCredentials => "the account may not read it",
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
