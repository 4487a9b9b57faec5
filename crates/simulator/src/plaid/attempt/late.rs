//! What happens by the dashboard, and after the end.

use idv_core::Timestamp;
use serde_json::Value;

use super::sections::lay_over;
use super::{Attempt, Event, NotPossible, Status};
use crate::plaid::Step;
use crate::plaid::screening::Review;
use crate::plaid::step::StepStatus;

/// What is erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::plaid) enum Erased {
    /// The person and every picture.
    Everything,
    /// What documents and selfies show.
    Pictures,
    /// Phone numbers to which codes were sent.
    PhoneNumbers,
}

impl Attempt {
    /// Somebody overrules a step that has failed. The verdict follows, also of an attempt that is over.
    ///
    /// Whether `completed_at` moves is not published; here it stays.
    pub(in crate::plaid) fn overrule(
        &mut self,
        step: Step,
        is_approved: bool,
    ) -> Result<Vec<Event>, NotPossible> {
        if matches!(self.status, Status::Canceled | Status::Expired) {
            return Err(self.not_possible("have a step overruled"));
        }
        if self.step(step) != StepStatus::Failed {
            return Err(self.not_possible("have a step overruled that has not failed"));
        }
        let status = if is_approved {
            StepStatus::ManuallyApproved
        } else {
            StepStatus::ManuallyRejected
        };
        self.steps.insert(step, status);
        self.sections.overruled(step, status);
        let mut events = vec![self.event("STEP_UPDATED")];
        if self.status == Status::Active {
            self.go_on();
        } else {
            events.extend(self.follow_the_steps());
        }
        Ok(events)
    }

    /// Somebody decides on a screening. What becomes of an attempt that waited for it is not published; here the
    /// template is asked again.
    pub(in crate::plaid) fn review(
        &mut self,
        review: Review,
        now: i64,
    ) -> Result<Vec<Event>, NotPossible> {
        let refused = self.not_possible("have a screening decided that it does not have");
        let screening = self.screening.as_mut().ok_or(refused)?;
        screening.decide(review, now);
        let mut events = vec![Event::of_screening(screening.id())];
        let step = Step::WatchlistScreening;
        let decided = match review.status {
            "cleared" => StepStatus::Success,
            "rejected" => StepStatus::Failed,
            _ => return Ok(events),
        };
        if self.step(step) != StepStatus::PendingReview {
            return Ok(events);
        }
        self.steps.insert(step, decided);
        events.push(self.event("STEP_UPDATED"));
        if self.status == Status::PendingReview {
            self.completed_unix_secs.get_or_insert(now);
            events.extend(self.follow_the_steps());
        }
        Ok(events)
    }

    /// Personal data are erased, for good. Which members become null is not published, nor whether a webhook tells.
    pub(in crate::plaid) fn redact(&mut self, erased: Erased, now: i64) {
        let at = Timestamp::from_unix_secs(now).to_string();
        if erased != Erased::PhoneNumbers {
            self.sections.redact_pictures(&at);
        }
        if erased != Erased::Pictures {
            self.sections.redact_sms(&at);
        }
        if erased == Erased::Everything {
            self.redacted_unix_secs = Some(now);
            for (_, value) in &mut self.user {
                *value = Value::Null;
            }
            if let Some(screening) = &mut self.screening {
                screening.redact();
            }
        }
    }

    /// The vendor shows this from now on, over everything else: what it has found out later, or nobody knows yet.
    pub(in crate::plaid) fn amend(&mut self, with: &Value) {
        // What stands for null does so only when it is shown, so that it lies over values too.
        merge(&mut self.amended, with);
    }

    pub(super) fn with_amendments(&self, mut object: Value) -> Value {
        if !self.amended.is_null() {
            lay_over(&mut object, &self.amended);
        }
        object
    }

    /// A webhook that tells that something has changed, whatever it is.
    pub(in crate::plaid) fn told(&self) -> Event {
        self.event("STATUS_UPDATED")
    }

    fn follow_the_steps(&mut self) -> Option<Event> {
        let verdict = self.verdict();
        if verdict == self.status {
            return None;
        }
        self.status = verdict;
        Some(self.event("STATUS_UPDATED"))
    }
}

fn merge(below: &mut Value, over: &Value) {
    match (below, over) {
        (Value::Object(below), Value::Object(over)) => {
            for (name, value) in over {
                merge(below.entry(name.clone()).or_insert(Value::Null), value);
            }
        }
        (below, over) => *below = over.clone(),
    }
}
