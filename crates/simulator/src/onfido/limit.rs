//! How often the account may be called.

use idv_core::Timestamp;

/// Calls of one account, by the minute. 400 live and 30 in a sandbox, unless something else was agreed on: as clients of
/// the vendor say; its own pages are not stored.
#[derive(Clone, Debug)]
pub(super) struct Limit {
    per_minute: f64,
    left: f64,
    at: Option<Timestamp>,
}

impl Limit {
    pub(super) const fn of(is_sandbox: bool) -> Self {
        let per_minute = if is_sandbox { 30.0 } else { 400.0 };
        Self {
            per_minute,
            left: per_minute,
            at: None,
        }
    }

    /// Takes a call, if one is left.
    pub(super) fn take(&mut self, now: Timestamp) -> bool {
        let passed = self.at.map_or(0.0, |at| now.since(at).as_secs_f64());
        self.at = Some(now);
        self.left = (self.left + passed * self.per_minute / 60.0).min(self.per_minute);
        let is_left = self.left >= 1.0;
        if is_left {
            self.left -= 1.0;
        }
        is_left
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_come_back_with_time() {
        let mut limit = Limit::of(true);
        let at = Timestamp::from_unix_secs;
        assert_eq!((0..40).filter(|_| limit.take(at(0))).count(), 30);
        assert!(!limit.take(at(1)));
        assert!(limit.take(at(3)));
        assert!(!limit.take(at(3)));
        assert_eq!((0..40).filter(|_| limit.take(at(3_600))).count(), 30);
        let mut live = Limit::of(false);
        assert_eq!((0..500).filter(|_| live.take(at(0))).count(), 400);
    }
}
