//! Stories: the same application and the same requests, over three simulated vendors that differ in one table of the
//! configuration. What the application reads is in `table.rs`, and so is what a vendor cannot say.
#![cfg(test)]
#![allow(
    clippy::disallowed_methods,
    reason = "the gateway's own answers are read here, about synthetic people"
)]

#[allow(dead_code, reason = "the stories need the half of it")]
#[path = "../black_box/database.rs"]
mod database;
#[allow(dead_code, reason = "the stories need the half of it")]
#[path = "../black_box/document.rs"]
mod document;
#[allow(dead_code, reason = "the stories need the half of it")]
#[path = "../black_box/gateway.rs"]
mod gateway;
mod onfido;
mod plaid;
#[allow(dead_code, reason = "the stories need the half of it")]
#[path = "../black_box/program.rs"]
mod program;
mod quiet;
mod stripe;
mod table;
mod vendor;

use std::path::Path;
use std::sync::Arc;

use gateway::{Gateway, pause};
use idv_core::{Clock, IdProvider, Mapped, Status};
use idv_simulator::Simulator;
use idv_testkit::ManualClock;
use idv_testkit::fixture::Fixtures;
use idv_tests::simulated::NotPlayed;
use reqwest::Method;
use serde_json::{Value, json};
use table::{Cell, Lacks, Moment, TABLE};
use vendor::Vendor;

const REQUESTS: &str = "/v1/verification-requests";

/// The application. It knows no vendor.
struct Application<'g>(&'g Gateway);

impl Application<'_> {
    /// Asks for a person to be verified, and gets a link for them. Returns the id of the request.
    async fn begin(&self, subject: &str) -> String {
        let body = json!({
            "subject": subject, "organization": "company-1", "reason": "onboarding_company",
            "return_url": "https://app.example.org/back",
            "person": { "given_name": "Sjoukje", "family_name": "Voorbeeld", "birthdate": "1988-02-29" },
        });
        let (status, made) = self.0.call(Method::POST, REQUESTS, Some(body)).await;
        assert_eq!(status, 201, "{made}");
        assert_eq!(made["status"], "awaiting_user", "{made}");
        assert_eq!(made["status_summary"], "created", "{made}");
        assert!(is_address(&made["link"]["hosted_url"]), "{made}");
        let id = made["id"].as_str().unwrap().to_owned();
        // The person has lost the link.
        let path = format!("{REQUESTS}/{id}/link");
        let (status, link) = self.0.call(Method::POST, &path, None).await;
        assert_eq!(status, 200, "{link}");
        assert!(is_address(&link["hosted_url"]), "{link}");
        id
    }

    async fn read(&self, id: &str) -> Value {
        let (status, request) = self.0.get(&format!("{REQUESTS}/{id}")).await;
        assert_eq!(status, 200, "{request}");
        request
    }
}

fn is_address(value: &Value) -> bool {
    value
        .as_str()
        .is_some_and(|url| url.starts_with("https://") || url.starts_with("http://127.0.0.1"))
}

/// The vendor's delays pass so many times faster.
const SPEED: u32 = 1_000;

/// Lets this happen to a session, until the vendor has told everything and the gateway has worked on it.
async fn happen(
    simulator: &Simulator,
    vendor: &dyn Vendor,
    session: &str,
    scene: &str,
    gateway: &Gateway,
) {
    let kind = vendor.simulated().kind();
    simulator.begin(kind, session, scene).unwrap();
    let mut looks = 0;
    while !simulator.under_way().is_over() {
        looks += 1;
        assert!(looks < 1200, "{scene}: the vendor never comes to an end");
        pause().await;
    }
    gateway.settled_inbox().await;
}

/// What the application has read, in the form of the table.
fn holds(request: &Value, moment: &Moment) -> bool {
    let codes = |findings: &Value| -> Vec<String> {
        let findings = findings.as_array().into_iter().flatten();
        let mut codes: Vec<String> = findings
            .map(|finding| finding["code"].as_str().unwrap().to_owned())
            .collect();
        codes.sort();
        codes.dedup();
        codes
    };
    let mut on_steps: Vec<String> = request["steps"]
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|step| codes(&step["findings"]))
        .collect();
    on_steps.sort();
    on_steps.dedup();
    request["status"] == moment.status
        && request["status_summary"] == moment.status_summary
        && codes(&request["findings"]) == moment.reasons
        && on_steps == moment.on_steps
        && request["unconfirmed"] == false
        && request["attention"] == json!([])
}

/// Tells every story that this vendor can tell, to one gateway.
async fn tell(vendor: &dyn Vendor) {
    let (account, not_played) = (vendor.simulated(), Arc::new(NotPlayed::default()));
    let simulator = Simulator::builder()
        .vendor(account.clone())
        .library(vendor.library())
        .speed(SPEED)
        .watch(not_played.clone())
        .start()
        .await
        .unwrap();
    let base_url = simulator.base_url(account.kind());
    let gateway = Gateway::start(&vendor.account(&base_url)).await;
    // The one path that all vendors have.
    account.add_endpoint(&format!("{}/webhooks/identity", gateway.base));
    let application = Application(&gateway);

    let mut told = 0;
    for row in TABLE {
        let Cell::Shows(moments) = vendor.cell(row) else {
            continue;
        };
        told += 1;
        let (story, scenes) = (row.story, vendor.scenes(row.story));
        assert_eq!(moments.len(), scenes.len(), "{}: {story}", vendor.name());
        let id = application.begin(story).await;
        let request = application.read(&id).await;
        let session = request["sessions"][0]["session_id"].as_str().unwrap();
        for (scene, moment) in scenes.iter().zip(*moments) {
            happen(&simulator, vendor, session, scene, &gateway).await;
            let request = application.read(&id).await;
            assert!(
                holds(&request, moment),
                "{}: {story}: expected {moment:?}, read {request:#}",
                vendor.name()
            );
            let session = &request["sessions"][0];
            assert_eq!(session["provider"], vendor.name(), "{request}");
            assert_eq!(
                request["sessions"].as_array().unwrap().len(),
                1,
                "{request}"
            );
        }
    }
    assert_eq!(not_played.take(), [""; 0]);
    assert_eq!(account.objects().len(), told, "a session for each story");
}

