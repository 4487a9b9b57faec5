//! A step that fails, and a pass all the same: the verdict is the vendor's. No webhook carries a state, so the account
//! asks the vendor, also for the key that signs.

use std::sync::Arc;

use idv_simulator::Loopback;
use idv_simulator::plaid::{Attempt, Environment, Event, NotPossible, Step, Verdict, WebhookKey};

use super::{Ending, Scene, Signer, Story};
use crate::cli::Failure;

/// Nothing else in the world knows them.
const CLIENT_ID: &str = "idv-demo-client";
const SECRET: &str = "idv-demo-secret";

const KEY: &str = "idv-demo-key";
const ATTEMPT: &str = "idv_demo4713";
const SUBJECT: &str = "customer-4713";

pub(in crate::demo) struct Plaid {
    vendor: Arc<Environment>,
    api: Loopback,
    /// Says that it is the vendor's, and is not.
    forged_key: WebhookKey,
    now: i64,
    scene: usize,
}

impl Plaid {
    pub(in crate::demo) async fn new(now: i64) -> Result<Self, Failure> {
        let failed = |error: &dyn std::error::Error| Failure::failed(error.to_string());
        let vendor = Arc::new(Environment::sandbox(CLIENT_ID, SECRET));
        let key = |at| WebhookKey::generate(KEY, at).map_err(|error| failed(&error));
        vendor.publish(key(now - 86_400)?);
        let steps = [
            Step::AcceptTos,
            Step::KycCheck,
            Step::DocumentaryVerification,
        ];
        vendor.insert(Attempt::new(ATTEMPT, SUBJECT, &steps, now - 300));
        let api = Loopback::serve(vendor.clone()).await;
        Ok(Self {
            vendor,
            api: api.map_err(|error| failed(&error))?,
            forged_key: key(now)?,
            now,
            scene: 0,
        })
    }
}

impl Story for Plaid {
    fn title(&self) -> &'static str {
        "Plaid: a step fails, and the verdict is a pass"
    }

    fn account(&self) -> &'static str {
        "plaid-demo"
    }

    fn account_table(&self) -> String {
        format!(
            r#"[accounts.{}]
provider = "plaid"
environment = "sandbox"
calls_per_sec = 1000
api_key = "{SECRET}"
unmatched = "adopt"

[accounts.{}.options]
client_id = "{CLIENT_ID}"
api_base_url = "{}"
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
        use Step::{AcceptTos, DocumentaryVerification, KycCheck};
        self.scene += 1;
        let now = self.now;
        let act: fn(&mut Attempt, i64) -> Result<Event, NotPossible> = match self.scene {
            1 => |attempt, _| attempt.pass(AcceptTos, Some(KycCheck)),
            2 => |attempt, _| attempt.fail(KycCheck, Some(DocumentaryVerification)),
            3 => |attempt, _| attempt.pass(DocumentaryVerification, None),
            4 => |attempt, now| attempt.end(now - 60, Verdict::Success),
            _ => return Ok(None),
        };
        let (meaning, status) = match self.scene {
            1 => ("the subject agrees to the terms", "awaiting_user"),
            2 => ("the data sources know another address", "awaiting_user"),
            3 => ("a document makes up for it", "awaiting_user"),
            _ => ("the template is satisfied", "passed"),
        };
        let happened = self.vendor.with(ATTEMPT, |attempt| act(attempt, now));
        let event = happened
            .ok_or_else(|| Failure::failed("the attempt is not there"))?
            .map_err(|error| Failure::failed(error.to_string()))?;
        Ok(Some(Scene {
            event: event.code.to_owned(),
            meaning,
            body: event.body(self.vendor.name()),
            status,
        }))
    }

    fn sign(&self, body: &[u8], signer: Signer) -> Result<(&'static str, String), Failure> {
        let token = match signer {
            Signer::Vendor => self
                .vendor
                .with_key(KEY, |key| key.sign(body, self.now))
                .ok_or_else(|| Failure::failed("the key is not there"))?,
            Signer::SomebodyElse => self.forged_key.sign(body, self.now),
        };
        let token = token.map_err(|error| Failure::failed(error.to_string()))?;
        Ok(("plaid-verification", token))
    }

    fn ending(&self) -> Ending {
        Ending {
            status: "passed",
            reasons: &[],
            step: Some(("database", "failed")),
        }
    }
}
