//! Plaid: steps, then a verdict. Its webhooks tell neither.

use std::sync::Arc;

use bytes::Bytes;
use fastrand::Rng;
use http::{Request, Response};
use idv_simulator::plaid::{Environment, Step, Template, WebhookKey};
use idv_simulator::scenario::Action;
use idv_simulator::{Vendor, VendorKind};
use serde_json::json;

const TEMPLATE: &str = "idvtmp_load";
/// What the template asks for.
const STEPS: [Step; 5] = [
    Step::AcceptTos,
    Step::VerifySms,
    Step::KycCheck,
    Step::DocumentaryVerification,
    Step::SelfieCheck,
];
/// The key of the environment, which the strangers' signs with too.
const KEY: &str = "load-key";
const KEYS_SECRET: [u8; 32] = [11; 32];
const KEY_CREATED_UNIX_SECS: i64 = 1_767_225_600;

pub(super) fn account(seed: u64) -> Arc<dyn Vendor> {
    let environment = Environment::simulated()
        .with_seed(seed)
        .with_template(Template::new(TEMPLATE, &STEPS));
    let key = WebhookKey::of_secret(KEY, &KEYS_SECRET, KEY_CREATED_UNIX_SECS);
    environment.publish(key.unwrap());
    environment.add_endpoint(&super::webhook_url(VendorKind::Plaid));
    Arc::new(environment)
}

pub(super) fn settings() -> (String, String) {
    let (id, secret) = (Environment::CLIENT_ID, Environment::SECRET);
    (
        format!("environment = \"sandbox\"\napi_key = \"{secret}\"\n"),
        format!("client_id = \"{id}\"\ntemplate_id = \"{TEMPLATE}\"\n"),
    )
}

pub(super) fn life(rng: &mut Rng) -> Vec<Action> {
    let (open, pass) = (Action::new("open"), Action::new("pass"));
    let mut life = vec![open];
    life.extend(std::iter::repeat_n(pass, STEPS.len()));
    let decide = Action::new("decide");
    let some = rng.usize(1..STEPS.len());
    match rng.u8(0..10) {
        0..5 => life.push(decide),
        5..7 => {
            life.pop();
            life.extend([Action::new("fail"), decide]);
        }
        7 => life.push(decide.with("status", "pending_review")),
        8 => {
            life.truncate(some);
            life.push(Action::new("expire"));
        }
        _ => life.truncate(some),
    }
    life
}

pub(super) fn make_session(ask: impl Fn(Request<Bytes>) -> Response<Bytes>, subject: &str) {
    let body = json!({
        "client_id": Environment::CLIENT_ID, "secret": Environment::SECRET,
        "client_user_id": subject, "template_id": TEMPLATE, "is_shareable": true, "gave_consent": false,
    });
    let request =
        Request::post("/identity_verification/create").header("content-type", "application/json");
    ask(request.body(body.to_string().into()).unwrap());
}
