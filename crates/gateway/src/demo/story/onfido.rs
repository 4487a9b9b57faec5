//! A genuine document in the hands of somebody else. The account asks the vendor after each webhook.

use std::sync::Arc;

use idv_simulator::Loopback;
use idv_simulator::onfido::{Account, Event, NotPossible, Outcome, Run, sign};
use serde_json::{Value, json};

use super::{Ending, Scene, Signer, Story};
use crate::cli::Failure;

/// Nothing else in the world knows them.
const WEBHOOK_TOKEN: &str = "idv-demo-webhook-token";
const API_TOKEN: &str = "api_sandbox.idv-demo";

const RUN: &str = "00000000-0000-4000-8000-000000004712";
const SUBJECT: &str = "customer-4712";

pub(in crate::demo) struct Onfido {
    vendor: Arc<Account>,
    api: Loopback,
    now: i64,
    scene: usize,
}

impl Onfido {
    pub(in crate::demo) async fn new(now: i64) -> std::io::Result<Self> {
        let vendor = Arc::new(Account::new(API_TOKEN));
        vendor.insert(Run::new(RUN, now - 300).for_reference(SUBJECT));
        let api = Loopback::serve(vendor.clone()).await?;
        Ok(Self {
            vendor,
            api,
            now,
            scene: 0,
        })
    }
}

impl Story for Onfido {
    fn title(&self) -> &'static str {
        "Onfido: a genuine document of somebody else"
    }

    fn account(&self) -> &'static str {
        "onfido-demo"
    }

    fn account_table(&self) -> String {
        format!(
            r#"[accounts.{}]
provider = "onfido"
environment = "sandbox"
calls_per_sec = 1000
api_key = "{API_TOKEN}"
webhook_secrets = ["{WEBHOOK_TOKEN}"]
unmatched = "adopt"

[accounts.{}.options]
api_base_url = "{}"
reasons = {{ "the face is another one" = "face_mismatch" }}
"#,
            self.account(),
            self.account(),
            self.api.base_url()
        )
    }

    fn subject(&self) -> &'static str {
        SUBJECT
    }

    fn next(&mut self) -> Result<Option<Scene>, Failure> {
        self.scene += 1;
        let now = self.now;
        let act: fn(&mut Run, i64) -> Result<Event, NotPossible> = match self.scene {
            1 => |run, now| run.start_task(now - 280, "document_photo_1", "upload_document_photo"),
            2 => photos,
            3 => document,
            4 => face,
            _ => return Ok(None),
        };
        let (meaning, status) = match self.scene {
            1 => ("the subject opens the vendor's page", "awaiting_user"),
            2 => ("the document and a selfie are handed in", "processing"),
            3 => ("the document is genuine", "processing"),
            _ => ("the face is another one: declined", "failed"),
        };
        let happened = self.vendor.with(RUN, |run| act(run, now));
        let event = happened
            .ok_or_else(|| Failure::failed("the run is not there"))?
            .map_err(|error| Failure::failed(error.to_string()))?;
        Ok(Some(Scene {
            event: event.action.to_owned(),
            meaning,
            body: event.body,
            status,
        }))
    }

    fn sign(&self, body: &[u8], signer: Signer) -> Result<(&'static str, String), Failure> {
        let token = match signer {
            Signer::Vendor => WEBHOOK_TOKEN,
            Signer::SomebodyElse => "a-token-of-somebody-else",
        };
        Ok(("x-sha2-signature", sign(token, body)))
    }

    fn ending(&self) -> Ending {
        Ending {
            status: "failed",
            reasons: &["face_mismatch"],
            step: Some(("document", "passed")),
        }
    }
}

/// Of what happens at the same time, the application hears of one: the rest is learned by asking.
fn photos(run: &mut Run, now: i64) -> Result<Event, NotPossible> {
    run.complete_task(now - 240, "document_photo_1", photo("document_photo"))?;
    run.start_task(now - 235, "face_photo_1", "upload_face_photo")?;
    let event = run.complete_task(now - 220, "face_photo_1", photo("live_photo"))?;
    run.process(now - 220)?;
    Ok(event)
}

fn document(run: &mut Run, now: i64) -> Result<Event, NotPossible> {
    run.start_task(now - 219, "document_check_1", "document_check")?;
    let clear = json!({ "result": "clear" });
    let breakdown = json!({ "visual_authenticity": clear, "data_validation": clear });
    run.complete_task(now - 150, "document_check_1", report("clear", &breakdown))
}

fn face(run: &mut Run, now: i64) -> Result<Event, NotPossible> {
    run.start_task(now - 149, "face_check_1", "face_check")?;
    let consider = json!({ "result": "consider" });
    let breakdown = json!({ "face_comparison": {
        "result": "consider",
        "breakdown": { "face_match": consider },
    } });
    run.complete_task(now - 62, "face_check_1", report("consider", &breakdown))?;
    let outcome = Outcome::Declined(vec!["the face is another one".to_owned()]);
    run.end(now - 60, outcome)
}

fn photo(kind: &str) -> Value {
    json!([{ "id": format!("{kind}-1"), "type": kind, "checksum_sha256": "0".repeat(64) }])
}

fn report(result: &str, breakdown: &Value) -> Value {
    json!({
        "status": "complete",
        "result": result,
        "sub_result": null,
        "uuid": "00000000-0000-4000-8000-000000000001",
        "properties": {},
        "breakdown": breakdown,
    })
}
