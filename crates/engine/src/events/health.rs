//! How an endpoint fares: when it is given a rest, and when it is given up.

use std::time::Duration;

use idv_core::Timestamp;

use super::outcome::Verdict;
use crate::store::{EndpointRow, EndpointState};

/// After so many failures in a row an endpoint is left alone for a while, and then tried with one event at a time.
const TROUBLED_AFTER: u32 = 5;
/// The first rest; each further failure doubles it.
const SHORTEST_REST: Duration = Duration::from_secs(5);
/// The longest rest of our own choice.
const LONGEST_REST: Duration = Duration::from_secs(5 * 60);
/// The longest rest an endpoint can ask for.
const LONGEST_REST_ASKED_FOR: Duration = Duration::from_secs(3600);

impl EndpointRow {
    /// True if nothing is to be sent for now.
    pub(super) fn rests(&self, now: Timestamp) -> bool {
        self.paused_until.is_some_and(|until| now < until)
    }

    /// True if it has failed so often that one event at a time is enough to find out whether it works again.
    pub(super) const fn is_troubled(&self) -> bool {
        self.failures_in_a_row >= TROUBLED_AFTER
    }

    /// True if this outcome changes nothing of the row, so that it need not be locked.
    pub(super) const fn is_unmoved_by(&self, verdict: Verdict) -> bool {
        match verdict {
            Verdict::Taken => self.failing_since.is_none() && self.failures_in_a_row == 0,
            Verdict::Hopeless | Verdict::NotAsked => true,
            Verdict::Refused | Verdict::Rest(_) | Verdict::Gone => false,
        }
    }

    /// Writes down what an outcome says of the endpoint. True if it is switched off by it.
    pub(super) fn learn(
        &mut self,
        verdict: Verdict,
        now: Timestamp,
        disable_after: Duration,
    ) -> bool {
        if self.state != EndpointState::Enabled {
            return false;
        }
        let asked = match verdict {
            Verdict::Hopeless | Verdict::NotAsked => return false,
            Verdict::Taken => {
                self.failing_since = None;
                self.failures_in_a_row = 0;
                // A rest it has asked for is left to it, though another event got through.
                return false;
            }
            Verdict::Gone => {
                self.failing_since.get_or_insert(now);
                self.state = EndpointState::Gone;
                return true;
            }
            Verdict::Refused => None,
            Verdict::Rest(asked) => Some(asked),
        };
        let since = *self.failing_since.get_or_insert(now);
        // What was under way when the rest began fails for the same reason as what began it.
        let is_new = !self.rests(now);
        if is_new {
            self.failures_in_a_row = self.failures_in_a_row.saturating_add(1);
        }
        let rest = match asked {
            Some(Some(asked)) => Some(asked.min(LONGEST_REST_ASKED_FOR)),
            Some(None) => Some(rest_after(self.failures_in_a_row)),
            None if self.is_troubled() && is_new => Some(rest_after(
                self.failures_in_a_row
                    .saturating_sub(TROUBLED_AFTER.saturating_sub(1)),
            )),
            None => None,
        };
        if let Some(rest) = rest {
            let until = now.plus(rest);
            self.paused_until = Some(self.paused_until.map_or(until, |at| at.max(until)));
        }
        if since.plus(disable_after) <= now {
            self.state = EndpointState::Failing;
            return true;
        }
        false
    }
}

/// The rest after so many failures: doubled with each, and capped.
fn rest_after(failures: u32) -> Duration {
    SHORTEST_REST
        .saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1)))
        .min(LONGEST_REST)
}

#[cfg(test)]
mod tests {
    use idv_core::EndpointId;

    use super::*;
    use crate::store::{EventPosition, PayloadForm, Sealed};

    const DAYS_5: Duration = Duration::from_secs(5 * 24 * 3600);

    fn healthy() -> EndpointRow {
        let at = Timestamp::UNIX_EPOCH;
        EndpointRow {
            id: EndpointId::new(at),
            description: String::new(),
            address: Sealed::from_bytes(Vec::new()),
            kinds: Vec::new(),
            payload: PayloadForm::Thin,
            rate_per_sec: None,
            state: EndpointState::Enabled,
            fanned_out_to: EventPosition(0),
            failing_since: None,
            failures_in_a_row: 0,
            paused_until: None,
            created_at: at,
            updated_at: at,
        }
    }

