//! An attempt that behaves, and the webhooks it sends.

mod course;
mod event;
mod judge;
mod late;
mod object;
mod sections;

use std::collections::{BTreeMap, BTreeSet};

use idv_core::Timestamp;
use serde_json::{Map, Value};

use super::screening::Screening;
use super::step::StepStatus;
use super::{Step, Template, person};

pub(super) use course::Findings;
pub use event::Event;
pub(super) use late::Erased;
pub(super) use object::Links;
use sections::Sections;

/// One attempt (`idv_…`) and its life.
///
/// What the vendor would refuse is refused here too. Times are Unix seconds, given by the caller: there is no clock
/// inside. The template says which steps are asked for and which failures are forgiven.
#[derive(Clone, Debug)]
pub struct Attempt {
    id: String,
    previous_id: Option<String>,
    client_user_id: String,
    user_id: Option<String>,
    template: Template,
    /// The key in the address of its page; none if it has no page.
    page_key: Option<String>,
    /// Whether the application has the person's consent, so that nobody asks for it.
    has_consent: bool,
    /// What the person has said, by the members of `user`.
    user: Map<String, Value>,
    created_unix_secs: i64,
    completed_unix_secs: Option<i64>,
    redacted_unix_secs: Option<i64>,
    /// Whether the person has opened it.
    is_opened: bool,
    status: Status,
    steps: BTreeMap<Step, StepStatus>,
    /// Steps whose failure is forgiven, by the template or in this attempt alone.
    forgiven: BTreeSet<Step>,
    sections: Sections,
    screening: Option<Screening>,
    /// What the vendor found out or changed later, over everything else.
    amended: Value,
}

/// How an attempt stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Active,
    Success,
    Failed,
    PendingReview,
    Canceled,
    Expired,
}

impl Status {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Success => "success",
            Self::Failed => "failed",
            Self::PendingReview => "pending_review",
            Self::Canceled => "canceled",
            Self::Expired => "expired",
        }
    }
}

/// The verdict on an attempt, or another end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The template is satisfied.
    Success,
    /// It is not.
    Failed,
    /// A screening has hits that somebody must look at.
    PendingReview,
    /// Somebody withdrew it in the dashboard.
    Canceled,
    /// The time was up.
    Expired,
}

/// The vendor would refuse this in the attempt's present state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an attempt that is {status} cannot {wanted}")]
pub struct NotPossible {
    status: &'static str,
    wanted: &'static str,
}

impl Attempt {
    /// A new attempt of the person with this reference, whose template asks for these steps, in the vendor's order.
    pub fn new(
        id: impl Into<String>,
        client_user_id: impl Into<String>,
        steps: &[Step],
        created_unix_secs: i64,
    ) -> Self {
        let template = Template::new(Template::FULL, steps);
        Self::of_template(
            id.into(),
            client_user_id.into(),
            template,
            created_unix_secs,
        )
    }

