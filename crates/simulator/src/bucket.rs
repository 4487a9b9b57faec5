//! How often somebody may call.

use std::time::Duration;

use idv_core::Timestamp;

/// Calls that are left. So many may be made in a time, all at once too; they come back evenly.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bucket {
    calls: u64,
    period_micros: u64,
    /// In calls times micros: a call costs the whole time, and each micro gives back as much as there are calls.
    held: u64,
    filled_at: Timestamp,
}

impl Bucket {
    /// A full one.
    pub(crate) fn full(calls: u32, period: Duration) -> Self {
        let period_micros = u64::try_from(period.as_micros()).unwrap_or(u64::MAX);
        let calls = u64::from(calls);
        Self {
            calls,
            period_micros,
            held: calls.saturating_mul(period_micros),
            filled_at: Timestamp::UNIX_EPOCH,
        }
    }

    /// Whether a call is left now.
    pub(crate) fn has_one(&mut self, now: Timestamp) -> bool {
        let passed = now.since(self.filled_at).as_micros();
        let passed = u64::try_from(passed).unwrap_or(u64::MAX);
        let most = self.calls.saturating_mul(self.period_micros);
        let held = self.held.saturating_add(passed.saturating_mul(self.calls));
        self.held = held.min(most);
        self.filled_at = self.filled_at.max(now);
        self.held >= self.period_micros
    }

    /// Takes a call, if one is left now.
    pub(crate) fn take(&mut self, now: Timestamp) -> bool {
        let has_one = self.has_one(now);
        if has_one {
            self.held -= self.period_micros;
        }
        has_one
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_may_come_at_once_and_come_back_evenly() {
        let mut bucket = Bucket::full(30, Duration::from_secs(60));
        let start = 1_795_176_000;
        let at = |secs: i64| Timestamp::from_unix_secs(start + secs);
        let mut taken = |secs: i64| (0..40).filter(|_| bucket.take(at(secs))).count();
        assert_eq!(taken(0), 30);
        assert_eq!(taken(1), 0);
        assert_eq!(taken(2), 1);
        assert_eq!(taken(3_600), 30);
        // Whoever is late takes nothing that has not come back.
        assert_eq!(taken(0), 0);
        assert!(!bucket.has_one(at(3_600)) && bucket.has_one(at(3_602)));
        assert!(bucket.take(at(3_602)), "to look takes none");
    }
}
