//! Webhooks that were not believed: how many, why, and from whom too many.
//!
//! Every webhook is verified, whoever it comes from: behind a proxy all senders look alike, and nobody's forgeries
//! may lock a vendor out. Only what is said and logged about a refusal is limited. Nothing of a refused webhook is
//! kept but a word of ours.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use idv_core::{AccountId, Timestamp};
use idv_http::Gcra;

use super::source::Source;

/// Counts refusals since the process began. Cloning it gives another handle on the same counts.
#[derive(Clone, Debug)]
pub(crate) struct RefusalCounts {
    per_minute: u32,
    state: Arc<Mutex<State>>,
}

/// How often one account's webhooks were refused for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RefusalCount {
    pub(crate) account: AccountId,
    /// The word of [`idv_core::webhook::Refusal::as_word`].
    pub(crate) reason: &'static str,
    pub(crate) count: u64,
    pub(crate) last_at: Timestamp,
}

/// What to say and to log about one refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    /// How long the sender should wait, if it had more refused than anybody should.
    pub(crate) wait: Option<Duration>,
    /// So many refusals were not logged one by one and are due to be summed up.
    pub(crate) unlogged: Option<u64>,
}

#[derive(Debug)]
struct State {
    /// Accounts and words of ours: few.
    counts: BTreeMap<(AccountId, &'static str), (u64, Timestamp)>,
    budgets: HashMap<Source, Gcra>,
    /// For everybody who has no budget of his own because there are too many.
    others: Gcra,
    pruned_at: Timestamp,
    unlogged: u64,
    summed_up_at: Timestamp,
}

/// Senders with a budget of their own. Each takes about 100 bytes.
const MAX_SOURCES: usize = 10_000;

const MINUTE: Duration = Duration::from_secs(60);

impl RefusalCounts {
    /// So many refusals a minute may one sender have before it is asked to wait. 0 counts as 1.
    pub(crate) fn new(per_minute: u32) -> Self {
        Self {
            per_minute,
            state: Arc::new(Mutex::new(State {
                counts: BTreeMap::new(),
                budgets: HashMap::new(),
                others: Gcra::burst_within(per_minute, MINUTE),
                pruned_at: Timestamp::UNIX_EPOCH,
                unlogged: 0,
                summed_up_at: Timestamp::UNIX_EPOCH,
            })),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in one refusal.
    pub(crate) fn count(
        &self,
        now: Timestamp,
        account: &AccountId,
        reason: &'static str,
        source: Source,
    ) -> Refused {
        let mut state = self.state();
        let of = state
            .counts
            .entry((account.clone(), reason))
            .or_insert((0, now));
        *of = (of.0.saturating_add(1), now);
        let budget = state.budget(source, now, self.per_minute);
        let wait = budget.take(now, Duration::ZERO).err();
        if wait.is_some() {
            state.unlogged += 1;
        }
        // A clock that was set back does not silence the log.
        let is_due = now.since(state.summed_up_at) >= MINUTE || now < state.summed_up_at;
        let mut unlogged = None;
        if state.unlogged > 0 && is_due {
            unlogged = Some(std::mem::take(&mut state.unlogged));
            state.summed_up_at = now;
        }
        Refused { wait, unlogged }
    }

    /// Every account and reason with a refusal.
    pub(crate) fn list(&self) -> Vec<RefusalCount> {
        let state = self.state();
        let all = state.counts.iter();
        all.map(|((account, reason), (count, last_at))| RefusalCount {
            account: account.clone(),
            reason,
            count: *count,
            last_at: *last_at,
        })
        .collect()
    }

    /// Writes the counts to the log, for when the process ends and they are lost.
    pub(crate) fn log(&self) {
        for RefusalCount {
            account,
            reason,
            count,
            last_at,
        } in self.list()
        {
            tracing::info!(%account, reason, count, %last_at, "webhooks refused since the start");
        }
    }
}

impl State {
    fn budget(&mut self, source: Source, now: Timestamp, per_minute: u32) -> &mut Gcra {
        let is_full = self.budgets.len() >= MAX_SOURCES && !self.budgets.contains_key(&source);
        // Looking through all of them at every refusal would be work for whoever sends forgeries to give us.
        if is_full && (now.since(self.pruned_at) >= Duration::from_secs(1) || now < self.pruned_at)
        {
            self.budgets.retain(|_, budget| !budget.is_rested(now));
            self.pruned_at = now;
        }
        if self.budgets.len() >= MAX_SOURCES && !self.budgets.contains_key(&source) {
            return &mut self.others;
        }
        self.budgets
            .entry(source)
            .or_insert_with(|| Gcra::burst_within(per_minute, MINUTE))
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::*;

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_unix_secs(1_795_200_000 + secs)
    }

    fn source(number: u32) -> Source {
        IpAddr::from(Ipv4Addr::from_bits(number)).into()
    }

    fn refuse(counts: &RefusalCounts, secs: i64, number: u32) -> Refused {
        counts.count(at(secs), &AccountId::new("acme"), "stale", source(number))
    }

    #[test]
    fn beyond_its_budget_a_sender_is_asked_to_wait_and_another_is_not() {
        let counts = RefusalCounts::new(2);
        for _ in 0..2 {
            assert_eq!(refuse(&counts, 0, 1).wait, None);
        }
        let wait = Some(Duration::from_secs(30));
        assert_eq!(refuse(&counts, 0, 1).wait, wait);
        assert_eq!(refuse(&counts, 0, 2).wait, None);
        assert_eq!(refuse(&counts, 30, 1).wait, None);
        let [count] = &counts.list()[..] else {
            panic!("one account, one reason")
        };
        assert_eq!((count.count, count.last_at), (5, at(30)));
        assert_eq!((count.account.as_str(), count.reason), ("acme", "stale"));
    }

    #[test]
    fn what_is_not_logged_one_by_one_is_summed_up_once_a_minute() {
        let counts = RefusalCounts::new(1);
        assert_eq!(refuse(&counts, 0, 1).unlogged, None);
        assert_eq!(refuse(&counts, 0, 1).unlogged, Some(1));
        for second in 1..60 {
            assert_eq!(refuse(&counts, second, 1).unlogged, None, "{second}");
        }
        let in_budget = refuse(&counts, 60, 1);
        assert_eq!((in_budget.wait, in_budget.unlogged), (None, Some(59)));
        assert_eq!(refuse(&counts, 120, 2).unlogged, None, "there is nothing");
    }

    #[test]
    fn a_great_many_senders_take_a_bounded_place_and_share_a_budget() {
        let counts = RefusalCounts::new(1);
        for number in 0..20_000 {
            refuse(&counts, 0, number);
        }
        assert_eq!(counts.state().budgets.len(), MAX_SOURCES);
        assert!(refuse(&counts, 0, 50_000).wait.is_some(), "shared by many");
        // When they are quiet, their place is free again.
        assert_eq!(refuse(&counts, 61, 60_000).wait, None);
        assert_eq!(counts.state().budgets.len(), 1);
    }
}