    fn secs(secs: i64) -> Timestamp {
        Timestamp::from_unix_secs(secs)
    }

    #[test]
    fn four_failures_in_a_row_pause_nothing_and_the_fifth_does_then_twice_as_long() {
        let (mut row, mut now) = (healthy(), secs(0));
        for _ in 0..4 {
            assert!(!row.learn(Verdict::Refused, now, DAYS_5));
            assert!(!row.rests(now) && !row.is_troubled());
        }
        let mut rests = Vec::new();
        for _ in 0..8 {
            row.learn(Verdict::Refused, now, DAYS_5);
            assert!(row.is_troubled());
            let until = row.paused_until.unwrap();
            rests.push(until.since(now).as_secs());
            now = until;
            assert!(!row.rests(now));
        }
        assert_eq!(rests, [5, 10, 20, 40, 80, 160, 300, 300]);
        assert_eq!(row.failing_since, Some(secs(0)));
    }

    #[test]
    fn what_was_under_way_when_the_rest_began_does_not_lengthen_it() {
        let mut row = healthy();
        for _ in 0..64 {
            row.learn(Verdict::Refused, secs(0), DAYS_5);
        }
        assert_eq!(row.paused_until, Some(secs(5)));
        assert_eq!(row.failures_in_a_row, 5);
    }

    #[test]
    fn a_rest_that_is_asked_for_is_given_for_an_hour_at_the_most() {
        let mut row = healthy();
        let rest = |secs| Verdict::Rest(Some(Duration::from_secs(secs)));
        row.learn(rest(60), secs(0), DAYS_5);
        assert_eq!(row.paused_until, Some(secs(60)));
        row.learn(rest(30), secs(1), DAYS_5);
        assert_eq!(row.paused_until, Some(secs(60)), "it is not shortened");
        row.learn(rest(1_000_000), secs(60), DAYS_5);
        assert_eq!(row.paused_until, Some(secs(60 + 3600)));
        row.learn(Verdict::Taken, secs(61), DAYS_5);
        assert!(row.rests(secs(61)), "though something got through");
    }

    #[test]
    fn one_that_is_overloaded_and_does_not_say_for_how_long_rests_a_little() {
        let mut row = healthy();
        row.learn(Verdict::Rest(None), secs(0), DAYS_5);
        assert_eq!(row.paused_until, Some(secs(5)));
        row.learn(Verdict::Rest(None), secs(5), DAYS_5);
        assert_eq!(row.paused_until, Some(secs(15)));
    }

    #[test]
    fn days_of_failure_switch_it_off_and_one_success_begins_the_count_anew() {
        let mut row = healthy();
        let day = 24 * 3600;
        assert!(!row.learn(Verdict::Refused, secs(0), DAYS_5));
        assert!(!row.learn(Verdict::Refused, secs(5 * day - 1), DAYS_5));
        assert!(!row.learn(Verdict::Taken, secs(5 * day - 1), DAYS_5));
        assert!(row.is_unmoved_by(Verdict::Taken));
        assert!(!row.learn(Verdict::Refused, secs(5 * day), DAYS_5));
        assert!(row.learn(Verdict::Refused, secs(10 * day), DAYS_5));
        assert_eq!(row.state, EndpointState::Failing);
        assert_eq!(row.failing_since, Some(secs(5 * day)));
        assert!(!row.learn(Verdict::Taken, secs(11 * day), DAYS_5));
        assert_eq!(row.state, EndpointState::Failing, "only an operator may");
    }

    #[test]
    fn one_that_is_gone_is_switched_off_at_once() {
        let mut row = healthy();
        assert!(row.learn(Verdict::Gone, secs(9), DAYS_5));
        assert_eq!(row.state, EndpointState::Gone);
        assert!(!row.learn(Verdict::Gone, secs(10), DAYS_5), "once");
    }

    #[test]
    fn our_own_troubles_are_not_the_endpoints() {
        for verdict in [Verdict::Hopeless, Verdict::NotAsked] {
            let mut row = healthy();
            assert!(row.is_unmoved_by(verdict));
            assert!(!row.learn(verdict, secs(0), DAYS_5));
            assert_eq!(row.failing_since, None);
        }
    }
}