#[tokio::test(flavor = "multi_thread")]
async fn stripe_tells_its_stories() {
    tell(&stripe::Stripe).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn onfido_tells_its_stories() {
    tell(&onfido::Onfido).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn plaid_tells_its_stories() {
    tell(&plaid::Plaid).await;
}

/// Whether a word of ours stands anywhere in what a vendor's object becomes.
fn says(mapped: &Mapped, word: Lacks) -> bool {
    let steps = mapped.steps.iter().flat_map(|step| {
        let tries = step.attempts.iter().flat_map(|attempt| &attempt.findings);
        step.findings.iter().chain(tries)
    });
    let is_said = match word {
        Lacks::Status(word) => mapped
            .status
            .as_ref()
            .is_some_and(|status| status_is(status, word)),
        Lacks::Reason(word) => {
            let mut findings = mapped.findings.iter().chain(steps);
            findings.any(|finding| json!(finding.code) == word)
        }
    };
    is_said || mapped.items.iter().any(|item| says(item, word))
}

fn status_is(status: &Status, word: &str) -> bool {
    json!(status) == word
}

/// Beside each `–` stands the word the vendor lacks. Its fixtures cite every row of its mapping tables, as a test of
/// each provider holds, so what none of them says no row says.
#[test]
fn what_a_vendor_cannot_say_no_row_of_its_tables_says() {
    let clock = || -> Arc<dyn Clock> { ManualClock::noon() };
    let providers: [(Box<dyn Vendor>, Box<dyn IdProvider>); 3] = [
        (
            Box::new(stripe::Stripe),
            Box::new(idv_stripe::StripeProvider::receiver(
                Default::default(),
                clock(),
            )),
        ),
        (
            Box::new(onfido::Onfido),
            Box::new(idv_onfido::OnfidoProvider::receiver(
                Default::default(),
                clock(),
            )),
        ),
        (
            Box::new(plaid::Plaid),
            Box::new(idv_plaid::PlaidProvider::receiver(
                Default::default(),
                clock(),
            )),
        ),
    ];
    let said_by = |vendor: &dyn Vendor, provider: &dyn IdProvider, word: Lacks| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures");
        let fixtures = Fixtures::load(root.join(vendor.name()));
        let mut cases = fixtures.cases().iter().filter(|case| {
            let kind = Some(case.expectation.kind.clone());
            let mapped = provider.translate(kind, &case.bytes);
            mapped.is_ok_and(|mapped| says(&mapped, word))
        });
        cases.next().map(|case| case.name.clone())
    };
    for row in TABLE {
        for (vendor, provider) in &providers {
            let name = vendor.name();
            match vendor.cell(row) {
                Cell::Cannot { lacks, because } => {
                    let case = said_by(&**vendor, &**provider, *lacks);
                    assert_eq!(case, None, "{name} can tell {}, not: {because}", row.story);
                }
                // The other way round: what is shown is found in the fixtures too, so the search finds.
                Cell::Shows(moments) => {
                    for reason in moments.iter().flat_map(|moment| moment.reasons) {
                        let case = said_by(&**vendor, &**provider, Lacks::Reason(reason));
                        assert!(case.is_some(), "{name}: no fixture says {reason}");
                    }
                }
            }
        }
    }
}

#[test]
fn the_table_has_every_story_once_and_each_is_told_by_somebody() {
    let stories: std::collections::BTreeSet<_> = TABLE.iter().map(|row| row.story).collect();
    assert_eq!(stories.len(), 8);
    assert_eq!(TABLE.len(), 8);
    for row in TABLE {
        let cells = [&row.stripe, &row.onfido, &row.plaid];
        let told = cells
            .iter()
            .filter(|cell| matches!(cell, Cell::Shows(_)))
            .count();
        assert!(told >= 2, "{} is told by {told}", row.story);
    }
}

#[test]
fn a_table_that_says_something_else_is_seen() {
    let finding = |code: &str| json!({ "code": code });
    let request = json!({
        "status": "failed", "status_summary": "failed", "unconfirmed": false, "attention": [],
        "findings": [finding("face_mismatch")],
        "steps": [{ "findings": [] }, { "findings": [finding("face_mismatch"), finding("face_mismatch")] }],
    });
    let right = || Moment {
        status: "failed",
        status_summary: "failed",
        reasons: &["face_mismatch"],
        on_steps: &["face_mismatch"],
    };
    assert!(holds(&request, &right()));
    let wrong: [fn(&mut Moment); 4] = [
        |moment| moment.status = "passed",
        |moment| moment.status_summary = "started",
        |moment| moment.reasons = &[],
        |moment| moment.on_steps = &["document_expired"],
    ];
    for change in wrong {
        let mut moment = right();
        change(&mut moment);
        assert!(!holds(&request, &moment), "{moment:?}");
    }
    for (name, value) in [
        ("unconfirmed", json!(true)),
        ("attention", json!(["conflict"])),
    ] {
        let mut odd = request.clone();
        odd[name] = value;
        assert!(!holds(&odd, &right()), "{name}");
    }
}
