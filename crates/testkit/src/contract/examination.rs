//! What every clause needs: the subject, a clock, and providers over recordings.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use idv_core::webhook::InboundWebhook;
use idv_core::{Clock as _, Error, IdProvider, SessionId, Timestamp};

use super::subject::{ContractSubject, Facts, Signer};
use crate::ManualClock;
use crate::fixture::{Fixture, Fixtures};
use crate::replay::{Exchanges, ReplayTransport};

pub(super) struct Exam<'a> {
    pub(super) subject: &'a dyn ContractSubject,
    pub(super) facts: Facts,
    pub(super) clock: Arc<ManualClock>,
    folder: PathBuf,
}

impl<'a> Exam<'a> {
    /// The exam takes place shortly after the intent was written down.
    pub(super) fn of(subject: &'a dyn ContractSubject) -> Self {
        let begins = subject.intent().intended_at.plus(Duration::from_secs(5));
        Self {
            facts: subject.facts(),
            clock: ManualClock::at(begins),
            folder: subject.fixtures(),
            subject,
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(super) fn session(&self) -> SessionId {
        SessionId::new(self.facts.session)
    }

    /// # Panics
    /// If the subject has no such recording.
    pub(super) fn exchanges(&self, name: &str) -> Exchanges {
        assert!(
            self.has_exchanges(name),
            "the subject has no exchanges/{name}.json, and the contract needs it"
        );
        Exchanges::load(&self.folder, name)
    }

    pub(super) fn has_exchanges(&self, name: &str) -> bool {
        Exchanges::exist(&self.folder, name)
    }

    pub(super) fn fixtures(&self) -> Fixtures {
        Fixtures::load(&self.folder)
    }

    pub(super) fn fixture(&self, name: &str) -> Fixture {
        self.fixtures().case(name).clone()
    }

    pub(super) fn provider(&self, transport: Arc<ReplayTransport>) -> Box<dyn IdProvider> {
        self.subject.provider(transport, self.clock.clone())
    }

    /// A provider over a recording, and the recording.
    pub(super) fn over(&self, name: &str) -> (Box<dyn IdProvider>, Arc<ReplayTransport>) {
        let replay = ReplayTransport::new(self.exchanges(name));
        (self.provider(replay.clone()), replay)
    }

    /// A provider that must call nobody.
    pub(super) fn offline(&self) -> Box<dyn IdProvider> {
        self.provider(ReplayTransport::silent())
    }

    /// A provider that verifies webhooks: with whatever the vendor answers while it does.
    pub(super) fn verifier(&self) -> Box<dyn IdProvider> {
        if self.has_exchanges("verify") {
            self.over("verify").0
        } else {
            self.offline()
        }
    }

    /// These bytes as a webhook that arrives now.
    pub(super) fn webhook(
        &self,
        signer: Signer,
        body: &[u8],
        signed_at: Timestamp,
    ) -> InboundWebhook {
        let headers = self.subject.sign(signer, body, signed_at);
        assert!(!headers.is_empty(), "the subject signs with no header");
        InboundWebhook::new(headers, Bytes::copy_from_slice(body), self.now())
    }

    /// The subject's good webhook, signed now.
    pub(super) fn good_webhook(&self) -> InboundWebhook {
        let body = self.fixture(self.facts.webhook).bytes;
        self.webhook(Signer::Current, &body, self.now())
    }
}

/// The value, or a panic that tells what happened instead.
pub(super) fn expect_ok<T>(what: &str, outcome: Result<T, Error>) -> T {
    outcome.unwrap_or_else(|error| panic!("{what}: {error}{}", cause(&error)))
}

/// The error, or a panic.
pub(super) fn expect_err<T>(what: &str, outcome: Result<T, Error>) -> Error {
    match outcome {
        Ok(_) => panic!("{what}: it succeeded"),
        Err(error) => error,
    }
}

fn cause(error: &Error) -> String {
    std::error::Error::source(error)
        .map(|source| format!(": {source}"))
        .unwrap_or_default()
}
