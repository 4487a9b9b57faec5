//! A workflow run that behaves, and the events it sends.

mod task;
pub(super) mod told;

use std::collections::VecDeque;

use http::{HeaderMap, HeaderValue};
use idv_core::Timestamp;
use idv_core::webhook::InboundWebhook;
use serde_json::Value;

use super::sign;
use super::site::Site;
use super::workflow::{Role, Workflow};
pub(super) use task::Task;

/// One workflow run and its life.
///
/// What the vendor would refuse is refused here too. Times are Unix seconds, given by the caller: there is no clock
/// inside. Ids are as the caller gives them; the vendor's are UUIDs.
#[derive(Clone, Debug)]
pub struct Run {
    id: String,
    applicant_id: String,
    workflow_id: String,
    customer_user_id: Option<String>,
    tags: Vec<String>,
    link: Link,
    site: Site,
    created_unix_secs: i64,
    updated_unix_secs: i64,
    status: &'static str,
    reasons: Vec<String>,
    error: Option<(String, String)>,
    output: Value,
    tasks: Vec<Task>,
    /// The definitions of the tasks that have not begun.
    ahead: VecDeque<String>,
    /// What the workflow puts out: a name, and the definition of a task.
    puts_out: Vec<(String, String)>,
}

/// Where the hosted page leads, as the customer said it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) completed_redirect_url: Option<String>,
    pub(super) expired_redirect_url: Option<String>,
    pub(super) expires_at: Option<String>,
    pub(super) language: Option<String>,
}

/// How a run ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// At an end node that approves.
    Approved,
    /// At one that declines, for reasons in the workflow's own words.
    Declined(Vec<String>),
    /// At one that asks for a review, for reasons in the workflow's own words.
    Review(Vec<String>),
    /// The subject let a task time out.
    Abandoned,
    /// Something broke: the type of the error.
    Error(String),
}

/// An event, ready to be signed and sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// What happened, such as `workflow_run.completed`.
    pub action: &'static str,
    /// The bytes of the body.
    pub body: Vec<u8>,
}

impl Event {
    /// The event as it arrives at a receiver.
    #[must_use]
    pub fn delivered(&self, token: &str, at_unix_secs: i64) -> InboundWebhook {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", HeaderValue::from_static("application/json"));
        // Hex digits: always a header value.
        if let Ok(value) = sign(token, &self.body).parse() {
            headers.insert("x-sha2-signature", value);
        }
        let received_at = Timestamp::from_unix_secs(at_unix_secs);
        InboundWebhook::new(headers, self.body.clone().into(), received_at)
    }
}

/// The vendor would refuse this in the run's present state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a run that is {status} cannot {wanted}")]
pub struct NotPossible {
    status: &'static str,
    wanted: &'static str,
}

impl Run {
    /// A new run that waits for its subject. Its workflow has no tasks of its own: they begin as they are told to.
    pub fn new(id: impl Into<String>, created_unix_secs: i64) -> Self {
        let id = id.into();
        Self {
            applicant_id: format!("applicant-{id}"),
            workflow_id: format!("workflow-{id}"),
            id,
            customer_user_id: None,
            tags: Vec::new(),
            link: Link::default(),
            site: Site::default(),
            created_unix_secs,
            updated_unix_secs: created_unix_secs,
            status: "awaiting_input",
            reasons: Vec::new(),
            error: None,
            output: Value::Null,
            tasks: Vec::new(),
            ahead: VecDeque::new(),
            puts_out: Vec::new(),
        }
    }

    /// With the application's reference to the person.
    #[must_use]
    pub fn for_reference(mut self, reference: impl Into<String>) -> Self {
        self.customer_user_id = Some(reference.into());
        self
    }

    /// With one more tag.
    #[must_use]
    pub fn with_tag(mut self, tag: impl Into<String>) -> Self {
        self.tags.push(tag.into());
        self
    }

    pub(super) fn of(mut self, applicant: &str, workflow: &Workflow, link: Link) -> Self {
        applicant.clone_into(&mut self.applicant_id);
        workflow.id.clone_into(&mut self.workflow_id);
        self.ahead = workflow.tasks.iter().cloned().collect();
        self.puts_out.clone_from(&workflow.output);
        self.link = link;
        self
    }

    pub(super) fn at(mut self, site: &Site) -> Self {
        self.site = site.clone();
        self
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn applicant_id(&self) -> &str {
        &self.applicant_id
    }

    pub(super) fn tags(&self) -> &[String] {
        &self.tags
    }

    pub(super) const fn link(&self) -> &Link {
        &self.link
    }

    pub(super) const fn status(&self) -> &'static str {
        self.status
    }

