//! Diagnoses beside the work: of refused deliveries a few, so that the counts can say more than that they were refused.
//!
//! It costs little, however many are refused: one delivery per account within 30 s, one at a time, never one with a
//! body above 64 KiB, and a bounded number of experiments. The sender has had the answer before. Nothing of a delivery
//! is kept but words of ours.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use idv_core::webhook::InboundWebhook;
use idv_core::{AccountId, Clock, Timestamp};
use idv_engine::Engine;
use tokio::sync::Semaphore;

use super::{Case, Cause, Certainty, Diagnosis, Party, Verdict};
use crate::config::AccountSettings;

/// The largest body that is looked at.
const MAX_BODY_BYTES: usize = 64 * 1024;
/// After one delivery of an account, its next ones are left alone for so long.
const PAUSE: Duration = Duration::from_secs(30);

/// Diagnoses some of the deliveries that are refused. Cloning it gives another handle on the same one.
#[derive(Clone, Debug)]
pub(crate) struct Diagnoser(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    parties: Vec<Party>,
    clock: Arc<dyn Clock>,
    since: Timestamp,
    /// One permit: one diagnosis at a time.
    turn: Arc<Semaphore>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    last_begun: HashMap<AccountId, Timestamp>,
    /// Accounts and causes: few.
    counts: BTreeMap<(AccountId, Cause), DiagnosisCount>,
}

/// How often one cause was found among the deliveries of an account that were looked at.
#[derive(Clone, Debug)]
pub(crate) struct DiagnosisCount {
    pub(crate) count: u64,
    pub(crate) last_at: Timestamp,
    /// Of the last one.
    pub(crate) certainty: Certainty,
    /// Of the last one.
    pub(crate) detail: Option<String>,
}

impl Diagnoser {
    /// `settings`: those of the engine's accounts, for the secrets in them.
    pub(crate) fn new(
        engine: &Engine,
        settings: &[AccountSettings],
        clock: Arc<dyn Clock>,
    ) -> Self {
        let accounts = engine.accounts().iter();
        let parties = accounts.map(|account| {
            let settings = settings.iter().find(|settings| settings.id == account.id);
            Party {
                name: account.id.to_string(),
                environment: Some(account.environment),
                kind: settings.map(|settings| settings.provider),
                provider: Arc::clone(&account.provider),
                keys: settings
                    .map(|s| s.webhook_secrets.clone())
                    .unwrap_or_default(),
            }
        });
        Self(Arc::new(Inner {
            parties: parties.collect(),
            since: clock.now(),
            clock,
            turn: Arc::new(Semaphore::new(1)),
            state: Mutex::default(),
        }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When it began to count.
    pub(crate) fn since(&self) -> Timestamp {
        self.0.since
    }

    /// Looks at a refused delivery in the background, if it is due. Returns at once.
    pub(crate) fn consider(&self, account: &AccountId, webhook: &InboundWebhook) {
        if webhook.body.len() > MAX_BODY_BYTES {
            return;
        }
        let Ok(turn) = Arc::clone(&self.0.turn).try_acquire_owned() else {
            return;
        };
        let now = self.0.clock.now();
        {
            let mut state = self.state();
            let last = state.last_begun.get(account);
            // A clock that was set back does not end it.
            if last.is_some_and(|&last| now >= last && now.since(last) < PAUSE) {
                return;
            }
            state.last_begun.insert(account.clone(), now);
        }
        let mut webhook = webhook.clone();
        // A copy, since the bytes may be part of a larger piece of memory.
        webhook.body = Bytes::copy_from_slice(&webhook.body);
        let (diagnoser, account) = (self.clone(), account.clone());
        tokio::spawn(async move {
            diagnoser.look_at(account, webhook).await;
            drop(turn);
        });
    }

    async fn look_at(&self, account: AccountId, webhook: InboundWebhook) {
        let (own, others): (Vec<_>, Vec<_>) = self
            .0
            .parties
            .iter()
            .cloned()
            .partition(|party| party.name == account.as_str());
        let [own] = &own[..] else { return };
        let case = Case {
            webhook,
            own,
            earlier: None,
            others: &others,
            clock: Arc::clone(&self.0.clock),
            standing: None,
        };
        if let Verdict::Refused(diagnosis) = case.diagnose().await {
            self.count(account, diagnosis);
        }
    }

    fn count(&self, account: AccountId, diagnosis: Diagnosis) {
        let Diagnosis {
            cause,
            certainty,
            detail,
            ..
        } = diagnosis;
        tracing::warn!(
            %account,
            cause = cause.as_word(),
            certainty = certainty.as_word(),
            detail,
            remedy = cause.remedy(),
            "a refused webhook was looked at: {}",
            cause.sentence()
        );
        let now = self.0.clock.now();
        let mut state = self.state();
        let entry = state.counts.entry((account, cause));
        let found = entry.or_insert_with(|| DiagnosisCount {
            count: 0,
            last_at: now,
            certainty,
            detail: None,
        });
        found.count = found.count.saturating_add(1);
        (found.last_at, found.certainty, found.detail) = (now, certainty, detail);
    }

    /// Every account and cause that was found.
    pub(crate) fn list(&self) -> Vec<(AccountId, Cause, DiagnosisCount)> {
        let state = self.state();
        let all = state.counts.iter();
        all.map(|((account, cause), count)| (account.clone(), *cause, count.clone()))
            .collect()
    }

    /// Waits for a diagnosis that is under way.
    #[cfg(test)]
    pub(crate) async fn is_idle(&self) {
        let _turn = self.0.turn.acquire().await;
    }
}
