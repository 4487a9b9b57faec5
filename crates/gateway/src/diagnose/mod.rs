//! Why a delivery was not believed, found by experiment.
//!
//! One thing at a time is varied (the header, the key, the body, the clock) and the provider is asked again with
//! [`IdProvider::verify`](idv_core::IdProvider::verify), the same that takes webhooks in: the variation that makes the
//! signature right names the cause. No signature is computed here, and nothing is taken in because of an experiment.
//! Where nothing fits, what the delivery shows by itself is said, as likely; and where it shows nothing, that is said.
//!
//! The number of experiments is bounded by the delivery's own size and the number of accounts, whoever sent it.

mod background;
mod body;
mod cause;
mod header;
mod party;
mod rewrite;

use std::sync::Arc;

use http::HeaderName;
use idv_core::Clock;
use idv_core::webhook::{InboundWebhook, Receipt, Refusal, VerifyError};

pub(crate) use background::{Diagnoser, DiagnosisCount};
pub(crate) use cause::Cause;
use party::Fit;
pub(crate) use party::{Party, StandingClock};

/// A delivery and everybody who may have signed it.
pub(crate) struct Case<'a> {
    pub(crate) webhook: InboundWebhook,
    /// Whose address it came to.
    pub(crate) own: &'a Party,
    /// The same, with keys that were its own once.
    pub(crate) earlier: Option<&'a Party>,
    pub(crate) others: &'a [Party],
    pub(crate) clock: Arc<dyn Clock>,
    /// The clock the parties go by, if it can be put elsewhere.
    pub(crate) standing: Option<&'a StandingClock>,
}

/// What came out.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// It verifies as it is.
    Accepted(Box<Receipt>),
    Refused(Diagnosis),
}

/// How sure a cause is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Certainty {
    /// It was verified.
    Proven,
    /// It was not, and the delivery looks like it.
    Likely,
}

impl Certainty {
    pub(crate) const fn as_word(self) -> &'static str {
        match self {
            Self::Proven => "proven",
            Self::Likely => "likely",
        }
    }
}

/// Why a delivery was not believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Diagnosis {
    pub(crate) cause: Cause,
    pub(crate) certainty: Certainty,
    /// What is special about this one. It holds no value of the delivery.
    pub(crate) detail: Option<String>,
    /// The time is wrong as well: which way, and by how many seconds beyond the tolerance.
    pub(crate) also: Option<(Cause, u64)>,
}

impl Diagnosis {
    fn plain(cause: Cause) -> Self {
        Self {
            cause,
            certainty: Certainty::Proven,
            detail: None,
            also: None,
        }
    }

    fn proven(cause: Cause, detail: String) -> Self {
        Self {
            detail: Some(detail),
            ..Self::plain(cause)
        }
    }

    fn likely(cause: Cause, detail: String) -> Self {
        Self {
            certainty: Certainty::Likely,
            ..Self::proven(cause, detail)
        }
    }

    const fn but(mut self, fit: Fit) -> Self {
        if let Fit::FitsButForTheTime(cause, by_secs) = fit {
            self.also = Some((cause, by_secs));
        }
        self
    }
}

/// Of more accounts than this, the first ones are tried.
const MAX_PARTIES: usize = 32;