    pub(super) fn of_template(
        id: String,
        client_user_id: String,
        template: Template,
        created_unix_secs: i64,
    ) -> Self {
        let mut steps: BTreeMap<_, _> = Step::ALL
            .map(|step| (step, StepStatus::NotApplicable))
            .into();
        for step in &template.steps {
            steps.insert(*step, StepStatus::WaitingForPrerequisite);
        }
        let mut attempt = Self {
            id,
            previous_id: None,
            client_user_id,
            user_id: None,
            forgiven: template.forgives.clone(),
            template,
            page_key: None,
            has_consent: false,
            user: person::MEMBERS
                .map(|name| (name.to_owned(), Value::Null))
                .into_iter()
                .collect(),
            created_unix_secs,
            completed_unix_secs: None,
            redacted_unix_secs: None,
            is_opened: false,
            status: Status::Active,
            steps,
            sections: Sections::default(),
            screening: None,
            amended: Value::Null,
        };
        attempt.go_on();
        attempt
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn client_user_id(&self) -> &str {
        &self.client_user_id
    }

    pub(super) fn user_id(&self) -> Option<&str> {
        self.user_id.as_deref()
    }

    pub(super) const fn template(&self) -> &Template {
        &self.template
    }

    pub(super) fn previous_id(&self) -> Option<&str> {
        self.previous_id.as_deref()
    }

    pub(super) const fn status(&self) -> Status {
        self.status
    }

    pub(super) fn step(&self, step: Step) -> StepStatus {
        let status = self.steps.get(&step).copied();
        status.unwrap_or(StepStatus::NotApplicable)
    }

    pub(super) const fn user(&self) -> &Map<String, Value> {
        &self.user
    }

    pub(super) fn page_key(&self) -> Option<&str> {
        self.page_key.as_deref()
    }

    pub(super) const fn has_consent(&self) -> bool {
        self.has_consent
    }

    pub(super) const fn screening(&self) -> Option<&Screening> {
        self.screening.as_ref()
    }

    /// The step the person is at.
    pub(super) fn under_way(&self) -> Option<Step> {
        let mut steps = self.steps.iter();
        let found = steps.find(|(_, status)| **status == StepStatus::Active);
        found.map(|(step, _)| *step)
    }

    /// Whether it runs without a person in front of a screen: the data are there, and no other step is asked for that
    /// needs one.
    pub(super) fn needs_nobody(&self) -> bool {
        let mut of_person = Step::ALL.iter().filter(|step| !step.is_background());
        let no_other_step = of_person.all(|step| {
            let is_asked_for = !matches!(
                self.step(*step),
                StepStatus::NotApplicable | StepStatus::Skipped
            );
            *step == Step::KycCheck || !is_asked_for
        });
        let is_said = |name: &&str| person::given(&self.user, name).is_some();
        no_other_step && ["name", "date_of_birth", "address"].iter().all(is_said)
    }

    // How it begins. The environment knows what was asked for.

    pub(super) fn set_user_id(&mut self, user_id: Option<String>) {
        self.user_id = user_id;
    }

    pub(super) fn set_page_key(&mut self, key: Option<String>) {
        self.page_key = key;
    }

    pub(super) fn consent_was_given(&mut self) {
        self.has_consent = true;
        self.skip(Step::AcceptTos);
    }

    pub(super) fn set_previous_id(&mut self, id: &str) {
        self.previous_id = Some(id.to_owned());
    }

    /// This step need not be done: it is skipped.
    pub(super) fn skip(&mut self, step: Step) {
        if self.step(step) != StepStatus::NotApplicable {
            self.steps.insert(step, StepStatus::Skipped);
            self.go_on();
        }
    }

    /// The same, of a step that has not been done.
    pub(super) fn skip_waiting(&mut self, step: Step) -> Result<(), NotPossible> {
        self.require_waiting(step)?;
        self.skip(step);
        Ok(())
    }

    /// The template does not ask for a step that has not been done.
    pub(super) fn leave_out(&mut self, step: Step) -> Result<(), NotPossible> {
        self.require_waiting(step)?;
        self.ask_for(step, false);
        Ok(())
    }

    /// This step is asked for, whatever the template says, or is not.
    pub(super) fn ask_for(&mut self, step: Step, is_asked_for: bool) {
        if is_asked_for && self.step(step) == StepStatus::NotApplicable {
            self.steps.insert(step, StepStatus::WaitingForPrerequisite);
        }
        if !is_asked_for {
            self.steps.insert(step, StepStatus::NotApplicable);
        }
        // The first of them may be another one now.
        if let Some(active) = self.under_way() {
            self.steps
                .insert(active, StepStatus::WaitingForPrerequisite);
        }
        self.go_on();
    }

    pub(super) fn created_at(&self) -> Timestamp {
        Timestamp::from_unix_secs(self.created_unix_secs)
    }

    fn event(&self, code: &'static str) -> Event {
        Event::of_attempt(code, &self.id)
    }

    pub(super) fn retried(&self) -> Event {
        self.event("RETRIED")
    }

    fn require_active(&self, wanted: &'static str) -> Result<(), NotPossible> {
        if self.status == Status::Active {
            Ok(())
        } else {
            Err(self.not_possible(wanted))
        }
    }

    fn require_waiting(&self, step: Step) -> Result<(), NotPossible> {
        self.require_active("do without a step")?;
        match self.step(step) {
            StepStatus::Active | StepStatus::WaitingForPrerequisite => Ok(()),
            _ => Err(self.not_possible("do without a step that does not wait")),
        }
    }

    const fn not_possible(&self, wanted: &'static str) -> NotPossible {
        NotPossible {
            status: self.status.word(),
            wanted,
        }
    }
}

#[cfg(test)]
mod tests;
