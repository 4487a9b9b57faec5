//! The part of the HTTP API in which runs and their tasks are read.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{Method, Request, Response, StatusCode};
use serde_json::{Value, json};

use super::Run;
use crate::loopback::{Api, json_answer};

/// An account with its runs.
pub struct Account {
    api_token: String,
    runs: Mutex<BTreeMap<String, Run>>,
}

impl Account {
    /// An account with one API token and no run yet.
    pub fn new(api_token: impl Into<String>) -> Self {
        Self {
            api_token: api_token.into(),
            runs: Mutex::default(),
        }
    }

    /// Adds a run, or puts it in the place of the one with its id.
    pub fn insert(&self, run: Run) {
        self.runs().insert(run.id().to_owned(), run);
    }

    /// Does something with a run. None if there is no run of this id.
    pub fn with<T>(&self, id: &str, act: impl FnOnce(&mut Run) -> T) -> Option<T> {
        self.runs().get_mut(id).map(act)
    }

    fn runs(&self) -> MutexGuard<'_, BTreeMap<String, Run>> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, path: &[&str]) -> Option<Value> {
        let runs = self.runs();
        match path {
            ["v3.6", "workflow_runs", run] => Some(runs.get(*run)?.object()),
            ["v3.6", "workflow_runs", run, "tasks"] => Some(runs.get(*run)?.tasks()),
            ["v3.6", "workflow_runs", run, "tasks", task] => runs.get(*run)?.task(task),
            _ => None,
        }
    }
}

/// Shows no token.
impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account")
            .field("runs", &self.runs().len())
            .finish_non_exhaustive()
    }
}

impl Api for Account {
    fn answer(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let wanted = format!("Token token={}", self.api_token);
        let given = request.headers().get(AUTHORIZATION);
        if given.is_none_or(|given| given.as_bytes() != wanted.as_bytes()) {
            let message = "Authorization error: please re-check your credentials";
            return refusal(StatusCode::UNAUTHORIZED, "authorization_error", message);
        }
        let path: Vec<&str> = request.uri().path().split('/').skip(1).collect();
        let found = (request.method() == Method::GET).then(|| self.find(&path));
        match found.flatten() {
            Some(object) => json_answer(StatusCode::OK, &object),
            None => {
                let message = "Could not find the following resource";
                refusal(StatusCode::NOT_FOUND, "resource_not_found", message)
            }
        }
    }
}

fn refusal(status: StatusCode, error_type: &str, message: &str) -> Response<Bytes> {
    let error = json!({ "type": error_type, "message": message, "fields": {} });
    json_answer(status, &json!({ "error": error }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(account: &Account, token: &str, path: &str) -> (u16, Value) {
        let request = Request::get(path).header(AUTHORIZATION, format!("Token token={token}"));
        let response = account.answer(&request.body(Bytes::new()).unwrap());
        let body = serde_json::from_slice(response.body()).unwrap();
        (response.status().as_u16(), body)
    }

    #[test]
    fn a_run_and_its_tasks_are_read_as_they_are_now() {
        let account = Account::new("api_sandbox.1");
        account.insert(Run::new("run-1", 0));
        let at = "/v3.6/workflow_runs/run-1";
        let started = account.with("run-1", |run| run.start_task(1, "face_1", "face_check"));
        assert!(started.unwrap().is_ok());
        let run = get(&account, "api_sandbox.1", at);
        assert_eq!((run.0, &run.1["status"]), (200, &json!("awaiting_input")));
        let tasks = get(&account, "api_sandbox.1", &format!("{at}/tasks"));
        assert_eq!(tasks.1[0]["id"], "face_1");
        let task = get(&account, "api_sandbox.1", &format!("{at}/tasks/face_1"));
        assert_eq!(task.1["output"], Value::Null);
    }

    #[test]
    fn a_wrong_token_and_a_run_that_is_not_there_are_refused() {
        let account = Account::new("api_sandbox.1");
        account.insert(Run::new("run-1", 0));
        let (status, body) = get(&account, "api_live.1", "/v3.6/workflow_runs/run-1");
        assert_eq!(
            (status, &body["error"]["type"]),
            (401, &json!("authorization_error"))
        );
        for path in [
            "/v3.6/workflow_runs/run-2",
            "/v3.6/workflow_runs/run-1/tasks/x",
            "/",
        ] {
            let (status, body) = get(&account, "api_sandbox.1", path);
            assert_eq!(
                (status, &body["error"]["type"]),
                (404, &json!("resource_not_found"))
            );
        }
        assert!(!format!("{account:?}").contains("api_sandbox"));
    }
}
