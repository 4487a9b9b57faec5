//! The tasks of a run.

use serde_json::{Value, json};

use super::super::workflow::{Role, task_id};
use super::{Event, NotPossible, Run};

/// The members of a report that say what was found, and not about whom.
const FOUND: &[&str] = &["breakdown", "result", "status", "sub_result", "uuid"];

#[derive(Clone, Debug)]
pub(in crate::onfido) struct Task {
    id: String,
    definition: String,
    pub(super) created_unix_secs: i64,
    pub(super) updated_unix_secs: i64,
    pub(super) input: Value,
    state: State,
}

#[derive(Clone, Debug)]
enum State {
    UnderWay,
    Done(Value),
    Cancelled,
}

impl Task {
    pub(in crate::onfido) fn id(&self) -> &str {
        &self.id
    }

    pub(in crate::onfido) fn definition(&self) -> &str {
        &self.definition
    }

    pub(in crate::onfido) fn role(&self) -> Role {
        Role::of(&self.definition)
    }

    pub(in crate::onfido) const fn is_under_way(&self) -> bool {
        matches!(self.state, State::UnderWay)
    }

    /// Forgets about whom it was.
    pub(super) fn erase(&mut self) {
        self.input = json!({});
        let is_report = self.role() == Role::Vendor;
        let State::Done(output) = &mut self.state else {
            return;
        };
        match output {
            Value::Object(members) => {
                members.retain(|name, _| is_report && FOUND.contains(&name.as_str()));
            }
            Value::Array(files) => files.clear(),
            other => *other = Value::Null,
        }
    }

    /// None until it is completed.
    pub(in crate::onfido) const fn output(&self) -> Option<&Value> {
        match &self.state {
            State::Done(output) => Some(output),
            _ => None,
        }
    }
}

impl Run {
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
            input: json!({}),
            state: State::UnderWay,
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
        let task = self.under_way(id, "complete a task that is not under way")?;
        task.state = State::Done(output);
        task.updated_unix_secs = at_unix_secs;
        let task = task.clone();
        self.updated_unix_secs = at_unix_secs;
        Ok(self.task_event("workflow_task.completed", "completed", &task))
    }

    /// A task is called off. The vendor has a word for it and no event.
    ///
    /// # Errors
    /// [`NotPossible`] once the run has ended, or unless the task has begun and is not done.
    pub fn cancel_task(&mut self, at_unix_secs: i64, id: &str) -> Result<(), NotPossible> {
        let task = self.under_way(id, "cancel a task that is not under way")?;
        task.state = State::Cancelled;
        task.updated_unix_secs = at_unix_secs;
        self.updated_unix_secs = at_unix_secs;
        Ok(())
    }

    fn under_way(&mut self, id: &str, wanted: &'static str) -> Result<&mut Task, NotPossible> {
        self.require_open(wanted)?;
        let not_possible = self.not_possible(wanted);
        let mut tasks = self.tasks.iter_mut();
        let task = tasks.find(|task| task.id == id && task.is_under_way());
        task.ok_or(not_possible)
    }

    pub(in crate::onfido) fn all_tasks(&self) -> &[Task] {
        &self.tasks
    }

    /// The task that waits for somebody, the oldest first.
    pub(in crate::onfido) fn current(&self) -> Option<&Task> {
        self.tasks.iter().find(|task| task.is_under_way())
    }

    /// Begins another task of this definition, ahead of those of the workflow; none of the workflow's own of this name
    /// follows then. Returns its id with the event.
    pub(in crate::onfido) fn begin(
        &mut self,
        at_unix_secs: i64,
        definition: &str,
        input: Option<Value>,
    ) -> Result<(String, Event), NotPossible> {
        self.require_open("start a task")?;
        if let Some(place) = self.ahead.iter().position(|ahead| ahead == definition) {
            self.ahead.remove(place);
        }
        let before = self.tasks.iter().filter(|t| t.definition == definition);
        let id = task_id(&self.workflow_id, definition, before.count());
        let event = self.start_task(at_unix_secs, &id, definition)?;
        if let (Some(input), Some(task)) = (input, self.tasks.last_mut()) {
            task.input = input;
        }
        self.wait_for(at_unix_secs, Role::of(definition))?;
        Ok((id, event))
    }

    /// The next task of the workflow begins, unless one is under way or none is left.
    pub(in crate::onfido) fn advance(&mut self, at_unix_secs: i64) -> Option<Event> {
        if !self.is_open() || self.current().is_some() {
            return None;
        }
        let Some(next) = self.ahead.front().cloned() else {
            self.status = Role::Vendor.run_status();
            return None;
        };
        self.begin(at_unix_secs, &next, None)
            .ok()
            .map(|(_, event)| event)
    }

    /// Who has to do something next: the task under way, or else the next one.
    pub(in crate::onfido) fn next_role(&self) -> Option<Role> {
        let current = self.current().map(Task::role);
        current.or_else(|| self.ahead.front().map(|definition| Role::of(definition)))
    }
}
