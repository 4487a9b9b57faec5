//! What happens without the API: what the subject does, what the checks yield, what is done in the dashboard.

use serde::Deserialize;

use super::account::{ERASURE_SECS, State};
use super::check::{Check, Problem};
use super::person::Person;
use super::session::{Failing, NotPossible, Session};
use super::told::Cause;
use crate::CannotPlay;
use crate::scenario::Action;
use idv_core::Timestamp;

/// One action of a scenario.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Deed {
    /// The subject hands everything in.
    Submit {},
    /// All checks succeed.
    Verify {
        /// Members of the document that could not be read, such as `first_name`.
        #[serde(default)]
        unread: Vec<String>,
        /// The session shows an error with nothing in it, as some answers of the vendor do.
        #[serde(default)]
        empty_error: bool,
        /// What kind of document it was: `passport`, `id_card`, `driving_license`.
        document_type: Option<String>,
    },
    /// Checks fail.
    Fail {
        /// The session's `last_error.code`. Any word goes, known or not.
        code: String,
        /// The sentence for it, in the place of the usual one.
        reason: Option<String>,
        /// The check it is an error of, if not the one that the code is named after.
        check: Option<String>,
        /// Codes of other checks that fail too.
        #[serde(default)]
        also: Vec<String>,
    },
    /// The subject leaves, declines, or cannot go on, before anything was handed in.
    GiveUp {
        /// The session's `last_error.code`.
        #[serde(default = "abandoned")]
        code: String,
        /// Nobody is told: whether the vendor sends an event for each of these is not published.
        #[serde(default)]
        silent: bool,
    },
    /// The vendor takes back what it had verified.
    Unverify {
        /// The session's `last_error.code`.
        code: String,
    },
    /// The session is withdrawn in the dashboard.
    Cancel {},
    /// The session is redacted in the dashboard.
    Redact {
        /// The session's `redaction.status` until it is done: `processing`, or `validated`.
        status: Option<String>,
        /// How long until it is done.
        takes_secs: Option<u64>,
    },
}

fn abandoned() -> String {
    "abandoned".to_owned()
}

const DOCUMENT_TYPES: [&str; 3] = ["driving_license", "id_card", "passport"];

impl Deed {
    /// Reads an action, whatever the state of the session.
    pub(super) fn read(action: &Action) -> Result<Self, String> {
        let deed: Self = action.read()?;
        let wrong = match &deed {
            Self::Verify {
                document_type: Some(kind),
                ..
            } if !DOCUMENT_TYPES.contains(&kind.as_str()) => Some(format!(
                "document_type is one of {}",
                DOCUMENT_TYPES.join(", ")
            )),
            Self::Fail {
                check: Some(check), ..
            } if Check::of_word(check).is_none() => {
                let words: Vec<_> = Check::ALL.iter().map(|check| check.word()).collect();
                Some(format!("check is one of {}", words.join(", ")))
            }
            Self::Fail { also, .. } => {
                let stranger = also.iter().find(|code| Check::of_code(code).is_none());
                stranger.map(|code| format!("also: {code} is a code of no check"))
            }
            Self::Redact {
                status: Some(status),
                ..
            } => word(status)
                .is_none()
                .then(|| "status is processing or validated".to_owned()),
            _ => None,
        };
        match wrong {
            Some(wrong) => Err(format!("{}: {wrong}", action.name)),
            None => Ok(deed),
        }
    }
}

fn word(status: &str) -> Option<&'static str> {
    ["processing", "validated"]
        .into_iter()
        .find(|known| *known == status)
}

impl State {
    /// Does it, and tells whoever wants to know.
    pub(super) fn act(&mut self, id: &str, deed: Deed, now: Timestamp) -> Result<(), CannotPlay> {
        self.pass(now);
        let at = now.as_unix_secs();
        // What is refused half-way has changed nothing.
        let session = self.sessions.get(id).cloned();
        let mut session = session.ok_or(CannotPlay::NoSuchObject)?;
        let event = match deed {
            Deed::Submit {} => Some(refused(session.submit(at))?),
            Deed::Verify {
                unread,
                empty_error,
                document_type,
            } => {
                if empty_error {
                    session.show_empty_error();
                }
                let person = session.person().cloned();
                let person = person.zip(document_type);
                let person = person.map(|(person, kind)| person.with_document_type(&kind));
                Some(refused(session.verify_with(at, person, unread))?)
            }
            Deed::Fail {
                code,
                reason,
                check,
                also,
            } => {
                let failing = failing(&session, &code, reason, check.as_deref(), &also);
                Some(refused(session.fail_with(at, failing))?)
            }
            Deed::GiveUp { code, silent } => {
                let event = refused(session.give_up(at, Problem::of_code(code)))?;
                (!silent).then_some(event)
            }
            Deed::Unverify { code } => Some(refused(session.unverify(at, Problem::of_code(code)))?),
            Deed::Cancel {} => Some(refused(session.cancel(at))?),
            Deed::Redact { status, takes_secs } => {
                let status = status.as_deref().and_then(word).unwrap_or("processing");
                let event = refused(session.redact_as(at, status))?;
                self.erase(id, now, takes_secs.unwrap_or(ERASURE_SECS));
                event
            }
        };
        self.sessions.put(id, session);
        self.file_reports(id);
        if let Some(event) = event {
            self.tell(id, event, Cause::default(), now);
        }
        Ok(())
    }

    /// Completes the erasures that are due.
    pub(super) fn complete_erasures(&mut self, now: Timestamp) {
        self.pass(now);
        let (due, later) = std::mem::take(&mut self.erasures)
            .into_iter()
            .partition(|(at, _)| *at <= now);
        self.erasures = later;
        let due: Vec<(Timestamp, String)> = due;
        for (_, id) in due {
            let session = self.sessions.get_mut(&id);
            let event = session.map(|session| session.finish_redaction(now.as_unix_secs()));
            if let Some(Ok(event)) = event {
                self.tell(&id, event, Cause::default(), now);
            }
        }
    }
}

fn refused<T>(done: Result<T, NotPossible>) -> Result<T, CannotPlay> {
    done.map_err(|error| CannotPlay::NotNow(error.to_string()))
}

fn failing(
    session: &Session,
    code: &str,
    reason: Option<String>,
    check: Option<&str>,
    also: &[String],
) -> Failing {
    let mut failing = Failing::of_code(code);
    if let Some(reason) = reason {
        failing.first.reason = reason;
    }
    let check = check
        .and_then(Check::of_word)
        .or_else(|| Check::of_code(code));
    failing.checks = check
        .map(|check| (check, failing.first.clone()))
        .into_iter()
        .collect();
    for code in also {
        if let Some(check) = Check::of_code(code) {
            failing.checks.push((check, Problem::of_code(code)));
        }
    }
    let is_expired = failing
        .checks
        .iter()
        .any(|(_, problem)| problem.code == "document_expired");
    if is_expired {
        failing.person = session.person().cloned().map(Person::with_expired_document);
    }
    failing
}
