//! Reading a run, and what explains it.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use idv_core::json::decode_borrowed;
use idv_core::{
    Error, ErrorKind, MissingPart, Part, Secret, SessionId, Snapshot, Timestamp, Unreadable,
    UserLink,
};
use serde_json::json;

use super::OnfidoProvider;
use crate::client::{Answer, Client, failed};
use crate::map::{self, is_vendor_id};
use crate::wire::{self, Text};

/// How long a token lives that was made for an applicant; from the vendor's staff, read 2026-11-20.
const SDK_TOKEN_LIFETIME: Duration = Duration::from_secs(90 * 60);

/// What an answer with a run says.
pub(super) struct Read {
    pub(super) id: SessionId,
    pub(super) link: Option<UserLink>,
    pub(super) snapshot: Snapshot,
}

impl OnfidoProvider {
    /// Reads the run as it is now.
    pub(super) async fn find(&self, client: &Client, id: &SessionId) -> Result<Read, Error> {
        let answer = client.find_workflow_run(id).await?;
        self.read("find_workflow_run", Some(id), &answer)
    }

    /// Makes sense of an answer that holds a run. `expected`: the run that was asked for.
    pub(super) fn read(
        &self,
        operation: &'static str,
        expected: Option<&SessionId>,
        answer: &Answer,
    ) -> Result<Read, Error> {
        let (id, run) = run(operation, expected, answer)?;
        let parts = vec![part(map::SESSION_PART, answer)];
        Ok(Read {
            id,
            link: self.link(&run),
            snapshot: Snapshot {
                mapped: map::assemble(&self.options, &parts)
                    .map_err(|error| unreadable(operation, error))?,
                parts,
                missing: Vec::new(),
            },
        })
    }

    /// The subject's way in, as long as the run may still ask for something. While the vendor's machines work nobody
    /// knows whether it will.
    fn link(&self, run: &wire::Resource<'_>) -> Option<UserLink> {
        if !matches!(run.status.get(), Some("awaiting_input" | "processing")) {
            return None;
        }
        let link = run.link.get();
        let url = link.and_then(|link| secret(&link.url));
        let token = secret(&run.sdk_token);
        let token_expires_at = token.as_ref().and_then(expiry_of_token);
        // A token that has run out is no way in.
        let now = self.clock.now();
        let token = token.filter(|_| token_expires_at.is_none_or(|at| at > now));
        let token_expires_at = token_expires_at.filter(|_| token.is_some());
        let url_expires_at = link.and_then(|link| link.expires_at.0);
        let url = url.filter(|_| url_expires_at.is_none_or(|at| at > now));
        let url_expires_at = url_expires_at.filter(|_| url.is_some());
        if url.is_none() && token.is_none() {
            return None;
        }
        // One time for both: the earlier.
        let expires_at = [url_expires_at, token_expires_at]
            .into_iter()
            .flatten()
            .min();
        Some(UserLink::new(url, token, expires_at))
    }

    /// See [`idv_core::IdProvider::renew_link`]. A run that has no token of its own any more gets one for its
    /// applicant.
    pub(super) async fn fresh_link(&self, session: &SessionId) -> Result<UserLink, Error> {
        let operation = "find_workflow_run";
        let client = self.client(operation)?;
        let answer = client.find_workflow_run(session).await?;
        let (_, run) = run(operation, Some(session), &answer)?;
        let link = self.link(&run);
        if run.status.get() != Some("awaiting_input") {
            return link.ok_or_else(|| {
                let message = "the run takes no input from the subject";
                failed(ErrorKind::Conflict, operation, message)
            });
        }
        let link = link.unwrap_or(UserLink::new(None, None, None));
        let applicant = run.applicant_id.get().filter(|id| is_vendor_id(id));
        match applicant.filter(|_| link.sdk_token.is_none()) {
            Some(applicant) => self.with_new_token(client, applicant, link).await,
            None if link.hosted_url.is_none() && link.sdk_token.is_none() => {
                let message = "the link has expired and the run names no applicant";
                Err(failed(ErrorKind::Conflict, operation, message))
            }
            None => Ok(link),
        }
    }

    async fn with_new_token(
        &self,
        client: &Client,
        applicant: &str,
        link: UserLink,
    ) -> Result<UserLink, Error> {
        let mut request = json!({ "applicant_id": applicant });
        for (name, value) in [
            ("referrer", &self.options.sdk_referrer),
            ("application_id", &self.options.sdk_application_id),
        ] {
            if let (Some(value), Some(members)) = (value, request.as_object_mut()) {
                members.insert(name.to_owned(), value.as_str().into());
            }
        }
        let asked_at = self.clock.now();
        let answer = match client.generate_sdk_token(&request).await {
            Ok(answer) => answer,
            // The page is enough of a way in.
            Err(_) if link.hosted_url.is_some() => return Ok(link),
            Err(error) => return Err(error),
        };
        let made: wire::SdkToken<'_> =
            map::object(&answer.body).map_err(|error| unreadable("generate_sdk_token", error))?;
        let Some(token) = secret(&made.token) else {
            return Err(unreadable("generate_sdk_token", NO_TOKEN));
        };
        let expires_at =
            expiry_of_token(&token).unwrap_or_else(|| asked_at.plus(SDK_TOKEN_LIFETIME));
        let expires_at = link.expires_at.into_iter().chain([expires_at]).min();
        Ok(UserLink::new(link.hosted_url, Some(token), expires_at))
    }

