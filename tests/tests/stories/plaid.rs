//! Plaid: an attempt with seven steps, and webhooks that only say which attempt to look at.

use std::cell::Cell as Once;

use idv_core::Timestamp;
use idv_testkit::replay::Exchange;
use serde_json::{Value, json};

use crate::gateway::now_unix_secs;
use crate::signing::PlaidKey;
use crate::table::{self, Cell, Row, TABLE};
use crate::vendor::{Scene, Vendor, exchange};

pub(crate) struct Plaid {
    key: PlaidKey,
    /// Whether the key was handed out. It is asked for once, at the first webhook, and kept.
    is_key_known: Once<bool>,
}

const TEMPLATE: &str = "idvtmp_Stories0001";

impl Plaid {
    pub(crate) fn new() -> Self {
        Self {
            key: PlaidKey::new("7d3e0000-0000-4000-8000-00000000c0de"),
            is_key_known: Once::new(false),
        }
    }
}

fn id_of(story: &str) -> String {
    let number = TABLE.iter().position(|row| row.story == story).unwrap();
    format!("idv_Stories{number:04}")
}

/// An attempt with these statuses of its steps; the other steps are not in the template.
fn attempt(story: &str, status: &str, steps: &[(&str, &str)]) -> Value {
    let id = id_of(story);
    // An attempt that is older than the request is another's, and is not taken over.
    let made_at = Timestamp::from_unix_secs(now_unix_secs()).to_string();
    let mut attempt = json!({
        "id": id, "client_user_id": story, "created_at": made_at, "completed_at": null,
        "previous_attempt_id": null, "redacted_at": null, "request_id": "Rq7stories", "status": status,
        "shareable_url": (status == "active").then(|| format!("https://verify-sandbox.example.invalid/{id}")),
        "template": { "id": TEMPLATE, "version": 3 },
        "user": { "name": { "given_name": "Sjoukje", "family_name": "Voorbeeld" }, "ip_address": null },
        "documentary_verification": null, "kyc_check": null, "risk_check": null, "selfie_check": null,
        "verify_sms": null, "watchlist_screening_id": null, "beacon_user_id": null, "user_id": null,
        "steps": {
            "accept_tos": "success", "documentary_verification": "not_applicable", "kyc_check": "not_applicable",
            "risk_check": "not_applicable", "selfie_check": "not_applicable", "verify_sms": "not_applicable",
            "watchlist_screening": "not_applicable",
        },
    });
    for (step, status) in steps {
        attempt["steps"][step] = json!(status);
    }
    attempt
}

fn document(number: u8, status: &str, analysis: &Value) -> Value {
    let mut document = json!({
        "status": status, "attempt": number, "redacted_at": null, "images": null, "extracted_data": null,
        "analysis": {
            "authenticity": "match", "image_quality": "high", "human_review": null,
            "extracted_data": {
                "date_of_birth": "match", "expiration_date": "not_expired", "issuing_country": "match",
                "name": "match",
            },
        },
    });
    for (name, value) in analysis.as_object().unwrap() {
        document["analysis"][name] = value.clone();
    }
    document
}

fn with_documents(mut attempt: Value, documents: &[Value]) -> Value {
    let status = attempt["steps"]["documentary_verification"].clone();
    attempt["documentary_verification"] = json!({ "status": status, "documents": documents });
    attempt
}

