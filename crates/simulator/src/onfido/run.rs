//! A workflow run that behaves, and the events it sends.

use http::{HeaderMap, HeaderValue};
use idv_core::Timestamp;
use idv_core::webhook::InboundWebhook;
use serde_json::{Value, json};

use super::sign;

/// Where the vendor's links in events point to.
const API: &str = "https://api.eu.onfido.com/v3.6";

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
    created_unix_secs: i64,
    updated_unix_secs: i64,
    status: &'static str,
    reasons: Vec<String>,
    error_type: Option<String>,
    tasks: Vec<Task>,
}

#[derive(Clone, Debug)]
struct Task {
    id: String,
    definition: String,
    created_unix_secs: i64,
    updated_unix_secs: i64,
    /// None until it is completed.
    output: Option<Value>,
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
    /// A new run that waits for its subject.
    pub fn new(id: impl Into<String>, created_unix_secs: i64) -> Self {
        let id = id.into();
        Self {
            applicant_id: format!("applicant-{id}"),
            workflow_id: format!("workflow-{id}"),
            id,
            customer_user_id: None,
            tags: Vec::new(),
            created_unix_secs,
            updated_unix_secs: created_unix_secs,
            status: "awaiting_input",
            reasons: Vec::new(),
            error_type: None,
            tasks: Vec::new(),
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

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// A task begins. `definition` is the vendor's word for the kind of task, such as `document_check`.
    ///
    /// # Errors
    /// [`NotPossible`] once the run has ended, or if there is a task of this id.
    pub fn start_task(
        &mut self,
        at_unix_secs: i64,
        id: &str,
        definition: &str,
    ) -> Result<Event, NotPossible> {
        self.require_open("start a task")?;
        if self.tasks.iter().any(|task| task.id == id) {
            return Err(self.not_possible("start the same task twice"));
        }
        let task = Task {
            id: id.to_owned(),
            definition: definition.to_owned(),
            created_unix_secs: at_unix_secs,
            updated_unix_secs: at_unix_secs,
            output: None,
        };
        let event = self.task_event("workflow_task.started", "started", &task);
        self.tasks.push(task);
        self.updated_unix_secs = at_unix_secs;
        Ok(event)
    }

    /// A task is done, and has produced something: any JSON, depending on the task.
    ///
    /// # Errors
    /// [`NotPossible`] once the run has ended, or unless the task has begun and is not done.
    pub fn complete_task(
        &mut self,
        at_unix_secs: i64,
        id: &str,
        output: Value,
    ) -> Result<Event, NotPossible> {
        const WANTED: &str = "complete a task that is not under way";
        self.require_open(WANTED)?;
        let not_possible = self.not_possible(WANTED);
        let mut tasks = self.tasks.iter_mut();
        let task = tasks.find(|task| task.id == id && task.output.is_none());
        let task = task.ok_or(not_possible)?;
        task.output = Some(output);
        task.updated_unix_secs = at_unix_secs;
        let task = task.clone();
        self.updated_unix_secs = at_unix_secs;
        Ok(self.task_event("workflow_task.completed", "completed", &task))
    }

    /// Nothing is left for the subject to do for now: the vendor's machines work. No event says so.
    ///
    /// # Errors
    /// [`NotPossible`] once the run has ended.
    pub fn process(&mut self, at_unix_secs: i64) -> Result<(), NotPossible> {
        self.move_on(at_unix_secs, "processing")
    }

    /// The subject has something to do. No event says so.
    ///
    /// # Errors
    /// [`NotPossible`] once the run has ended.
    pub fn await_input(&mut self, at_unix_secs: i64) -> Result<(), NotPossible> {
        self.move_on(at_unix_secs, "awaiting_input")
    }

    /// The run ends. The vendor's pages leave open whether the event is also sent for reviews, for runs that were
    /// abandoned and for those that broke: whoever delivers it then tries both.
    ///
    /// # Errors
    /// [`NotPossible`] if it has ended already.
    pub fn end(&mut self, at_unix_secs: i64, outcome: Outcome) -> Result<Event, NotPossible> {
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
                self.error_type = Some(error_type);
                "error"
            }
        };
        let body = json!({ "payload": {
            "resource_type": "workflow_run",
            "action": "workflow_run.completed",
            "object": {
                "id": self.id,
                "status": self.status,
                "completed_at_iso8601": time(at_unix_secs),
                "href": format!("{API}/workflow_runs/{}", self.id),
            },
            "resource": self.object(),
        } });
        Ok(Event {
            action: "workflow_run.completed",
            body: body.to_string().into_bytes(),
        })
    }

