//! What happens in the demo: one person with each vendor, told through webhooks.

mod onfido;
mod plaid;
mod stripe;

use std::time::Duration;

use http::StatusCode;
use idv_engine::Engine;
use serde_json::Value;

use super::client::Client;
use super::report::Report;
use crate::cli::Failure;
use crate::gateway::reasons;

pub(super) use onfido::Onfido;
pub(super) use plaid::Plaid;
pub(super) use stripe::Stripe;

/// How long a webhook may take from its 200 to its place in the timeline.
const PATIENCE: Duration = Duration::from_secs(20);

/// A vendor with one person to verify. It behaves and signs as the vendor does.
pub(super) trait Story {
    /// What is to be seen in it.
    fn title(&self) -> &'static str;

    /// The name of its account.
    fn account(&self) -> &'static str;

    /// The account's table in the configuration.
    fn account_table(&self) -> String;

    /// The application's reference to the person: a number of its own, as it should be.
    fn subject(&self) -> &'static str;

    /// The next thing that happens, with the webhook about it. None when the story is over.
    fn next(&mut self) -> Result<Option<Scene>, Failure>;

    /// The header with the signature over a body, made by the vendor or by somebody else.
    fn sign(&self, body: &[u8], signer: Signer) -> Result<(&'static str, String), Failure>;

    /// What must have come out in the end.
    fn ending(&self) -> Ending;
}

/// Something that happens.
pub(super) struct Scene {
    /// The vendor's word for the event.
    pub(super) event: String,
    /// What it says to people.
    pub(super) meaning: &'static str,
    /// The body of the webhook.
    pub(super) body: Vec<u8>,
    /// The status that the request must then have.
    pub(super) status: &'static str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Signer {
    Vendor,
    SomebodyElse,
}

/// What must have come out.
pub(super) struct Ending {
    pub(super) status: &'static str,
    /// The reasons of the request.
    pub(super) reasons: &'static [&'static str],
    /// A step that must stand so, whatever the status of the request.
    pub(super) step: Option<(&'static str, &'static str)>,
}

/// What became of a story.
pub(super) struct Told {
    pub(super) account: &'static str,
    pub(super) request: Value,
    pub(super) went_well: bool,
}

/// Tells one story: what happens, then a duplicate and a forgery.
pub(super) async fn tell(
    story: &mut dyn Story,
    client: &Client,
    engine: &Engine,
    report: &Report,
) -> Result<Told, Failure> {
    report.story(story.title(), story.account());
    let account = story.account();
    let subject = story.subject();
    let mut as_told = true;
    let mut last = None;
    while let Some(scene) = story.next()? {
        let header = story.sign(&scene.body, Signer::Vendor)?;
        let answer = client.deliver(account, &scene.body, &header).await?;
        let state = seen(client, engine, subject).await?;
        report.delivered(&scene.event, scene.meaning, answer, state.status());
        as_told &= answer == StatusCode::OK && state.status() == Some(scene.status);
        last = Some((scene, header));
    }
    let (scene, header) = last.ok_or_else(|| Failure::failed("nothing happened in a story"))?;
    let before = seen(client, engine, subject).await?;

    // A vendor that got no answer in time sends the same again.
    let answer = client.deliver(account, &scene.body, &header).await?;
    let after = seen(client, engine, subject).await?;
    report.delivered(
        &scene.event,
        "a duplicate: the same webhook again",
        answer,
        after.status(),
    );
    let duplicate_is_harmless =
        answer == StatusCode::OK && after.without_times() == before.without_times();

    let before = after;
    let header = story.sign(&scene.body, Signer::SomebodyElse)?;
    let answer = client.deliver(account, &scene.body, &header).await?;
    let after = seen(client, engine, subject).await?;
    report.delivered(
        &scene.event,
        "forged: somebody else signed it",
        answer,
        after.status(),
    );
    let forged_is_refused = answer == StatusCode::UNAUTHORIZED && after == before;

    report.timeline(&after.timeline);
    let went_well = report.checks(&[
        ("everything happened as the story says", as_told),
        ("it ended as it should", after.is(&story.ending())),
        ("the duplicate changed nothing", duplicate_is_harmless),
        (
            "the forged webhook got 401 and changed nothing",
            forged_is_refused,
        ),
    ]);
    Ok(Told {
        account,
        request: after.request,
        went_well,
    })
}

