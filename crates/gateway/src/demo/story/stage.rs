//! A story under way: what is done, and how long it is waited for.

use std::time::Duration;

use http::{HeaderMap, HeaderValue, StatusCode};
use idv_core::{Clock as _, SystemClock};
use idv_simulator::Outgoing;
use serde_json::{Value, json};

use super::super::lanes::Entry;
use super::super::report::Report;
use super::request::{text, without_times};
use super::{Act, Story, World, account};
use crate::cli::Failure;
use crate::gateway::reasons;

/// How long something may take until everybody knows of it.
const PATIENCE: Duration = Duration::from_secs(20);

/// A story under way.
pub(super) struct Stage<'a> {
    story: &'a Story,
    world: &'a World<'a>,
    /// As the application last saw it.
    pub(super) request: Value,
    /// How much of each column is printed.
    shown: [usize; 3],
}

impl<'a> Stage<'a> {
    pub(super) const fn new(story: &'a Story, world: &'a World<'a>) -> Self {
        Self {
            story,
            world,
            request: Value::Null,
            shown: [0; 3],
        }
    }

    pub(super) fn id(&self) -> String {
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

    pub(super) async fn play(&mut self, act: &Act) -> Result<(), Failure> {
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
    pub(super) async fn comes_to(&mut self, status: &str) -> Result<bool, Failure> {
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
    pub(super) async fn news(&mut self) -> Result<Vec<Entry>, Failure> {
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
    pub(super) async fn duplicate(&mut self, report: &Report) -> Result<bool, Failure> {
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
    pub(super) async fn forgery(&mut self, report: &Report) -> Result<bool, Failure> {
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
    pub(super) async fn event_of_somebody_else(&self, report: &Report) -> Result<bool, Failure> {
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

    fn last_webhook(&self) -> Result<(Outgoing, HeaderMap), Failure> {
        let last = self.world.vendors.last_webhook(&self.object());
        last.ok_or_else(|| Failure::failed("a vendor sent no webhook"))
    }

    pub(super) fn events(&self) -> usize {
        self.world.application.told_of(&self.id()).len()
    }

    /// Whether the application was told what it must know, in order.
    pub(super) fn application_knows(&self) -> bool {
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

#[expect(
    clippy::disallowed_methods,
    reason = "the story is told from outside: only asking again shows that work is done"
)]
async fn look_again_soon() {
    tokio::time::sleep(Duration::from_millis(5)).await;
}
