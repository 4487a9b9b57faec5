//! Scenarios in virtual time, with a receiver that checks each signature.

use std::sync::Mutex;
use std::time::Duration;

use http::StatusCode;

use super::*;
use crate::receiver::Receiver;
use crate::scenario::Library;
use crate::{Simulator, VendorKind, Watch};

/// Whether the account has signed this, as a receiver finds out.
fn is_genuine(headers: &HeaderMap, body: &Bytes) -> bool {
    let header = headers["stripe-signature"].to_str().unwrap();
    let at = header.strip_prefix("t=").unwrap().split(',').next();
    header.starts_with(&sign(WEBHOOK_SECRET, body, at.unwrap().parse().unwrap()))
}

#[derive(Default)]
struct Complaints(Mutex<Vec<String>>);

impl Watch for Complaints {
    fn not_played(&self, _: VendorKind, object: &str, why: &str) {
        self.0.lock().unwrap().push(format!("{object}: {why}"));
    }
}

struct Stage {
    simulator: Simulator,
    receiver: Arc<Receiver>,
    complaints: Arc<Complaints>,
    account: Arc<Account>,
}

fn stage(account: Account) -> Stage {
    let account = Arc::new(account);
    account.add_endpoint("http://app/hooks");
    let complaints = Arc::new(Complaints::default());
    let receiver = Receiver::checking(is_genuine);
    let simulator = Simulator::builder()
        .vendor(account.clone())
        .virtual_time(START)
        .deliver_through(receiver.clone())
        .watch(complaints.clone());
    Stage {
        simulator: simulator.build().unwrap(),
        receiver,
        complaints,
        account,
    }
}

impl Stage {
    /// Makes a session for a scenario: its id.
    async fn begin(&self, scenario: &str) -> String {
        let flow = "verification_flow=vf_document_selfie_id_number_email_phone";
        let body = format!("{flow}&metadata[scenario]={scenario}");
        let request = Request::post(format!("https://api.stripe.com{SESSIONS}"))
            .header("authorization", format!("Bearer {API_KEY}"))
            .body(Bytes::from(body));
        let answer = self
            .simulator
            .transport(VendorKind::Stripe)
            .send(request.unwrap())
            .await;
        let session: Value = serde_json::from_slice(answer.unwrap().body()).unwrap();
        session["id"].as_str().unwrap().to_owned()
    }

    /// What was told, in order: the last word of each event.
    fn taken(&self) -> Vec<String> {
        let told = self.receiver.told("/type").into_iter();
        let word = |event: String| event.rsplit('.').next().unwrap().to_owned();
        told.map(word).collect()
    }
}

const DAY: Duration = Duration::from_secs(24 * 3_600);

#[tokio::test]
async fn a_person_is_verified_by_one_call() {
    let stage = stage(Account::simulated());
    let id = stage.begin("verified").await;
    stage.simulator.advance(Duration::from_secs(60)).await;
    assert_eq!(stage.taken(), ["created", "processing", "verified"]);
    let told = &stage.receiver.taken().pop().unwrap().1["data"]["object"];
    assert_eq!(
        (&told["id"], &told["status"]),
        (&id.as_str().into(), &"verified".into())
    );
}

#[tokio::test]
async fn every_scenario_of_the_library_is_played_to_its_end_within_a_day() {
    let names: Vec<String> = Library::built_in()
        .of(VendorKind::Stripe)
        .map(|s| s.name.clone())
        .collect();
    assert!(names.len() > 35, "{names:?}");
    for name in names {
        let stage = stage(Account::simulated());
        stage.begin(&name).await;
        stage.simulator.advance(DAY).await;
        assert_eq!(*stage.complaints.0.lock().unwrap(), [""; 0], "{name}");
        assert_eq!(stage.simulator.next_due(), None, "{name} goes on");
    }
}

#[tokio::test]
async fn each_code_that_can_fail_is_told_with_its_check() {
    const CODES: [&str; 14] = [
        "document_expired",
        "document_type_not_supported",
        "document_unverified_other",
        "email_unverified_other",
        "email_verification_declined",
        "id_number_insufficient_document_data",
        "id_number_mismatch",
        "id_number_unverified_other",
        "phone_unverified_other",
        "phone_verification_declined",
        "selfie_document_missing_photo",
        "selfie_face_mismatch",
        "selfie_manipulated",
        "selfie_unverified_other",
    ];
    let mut missing: Vec<&str> = CODES.to_vec();
    let library = Library::built_in();
    for scenario in library.of(VendorKind::Stripe) {
        let stage = stage(Account::simulated());
        let id = stage.begin(&scenario.name).await;
        stage.simulator.advance(Duration::from_secs(120)).await;
        let object = stage.account.object(&id, stage.simulator.now()).unwrap();
        let code = object["last_error"]["code"].as_str().unwrap_or_default();
        let report = &object["last_verification_report"];
        let checks = ["document", "selfie", "id_number", "email", "phone"];
        let fails = |check: &&str| report[*check]["status"] == "unverified";
        if let Some(check) = checks.into_iter().find(fails) {
            assert!(code.starts_with(check), "{}: {code}", scenario.name);
            assert_eq!(report[check]["error"]["code"], code);
        }
        missing.retain(|known| *known != code);
    }
    assert_eq!(missing, [""; 0]);
}

