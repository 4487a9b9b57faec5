//! Stripe: tries that fail, and one that does not.

use std::sync::Arc;

use bytes::Bytes;
use fastrand::Rng;
use http::{Request, Response};
use idv_simulator::scenario::Action;
use idv_simulator::stripe::{Account, WEBHOOK_SECRET};
use idv_simulator::{Vendor, VendorKind};

/// A key of the live mode, in which the vendor tries for three days. In a sandbox it tries three times.
const API_KEY: &str = "sk_live_load";

pub(super) fn account(seed: u64) -> Arc<dyn Vendor> {
    let account = Account::new(API_KEY).with_seed(seed);
    account.add_endpoint(&super::webhook_url(VendorKind::Stripe));
    Arc::new(account)
}

pub(super) fn settings() -> (String, String) {
    let secrets = format!(
        "environment = \"live\"\napi_key = \"{API_KEY}\"\nwebhook_secrets = [\"{WEBHOOK_SECRET}\"]\n"
    );
    (secrets, String::new())
}

pub(super) fn life(rng: &mut Rng) -> Vec<Action> {
    let (submit, verify) = (Action::new("submit"), Action::new("verify"));
    let fail = Action::new("fail").with("code", "document_expired");
    let mut life = Vec::new();
    for _ in 0..rng.usize(0..6) {
        life.extend([submit.clone(), fail.clone()]);
    }
    match rng.u8(0..10) {
        0..6 => life.extend([submit, verify]),
        6..8 => life.push(Action::new("cancel")),
        8 => life.push(submit),
        // It waits for its subject for ever.
        _ => {}
    }
    life
}

pub(super) fn make_session(ask: impl Fn(Request<Bytes>) -> Response<Bytes>, subject: &str) {
    let request = Request::post("/v1/identity/verification_sessions")
        .header("authorization", format!("Bearer {API_KEY}"))
        .header("content-type", "application/x-www-form-urlencoded");
    let form = format!("type=document&client_reference_id={subject}");
    ask(request.body(form.into()).unwrap());
}
