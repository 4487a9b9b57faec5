//! What happens in the demo: one person with each vendor. Whatever passes between two parts passes over HTTP.

mod onfido;
mod plaid;
mod stripe;

use std::time::Duration;

use http::{HeaderMap, HeaderValue, StatusCode};
use idv_core::{Clock as _, SystemClock};
use idv_engine::Engine;
use idv_simulator::VendorKind;
use serde_json::{Value, json};

use super::application::Application;
use super::client::Client;
use super::lanes::Entry;
use super::report::Report;
use super::vendors::Vendors;
use crate::cli::Failure;
use crate::gateway::reasons;

/// How long something may take until everybody knows of it.
const PATIENCE: Duration = Duration::from_secs(20);

/// One person with one vendor.
pub(super) struct Story {
    pub(super) vendor: VendorKind,
    /// The vendor's name, for people.
    name: &'static str,
    /// What is to be seen in it.
    title: &'static str,
    /// The application's reference to the person: a number of its own, as it should be.
    subject: &'static str,
    /// What the application knows about the person.
    email: Option<&'static str>,
    scenes: &'static [Scene],
    ending: Ending,
    /// Events the application must have been told, in this order; others may come between them.
    told: &'static [&'static str],
}

/// Something that happens.
struct Scene {
    /// What it says to people.
    meaning: &'static str,
    act: Act,
    /// The status that the request must then come to have.
    until: &'static str,
    /// The reasons that it must have then.
    reasons: &'static [&'static str],
}

/// Who does what.
enum Act {
    /// The application asks the gateway for a verification.
    Ask,
    /// The person opens the vendor's page and chooses this scenario.
    FillIn(&'static str),
    /// This scenario happens at the vendor without the person.
    AtTheVendor(&'static str),
    /// Somebody of the application's staff decides a review.
    Resolve {
        staff: &'static str,
        outcome: &'static str,
        comment: &'static str,
    },
}

/// What must have come out.
struct Ending {
    status: &'static str,
    /// The reasons of the request.
    reasons: &'static [&'static str],
    /// A step that must stand so, whatever the status of the request.
    step: Option<(&'static str, &'static str)>,
}

/// What became of a story.
pub(super) struct Told {
    pub(super) account: String,
    pub(super) request: Value,
    /// How many events the application was told.
    pub(super) events: usize,
    pub(super) went_well: bool,
}

/// Every story.
pub(super) fn all() -> [Story; 3] {
    [stripe::story(), onfido::story(), plaid::story()]
}

/// Scenarios of the demo alone: name and text.
pub(super) const SCENARIOS: &[(&str, &str)] = &[(
    plaid::APPROVED,
    include_str!("story/approved-by-staff.toml"),
)];

/// The account of the gateway with a vendor.
pub(super) fn account(kind: VendorKind) -> String {
    format!("{kind}-demo")
}

/// Everybody who has a part in it.
pub(super) struct World<'a> {
    pub(super) vendors: &'a Vendors,
    pub(super) client: &'a Client,
    pub(super) application: &'a Application,
    pub(super) engine: &'a Engine,
}

/// Tells one story: what happens, then a duplicate and two forgeries.
pub(super) async fn tell(
    story: &Story,
    world: &World<'_>,
    report: &Report,
) -> Result<Told, Failure> {
    let mut stage = Stage {
        story,
        world,
        request: Value::Null,
        shown: [0; 3],
    };
    let account = account(story.vendor);
    report.story(story.title, &account, story.name, SystemClock.now());
    let mut as_told = true;
    for scene in story.scenes {
        report.scene(scene.meaning);
        stage.play(&scene.act).await?;
        as_told &= stage.comes_to(scene.until).await?;
        as_told &= reasons_of(&stage.request) == scene.reasons;
        report.rows(stage.news().await?);
    }
    let checks = [
        ("everything happened as the story says", as_told),
        ("it ended as it should", is(&stage.request, &story.ending)),
        (
            "the duplicate changed nothing",
            stage.duplicate(report).await?,
        ),
        (
            "the forged webhook got 401 and changed nothing",
            stage.forgery(report).await?,
        ),
        (
            "the application was told of it in order, every event signed",
            stage.application_knows(),
        ),
        (
            "the application refused an event that was not signed",
            stage.event_of_somebody_else(report).await?,
        ),
    ];
    let went_well = report.checks(&checks);
    let events = world.application.told_of(&stage.id()).len();
    Ok(Told {
        account,
        request: stage.request,
        events,
        went_well,
    })
}

/// A story under way.
struct Stage<'a> {
    story: &'a Story,
    world: &'a World<'a>,
    /// As the application last saw it.
    request: Value,
    /// How much of each column is printed.
    shown: [usize; 3],
}

