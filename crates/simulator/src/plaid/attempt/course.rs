//! The way of an attempt to its verdict.

use serde_json::{Map, Value};

use super::{Attempt, Event, NotPossible, Status, Verdict};
use crate::plaid::Step;
use crate::plaid::screening::Screening;
use crate::plaid::step::StepStatus;

/// What a step found: laid over what the vendor shows without it.
pub(in crate::plaid) type Findings = Map<String, Value>;

impl Attempt {
    /// A step succeeds, and the next one, if any, is the subject's.
    ///
    /// # Errors
    /// [`NotPossible`] unless the step is the one under way.
    pub fn pass(&mut self, step: Step, next: Option<Step>) -> Result<Event, NotPossible> {
        self.leave(step, true, next)
    }

    /// A step fails. The template may have another one make up for it: the next.
    ///
    /// # Errors
    /// [`NotPossible`] unless the step is the one under way.
    pub fn fail(&mut self, step: Step, next: Option<Step>) -> Result<Event, NotPossible> {
        self.leave(step, false, next)
    }

    /// The attempt ends. A step that is under way ends with it only if it is canceled or expires.
    ///
    /// # Errors
    /// [`NotPossible`] if it has ended, for a verdict while a step is under way, or for success while one still waits.
    pub fn end(&mut self, at_unix_secs: i64, verdict: Verdict) -> Result<Event, NotPossible> {
        self.require_active("end")?;
        let (status, of_step) = match verdict {
            Verdict::Success => (Status::Success, None),
            Verdict::Failed => (Status::Failed, None),
            Verdict::PendingReview => (Status::PendingReview, None),
            Verdict::Canceled => (Status::Canceled, Some(StepStatus::Canceled)),
            Verdict::Expired => (Status::Expired, Some(StepStatus::Expired)),
        };
        match (self.under_way(), of_step) {
            (Some(step), Some(of_step)) => {
                self.steps.insert(step, of_step);
            }
            (Some(_), None) => return Err(self.not_possible("be decided in the middle of a step")),
            (None, _) => {}
        }
        if verdict == Verdict::Success && self.waiting().next().is_some() {
            return Err(self.not_possible("succeed while a step still waits"));
        }
        self.status = status;
        // Of an attempt in review only the subject's part is over.
        self.completed_unix_secs = (verdict != Verdict::PendingReview).then_some(at_unix_secs);
        Ok(self.event("STATUS_UPDATED"))
    }

    /// Another attempt after this one, with the same steps from the beginning (strategy `reset`). The vendor's pages
    /// leave open which of the two its webhook names; here it is the new one.
    pub fn retry(&self, id: impl Into<String>, created_unix_secs: i64) -> (Self, Event) {
        let mut new = Self::of_template(
            id.into(),
            self.client_user_id.clone(),
            self.template.clone(),
            created_unix_secs,
        );
        new.previous_id = Some(self.id.clone());
        let event = new.retried();
        (new, event)
    }

    /// The person opens the page. The first step has begun.
    pub(in crate::plaid) fn open(&mut self) -> Vec<Event> {
        if self.is_opened || self.status != Status::Active {
            return Vec::new();
        }
        self.is_opened = true;
        // An address that is kept for documentation.
        self.user
            .insert("ip_address".to_owned(), "192.0.2.42".into());
        vec![self.event("STEP_UPDATED")]
    }

    /// The person says this about themselves, in the place of what was said before.
    pub(in crate::plaid) fn enter(&mut self, said: &Map<String, Value>) -> Result<(), NotPossible> {
        self.require_active("take in data")?;
        for (name, value) in said {
            self.user.insert(name.clone(), value.clone());
        }
        Ok(())
    }

    /// Every step before this one passes; without one, every step.
    pub(in crate::plaid) fn walk(
        &mut self,
        to: Option<Step>,
        now: i64,
    ) -> Result<Vec<Event>, NotPossible> {
        self.require_active("go on")?;
        let mut events = Vec::new();
        let is_before = |step: &Step| to.is_none_or(|to| *step < to);
        while let Some(step) = self.next_to_do().filter(is_before) {
            self.finish(step, true, None, now);
            self.go_on();
            events.push(self.event("STEP_UPDATED"));
        }
        Ok(events)
    }

    /// A step is over, and all before it have passed. `goes_on`: whether its failure is forgiven; none: as the template
    /// has it.
    pub(in crate::plaid) fn finish_step(
        &mut self,
        step: Option<Step>,
        has_passed: bool,
        findings: Option<&Findings>,
        goes_on: Option<bool>,
        now: i64,
    ) -> Result<Vec<Event>, NotPossible> {
        let (step, mut events) = self.reach(step, now)?;
        match goes_on {
            Some(true) => self.forgiven.insert(step),
            Some(false) => self.forgiven.remove(&step),
            None => false,
        };
        self.finish(step, has_passed, findings, now);
        self.go_on();
        events.push(self.event("STEP_UPDATED"));
        Ok(events)
    }

    /// A document, a selfie or a code is refused, and can be given again. No webhook tells.
    pub(in crate::plaid) fn try_step(
        &mut self,
        step: Step,
        findings: &Findings,
        now: i64,
    ) -> Result<Vec<Event>, NotPossible> {
        let (step, events) = self.reach(Some(step), now)?;
        if !matches!(
            step,
            Step::VerifySms | Step::DocumentaryVerification | Step::SelfieCheck
        ) {
            return Err(self.not_possible("try a step twice that is done once"));
        }
        self.record(step, false, Some(findings), now);
        Ok(events)
    }

