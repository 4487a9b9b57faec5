//! A run and its tasks as the API and the events tell them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use idv_core::Timestamp;
use serde_json::{Value, json};

use super::{Event, Run, Task};

/// How long the token of a run's SDK lives, as recorded.
const SDK_TOKEN_SECS: i64 = 35 * 86_400;

impl Run {
    /// The run as the API and its last event show it. A token for the SDK is there only as long as it can be used.
    #[must_use]
    pub fn object(&self) -> Value {
        let error = self.error.as_ref();
        let link = &self.link;
        json!({
            "id": self.id,
            "applicant_id": self.applicant_id,
            "workflow_id": self.workflow_id,
            "workflow_version_id": 1,
            "status": self.status,
            "dashboard_url": format!("https://dashboard.onfido.com/results/{}", self.id),
            "output": self.output,
            "reasons": self.reasons,
            "error": error.map(|(word, message)| json!({ "type": word, "message": message })),
            "sdk_token": self.is_open().then(|| self.sdk_token()),
            "tags": self.tags,
            // Where nobody gave a reference, the vendor puts the applicant.
            "customer_user_id": self.customer_user_id.as_ref().unwrap_or(&self.applicant_id),
            "link": {
                "url": self.site.page(&self.id),
                "completed_redirect_url": link.completed_redirect_url,
                "expired_redirect_url": link.expired_redirect_url,
                "expires_at": link.expires_at,
                "language": link.language,
            },
            "created_at": time(self.created_unix_secs),
            "updated_at": time(self.updated_unix_secs),
        })
    }

    /// A token in the layout and with the claims of the vendor's. Its signature is none: nobody here has the key.
    fn sdk_token(&self) -> String {
        let claims = json!({
            "iss": "studio",
            "sub": self.id,
            "iat": self.created_unix_secs,
            "exp": self.created_unix_secs.saturating_add(SDK_TOKEN_SECS),
            "jti": format!("studio-{}", self.id),
            "payload": { "app": self.applicant_id, "is_sandbox": self.site.is_sandbox },
        });
        token(&claims)
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
        let task = self.tasks.iter().find(|task| task.id() == id)?;
        Some(self.task_object(task))
    }

    fn task_object(&self, task: &Task) -> Value {
        json!({
            "id": task.id(),
            "workflow_run_id": self.id,
            "task_def_id": task.definition(),
            "task_def_version": null,
            "input": task.input,
            "output": task.output(),
            "created_at": time(task.created_unix_secs),
            "updated_at": time(task.updated_unix_secs),
        })
    }

    pub(super) fn task_event(&self, action: &'static str, status: &str, task: &Task) -> Event {
        let mut object = json!({
            "id": task.id(),
            "task_spec_id": task.id(),
            "task_def_id": task.definition(),
            "workflow_run_id": self.id,
            "status": status,
            "href": self.site.api(&["workflow_runs", &self.id, "tasks", task.id()]),
        });
        if let Some(members) = object.as_object_mut() {
            let name = format!("{status}_at_iso8601");
            members.insert(name, Value::from(time(task.updated_unix_secs)));
        }
        event(action, "workflow_task", &object, &self.task_object(task))
    }

    /// The event of its end: the run is in it as the API shows it.
    pub(super) fn completed_event(&self) -> Event {
        let object = json!({
            "id": self.id,
            "status": self.status,
            "completed_at_iso8601": time(self.updated_unix_secs),
            "href": self.site.api(&["workflow_runs", &self.id]),
        });
        let action = "workflow_run.completed";
        event(action, "workflow_run", &object, &self.object())
    }
}

pub(in crate::onfido) fn event(
    action: &'static str,
    resource_type: &str,
    object: &Value,
    resource: &Value,
) -> Event {
    let body = json!({ "payload": {
        "resource_type": resource_type,
        "action": action,
        "object": object,
        "resource": resource,
    } });
    Event {
        action,
        body: body.to_string().into_bytes(),
    }
}

pub(in crate::onfido) fn token(claims: &Value) -> String {
    let header = URL_SAFE_NO_PAD.encode(json!({ "alg": "ES512" }).to_string());
    let claims = URL_SAFE_NO_PAD.encode(claims.to_string());
    let no_signature = URL_SAFE_NO_PAD.encode("simulated");
    format!("{header}.{claims}.{no_signature}")
}

pub(in crate::onfido) fn time(unix_secs: i64) -> String {
    Timestamp::from_unix_secs(unix_secs).to_string()
}
