//! A document that had expired, and then another one. The account only receives.

use idv_simulator::stripe::{Event, NotPossible, Session, sign};

use super::{Ending, Scene, Signer, Story};
use crate::cli::Failure;

/// Nothing else in the world knows it.
const WEBHOOK_SECRET: &str = "whsec_idv_demo";

const SUBJECT: &str = "customer-4711";

pub(in crate::demo) struct Stripe {
    session: Session,
    now: i64,
    scene: usize,
}

impl Stripe {
    pub(in crate::demo) fn new(now: i64) -> Self {
        Self {
            session: Session::new("vs_idv_demo_1", now - 300).for_reference(SUBJECT),
            now,
            scene: 0,
        }
    }
}

impl Story for Stripe {
    fn title(&self) -> &'static str {
        "Stripe: an expired document, then another"
    }

    fn account(&self) -> &'static str {
        "stripe-demo"
    }

    fn account_table(&self) -> String {
        format!(
            r#"[accounts.{}]
provider = "stripe"
environment = "sandbox"
webhook_secrets = ["{WEBHOOK_SECRET}"]
unmatched = "adopt"
"#,
            self.account()
        )
    }

    fn subject(&self) -> &'static str {
        SUBJECT
    }

    fn next(&mut self) -> Result<Option<Scene>, Failure> {
        self.scene += 1;
        let (session, now) = (&mut self.session, self.now);
        let happened = match self.scene {
            1 => Ok((
                session.created(now - 300),
                "the application starts a verification",
                "awaiting_user",
            )),
            2 => session.submit(now - 240).map(|event| {
                (
                    event,
                    "the document and a selfie are handed in",
                    "processing",
                )
            }),
            3 => session.fail(now - 210, "document_expired").map(|event| {
                (
                    event,
                    "the document has expired: another try",
                    "retry_required",
                )
            }),
            // Webhooks get lost. The state must come out right without the one about the second try.
            4 => session
                .submit(now - 90)
                .and_then(|_lost: Event| session.verify(now - 60))
                .map(|event| (event, "another document, and everything fits", "passed")),
            _ => return Ok(None),
        };
        let (event, meaning, status) =
            happened.map_err(|error: NotPossible| Failure::failed(error.to_string()))?;
        // The end of the name says what happened; its beginning is the same for all.
        let name = event.event_type.rsplit('.').next().unwrap_or_default();
        Ok(Some(Scene {
            event: name.to_owned(),
            meaning,
            body: event.body,
            status,
        }))
    }

    fn sign(&self, body: &[u8], signer: Signer) -> Result<(&'static str, String), Failure> {
        let secret = match signer {
            Signer::Vendor => WEBHOOK_SECRET,
            Signer::SomebodyElse => "whsec_of_somebody_else",
        };
        Ok(("stripe-signature", sign(secret, body, self.now)))
    }

    fn ending(&self) -> Ending {
        Ending {
            status: "passed",
            reasons: &[],
            step: None,
        }
    }
}
