//! What scenarios can have happen to a run.

use idv_core::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::account::State;
use super::media::{Collection, Medium};
use super::person::Person;
use super::report::{Findings, report};
use super::run::{NotPossible, Outcome, Run};
use super::workflow::Role;
use crate::CannotPlay;

/// One thing that happens, as a scenario says it.
#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Happening {
    /// The person does everything that is left for them to do. Nothing, if nothing is left.
    Submit {},
    /// A task begins.
    StartTask {
        definition: String,
        input: Option<Map<String, Value>>,
    },
    /// A task is done; it begins first if it has not. What it produces: a report by default, or what a capture collects.
    CompleteTask {
        definition: String,
        result: Option<String>,
        sub_result: Option<String>,
        status: Option<String>,
        #[serde(default)]
        flags: Vec<String>,
        #[serde(default)]
        breakdown: Map<String, Value>,
        #[serde(default)]
        properties: Map<String, Value>,
        /// In the place of all that.
        output: Option<Value>,
    },
    /// A task that is under way is called off.
    CancelTask { definition: String },
    /// Every check that is left is done, with this result.
    RunChecks { result: Option<String> },
    /// The run works, without a task that says so.
    Process {},
    /// The run waits for the person, without a task that says so.
    AwaitInput {},
    /// The run waits for the customer, without a task that says so.
    AwaitClientInput {},
    /// The run ends well.
    Approve { output: Option<Value> },
    /// The run ends badly, for these reasons in the workflow's words.
    Decline {
        #[serde(default)]
        reasons: Vec<String>,
        output: Option<Value>,
    },
    /// The run ends with a question to the customer, for these reasons in the workflow's words.
    Review {
        #[serde(default)]
        reasons: Vec<String>,
        output: Option<Value>,
    },
    /// Somebody of the customer decides about a run in review, in the vendor's dashboard. Whether that changes the run is not
    /// published: here it does, and the event of its end is sent once more.
    DecideReview { verdict: Verdict },
    /// The person left a task until its time was up.
    Abandon {},
    /// The run breaks.
    Break {
        #[serde(default = "usual_error")]
        error_type: String,
    },
    /// The customer, by dashboard or call, has the applicant deleted.
    DeleteApplicant {},
    /// That is taken back.
    RestoreApplicant {},
    /// The time in which it can be taken back is over.
    EraseApplicant {},
}

/// What was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Verdict {
    Approved,
    Declined,
}

fn usual_error() -> String {
    "internal_server_error".to_owned()
}

impl State {
    /// Does one thing. Nothing has changed if it is refused.
    pub(super) fn play(
        &mut self,
        run_id: &str,
        happening: Happening,
        now: Timestamp,
    ) -> Result<(), CannotPlay> {
        self.pass(now);
        self.happen(run_id, happening, now)?;
        self.steered.insert(run_id.to_owned());
        Ok(())
    }

    fn happen(
        &mut self,
        run_id: &str,
        happening: Happening,
        now: Timestamp,
    ) -> Result<(), CannotPlay> {
        let at = now.as_unix_secs();
        match happening {
            Happening::Submit {} => {
                self.require_open(run_id)?;
                while self.run(run_id)?.next_role() == Some(Role::Person) {
                    self.complete_current(run_id, &Findings::default(), at)?;
                }
                Ok(())
            }
            Happening::StartTask { definition, input } => {
                let input = input.map(Value::Object);
                let (_, event) = self.act(run_id, |run| run.begin(at, &definition, input))?;
                self.tell(run_id, &event);
                Ok(())
            }
            Happening::CompleteTask {
                definition,
                result,
                sub_result,
                status,
                flags,
                breakdown,
                properties,
                output,
            } => {
                let findings = Findings {
                    result,
                    sub_result,
                    status,
                    flags,
                    breakdown,
                    properties,
                };
                self.complete_defined(run_id, &definition, output, &findings, at)
            }
            Happening::CancelTask { definition } => {
                let task = self.under_way(run_id, &definition)?;
                self.act(run_id, |run| run.cancel_task(at, &task))?;
                self.advance(run_id, at)
            }
            Happening::RunChecks { result } => {
                self.run_checks(run_id, result.as_deref().unwrap_or("clear"), now)
            }
            Happening::Process {} => self.act(run_id, |run| run.process(at)),
            Happening::AwaitInput {} => self.act(run_id, |run| run.await_input(at)),
            Happening::AwaitClientInput {} => self.act(run_id, |run| run.await_client_input(at)),
            Happening::Approve { output } => self.end(run_id, Outcome::Approved, output, now),
            Happening::Decline { reasons, output } => {
                self.end(run_id, Outcome::Declined(reasons), output, now)
            }
            Happening::Review { reasons, output } => {
                self.end(run_id, Outcome::Review(reasons), output, now)
            }
            Happening::DecideReview { verdict } => {
                let approved = verdict == Verdict::Approved;
                let event = self.act(run_id, |run| run.decide_review(at, approved))?;
                self.tell(run_id, &event);
                Ok(())
            }
            Happening::Abandon {} => self.end(run_id, Outcome::Abandoned, None, now),
            Happening::Break { error_type } => {
                self.end(run_id, Outcome::Error(error_type), None, now)
            }
            Happening::DeleteApplicant {} => self.change_deletion(run_id, Some(false), now),
            Happening::RestoreApplicant {} => self.change_deletion(run_id, None, now),
            Happening::EraseApplicant {} => self.change_deletion(run_id, Some(true), now),
        }
    }

