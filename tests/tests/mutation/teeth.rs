//! Providers that are broken on purpose, and the complaints they must earn.

use std::sync::Arc;

use async_trait::async_trait;
use idv_core::webhook::{
    DeduplicationKey, InboundWebhook, Receipt, Strength, VerifiedWebhook, VerifyError,
};
use idv_core::{
    Abilities, Checkpoint, Depth, Error, IdProvider, Kind, Mapped, Part, ProviderInfo, SessionId,
    Snapshot, StartSession, Started, Status, StepStatus, Unreadable, UserLink, WebhookEvent,
};

use crate::fuzz::{self, Run};
use crate::vendor::{self, Vendor};

/// What is wrong with a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// Work that is not done counts as done well.
    ProcessingPasses,
    /// Steps decide: all of them passed, so the session has.
    StepsDecide,
    /// A word counts in any case.
    CaseIsIgnored,
    /// Whoever has a signature is believed, whatever it is over.
    AnySignatureWillDo,
    /// White space before a body does not count.
    BodyIsTrimmed,
    /// Something is wrong with long texts.
    Panics,
}

#[derive(Debug)]
struct Broken {
    inner: Arc<dyn IdProvider>,
    fault: Fault,
}

impl Broken {
    fn spoil(&self, mut mapped: Mapped) -> Mapped {
        for item in &mut mapped.items {
            self.spoil_one(item);
        }
        self.spoil_one(&mut mapped);
        mapped
    }

    fn spoil_one(&self, mapped: &mut Mapped) {
        let steps = &mapped.steps;
        let passes = match (self.fault, &mapped.status) {
            (Fault::ProcessingPasses, Some(status)) => *status == Status::Processing,
            (Fault::StepsDecide, Some(_)) => {
                !steps.is_empty() && steps.iter().all(|step| step.status == StepStatus::Passed)
            }
            (Fault::CaseIsIgnored, Some(Status::Unknown(raw))) => {
                ["verified", "approved", "success"]
                    .iter()
                    .any(|word| raw.trim().eq_ignore_ascii_case(word))
            }
            _ => false,
        };
        if passes {
            mapped.status = Some(Status::Passed);
        }
    }
}

#[async_trait]
impl IdProvider for Broken {
    fn info(&self) -> &ProviderInfo {
        self.inner.info()
    }

    async fn start(
        &self,
        intent: &StartSession,
        checkpoint: &mut dyn Checkpoint,
    ) -> Result<Started, Error> {
        self.inner.start(intent, checkpoint).await
    }

    async fn fetch(&self, session: &SessionId, depth: Depth) -> Result<Snapshot, Error> {
        self.inner.fetch(session, depth).await
    }

    async fn renew_link(&self, session: &SessionId) -> Result<UserLink, Error> {
        self.inner.renew_link(session).await
    }

    async fn verify(&self, webhook: &InboundWebhook) -> Result<VerifiedWebhook, VerifyError> {
        let believed = |webhook: &InboundWebhook| {
            let receipt = Receipt {
                scheme: "none".to_owned(),
                key: "none".to_owned(),
                signed_at: None,
                deduplication_key: DeduplicationKey::sha256(&webhook.body),
                strength: Strength::NetworkOnly,
                received_at: webhook.received_at,
            };
            VerifiedWebhook::restored_from_inbox(webhook.body.clone(), receipt)
        };
        match self.fault {
            Fault::AnySignatureWillDo => Ok(believed(webhook)),
            Fault::BodyIsTrimmed => match self.inner.verify(webhook).await {
                Ok(verified) => Ok(verified),
                Err(error) => {
                    let mut trimmed = webhook.clone();
                    trimmed.body = webhook.body.trim_ascii_start().to_vec().into();
                    let outcome = self.inner.verify(&trimmed).await;
                    outcome.map(|_| believed(webhook)).map_err(|_| error)
                }
            },
            _ => self.inner.verify(webhook).await,
        }
    }

    fn interpret(&self, webhook: &VerifiedWebhook) -> Result<WebhookEvent, Unreadable> {
        let mut event = self.inner.interpret(webhook)?;
        event.payload = event.payload.map(|payload| self.spoil(payload));
        Ok(event)
    }

    fn translate(&self, kind: Option<Kind>, bytes: &[u8]) -> Result<Mapped, Unreadable> {
        let mapped = self.spoil(self.inner.translate(kind, bytes)?);
        let is_long = |raw: &str| raw.len() > 20;
        let has_long = mapped.unknown.iter().any(|unknown| is_long(&unknown.value));
        assert!(!(self.fault == Fault::Panics && has_long), "too long");
        Ok(mapped)
    }

    fn assemble(&self, parts: &[Part]) -> Result<Mapped, Unreadable> {
        self.inner.assemble(parts)
    }
    fn capabilities(&self) -> idv_core::Capabilities {
        self.inner.capabilities()
    }

    fn abilities(&self) -> Abilities<'_> {
        self.inner.abilities()
    }
}

/// Ten thousand inputs over one vendor whose provider has this fault.
fn complaint(mut vendor: Vendor, fault: Fault) -> String {
    vendor.provider = Arc::new(Broken {
        inner: vendor.provider.clone(),
        fault,
    });
    let name = vendor.name;
    let run = Run {
        seed: crate::SEED,
        inputs: 10_000,
    };
    match fuzz::run(&[vendor], run, |_| {}) {
        Ok(met) => panic!("{name} has the fault {fault:?}, and nobody complains: {met:?}"),
        Err(broken) => broken.what,
    }
}

#[test]
fn a_pass_from_anything_but_the_verdict_is_seen() {
    for (fault, vendor) in [
        (Fault::ProcessingPasses, vendor::stripe()),
        (Fault::ProcessingPasses, vendor::onfido()),
        (Fault::StepsDecide, vendor::plaid()),
        (Fault::CaseIsIgnored, vendor::stripe()),
        (Fault::CaseIsIgnored, vendor::onfido()),
        (Fault::CaseIsIgnored, vendor::plaid()),
    ] {
        let what = complaint(vendor, fault);
        assert!(what.contains("the vendor's verdict"), "{fault:?}: {what}");
    }
}

#[test]
fn a_changed_body_that_is_believed_is_seen() {
    for fault in [Fault::AnySignatureWillDo, Fault::BodyIsTrimmed] {
        for vendor in vendor::all() {
            let what = complaint(vendor, fault);
            assert!(what.contains("believed"), "{fault:?}: {what}");
        }
    }
}

#[test]
fn a_panic_is_seen() {
    for vendor in vendor::all() {
        let what = complaint(vendor, Fault::Panics);
        assert_eq!(what, "it panics: too long");
    }
}
