//! What happens in the demo: one person with each vendor. Whatever passes between two parts passes over HTTP.

mod onfido;
mod plaid;
mod request;
mod stage;
mod stripe;

use idv_core::{Clock as _, SystemClock};
use idv_engine::Engine;
use idv_simulator::VendorKind;
use serde_json::Value;

use super::application::Application;
use super::client::Client;
use super::report::Report;
use super::vendors::Vendors;
use crate::cli::Failure;
use request::{is, reasons_of};
use stage::Stage;

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
    let mut stage = Stage::new(story, world);
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
    let events = stage.events();
    Ok(Told {
        account,
        request: stage.request,
        events,
        went_well,
    })
}