    /// The run with its tasks, as far as the token may read them.
    pub(super) async fn fetch_full(
        &self,
        client: &Client,
        id: &SessionId,
    ) -> Result<Snapshot, Error> {
        let operation = "find_workflow_run";
        let answer = client.find_workflow_run(id).await?;
        run(operation, Some(id), &answer)?;
        let mut parts = vec![part(map::SESSION_PART, &answer)];
        let mut missing = Vec::new();

        // The run is not lost with its tasks: the verdict does not depend on them.
        let list = client.list_tasks(id).await;
        let task_ids = match list.map(|list| (ids_of(&list), list)) {
            Ok((Ok(ids), list)) => {
                parts.push(part("tasks", &list));
                ids
            }
            Ok((Err(_), _)) => {
                missing.push(missing_part("tasks", UNREADABLE));
                Vec::new()
            }
            Err(error) => {
                missing.push(missing_part("tasks", why_missing(error)?));
                Vec::new()
            }
        };
        for (task, name) in task_ids.iter().zip(map::TASK_PARTS.iter().copied()) {
            match client.find_task(id, task).await {
                Ok(answer) if map::task(&answer.body).is_ok() => parts.push(part(name, &answer)),
                Ok(_) => missing.push(missing_part(name, UNREADABLE)),
                Err(error) => missing.push(missing_part(name, why_missing(error)?)),
            }
        }
        if task_ids.len() > map::TASK_PARTS.len() {
            let reason = "the run has more tasks than are read";
            missing.push(missing_part("further_tasks", reason));
        }
        let mapped =
            map::assemble(&self.options, &parts).map_err(|error| unreadable(operation, error))?;
        Ok(Snapshot {
            parts,
            missing,
            mapped,
        })
    }
}

/// The run in an answer, with its id.
pub(super) fn run<'a>(
    operation: &'static str,
    expected: Option<&SessionId>,
    answer: &'a Answer,
) -> Result<(SessionId, wire::Resource<'a>), Error> {
    let run: wire::Resource<'_> =
        map::object(&answer.body).map_err(|error| unreadable(operation, error))?;
    match map::session_id(&run.id) {
        Some(id) if expected.is_none_or(|expected| *expected == id) => Ok((id, run)),
        _ => Err(unreadable(operation, NOT_THE_RUN)),
    }
}

/// The ids of the tasks in a list.
fn ids_of(list: &Answer) -> Result<Vec<String>, Unreadable> {
    let elements = map::elements(&list.body)?;
    let mut ids = Vec::new();
    for element in elements {
        let task: wire::Resource<'_> = map::object(element.get().as_bytes())?;
        ids.extend(task.id.get().map(str::to_owned));
    }
    Ok(ids)
}

const NOT_THE_RUN: Unreadable = Unreadable::NotThisProvider {
    why: "it is not the workflow run that was asked for",
};
const NO_TOKEN: Unreadable = Unreadable::NotThisProvider {
    why: "it holds no token",
};

const UNREADABLE: &str = "the vendor's answer could not be read";

const fn missing_part(name: &'static str, reason: &'static str) -> MissingPart {
    MissingPart { name, reason }
}

/// Why a part is not there.
///
/// # Errors
/// The error itself if the vendor wants us to slow down: it has the part and would give it later.
fn why_missing(error: Error) -> Result<&'static str, Error> {
    match error.kind {
        ErrorKind::InvalidCredentials => Ok("the API token may not read it"),
        ErrorKind::NotFound => Ok("the vendor has it no more"),
        ErrorKind::RateLimited { .. } => Err(error),
        _ => Ok("the vendor did not answer as expected"),
    }
}

/// When a token runs out, by its own word. It is a JWT; its signature is the vendor's affair.
fn expiry_of_token(token: &Secret) -> Option<Timestamp> {
    let claims = token.expose().split('.').nth(1)?;
    let claims = URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?;
    let claims: wire::TokenClaims = decode_borrowed(&claims).ok()?;
    let secs = claims.exp.0.filter(|secs| (0.0..1e12).contains(secs))?;
    // Whole seconds below 2^40 are exact in a float.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the range was checked in the line above"
    )]
    Some(Timestamp::from_unix_secs(secs as i64))
}

fn secret(text: &Text<'_>) -> Option<Secret> {
    let text = text.get().filter(|text| !text.trim().is_empty());
    text.map(Secret::from)
}

pub(super) fn unreadable(operation: &'static str, error: Unreadable) -> Error {
    Error::from_unreadable(map::provider_id(), operation, error)
}

fn part(name: &'static str, answer: &Answer) -> Part {
    Part::new(name, answer.body.clone())
}
