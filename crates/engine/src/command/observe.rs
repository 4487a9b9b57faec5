//! Writing down that a command was given: by whom, what it decided, and in which words.

use idv_core::{Actor, ObservationId, Pii, Purpose, RequestId, SessionKey};

use crate::Engine;
use crate::crypt::KeyRingError;
use crate::error::CommandError;
use crate::fold::CommandFact;
use crate::observe::{corrupt, raw_place};
use crate::store::{ObservationRow, ObservationSource, RequestRow, UnitOfWork};

/// A command as the timeline keeps it.
pub(crate) struct Given<'a> {
    pub(crate) what: &'static str,
    pub(crate) actor: &'a Actor,
    pub(crate) session: Option<SessionKey>,
    pub(crate) fact: Option<CommandFact>,
    /// The words of whoever gave it. They may name persons, so they are sealed.
    pub(crate) comment: Option<&'a Pii<String>>,
}

impl<'a> Given<'a> {
    pub(crate) const fn new(what: &'static str, actor: &'a Actor) -> Self {
        Self {
            what,
            actor,
            session: None,
            fact: None,
            comment: None,
        }
    }
}

impl Engine {
    /// Adds a command to the timeline of a request.
    pub(crate) async fn append_command(
        &self,
        unit: &mut dyn UnitOfWork,
        request: &RequestRow,
        given: Given<'_>,
    ) -> Result<(), KeyRingError> {
        let mut row = self.command_observation(request.id, given.session, given.what, given.actor);
        if let Some(comment) = given.comment {
            // Without the key the words could not be kept, and a decision would stand there without its reason.
            let key = self
                .subject_key(unit, request.subject)
                .await?
                .ok_or_else(|| corrupt("a comment about a person who was erased"))?;
            let plain = comment.expose(Purpose::Store).as_bytes();
            row.raw = Some(key.seal(raw_place(row.id), plain)?);
        }
        row.command = given.fact;
        unit.append_observation(&row).await?;
        Ok(())
    }

    /// Refuses a command that comes with words, or is about what is personal, if the person was erased.
    pub(crate) async fn check_not_erased(
        &self,
        unit: &mut dyn UnitOfWork,
        request: &RequestRow,
    ) -> Result<(), CommandError> {
        let key = self.subject_key(unit, request.subject).await?;
        key.map(drop).ok_or(CommandError::Erased)
    }

    /// An entry of the timeline that says what was done.
    pub(crate) fn command_observation(
        &self,
        request: RequestId,
        session: Option<SessionKey>,
        what: &str,
        actor: &Actor,
    ) -> ObservationRow {
        let now = self.now();
        ObservationRow {
            id: ObservationId::new(now),
            request,
            session,
            source: ObservationSource::Command,
            what: what.to_owned(),
            observed_at: now,
            as_of: now,
            delivery: None,
            vendor_time: None,
            mapped: None,
            actor: Some(actor.clone()),
            command: None,
            raw: None,
        }
    }
}

/// Words that somebody must give.
pub(super) fn check_comment(
    field: &'static str,
    comment: &Pii<String>,
) -> Result<(), CommandError> {
    let text = comment.expose(Purpose::Store);
    let problem = if text.trim().is_empty() {
        "it must not be blank"
    } else if text.chars().count() > 2000 {
        "it must not be longer than 2000 characters"
    } else {
        return Ok(());
    };
    Err(CommandError::InvalidInput { field, problem })
}

/// Who acts is kept with the decision for as long as the decision is, in the clear. So it must be a number or a short
/// name of the application's making, and cannot be an address or the name of a person.
pub(crate) fn check_actor(actor: &Actor) -> Result<(), CommandError> {
    let problem = match actor {
        Actor::Staff(id)
            if id.is_empty()
                || id.len() > 64
                || !id
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"_-.:/".contains(&b)) =>
        {
            "it must be 1 to 64 letters, digits or any of _-.:/ : give the number of the member of staff, not a name or an address"
        }
        _ => return Ok(()),
    };
    Err(CommandError::InvalidInput {
        field: "actor",
        problem,
    })
}
