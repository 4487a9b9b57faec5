//! Which webhooks a command is about.

use clap::Args;
use idv_core::{AccountId, SessionId, Timestamp};
use idv_engine::store::{DeliveryFilter, DeliveryState};

#[derive(Debug, Args)]
pub(super) struct Which {
    /// Only those in this state: pending, done, ignored, unmatched or dead
    #[arg(long, value_name = "STATE", value_parser = state)]
    pub(super) state: Option<DeliveryState>,
    /// Only those of this account
    #[arg(long, value_name = "ACCOUNT")]
    pub(super) account: Option<String>,
    /// Only those about this session of the vendor
    #[arg(long, value_name = "SESSION")]
    session: Option<String>,
    /// Only those whose reason contains these words
    #[arg(long, value_name = "WORDS")]
    reason: Option<String>,
    /// Only those taken in at or after this time, such as 2026-11-20T18:43:00Z
    #[arg(long, value_name = "TIME")]
    since: Option<Timestamp>,
    /// Only those taken in before this time
    #[arg(long, value_name = "TIME")]
    before: Option<Timestamp>,
}

fn state(word: &str) -> Result<DeliveryState, &'static str> {
    DeliveryState::from_word(word).ok_or("use pending, done, ignored, unmatched or dead")
}

impl Which {
    pub(super) fn filter(&self) -> DeliveryFilter {
        DeliveryFilter {
            state: self.state,
            account: self.account.clone().map(AccountId::new),
            session: self.session.clone().map(SessionId::new),
            reason_contains: self.reason.clone(),
            received_before: self.before,
            received_after: self.since,
        }
    }
}
