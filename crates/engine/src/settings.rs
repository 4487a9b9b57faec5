//! The engine's settings.

use std::time::Duration;

use crate::policy::Policy;

/// The engine's settings. The defaults suit one small machine.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EngineSettings {
    /// How many deliveries and jobs are worked on at the same time.
    pub workers: usize,
    /// How many of them may be at work for one account. None: all of them if there is one account, else all but one, so
    /// that a vendor that takes its time does not keep everybody waiting.
    pub workers_per_account: Option<usize>,
    /// How many webhooks may wait for the disk. More are turned away with 503 before memory grows.
    pub inbox_queue: usize,
    /// How many webhooks one write to the disk takes at the most.
    pub inbox_batch: usize,
    /// For how long a claimed delivery or job belongs to its worker, who renews it while at work. What a killed
    /// process had claimed is free again after this time.
    pub lease: Duration,
    /// How often a delivery or job is tried before it is given up. With the other defaults that is three days: as long
    /// as the most patient vendor sends a webhook again.
    pub max_attempts: u32,
    /// The pause after the first failure; it doubles with each further one.
    pub retry_base: Duration,
    /// The longest pause between two tries.
    pub retry_cap: Duration,
    /// How long an idle worker waits before it looks again.
    pub poll_interval: Duration,
    /// How often the sweeper looks for what has run out of time.
    pub sweep_interval: Duration,
    /// How often the reconciler looks for sessions that were quiet for too long.
    pub reconcile_interval: Duration,
    /// How many sessions of an account the reconciler asks about at the most each time. It never uses more than a
    /// quarter of the calls the vendor allows.
    pub polls_per_round: u32,
    /// The longest pause between two questions about a quiet session. The first pause is the vendor's usual time, by
    /// status; it doubles with each question that brought nothing new.
    pub longest_poll_pause: Duration,
    /// How often a vendor that can say so is asked which webhooks it could not deliver.
    pub missed_events_interval: Duration,
    /// For how long the key of a command is remembered, at least.
    pub command_keys_kept: Duration,
    /// How many events may be on their way to one endpoint at the same time, from one process.
    pub deliveries_in_flight: usize,
    /// An endpoint that has taken nothing for this long is switched off.
    pub disable_endpoints_after: Duration,
    /// For how long the log of deliveries is kept, from when the event was written.
    pub deliveries_kept: Duration,
    /// For how long a webhook about a session that nobody here knows is kept.
    pub unmatched_ttl: Duration,
    /// How many such webhooks of one account are kept; the newest are.
    pub unmatched_cap: u32,
    /// For how long the body of a webhook that was given up is kept. Its row stays.
    pub dead_ttl: Duration,
    /// The largest file of a vendor that is passed on, in bytes.
    pub evidence_max_bytes: u64,
    /// The application's own rules about requests.
    pub policy: Policy,
}

impl Default for EngineSettings {
    fn default() -> Self {
        Self {
            workers: 4,
            workers_per_account: None,
            inbox_queue: 1024,
            inbox_batch: 256,
            lease: Duration::from_secs(10),
            max_attempts: 80,
            retry_base: Duration::from_secs(2),
            retry_cap: Duration::from_secs(3600),
            poll_interval: Duration::from_millis(500),
            sweep_interval: Duration::from_secs(60),
            reconcile_interval: Duration::from_secs(30),
            polls_per_round: 50,
            longest_poll_pause: Duration::from_secs(6 * 3600),
            missed_events_interval: Duration::from_secs(3600),
            command_keys_kept: Duration::from_secs(48 * 3600),
            deliveries_in_flight: 8,
            disable_endpoints_after: Duration::from_secs(5 * 24 * 3600),
            deliveries_kept: Duration::from_secs(90 * 24 * 3600),
            unmatched_ttl: Duration::from_secs(30 * 24 * 3600),
            unmatched_cap: 100_000,
            dead_ttl: Duration::from_secs(90 * 24 * 3600),
            evidence_max_bytes: 200 * 1024 * 1024,
            policy: Policy::default(),
        }
    }
}

impl EngineSettings {
    /// How many workers may be at work for one of this many accounts.
    pub(crate) fn workers_of_one(&self, accounts: usize) -> usize {
        let all = self.workers.max(1);
        let usual = if accounts > 1 {
            all.saturating_sub(1)
        } else {
            all
        };
        self.workers_per_account.unwrap_or(usual).max(1)
    }

    /// The pause before the next try: doubled with each attempt, capped, and shortened by up to a quarter so that
    /// what failed together does not come back together. `spread`: any number, evenly distributed.
    #[must_use]
    pub fn pause_after(&self, attempts: u32, spread: u64) -> Duration {
        let doubled = self
            .retry_base
            .saturating_mul(2_u32.saturating_pow(attempts.saturating_sub(1)));
        let capped = doubled.min(self.retry_cap);
        let quarter_millis = u64::try_from(capped.as_millis() / 4).unwrap_or(u64::MAX);
        capped.saturating_sub(Duration::from_millis(
            spread.checked_rem(quarter_millis).unwrap_or(0),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_accounts_none_gets_every_worker() {
        let mut settings = EngineSettings::default();
        assert_eq!([1, 2, 9].map(|n| settings.workers_of_one(n)), [4, 3, 3]);
        settings.workers = 1;
        assert_eq!(settings.workers_of_one(2), 1, "the only one works for all");
        settings.workers_per_account = Some(2);
        settings.workers = 8;
        assert_eq!([1, 2].map(|n| settings.workers_of_one(n)), [2, 2]);
    }

    #[test]
    fn pauses_grow_and_are_bounded() {
        let settings = EngineSettings::default();
        let pause = |attempts| settings.pause_after(attempts, 0).as_secs();
        assert_eq!([pause(0), pause(1), pause(2), pause(3)], [2, 2, 4, 8]);
        assert_eq!(pause(u32::MAX), 3600);
        for spread in [0, 1, 499, u64::MAX] {
            let spread_out = settings.pause_after(2, spread);
            assert!(spread_out > Duration::from_secs(3) && spread_out <= Duration::from_secs(4));
        }
    }
}
