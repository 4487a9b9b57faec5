//! Why a request is what it is: every value with its origin.

use idv_core::{Actor, Mapped, ObservationId, Origin, RequestId, SessionKey, Timestamp};
use serde_json::Value;

use crate::Engine;
use crate::error::QueryError;
use crate::fold::{CommandFact, fold_session_told, overrides};
use crate::observe::corrupt;
use crate::store::{ObservationRow, ObservationSource, PageRequest};

/// One value of a request's state, and where it comes from.
#[derive(Clone, Debug)]
pub struct Explained {
    /// Its place in the state: a JSON pointer such as `/status` or `/steps/0/status`.
    pub place: String,
    /// The value, a word of ours.
    pub value: String,
    /// Where it comes from.
    pub because: Because,
}

/// Where a value comes from.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Because {
    /// A vendor said so.
    Vendor {
        /// The session it said it about.
        session: SessionKey,
        /// The observation that carried it.
        observation: ObservationId,
        /// How we learned it.
        source: ObservationSource,
        /// What it was called when we learned it.
        what: String,
        /// What it could know at best, UTC.
        as_of: Timestamp,
        /// Where it stood, and the row of the mapping table that made our word of it.
        origin: Origin,
    },
    /// Somebody decided so, whatever the vendor says.
    Command {
        /// The observation that keeps the command.
        observation: ObservationId,
        /// What was decided.
        decided: CommandFact,
        /// Who.
        actor: Actor,
        /// When, UTC.
        at: Timestamp,
    },
    /// Nothing was said about it yet.
    Nothing,
}

/// The longest story that is explained.
const LONGEST_STORY: u32 = 10_000;

impl Engine {
    /// Explains a request: the values of its state, each with the vendor's value, the mapping row and the observation
    /// behind it, or the command that decided it. None if there is no such request.
    ///
    /// # Errors
    /// [`QueryError`] if the database failed.
    pub async fn explain(&self, request: RequestId) -> Result<Option<Vec<Explained>>, QueryError> {
        let reads = self.inner.store.reads();
        let Some(row) = reads.request(request).await? else {
            return Ok(None);
        };
        let sessions = reads.sessions_of(request).await?;
        let current = sessions
            .into_iter()
            .find(|session| row.current_session == Some(session.key));
        let commands = reads.commands_of(request).await?;
        let mut explained = Vec::new();
        let decided = overrides(&commands).pop();
        let verdict_by_command = decided.is_some();
        if let Some(over) = decided {
            let command = commands
                .iter()
                .find(|row| row.id == over.id)
                .ok_or_else(|| corrupt("a decision without a command"))?;
            if let Some(fact) = &command.command {
                explained.push(Explained {
                    place: "/status".to_owned(),
                    value: row.state.status.as_word().into_owned(),
                    because: Because::Command {
                        observation: command.id,
                        decided: fact.clone(),
                        actor: command.actor.clone().unwrap_or(Actor::System),
                        at: command.as_of,
                    },
                });
            }
        }
        let account = current
            .as_ref()
            .and_then(|session| self.inner.accounts.get(&session.account));
        if let (Some(session), Some(account)) = (&current, account) {
            let page = PageRequest {
                after: None,
                limit: LONGEST_STORY,
            };
            let observations: Vec<_> = reads
                .observations_of(request, page)
                .await?
                .rows
                .into_iter()
                .filter(|observation| observation.session == Some(session.key))
                .collect();
            let (_, told) = fold_session_told(account.provider.info(), &observations);
            let parts = [
                (told.verdict, Part::Verdict),
                (told.findings, Part::Findings),
                (told.steps, Part::Steps),
            ];
            for (observation, part) in parts {
                let observation =
                    observation.and_then(|id| observations.iter().find(|o| o.id == id));
                if let Some(observation) = observation {
                    let values = of_vendor(session.key, observation, &observations, part);
                    explained.extend(
                        values
                            .into_iter()
                            .filter(|value| !(verdict_by_command && value.place == "/status")),
                    );
                }
            }
        }
        if !explained.iter().any(|value| value.place == "/status") {
            explained.push(Explained {
                place: "/status".to_owned(),
                value: row.state.status.as_word().into_owned(),
                because: Because::Nothing,
            });
        }
        explained.sort_by(|a, b| a.place.cmp(&b.place));
        Ok(Some(explained))
    }
}

/// A part of the state that comes from one observation.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Verdict,
    Findings,
    Steps,
}

impl Part {
    fn holds(self, place: &str) -> bool {
        match self {
            Self::Findings => place.starts_with("/findings"),
            Self::Steps => place.starts_with("/steps"),
            Self::Verdict => !place.starts_with("/findings") && !place.starts_with("/steps"),
        }
    }
}

/// The values of one part of what an observation says, in the newest words it was put into.
fn of_vendor(
    session: SessionKey,
    observation: &ObservationRow,
    all: &[ObservationRow],
    part: Part,
) -> Vec<Explained> {
    let Some(mapped) = words_of(observation, all) else {
        return Vec::new();
    };
    let Ok(json) = serde_json::to_value(mapped) else {
        return Vec::new();
    };
    mapped
        .origins
        .iter()
        .filter(|(place, _)| part.holds(place))
        .filter_map(|(place, origin)| {
            let value = match json.pointer(place)? {
                Value::String(word) => word.clone(),
                other => other.to_string(),
            };
            Some(Explained {
                place: place.to_string(),
                value,
                because: Because::Vendor {
                    session,
                    observation: observation.id,
                    source: observation.source,
                    what: observation.what.clone(),
                    as_of: observation.as_of,
                    origin: origin.clone(),
                },
            })
        })
        .collect()
}

fn words_of<'a>(observation: &'a ObservationRow, all: &'a [ObservationRow]) -> Option<&'a Mapped> {
    let again = all
        .iter()
        .filter_map(|row| match (&row.command, &row.mapped) {
            (
                Some(CommandFact::Remapped {
                    observation: of,
                    to,
                    ..
                }),
                Some(mapped),
            ) if *of == observation.id => Some(((*to, row.id), mapped)),
            _ => None,
        });
    again
        .max_by_key(|(order, _)| *order)
        .map(|(_, mapped)| mapped)
        .or(observation.mapped.as_ref())
}