    pub(super) fn run_checks(
        &mut self,
        run_id: &str,
        result: &str,
        now: Timestamp,
    ) -> Result<(), CannotPlay> {
        self.require_open(run_id)?;
        let findings = Findings {
            result: Some(result.to_owned()),
            ..Findings::default()
        };
        while self.run(run_id)?.next_role() == Some(Role::Vendor) {
            self.complete_current(run_id, &findings, now.as_unix_secs())?;
        }
        Ok(())
    }

    pub(super) fn end(
        &mut self,
        run_id: &str,
        outcome: Outcome,
        output: Option<Value>,
        now: Timestamp,
    ) -> Result<(), CannotPlay> {
        let output = output.unwrap_or_default();
        let at = now.as_unix_secs();
        let event = self.act(run_id, |run| run.end_with(at, outcome, output))?;
        self.tell(run_id, &event);
        self.write_evidence(run_id, now);
        Ok(())
    }

    /// The task that is under way, or else the next one, is done.
    fn complete_current(
        &mut self,
        run_id: &str,
        findings: &Findings,
        at: i64,
    ) -> Result<(), CannotPlay> {
        self.advance(run_id, at)?;
        let current = self.run(run_id)?.current();
        let definition = current.map(|task| task.definition().to_owned());
        let nothing = || CannotPlay::NotNow("no task is left".to_owned());
        let definition = definition.ok_or_else(nothing)?;
        self.complete_defined(run_id, &definition, None, findings, at)
    }

    fn complete_defined(
        &mut self,
        run_id: &str,
        definition: &str,
        output: Option<Value>,
        findings: &Findings,
        at: i64,
    ) -> Result<(), CannotPlay> {
        self.require_open(run_id)?;
        let task = match self.under_way(run_id, definition) {
            Ok(task) => task,
            Err(_) => {
                let (task, event) = self.act(run_id, |run| run.begin(at, definition, None))?;
                self.tell(run_id, &event);
                task
            }
        };
        let output = match output {
            Some(output) => output,
            None => self.produced(run_id, definition, findings, at)?,
        };
        let event = self.act(run_id, |run| run.complete_task(at, &task, output))?;
        self.tell(run_id, &event);
        self.advance(run_id, at)
    }

    /// What a task produces by itself.
    fn produced(
        &mut self,
        run_id: &str,
        definition: &str,
        findings: &Findings,
        at: i64,
    ) -> Result<Value, CannotPlay> {
        let applicant = self.run(run_id)?.applicant_id().to_owned();
        if let Some(collection) = Collection::of_task(definition) {
            let id = self.ids.uuid();
            let medium = Medium::captured(id.clone(), collection, &applicant, at);
            let reference = medium.reference();
            self.media.insert(id, medium);
            return Ok(Value::from(vec![reference]));
        }
        let known = self.applicants.get(&applicant);
        let person = known.map_or_else(Person::default, |known| known.person());
        Ok(match (definition, Role::of(definition)) {
            ("profile_data", _) => person.profile(),
            (_, Role::Vendor) => report(definition, &person, findings, &mut self.ids),
            _ => Value::Object(Map::new()),
        })
    }

    /// The next task begins, if one is to.
    pub(super) fn advance(&mut self, run_id: &str, at: i64) -> Result<(), CannotPlay> {
        let run = self.runs.get_mut(run_id).ok_or(CannotPlay::NoSuchObject)?;
        if let Some(event) = run.advance(at) {
            self.tell(run_id, &event);
        }
        Ok(())
    }

    /// `erase`: none takes the deletion back, and true makes it final.
    fn change_deletion(
        &mut self,
        run_id: &str,
        erase: Option<bool>,
        now: Timestamp,
    ) -> Result<(), CannotPlay> {
        let applicant = self.run(run_id)?.applicant_id().to_owned();
        let changed = match erase {
            None => self.restore_applicant(&applicant, now),
            Some(false) => self.delete_applicant(&applicant, now),
            Some(true) => self.erase_applicant(&applicant, now),
        };
        changed.map_err(|why| CannotPlay::NotNow(why.to_owned()))
    }

    fn run(&self, run_id: &str) -> Result<&Run, CannotPlay> {
        self.runs.get(run_id).ok_or(CannotPlay::NoSuchObject)
    }

    fn require_open(&self, run_id: &str) -> Result<(), CannotPlay> {
        let run = self.run(run_id)?;
        if run.is_open() {
            return Ok(());
        }
        let why = format!("the run has ended: it is {}", run.status());
        Err(CannotPlay::NotNow(why))
    }

    /// The id of the task of this definition that is under way.
    fn under_way(&self, run_id: &str, definition: &str) -> Result<String, CannotPlay> {
        let tasks = self.run(run_id)?.all_tasks().iter();
        let mut found = tasks.filter(|task| task.is_under_way() && task.definition() == definition);
        let none = || CannotPlay::NotNow(format!("no task {definition} is under way"));
        Ok(found.next().ok_or_else(none)?.id().to_owned())
    }

    fn act<T>(
        &mut self,
        run_id: &str,
        act: impl FnOnce(&mut Run) -> Result<T, NotPossible>,
    ) -> Result<T, CannotPlay> {
        let run = self.runs.get_mut(run_id).ok_or(CannotPlay::NoSuchObject)?;
        act(run).map_err(|why| CannotPlay::NotNow(why.to_string()))
    }
}