impl Vendor for Plaid {
    fn name(&self) -> &'static str {
        "plaid"
    }

    fn cell<'r>(&self, row: &'r Row) -> &'r Cell {
        &row.plaid
    }

    fn account(&self, api_base_url: &str) -> String {
        format!(
            "[accounts.identity]\nprovider = \"plaid\"\nenvironment = \"sandbox\"\ncalls_per_sec = 1000\napi_key = \"secret-of-the-stories\"\n\
             [accounts.identity.options]\napi_base_url = \"{api_base_url}\"\nclient_id = \"client-of-the-stories\"\n\
             template_id = \"{TEMPLATE}\"\n"
        )
    }

    fn beginning(&self, story: &'static str, subject: &str) -> Vec<Exchange> {
        let person = json!({ "client_user_id": subject, "template_id": TEMPLATE });
        let none = json!({ "identity_verifications": [], "next_cursor": null, "request_id": "Rq7stories" });
        let mut list = exchange("POST", "/identity_verification/list", 200, &none);
        list.request.json = Some(person.clone());
        let open = attempt(story, "active", &[("accept_tos", "active")]);
        let mut create = exchange("POST", "/identity_verification/create", 200, &open);
        create.request.json = Some(person);
        vec![list, create, get(story, &open)]
    }

    fn scenes(&self, story: &'static str) -> Vec<Scene> {
        const DOCUMENT: &str = "documentary_verification";
        let nothing = json!({});
        let attempts = match story {
            table::PASSES => vec![with_documents(
                attempt(story, "success", &[(DOCUMENT, "success")]),
                &[document(1, "success", &nothing)],
            )],
            table::BLURRED => {
                let blurred = document(1, "failed", &json!({ "image_quality": "low" }));
                let sharp = document(2, "success", &nothing);
                vec![
                    with_documents(
                        attempt(story, "active", &[(DOCUMENT, "active")]),
                        std::slice::from_ref(&blurred),
                    ),
                    with_documents(
                        attempt(story, "success", &[(DOCUMENT, "success")]),
                        &[blurred, sharp],
                    ),
                ]
            }
            table::EXPIRED => {
                let expired = json!({ "extracted_data": { "expiration_date": "expired" } });
                vec![with_documents(
                    attempt(story, "failed", &[(DOCUMENT, "failed")]),
                    &[document(1, "failed", &expired)],
                )]
            }
            table::OTHER_FACE => {
                let mut other = attempt(story, "failed", &[("selfie_check", "failed")]);
                other["selfie_check"] = json!({ "status": "failed", "selfies": [{
                    "status": "failed", "attempt": 1, "capture": null,
                    "analysis": { "document_comparison": "no_match", "liveness_check": "success" },
                }] });
                vec![other]
            }
            table::REVIEWED => vec![
                attempt(story, "pending_review", &[(DOCUMENT, "pending_review")]),
                attempt(story, "success", &[(DOCUMENT, "manually_approved")]),
            ],
            table::REFUSED_CONSENT => vec![attempt(story, "failed", &[("accept_tos", "failed")])],
            table::FRAUD => {
                let mut fraud = attempt(story, "failed", &[("risk_check", "failed")]);
                fraud["risk_check"] = json!({ "status": "failed", "behavior": {
                    "bot_detected": "yes", "fraud_ring_detected": "no", "user_interactions": "neutral",
                } });
                vec![fraud]
            }
            other => panic!("Plaid does not tell the story {other}"),
        };
        let scene = |attempt: &Value| {
            let is_over = attempt["status"] != "active";
            let mut answers = vec![get(story, attempt)];
            if !self.is_key_known.replace(true) {
                let key = json!({ "key": self.key.public(), "request_id": "Rq7stories" });
                let mut ask = exchange("POST", "/webhook_verification_key/get", 200, &key);
                ask.request.json = Some(json!({ "key_id": key["key"]["kid"] }));
                answers.push(ask);
            }
            Scene {
                webhook: json!({
                    "webhook_type": "IDENTITY_VERIFICATION",
                    "webhook_code": if is_over { "STATUS_UPDATED" } else { "STEP_UPDATED" },
                    "identity_verification_id": id_of(story), "environment": "sandbox",
                }),
                answers,
            }
        };
        attempts.iter().map(scene).collect()
    }

    fn sign(&self, body: &[u8]) -> (&'static str, String) {
        ("Plaid-Verification", self.key.sign(body, now_unix_secs()))
    }
}

fn get(story: &str, attempt: &Value) -> Exchange {
    let mut get = exchange("POST", "/identity_verification/get", 200, attempt);
    get.request.json = Some(json!({ "identity_verification_id": id_of(story) }));
    get
}
