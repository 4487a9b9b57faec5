//! Stripe: a session stays the same object from try to try, and its webhooks show it.

use idv_testkit::replay::Exchange;
use serde_json::{Value, json};

use crate::gateway::now_unix_secs;
use crate::table::{self, Cell, Row};
use crate::vendor::{Scene, Vendor, exchange};

pub(crate) struct Stripe;

const SECRET: &str = "whsec_of_the_stories";
const SESSIONS: &str = "/v1/identity/verification_sessions";

/// A session whose last try failed for this reason, or that waits for its first.
fn session(story: &str, subject: &str, status: &str, error: Option<&str>) -> Value {
    let id = story.replace('-', "");
    let waiting = status == "requires_input";
    json!({
        "id": format!("vs_{id}"), "object": "identity.verification_session",
        "client_reference_id": subject, "created": 1_795_200_000, "livemode": false,
        "metadata": {}, "options": {}, "redaction": null, "status": status, "type": "document",
        "last_error": error.map(|code| json!({ "code": code, "reason": "As the page says." })),
        "last_verification_report": null,
        "url": waiting.then(|| format!("https://verify.stripe.com/start/test_{id}")),
        "client_secret": waiting.then(|| format!("vs_{id}_secret_test_{id}")),
    })
}

/// With the report of the try, as where it is asked for in full.
fn with_report(mut session: Value, check: &str, error: &str) -> Value {
    let id = session["id"].as_str().unwrap().replace("vs_", "vr_");
    let failed = json!({ "status": "unverified", "error": { "code": error, "reason": "As the page says." } });
    let mut report = json!({
        "id": id, "object": "identity.verification_report", "created": 1_795_200_100, "livemode": false,
        "options": {}, "type": "document", "verification_session": session["id"],
        "document": { "status": "verified", "error": null, "type": "passport" },
    });
    report[check] = failed;
    session["last_verification_report"] = report;
    session
}

impl Vendor for Stripe {
    fn name(&self) -> &'static str {
        "stripe"
    }

    fn cell<'r>(&self, row: &'r Row) -> &'r Cell {
        &row.stripe
    }

    fn account(&self, api_base_url: &str) -> String {
        format!(
            "[accounts.identity]\nprovider = \"stripe\"\nenvironment = \"sandbox\"\ncalls_per_sec = 1000\napi_key = \"sk_test_of_the_stories\"\n\
             webhook_secrets = [\"{SECRET}\"]\n[accounts.identity.options]\napi_base_url = \"{api_base_url}\"\n"
        )
    }

    fn beginning(&self, story: &'static str, subject: &str) -> Vec<Exchange> {
        let open = session(story, subject, "requires_input", None);
        let mut create = exchange("POST", SESSIONS, 200, &open);
        create.request.form = [("client_reference_id".to_owned(), Some(subject.to_owned()))].into();
        let path = format!("{SESSIONS}/{}", open["id"].as_str().unwrap());
        vec![create, exchange("GET", &path, 200, &open)]
    }

    fn scenes(&self, story: &'static str) -> Vec<Scene> {
        let open = |error| session(story, story, "requires_input", Some(error));
        let (happening, shown) = match story {
            table::PASSES => ("verified", session(story, story, "verified", None)),
            table::EXPIRED => (
                "requires_input",
                with_report(open("document_expired"), "document", "document_expired"),
            ),
            table::OTHER_FACE => (
                "requires_input",
                with_report(
                    open("selfie_face_mismatch"),
                    "selfie",
                    "selfie_face_mismatch",
                ),
            ),
            table::GAVE_UP => ("requires_input", open("abandoned")),
            table::REFUSED_CONSENT => ("requires_input", open("consent_declined")),
            other => panic!("Stripe does not tell the story {other}"),
        };
        let path = format!("{SESSIONS}/{}", shown["id"].as_str().unwrap());
        // Whatever the payload says, it is the answer that counts.
        let webhook = json!({
            "id": format!("evt_{}", story.replace('-', "")), "object": "event", "created": 1_795_200_200,
            "livemode": false, "pending_webhooks": 1,
            "type": format!("identity.verification_session.{happening}"),
            "data": { "object": session(story, story, "processing", None) },
        });
        vec![Scene {
            webhook,
            answers: vec![exchange("GET", &path, 200, &shown)],
        }]
    }

    fn sign(&self, body: &[u8]) -> (&'static str, String) {
        let signature = idv_simulator::stripe::sign(SECRET, body, now_unix_secs());
        ("Stripe-Signature", signature)
    }
}