impl Stage<'_> {
    fn id(&self) -> String {
        text(&self.request, "/id").to_owned()
    }

    /// The vendor's id of the session the request follows.
    fn object(&self) -> String {
        let sessions = self.request.get("sessions").and_then(Value::as_array);
        let session = sessions.and_then(|sessions| sessions.last());
        session
            .map_or("", |session| text(session, "/session_id"))
            .to_owned()
    }

    async fn play(&mut self, act: &Act) -> Result<(), Failure> {
        let (story, world) = (self.story, self.world);
        match act {
            Act::Ask => {
                let account = account(story.vendor);
                let body = match story.email {
                    Some(email) => {
                        let person = json!({ "given_name": "Ada", "family_name": "Example", "email": email });
                        json!({ "subject": story.subject, "account": account, "person": person })
                    }
                    None => json!({ "subject": story.subject, "account": account }),
                };
                let asked = world.client.post("/v1/verification-requests", Some(&body));
                self.request = asked.await?;
                Ok(())
            }
            Act::FillIn(choice) => {
                // Links are short-lived: the application asks for a fresh one whenever the person wants to go.
                let path = format!("/v1/verification-requests/{}/link", self.id());
                let link = world.client.post(&path, None).await?;
                world
                    .client
                    .fill_in(text(&link, "/hosted_url"), choice)
                    .await
            }
            Act::AtTheVendor(scenario) => {
                world.vendors.begin(story.vendor, &self.object(), scenario)
            }
            Act::Resolve {
                staff,
                outcome,
                comment,
            } => {
                let path = format!("/v1/verification-requests/{}/resolve", self.id());
                let body = json!({ "actor": staff, "outcome": outcome, "comment": comment });
                world.client.post(&path, Some(&body)).await.map(drop)
            }
        }
    }

    /// Waits until the request has this status, and the application knows. False if it does not come to that in time.
    async fn comes_to(&mut self, status: &str) -> Result<bool, Failure> {
        let come = async {
            loop {
                self.look().await?;
                let told = self.world.application.told_of(&self.id());
                let knows = told.last().is_some_and(|told| told.status == status);
                if knows && text(&self.request, "/status") == status && self.is_quiet().await? {
                    // What was worked on last may have changed it once more.
                    self.look().await?;
                    if text(&self.request, "/status") == status {
                        return Ok(());
                    }
                }
                look_again_soon().await;
            }
        };
        match tokio::time::timeout(PATIENCE, come).await {
            Ok(Ok(())) => Ok(true),
            Ok(Err(failure)) => Err(failure),
            Err(_) => Ok(false),
        }
    }

    async fn look(&mut self) -> Result<(), Failure> {
        let path = format!("/v1/verification-requests/{}", self.id());
        self.request = self.world.client.get(&path).await?;
        Ok(())
    }

    async fn timeline(&self) -> Result<Vec<Value>, Failure> {
        let path = format!("/v1/verification-requests/{}/timeline", self.id());
        let page = self.world.client.get(&path).await?;
        let entries = page.get("data").and_then(Value::as_array);
        Ok(entries.cloned().unwrap_or_default())
    }

    async fn is_quiet(&self) -> Result<bool, Failure> {
        let counts = self.world.engine.inbox_counts().await;
        let counts = counts.map_err(|error| Failure::failed(reasons(&error)))?;
        Ok(counts.pending == 0)
    }

    /// Waits until everything taken in is worked on.
    async fn settled(&self) -> Result<(), Failure> {
        let work_is_done = async {
            while !self.is_quiet().await? {
                look_again_soon().await;
            }
            Ok(())
        };
        let done = tokio::time::timeout(PATIENCE, work_is_done).await;
        done.map_err(|_| Failure::failed("the gateway did not work on a webhook in time"))?
    }

    /// What is not printed yet, of each column.
    async fn news(&mut self) -> Result<Vec<Entry>, Failure> {
        let deeds = self.world.vendors.deeds(&self.object());
        let timeline = self.timeline().await?;
        let told = self.world.application.told_of(&self.id());
        let [deed, entry, event] = &mut self.shown;
        let mut news = Vec::new();
        news.extend(deeds.iter().skip(*deed).map(Entry::of_vendor));
        news.extend(timeline.iter().skip(*entry).flat_map(Entry::of_gateway));
        news.extend(told.iter().skip(*event).map(Entry::of_application));
        (*deed, *entry, *event) = (deeds.len(), timeline.len(), told.len());
        Ok(news)
    }

    /// A vendor that got no answer in time sends the same again. True if that changes nothing.
    async fn duplicate(&mut self, report: &Report) -> Result<bool, Failure> {
        let (webhook, headers) = self.last_webhook()?;
        let (before, told) = (self.request.clone(), self.events());
        let answer = self
            .world
            .client
            .deliver(&webhook.url, &webhook.body, &headers);
        let answer = answer.await?;
        self.settled().await?;
        self.look().await?;
        let changed =
            without_times(&self.request) != without_times(&before) || self.events() != told;
        let is_taken = answer == StatusCode::OK;
        report.scene("The vendor's last webhook comes once more, to the letter");
        report.posted(
            "the duplicate",
            answer.as_str(),
            is_taken,
            came_of_it(changed),
        );
        Ok(is_taken && !changed)
    }

    /// Somebody else signs the vendor's last webhook. True if it is refused and changes nothing.
    async fn forgery(&mut self, report: &Report) -> Result<bool, Failure> {
        let (webhook, _) = self.last_webhook()?;
        let headers = self.world.vendors.forged(self.story.vendor, &webhook);
        let headers = headers.ok_or_else(|| Failure::failed("a vendor is not there"))?;
        let (before, timeline) = (self.request.clone(), self.timeline().await?);
        let answer = self
            .world
            .client
            .deliver(&webhook.url, &webhook.body, &headers);
        let answer = answer.await?;
        self.settled().await?;
        self.look().await?;
        let changed = self.request != before || self.timeline().await? != timeline;
        let is_refused = answer == StatusCode::UNAUTHORIZED;
        report.scene("The same webhook, signed by somebody else");
        report.posted(
            "the forgery",
            answer.as_str(),
            is_refused,
            came_of_it(changed),
        );
        Ok(is_refused && !changed)
    }

    /// Somebody else tells the application of a pass. True if it does not believe that.
    async fn event_of_somebody_else(&self, report: &Report) -> Result<bool, Failure> {
        let application = self.world.application;
        let (told, refused) = (self.events(), application.refused());
        let data = json!({ "request_id": self.id(), "status": "passed" });
        let event = json!({ "type": "verification_request.passed", "data": data });
        let mut headers = HeaderMap::new();
        let now = SystemClock.now().as_unix_secs().to_string();
        for (name, value) in [
            ("webhook-id", "evt_of_somebody_else"),
            ("webhook-timestamp", &now),
            ("webhook-signature", "v1,bm90aGluZw=="),
        ] {
            let value = HeaderValue::from_str(value);
            headers.insert(
                name,
                value.map_err(|error| Failure::failed(error.to_string()))?,
            );
        }
        let body = event.to_string().into();
        let answer = self
            .world
            .client
            .deliver(&application.url(), &body, &headers)
            .await?;
        let is_refused = answer == StatusCode::UNAUTHORIZED && application.refused() == refused + 1;
        report.scene("Somebody else tells the application of a pass");
        report.posted("its answer", answer.as_str(), is_refused, "");
        Ok(is_refused && self.events() == told)
    }

    fn last_webhook(&self) -> Result<(idv_simulator::Outgoing, HeaderMap), Failure> {
        let last = self.world.vendors.last_webhook(&self.object());
        last.ok_or_else(|| Failure::failed("a vendor sent no webhook"))
    }

    fn events(&self) -> usize {
        self.world.application.told_of(&self.id()).len()
    }

    /// Whether the application was told what it must know, in order.
    fn application_knows(&self) -> bool {
        let told = self.world.application.told_of(&self.id());
        let mut told = told.iter();
        let mut expected = self.story.told.iter();
        expected.all(|what| told.any(|told| told.what == *what))
    }
}