    /// The run as the API and its last event show it. A token for the SDK is there only as long as it can be used.
    #[must_use]
    pub fn object(&self) -> Value {
        let sdk_token = self
            .is_open()
            .then(|| format!("simulated.token.{}", self.id));
        let error = self.error_type.as_ref();
        json!({
            "id": self.id,
            "applicant_id": self.applicant_id,
            "workflow_id": self.workflow_id,
            "workflow_version_id": 1,
            "status": self.status,
            "dashboard_url": format!("https://dashboard.onfido.com/results/{}", self.id),
            "output": null,
            "reasons": self.reasons,
            "error": error.map(|word| json!({ "type": word, "message": "Simulated." })),
            "sdk_token": sdk_token,
            "tags": self.tags,
            // Where nobody gave a reference, the vendor puts the applicant.
            "customer_user_id": self.customer_user_id.as_ref().unwrap_or(&self.applicant_id),
            "link": {
                "url": format!("https://eu.onfido.app/l/{}", self.id),
                "completed_redirect_url": null,
                "expired_redirect_url": null,
                "expires_at": null,
                "language": null,
            },
            "created_at": time(self.created_unix_secs),
            "updated_at": time(self.updated_unix_secs),
        })
    }

    /// The list of its tasks as the API shows it: oldest first, and without what they have produced.
    #[must_use]
    pub fn tasks(&self) -> Value {
        let without_output = |task: &Task| {
            let mut task = self.task_object(task);
            if let Some(members) = task.as_object_mut() {
                members.retain(|name, _| name != "input" && name != "output");
            }
            task
        };
        self.tasks.iter().map(without_output).collect()
    }

    /// One task as the API shows it, with what it has produced.
    #[must_use]
    pub fn task(&self, id: &str) -> Option<Value> {
        let task = self.tasks.iter().find(|task| task.id == id)?;
        Some(self.task_object(task))
    }

    fn task_object(&self, task: &Task) -> Value {
        json!({
            "id": task.id,
            "workflow_run_id": self.id,
            "task_def_id": task.definition,
            "task_def_version": null,
            "input": {},
            "output": task.output,
            "created_at": time(task.created_unix_secs),
            "updated_at": time(task.updated_unix_secs),
        })
    }

    fn task_event(&self, action: &'static str, status: &str, task: &Task) -> Event {
        let mut object = json!({
            "id": task.id,
            "task_spec_id": task.id,
            "task_def_id": task.definition,
            "workflow_run_id": self.id,
            "status": status,
            "href": format!("{API}/workflow_runs/{}/tasks/{}", self.id, task.id),
        });
        if let Some(members) = object.as_object_mut() {
            let name = format!("{status}_at_iso8601");
            members.insert(name, Value::from(time(task.updated_unix_secs)));
        }
        let body = json!({ "payload": {
            "resource_type": "workflow_task",
            "action": action,
            "object": object,
            "resource": self.task_object(task),
        } });
        Event {
            action,
            body: body.to_string().into_bytes(),
        }
    }

    fn is_open(&self) -> bool {
        matches!(self.status, "awaiting_input" | "processing")
    }

    fn move_on(&mut self, at_unix_secs: i64, status: &'static str) -> Result<(), NotPossible> {
        self.require_open("move on")?;
        self.status = status;
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

fn time(unix_secs: i64) -> String {
    Timestamp::from_unix_secs(unix_secs).to_string()
}

#[cfg(test)]
mod tests;