#[tokio::test]
async fn a_sandbox_tries_three_times_and_the_live_mode_for_three_days() {
    let sandbox = stage(Account::simulated());
    sandbox.receiver.refuse(99);
    sandbox.begin("nothing").await;
    sandbox.simulator.advance(DAY).await;
    assert_eq!(sandbox.receiver.attempts(), 3);

    let live = Account::new("sk_live_1");
    let waits: Vec<_> = (1..).map_while(|failed| live.retry_delay(failed)).collect();
    assert!(waits.is_sorted_by(|wait, next| wait < next), "{waits:?}");
    assert_eq!(waits.iter().sum::<Duration>(), 3 * DAY);
    assert!(live.is_taken(StatusCode::ACCEPTED) && !live.is_taken(StatusCode::FOUND));
}

#[tokio::test]
async fn an_endpoint_that_was_switched_off_is_not_tried_again() {
    let stage = stage(Account::simulated());
    stage.receiver.refuse(99);
    stage.begin("nothing").await;
    stage.simulator.advance(Duration::from_secs(60)).await;
    let world = World {
        account: stage.account.clone(),
        now: stage.simulator.now(),
    };
    let endpoint = world.get("/v1/webhook_endpoints").ok()["data"][0]["id"].clone();
    let path = format!("/v1/webhook_endpoints/{}", endpoint.as_str().unwrap());
    world.post(&path, "disabled=true").ok();
    stage.simulator.advance(DAY).await;
    assert_eq!(stage.receiver.attempts(), 1);
}

#[tokio::test]
async fn what_arrived_at_last_is_no_longer_undelivered() {
    let stage = stage(Account::simulated());
    stage.receiver.refuse(1);
    stage.begin("nothing").await;
    let undelivered = || {
        let world = World {
            account: stage.account.clone(),
            now: stage.simulator.now(),
        };
        world.get("/v1/events?delivery_success=false").ok()["data"]
            .as_array()
            .unwrap()
            .len()
    };
    stage.simulator.advance(Duration::from_secs(60)).await;
    assert_eq!(undelivered(), 1);
    stage.simulator.advance(Duration::from_secs(3_600)).await;
    assert_eq!(
        (undelivered(), stage.taken()),
        (0, vec!["created".to_owned()])
    );
}

#[test]
fn an_action_that_makes_no_sense_is_named() {
    let account = Account::simulated();
    for (action, problem) in [
        (Action::new("pass"), "pass: unknown variant"),
        (
            Action::new("submit").with("code", "x"),
            "submit: unknown field",
        ),
        (Action::new("fail"), "fail: missing field `code`"),
        (
            Action::new("fail").with("code", "x").with("check", "face"),
            "fail: check is one of document",
        ),
        (
            Action::new("fail")
                .with("code", "x")
                .with("also", vec!["x"]),
            "fail: also: x is a code of no check",
        ),
        (
            Action::new("verify").with("document_type", "visa"),
            "verify: document_type is one of",
        ),
        (
            Action::new("redact").with("status", "done"),
            "redact: status is processing or validated",
        ),
    ] {
        let error = account.check(&action).unwrap_err();
        assert!(error.starts_with(problem), "{error}");
    }
    let nobody = account.play("vs_0", &Action::new("submit"), START);
    assert_eq!(nobody, Err(CannotPlay::NoSuchObject));
    let world = World::of(account);
    let id = world.session("type=document");
    let early = world.play(&id, &Action::new("verify")).unwrap_err();
    assert_eq!(
        early.to_string(),
        "a session that is requires_input cannot be verified"
    );
}

#[test]
fn both_secrets_sign_while_one_is_rolled_and_nobody_else_does() {
    let world = World::new();
    world.account.add_endpoint("http://app/hooks");
    world.session("type=document");
    let sent = world.account.take_outgoing().pop().unwrap();
    assert!(
        world
            .account
            .roll_secret(&sent.endpoint, "whsec_new", START)
    );
    assert!(!world.account.roll_secret("we_0", "whsec_new", START));
    let header = |signer: crate::Signer| {
        let headers = world.account.sign(&sent, &sent.body, signer, START);
        headers["stripe-signature"].to_str().unwrap().to_owned()
    };
    let at = START.as_unix_secs();
    let ours = |secret: &str| {
        sign(secret, &sent.body, at)
            .split_once(',')
            .unwrap()
            .1
            .to_owned()
    };
    let vendor = header(crate::Signer::Vendor);
    assert!(vendor.contains(&ours("whsec_new")) && vendor.contains(&ours(WEBHOOK_SECRET)));
    assert!(
        vendor.contains(",v0="),
        "a sandbox adds one that proves nothing"
    );
    let other = header(crate::Signer::SomebodyElse);
    assert!(!other.contains(&ours("whsec_new")) && !other.contains(&ours(WEBHOOK_SECRET)));
}