const fn came_of_it(changed: bool) -> &'static str {
    if changed {
        "SOMETHING CHANGED"
    } else {
        "nothing changed"
    }
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// The request without the times at which something was learned: an account that can ask its vendor asks once more
/// after a duplicate, and learns the same.
fn without_times(request: &Value) -> Value {
    let mut request = request.clone();
    remove_member(&mut request, "updated_at");
    request
}

/// The reasons of a request, by their codes.
fn reasons_of(request: &Value) -> Vec<&str> {
    let findings = request.get("findings").and_then(Value::as_array);
    let findings = findings.into_iter().flatten();
    findings
        .filter_map(|finding| finding.get("code")?.as_str())
        .collect()
}

fn is(request: &Value, ending: &Ending) -> bool {
    let items = |name: &str| request.get(name).and_then(Value::as_array);
    let stands = |(kind, status): (&str, &str)| {
        items("steps").into_iter().flatten().any(|step| {
            let is = |name: &str, word: &str| step.get(name).is_some_and(|is| is == word);
            is("kind", kind) && is("status", status)
        })
    };
    text(request, "/status") == ending.status
        && reasons_of(request) == ending.reasons
        && ending.step.is_none_or(stands)
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

#[expect(
    clippy::disallowed_methods,
    reason = "the story is told from outside: only asking again shows that work is done"
)]
async fn look_again_soon() {
    tokio::time::sleep(Duration::from_millis(5)).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ending_counts_only_with_its_status_its_reasons_and_its_step() {
        let request = json!({
            "status": "failed",
            "findings": [{ "code": "face_mismatch" }],
            "steps": [{ "kind": "document", "status": "passed" }],
        });
        let ending = |status, reasons, step| Ending {
            status,
            reasons,
            step: Some(("document", step)),
        };
        assert!(is(
            &request,
            &ending("failed", &["face_mismatch"], "passed")
        ));
        assert!(!is(
            &request,
            &ending("passed", &["face_mismatch"], "passed")
        ));
        assert!(!is(&request, &ending("failed", &[], "passed")));
        assert!(!is(
            &request,
            &ending("failed", &["face_mismatch"], "failed")
        ));
    }

    #[test]
    fn only_the_time_of_learning_may_differ_after_a_duplicate() {
        let seen = |status: &str, updated_at: u8| {
            without_times(&json!({ "status": status, "sessions": [{ "updated_at": updated_at }] }))
        };
        assert_eq!(seen("passed", 1), seen("passed", 2));
        assert_ne!(seen("passed", 1), seen("failed", 1));
    }
}