impl Case<'_> {
    /// Finds the cause.
    pub(crate) async fn diagnose(&self) -> Verdict {
        match self.own.provider.verify(&self.webhook).await {
            Ok(verified) => Verdict::Accepted(Box::new(verified.receipt().clone())),
            Err(VerifyError::Refused(refusal)) => Verdict::Refused(self.of_refusal(&refusal).await),
            Err(error) => Verdict::Refused(Diagnosis::plain(Cause::of(&error))),
        }
    }

    async fn of_refusal(&self, refusal: &Refusal) -> Diagnosis {
        let shape = self.own.kind.map(|kind| &kind.shape);
        let found = match refusal {
            Refusal::Stale { by_secs } => Some(self.untimely(Cause::Stale, *by_secs).await),
            Refusal::FromTheFuture { by_secs } => {
                Some(self.untimely(Cause::FromTheFuture, *by_secs).await)
            }
            Refusal::MissingHeader { name } => match HeaderName::try_from(*name) {
                Ok(name) => header::missing(self.own, &self.webhook, &name).await,
                Err(_) => None,
            },
            Refusal::MalformedHeader { name, .. } => match HeaderName::try_from(*name) {
                Ok(name) => header::malformed(self.own, &self.webhook, &name, shape).await,
                Err(_) => None,
            },
            Refusal::NoKnownScheme => shape
                .filter(|shape| header::has_retired_element(&self.webhook, shape))
                .map(|_| Diagnosis::plain(Cause::LegacyScheme)),
            Refusal::UnknownKeyId | Refusal::KeyExpired => self.another_key().await,
            Refusal::NoMatchingKey => match self.another_key().await {
                Some(found) => Some(found),
                None => self.another_body().await,
            },
            Refusal::BodyHashMismatch => self.another_body().await,
            _ => None,
        };
        found.unwrap_or_else(|| {
            let mut plain = Diagnosis::plain(Cause::of_refusal(refusal));
            plain.detail = match refusal {
                Refusal::MalformedHeader { what, .. } => Some((*what).to_owned()),
                Refusal::MissingHeader { name } => Some(format!("it is called {name}")),
                _ => None,
            };
            plain
        })
    }

    /// Rightly signed at another time. Whether the body is the right one, some schemes only look at after that.
    async fn untimely(&self, cause: Cause, by_secs: u64) -> Diagnosis {
        let how = format!("by {by_secs} s beyond the tolerance");
        let untimely = Diagnosis::proven(cause, how);
        let Some(clock) = self.standing else {
            return untimely;
        };
        let now = clock.now();
        let secs = i64::try_from(by_secs).unwrap_or(i64::MAX);
        let secs = if cause == Cause::Stale {
            secs.saturating_neg()
        } else {
            secs
        };
        clock.put(idv_core::Timestamp::from_unix_secs(
            now.as_unix_secs().saturating_add(secs),
        ));
        let outcome = self.own.provider.verify(&self.webhook).await;
        let found = match outcome {
            Err(VerifyError::Refused(refusal @ Refusal::BodyHashMismatch)) => {
                let body = self.another_body().await;
                let mut found =
                    body.unwrap_or_else(|| Diagnosis::plain(Cause::of_refusal(&refusal)));
                found.also = Some((cause, by_secs));
                found
            }
            _ => untimely,
        };
        clock.put(now);
        found
    }

    async fn another_key(&self) -> Option<Diagnosis> {
        if let Some(earlier) = self.earlier {
            let fit = earlier.fit(&self.webhook).await;
            if !fit.is_no() {
                return Some(Diagnosis::plain(Cause::RotatedKey).but(fit));
            }
        }
        let misspelt = self.own.misspelt_secret(&self.webhook, &self.clock).await;
        if let Some((cause, how, fit)) = misspelt {
            return Some(Diagnosis::proven(cause, how.to_owned()).but(fit));
        }
        for other in self.others.iter().take(MAX_PARTIES) {
            tokio::task::yield_now().await;
            let fit = other.fit(&self.webhook).await;
            if !fit.is_no() {
                return Some(self.signed_by(other).but(fit));
            }
        }
        None
    }

    fn signed_by(&self, other: &Party) -> Diagnosis {
        let cause = if other.provider.info().id != self.own.provider.info().id {
            Cause::OtherVendorsSignature
        } else if other.environment == self.own.environment {
            Cause::OtherAccountsKey
        } else {
            Cause::OtherEnvironmentsKey
        };
        Diagnosis::proven(cause, format!("it is that of {}", other.name))
    }

    async fn another_body(&self) -> Option<Diagnosis> {
        for variant in body::variants(&self.webhook.body) {
            tokio::task::yield_now().await;
            let mut webhook = self.webhook.clone();
            webhook.body = variant.bytes.into();
            let fit = self.own.fit(&webhook).await;
            if !fit.is_no() {
                return Some(Diagnosis::proven(variant.cause, variant.how).but(fit));
            }
        }
        let shape = self.own.kind.map(|kind| &kind.shape);
        let (cause, how) = body::suspicion(&self.webhook.body, shape)?;
        Some(Diagnosis::likely(cause, how))
    }
}

#[cfg(test)]
mod tests;