/// What the application can see.
#[derive(PartialEq)]
struct Seen {
    request: Value,
    timeline: Value,
}

impl Seen {
    fn status(&self) -> Option<&str> {
        self.request.get("status")?.as_str()
    }

    /// The request without the times at which something was learned: an account that can ask its vendor asks once
    /// more after a duplicate, and learns the same.
    fn without_times(&self) -> Value {
        let mut request = self.request.clone();
        remove_member(&mut request, "updated_at");
        request
    }

    fn is(&self, ending: &Ending) -> bool {
        let items = |name: &str| self.request.get(name).and_then(Value::as_array);
        let codes: Vec<_> = items("findings")
            .into_iter()
            .flatten()
            .filter_map(|finding| finding.get("code")?.as_str())
            .collect();
        let stands = |(kind, status): (&str, &str)| {
            items("steps").into_iter().flatten().any(|step| {
                let is = |name: &str, word: &str| step.get(name).is_some_and(|is| is == word);
                is("kind", kind) && is("status", status)
            })
        };
        self.status() == Some(ending.status)
            && codes == ending.reasons
            && ending.step.is_none_or(stands)
    }
}

fn remove_member(value: &mut Value, name: &str) {
    match value {
        Value::Object(members) => {
            members.remove(name);
            members
                .values_mut()
                .for_each(|value| remove_member(value, name));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| remove_member(item, name)),
        _ => {}
    }
}

/// Waits until everything taken in is worked on, then reads the request and its timeline.
async fn seen(client: &Client, engine: &Engine, subject: &str) -> Result<Seen, Failure> {
    let work_is_done = async {
        loop {
            match engine.inbox_counts().await {
                Ok(counts) if counts.pending == 0 => return Ok(()),
                Ok(_) => look_again_soon().await,
                Err(error) => return Err(Failure::failed(reasons(&error))),
            }
        }
    };
    tokio::time::timeout(PATIENCE, work_is_done)
        .await
        .map_err(|_| Failure::failed("the gateway did not work on a webhook in time"))??;
    let list = client
        .get(&format!("/v1/verification-requests?subject={subject}"))
        .await?;
    let request = list.pointer("/data/0").cloned().unwrap_or(Value::Null);
    let timeline = match request.get("id").and_then(Value::as_str) {
        Some(id) => {
            client
                .get(&format!("/v1/verification-requests/{id}/timeline"))
                .await?
        }
        None => Value::Null,
    };
    Ok(Seen {
        request,
        timeline: timeline.get("data").cloned().unwrap_or(Value::Null),
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "the story is told from outside: only asking again shows that work is done"
)]
async fn look_again_soon() {
    tokio::time::sleep(Duration::from_millis(5)).await;
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_ending_counts_only_with_its_status_its_reasons_and_its_step() {
        let request = json!({
            "status": "failed",
            "findings": [{ "code": "face_mismatch" }],
            "steps": [{ "kind": "document", "status": "passed" }],
        });
        let seen = Seen {
            request,
            timeline: Value::Null,
        };
        let ending = |status, reasons, step| Ending {
            status,
            reasons,
            step: Some(("document", step)),
        };
        assert!(seen.is(&ending("failed", &["face_mismatch"], "passed")));
        assert!(!seen.is(&ending("passed", &["face_mismatch"], "passed")));
        assert!(!seen.is(&ending("failed", &[], "passed")));
        assert!(!seen.is(&ending("failed", &["face_mismatch"], "failed")));
    }

    #[test]
    fn only_the_time_of_learning_may_differ_after_a_duplicate() {
        let seen = |status: &str, updated_at: u8| Seen {
            request: json!({ "status": status, "sessions": [{ "updated_at": updated_at }] }),
            timeline: Value::Null,
        };
        assert_eq!(
            seen("passed", 1).without_times(),
            seen("passed", 2).without_times()
        );
        assert_ne!(
            seen("passed", 1).without_times(),
            seen("failed", 1).without_times()
        );
    }
}