    /// A screening has hits, and somebody must look at them. Lists are screened again after the end too.
    pub(in crate::plaid) fn flag(
        &mut self,
        findings: &Findings,
        now: i64,
    ) -> Result<Vec<Event>, NotPossible> {
        let step = Step::WatchlistScreening;
        let is_over = self.status == Status::Success && self.step(step) == StepStatus::Success;
        let mut events = Vec::new();
        if !is_over {
            events = self.reach(Some(step), now)?.1;
        }
        self.steps.insert(step, StepStatus::PendingReview);
        self.screening = Some(Screening::with_hit(self, findings, now));
        events.push(self.event("STEP_UPDATED"));
        if is_over {
            self.status = Status::PendingReview;
            events.push(self.event("STATUS_UPDATED"));
        } else {
            self.go_on();
        }
        Ok(events)
    }

    /// The verdict; without one, as the template has it.
    pub(in crate::plaid) fn decide(
        &mut self,
        verdict: Option<Status>,
        now: i64,
    ) -> Result<Event, NotPossible> {
        let verdict = match verdict.unwrap_or_else(|| self.verdict()) {
            Status::Success => Verdict::Success,
            Status::Failed => Verdict::Failed,
            Status::PendingReview => Verdict::PendingReview,
            _ => return Err(self.not_possible("be decided so")),
        };
        self.end(now, verdict)
    }

    /// What the template makes of the steps as they are.
    pub(super) fn verdict(&self) -> Status {
        if self.is_halted() {
            return Status::Failed;
        }
        let mut steps = self.steps.values();
        if steps.any(|status| *status == StepStatus::PendingReview) {
            return Status::PendingReview;
        }
        Status::Success
    }

    /// The next step is the person's, unless a failure has ended it all.
    pub(super) fn go_on(&mut self) {
        if self.status != Status::Active || self.under_way().is_some() || self.is_halted() {
            return;
        }
        if let Some(next) = self.next_of_person() {
            self.steps.insert(next, StepStatus::Active);
        }
    }

    fn leave(
        &mut self,
        step: Step,
        has_passed: bool,
        next: Option<Step>,
    ) -> Result<Event, NotPossible> {
        self.require_active("finish a step")?;
        if self.step(step) != StepStatus::Active {
            return Err(self.not_possible("finish a step that is not under way"));
        }
        if let Some(next) = next {
            if self.step(next) != StepStatus::WaitingForPrerequisite {
                return Err(self.not_possible("go on with a step that does not wait"));
            }
            self.steps.insert(next, StepStatus::Active);
        }
        self.finish(step, has_passed, None, self.created_unix_secs);
        Ok(self.event("STEP_UPDATED"))
    }

    /// Passes what comes before a step: without one, the next.
    fn reach(&mut self, step: Option<Step>, now: i64) -> Result<(Step, Vec<Event>), NotPossible> {
        self.require_active("go on")?;
        let events = match step {
            Some(step) => self.walk(Some(step), now)?,
            None => Vec::new(),
        };
        let next = self.next_to_do();
        match next.filter(|next| step.is_none_or(|step| step == *next)) {
            Some(step) => Ok((step, events)),
            None => Err(self.not_possible("come to a step that does not wait")),
        }
    }

    pub(super) fn finish(
        &mut self,
        step: Step,
        has_passed: bool,
        findings: Option<&Findings>,
        now: i64,
    ) {
        if self.is_opened && step == Step::KycCheck && !self.needs_nobody() {
            self.say_what_is_missing();
        }
        self.record(step, has_passed, findings, now);
        if step == Step::WatchlistScreening {
            let screening = if has_passed {
                Screening::without_hit(self, now)
            } else {
                let findings = findings.cloned().unwrap_or_default();
                Screening::with_hit(self, &findings, now).rejected(now)
            };
            self.screening = Some(screening);
        }
        let status = if has_passed {
            StepStatus::Success
        } else {
            StepStatus::Failed
        };
        self.steps.insert(step, status);
    }

    fn is_halted(&self) -> bool {
        self.steps.iter().any(|(step, status)| match status {
            StepStatus::Failed => !self.forgiven.contains(step),
            StepStatus::ManuallyRejected => true,
            _ => false,
        })
    }

    fn waiting(&self) -> impl Iterator<Item = Step> {
        let waiting = |(step, status): (&Step, &StepStatus)| {
            let of = self.template.fallbacks.get(step);
            let is_needed = of.is_none_or(|of| self.step(*of) == StepStatus::Failed);
            (is_needed && *status == StepStatus::WaitingForPrerequisite).then_some(*step)
        };
        self.steps.iter().filter_map(waiting)
    }

    fn next_of_person(&self) -> Option<Step> {
        self.waiting().find(|step| !step.is_background())
    }

    /// The step under way; behind the last one, those the vendor does by itself.
    pub(super) fn next_to_do(&self) -> Option<Step> {
        if self.is_halted() {
            return None;
        }
        let next = self.under_way().or_else(|| self.next_of_person());
        next.or_else(|| self.waiting().next())
    }
}