    pub(super) const fn created_unix_secs(&self) -> i64 {
        self.created_unix_secs
    }

    /// Nothing is left for the subject to do for now: the vendor's machines work. No event says so.
    ///
    /// # Errors
    /// [`NotPossible`] once the run has ended.
    pub fn process(&mut self, at_unix_secs: i64) -> Result<(), NotPossible> {
        self.wait_for(at_unix_secs, Role::Vendor)
    }

    /// The subject has something to do. No event says so.
    ///
    /// # Errors
    /// [`NotPossible`] once the run has ended.
    pub fn await_input(&mut self, at_unix_secs: i64) -> Result<(), NotPossible> {
        self.wait_for(at_unix_secs, Role::Person)
    }

    /// The customer has something to do by a call. No event says so.
    ///
    /// # Errors
    /// [`NotPossible`] once the run has ended.
    pub fn await_client_input(&mut self, at_unix_secs: i64) -> Result<(), NotPossible> {
        self.wait_for(at_unix_secs, Role::Customer)
    }

    /// The run ends. The vendor's pages leave open whether the event is also sent for reviews, for runs that were
    /// abandoned and for those that broke: whoever delivers it then tries both.
    ///
    /// # Errors
    /// [`NotPossible`] if it has ended already.
    pub fn end(&mut self, at_unix_secs: i64, outcome: Outcome) -> Result<Event, NotPossible> {
        self.end_with(at_unix_secs, outcome, Value::Null)
    }

    /// The same; what `output` holds is put out in the place of what the workflow puts out.
    pub(super) fn end_with(
        &mut self,
        at_unix_secs: i64,
        outcome: Outcome,
        output: Value,
    ) -> Result<Event, NotPossible> {
        self.require_open("end")?;
        self.updated_unix_secs = at_unix_secs;
        self.status = match outcome {
            Outcome::Approved => "approved",
            Outcome::Declined(reasons) => {
                self.reasons = reasons;
                "declined"
            }
            Outcome::Review(reasons) => {
                self.reasons = reasons;
                "review"
            }
            Outcome::Abandoned => "abandoned",
            Outcome::Error(error_type) => {
                self.error = Some((error_type, "Simulated.".to_owned()));
                "error"
            }
        };
        self.output = match output {
            Value::Null => self.put_out(),
            given => given,
        };
        Ok(self.completed_event())
    }

    /// A run in review is decided.
    pub(super) fn decide_review(
        &mut self,
        at_unix_secs: i64,
        approved: bool,
    ) -> Result<Event, NotPossible> {
        if self.status != "review" {
            return Err(self.not_possible("have its review decided"));
        }
        self.status = if approved { "approved" } else { "declined" };
        self.updated_unix_secs = at_unix_secs;
        Ok(self.completed_event())
    }

    /// What the workflow puts out, from the tasks that have produced it. Null if it puts out nothing.
    fn put_out(&self) -> Value {
        if self.puts_out.is_empty() {
            return Value::Null;
        }
        let outputs = self.puts_out.iter().map(|(name, definition)| {
            let task = self.tasks.iter().rfind(|t| t.definition() == definition);
            let output = task.and_then(Task::output).cloned();
            (name.clone(), output.unwrap_or_default())
        });
        Value::Object(outputs.collect())
    }

    /// Forgets about whom it was. What was found stays.
    pub(super) fn erase(&mut self) {
        for task in &mut self.tasks {
            task.erase();
        }
        self.output = match self.output {
            Value::Null => Value::Null,
            _ => self.put_out(),
        };
    }

    pub(super) fn is_open(&self) -> bool {
        ["awaiting_input", "awaiting_client_input", "processing"].contains(&self.status)
    }

    fn wait_for(&mut self, at_unix_secs: i64, role: Role) -> Result<(), NotPossible> {
        self.require_open("move on")?;
        self.status = role.run_status();
        self.updated_unix_secs = at_unix_secs;
        Ok(())
    }

    fn require_open(&self, wanted: &'static str) -> Result<(), NotPossible> {
        if self.is_open() {
            Ok(())
        } else {
            Err(self.not_possible(wanted))
        }
    }

    const fn not_possible(&self, wanted: &'static str) -> NotPossible {
        NotPossible {
            status: self.status,
            wanted,
        }
    }
}

#[cfg(test)]
mod tests;
