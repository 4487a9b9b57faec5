//! What is measured of taking webhooks in. The handles are made once per account: this is the path that must be fast.

use std::collections::BTreeMap;
use std::time::Duration;

use idv_core::AccountId;
use metrics::{Counter, Histogram, counter, histogram};

use super::Accepted;
use crate::account::{Account, Accounts};
use crate::error::AcceptError;

/// The meters of every account.
#[derive(Debug)]
pub(crate) struct IngestMeters {
    by_account: BTreeMap<AccountId, Meters>,
}

#[derive(Debug)]
struct Meters {
    provider: String,
    stored: Counter,
    duplicate: Counter,
    refused: Counter,
    undecided: Counter,
    overloaded: Counter,
    failed: Counter,
    duration: Histogram,
}

impl IngestMeters {
    pub(crate) fn new(accounts: &Accounts) -> Self {
        let meters = |account: &Account| (account.id.clone(), Meters::of(account));
        Self {
            by_account: accounts.iter().map(|account| meters(account)).collect(),
        }
    }

    /// Counts a webhook that was posted to an account. One that was posted to none is the HTTP server's to count.
    pub(super) fn count(
        &self,
        account: &AccountId,
        outcome: Result<&Accepted, &AcceptError>,
        took: Duration,
    ) {
        let Some(meters) = self.by_account.get(account) else {
            return;
        };
        match outcome {
            Ok(Accepted::Stored(_)) => meters.stored.increment(1),
            Ok(Accepted::Duplicate(_)) => meters.duplicate.increment(1),
            Err(AcceptError::Refused(reason)) => {
                meters.refused.increment(1);
                let provider = meters.provider.clone();
                let reason = reason.as_word();
                counter!("idv_webhooks_refused_total", "provider" => provider, "reason" => reason)
                    .increment(1);
            }
            Err(AcceptError::Undecided(_)) => meters.undecided.increment(1),
            Err(AcceptError::Overloaded) => meters.overloaded.increment(1),
            Err(AcceptError::Store(_) | AcceptError::UnknownAccount) => meters.failed.increment(1),
        }
        if outcome.is_ok() {
            meters.duration.record(took);
        }
    }
}

impl Meters {
    fn of(account: &Account) -> Self {
        let provider = account.provider.info().id.to_string();
        let received = |outcome: &'static str| {
            counter!(
                "idv_webhooks_received_total",
                "account" => account.id.to_string(),
                "provider" => provider.clone(),
                "outcome" => outcome
            )
        };
        Self {
            stored: received("stored"),
            duplicate: received("duplicate"),
            refused: received("refused"),
            undecided: received("undecided"),
            overloaded: received("overloaded"),
            failed: received("failed"),
            duration: histogram!(
                "idv_webhook_ingest_duration_seconds",
                "provider" => provider.clone()
            ),
            provider,
        }
    }
}
