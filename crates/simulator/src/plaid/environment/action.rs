//! What happens without the API: by the person, by the vendor's machines, by staff in the dashboard.

use idv_core::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::Environment;
use super::api::Call;
use super::fault::Fault;
use super::retry::Strategy;
use crate::plaid::attempt::{Attempt, Erased, Event, NotPossible, Status};
use crate::plaid::screening::Review;
use crate::plaid::{Step, Verdict};
use crate::{Begun, CannotPlay};

/// One action of a scenario.
///
/// Where one names a step, the steps before it pass first, so that a scenario fits every template that asks for the
/// step. `found` is laid over what the vendor would show of the step: `<null>` in it stands for null.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Act {
    /// The person opens the page.
    Open {},
    /// The person says this about themselves; members of `user`.
    Enter { user: Map<String, Value> },
    /// The step need not be done: the application has the person's consent, or it was passed before.
    Skip { step: Step },
    /// The template does not ask for the step after all: not of people of this country.
    LeaveOut { step: Step },
    /// Every step passes, or every step before `to`.
    Walk { to: Option<Step> },
    /// A step passes: the next, unless one is named.
    Pass {
        step: Option<Step>,
        #[serde(default)]
        found: Option<Map<String, Value>>,
    },
    /// A step fails. `goes_on`: whether the attempt does; as the template has it, unless it is said.
    Fail {
        step: Option<Step>,
        #[serde(default)]
        found: Option<Map<String, Value>>,
        goes_on: Option<bool>,
    },
    /// A document, a selfie or a code is refused, and may be given again.
    Refuse {
        step: Step,
        #[serde(default)]
        found: Map<String, Value>,
    },
    /// The screening finds somebody, at once or long after; members of the hit.
    Flag {
        #[serde(default)]
        found: Map<String, Value>,
    },
    /// The verdict: as the template has it, unless it is said.
    Decide { status: Option<Decided> },
    /// Everything, as the vendor's sandbox does it: Leslie Knope passes.
    Judge {},
    /// Somebody withdraws it.
    Cancel {},
    /// The time is up.
    Expire {},
    /// Somebody overrules a failed step, at once or long after.
    Overrule { step: Step, approve: bool },
    /// Somebody decides on the screening.
    Review { status: Reviewed },
    /// Somebody has it done again. The new attempt has a scenario of its own.
    Retry {
        strategy: Strategy,
        then: Option<String>,
    },
    /// Personal data are erased.
    Redact {
        what: Erased,
        #[serde(default)]
        tell: bool,
    },
    /// The vendor shows this from now on, whatever it was before.
    Amend {
        with: Map<String, Value>,
        #[serde(default)]
        tell: bool,
    },
    /// The environment signs with another key from now on.
    RotateKey {},
}

/// A verdict.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Decided {
    Success,
    Failed,
    PendingReview,
}

/// A decision on a screening.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Reviewed {
    Cleared,
    Rejected,
    PendingReview,
}

impl Environment {
    pub(super) fn act(&self, object: &str, act: Act, now: Timestamp) -> Result<(), CannotPlay> {
        let mut state = self.state();
        state.pass(now);
        let Some(before) = state.attempts.get(object) else {
            return Err(CannotPlay::NoSuchObject);
        };
        let mut attempt = before.clone();
        match act {
            Act::Retry { strategy, then } => {
                let mut call = Call {
                    environment: self,
                    state: &mut state,
                    now,
                };
                let id = call.retry_in_dashboard(&attempt, &strategy);
                let refused = |fault: Fault| CannotPlay::NotNow(fault.message().to_owned());
                let id = id.map_err(refused)?;
                match then {
                    Some(scenario) => state.begun.push(Begun {
                        object: id,
                        scenario: Some(scenario),
                    }),
                    None => call.begin(&id),
                }
                return Ok(());
            }
            Act::RotateKey {} => {
                state.rotate_key(now);
                return Ok(());
            }
            act => {
                let events = happens(&mut attempt, act, now.as_unix_secs());
                let events = events.map_err(|why| CannotPlay::NotNow(why.to_string()))?;
                state.attempts.insert(object.to_owned(), attempt);
                state.send(self.name, object, events);
            }
        }
        Ok(())
    }
}

fn happens(attempt: &mut Attempt, act: Act, now: i64) -> Result<Vec<Event>, NotPossible> {
    let one = |event: Event| vec![event];
    match act {
        Act::Open {} => Ok(attempt.open()),
        Act::Enter { user } => attempt.enter(&user).map(|()| Vec::new()),
        Act::Skip { step } => attempt.skip_waiting(step).map(|()| Vec::new()),
        Act::LeaveOut { step } => attempt.leave_out(step).map(|()| Vec::new()),
        Act::Walk { to } => attempt.walk(to, now),
        Act::Pass { step, found } => attempt.finish_step(step, true, found.as_ref(), None, now),
        Act::Fail {
            step,
            found,
            goes_on,
        } => attempt.finish_step(step, false, found.as_ref(), goes_on, now),
        Act::Refuse { step, found } => attempt.try_step(step, &found, now),
        Act::Flag { found } => attempt.flag(&found, now),
        Act::Decide { status } => attempt.decide(status.map(Decided::status), now).map(one),
        Act::Judge {} => attempt.judge(now),
        Act::Cancel {} => attempt.end(now, Verdict::Canceled).map(one),
        Act::Expire {} => attempt.end(now, Verdict::Expired).map(one),
        Act::Overrule { step, approve } => attempt.overrule(step, approve),
        Act::Review { status } => attempt.review(status.review(), now),
        Act::Redact { what, tell } => {
            attempt.redact(what, now);
            Ok(tell.then(|| attempt.told()).into_iter().collect())
        }
        Act::Amend { with, tell } => {
            attempt.amend(&Value::Object(with));
            Ok(tell.then(|| attempt.told()).into_iter().collect())
        }
        // They are the environment's affair.
        Act::Retry { .. } | Act::RotateKey {} => Ok(Vec::new()),
    }
}

impl Decided {
    const fn status(self) -> Status {
        match self {
            Self::Success => Status::Success,
            Self::Failed => Status::Failed,
            Self::PendingReview => Status::PendingReview,
        }
    }
}

impl Reviewed {
    const fn review(self) -> Review {
        let status = match self {
            Self::Cleared => "cleared",
            Self::Rejected => "rejected",
            Self::PendingReview => "pending_review",
        };
        Review {
            status,
            source: "dashboard",
        }
    }
}
