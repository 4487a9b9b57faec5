//! What happens in the demo: a person whose first document had expired is verified with another one.

use std::time::Duration;

use http::StatusCode;
use idv_core::{Clock as _, SystemClock};
use idv_engine::Engine;
use idv_simulator::stripe::{Event, NotPossible, Session, sign};
use serde_json::Value;

use super::WEBHOOK_SECRET;
use super::client::Client;
use super::report::Report;
use crate::cli::Failure;
use crate::gateway::reasons;

/// The application's reference to the person: a number of its own, as it should be.
const SUBJECT: &str = "customer-4711";

/// How long a webhook may take from its 200 to its place in the timeline.
const PATIENCE: Duration = Duration::from_secs(20);

/// The life of a session, with what each event says to people.
fn life(now: i64) -> Result<Vec<(&'static str, Event)>, NotPossible> {
    let mut session = Session::new("vs_idv_demo_1", now - 300).for_reference(SUBJECT);
    let created = session.created(now - 300);
    let processing = session.submit(now - 240)?;
    let requires_input = session.fail(now - 210, "document_expired")?;
    // Webhooks get lost. The state must come out right without this one.
    let _lost = session.submit(now - 90)?;
    let verified = session.verify(now - 60)?;
    Ok(vec![
        ("the application starts a verification", created),
        ("the subject hands in a document and a selfie", processing),
        ("the document has expired: another try", requires_input),
        ("another document, and everything fits", verified),
    ])
}

/// Tells the story. True if it ended as it should.
pub(super) async fn tell(
    client: &Client,
    engine: &Engine,
    report: &Report,
) -> Result<bool, Failure> {
    let now = SystemClock.now().as_unix_secs();
    let life = life(now).map_err(|error| Failure::failed(error.to_string()))?;
    let mut all_taken_in = true;
    for (meaning, event) in &life {
        let signature = sign(WEBHOOK_SECRET, &event.body, now);
        let answer = client.deliver(&event.body, &signature).await?;
        let state = seen(client, engine).await?;
        report.delivered(&event.event_type, meaning, answer, state.status());
        all_taken_in &= answer == StatusCode::OK;
    }

    let before = seen(client, engine).await?;
    let mut duplicate_changed_nothing = true;
    if let Some((_, event)) = life.last() {
        // The vendor signs anew when it delivers again.
        let signature = sign(WEBHOOK_SECRET, &event.body, now + 1);
        let answer = client.deliver(&event.body, &signature).await?;
        let after = seen(client, engine).await?;
        duplicate_changed_nothing = answer == StatusCode::OK && after == before;
        report.delivered(
            &event.event_type,
            "the same webhook once more",
            answer,
            after.status(),
        );
    }

    let mut forged_was_refused = true;
    if let Some((_, event)) = life.first() {
        let signature = sign("whsec_of_somebody_else", &event.body, now);
        let answer = client.deliver(&event.body, &signature).await?;
        let after = seen(client, engine).await?;
        forged_was_refused = answer == StatusCode::UNAUTHORIZED && after == before;
        report.delivered(
            &event.event_type,
            "forged: signed with another secret",
            answer,
            after.status(),
        );
    }

    let last = seen(client, engine).await?;
    let passed = last.status() == Some("passed");
    report.request(&last.request, &last.timeline);
    Ok(report.checks(&[
        ("every webhook of the vendor was taken in", all_taken_in),
        ("the request passed", passed),
        ("the duplicate changed nothing", duplicate_changed_nothing),
        (
            "the forged webhook got 401 and changed nothing",
            forged_was_refused,
        ),
    ]))
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
}

/// Waits until everything taken in is worked on, then reads the request and its timeline.
async fn seen(client: &Client, engine: &Engine) -> Result<Seen, Failure> {
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
        .get(&format!("/v1/verification-requests?subject={SUBJECT}"))
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
