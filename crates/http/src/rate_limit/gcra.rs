//! Evenly spaced turns: the generic cell rate algorithm. No clock here.

use std::time::Duration;

use idv_core::Timestamp;

/// Gives out turns so that in no second there are more than a given number, rounded up to a whole one.
///
/// A few may come at once: a tenth of the number, one at least. That many fewer come evenly afterwards, so that the
/// number holds for any second, not just on average.
#[derive(Clone, Debug)]
pub struct Gcra {
    /// Between two turns when they come evenly.
    interval: Duration,
    /// How much earlier than evenly a turn may come.
    tolerance: Duration,
    /// When the next turn would come if all came evenly. None: nobody had one yet.
    next: Option<Timestamp>,
    /// The latest time seen.
    seen: Timestamp,
}

/// No rate is slower: a turn in a day.
const SLOWEST_PER_SEC: f64 = 1.0 / 86_400.0;

impl Gcra {
    /// So many turns per second.
    #[must_use]
    pub fn per_sec(turns: f64) -> Self {
        let mut this = Self {
            interval: Duration::ZERO,
            tolerance: Duration::ZERO,
            next: None,
            seen: Timestamp::UNIX_EPOCH,
        };
        this.set_per_sec(turns);
        this
    }

    /// So many turns at once, and that many again within `span`, evenly.
    #[must_use]
    pub fn burst_within(turns: u32, span: Duration) -> Self {
        let interval = span / turns.max(1);
        Self {
            interval,
            tolerance: interval.saturating_mul(turns.max(1) - 1),
            next: None,
            seen: Timestamp::UNIX_EPOCH,
        }
    }

    /// From now on so many turns per second. Turns that were given out stay given out.
    pub fn set_per_sec(&mut self, turns: f64) {
        let turns = turns.max(SLOWEST_PER_SEC);
        let at_once = (turns / 10.0).floor() + 1.0;
        let evenly = turns - at_once + 1.0;
        self.interval = Duration::from_secs_f64(1.0 / evenly);
        self.tolerance = self.interval.mul_f64(at_once - 1.0);
    }

    /// Takes the next turn, if it comes within `patience`; says how long it is until then.
    ///
    /// # Errors
    /// How long it would be. Nothing is taken then.
    pub fn take(&mut self, now: Timestamp, patience: Duration) -> Result<Duration, Duration> {
        let next = self.next_at(now);
        let wait = next.minus(self.tolerance).since(now);
        if wait > patience {
            return Err(wait);
        }
        self.next = Some(next.max(now).plus(self.interval));
        Ok(wait)
    }

    /// No turn before this time; the turns after it come evenly.
    pub fn hold_until(&mut self, now: Timestamp, until: Timestamp) {
        let next = self.next_at(now);
        self.next = Some(next.max(until.plus(self.tolerance)));
    }

    /// True if as many turns are there as ever can be: it is as good as new.
    #[must_use]
    pub fn is_rested(&self, now: Timestamp) -> bool {
        self.next.is_none_or(|next| next <= now)
    }

    /// When the next turn would come. A clock that was set back takes it along.
    fn next_at(&mut self, now: Timestamp) -> Timestamp {
        if let Some(next) = &mut self.next
            && now < self.seen
        {
            *next = next.minus(self.seen.since(now));
        }
        self.seen = now;
        self.next.unwrap_or(now)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(micros: u64) -> Timestamp {
        Timestamp::from_unix_secs(1_795_200_000).plus(Duration::from_micros(micros))
    }

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_clock_that_is_set_back_does_not_hold_everything_back() {
        let mut gcra = Gcra::per_sec(2.0);
        assert_eq!(gcra.take(at(0), Duration::ZERO), Ok(Duration::ZERO));
        let an_hour_ago = at(0).minus(Duration::from_secs(3600));
        assert_eq!(gcra.take(an_hour_ago, SECOND), Ok(SECOND / 2));
    }

    #[test]
    fn after_a_hold_the_turns_come_evenly() {
        let mut gcra = Gcra::per_sec(100.0);
        gcra.hold_until(at(0), at(60_000_000));
        assert_eq!(gcra.take(at(0), SECOND), Err(SECOND * 60));
        let now = at(60_000_000);
        assert_eq!(gcra.take(now, Duration::ZERO), Ok(Duration::ZERO));
        let second = gcra.take(now, SECOND).unwrap();
        assert!(second > Duration::from_millis(10), "{second:?}");
    }

    #[test]
    fn a_budget_is_there_at_once_and_comes_back_evenly() {
        let mut gcra = Gcra::burst_within(3, Duration::from_secs(60));
        for _ in 0..3 {
            assert_eq!(gcra.take(at(0), Duration::ZERO), Ok(Duration::ZERO));
        }
        let wait = Duration::from_secs(20);
        assert_eq!(gcra.take(at(0), Duration::ZERO), Err(wait));
        assert!(!gcra.is_rested(at(1)));
        assert!(gcra.is_rested(at(60_000_000)));
    }

    /// Between two arrivals, in microseconds: they come in crowds.
    fn gap() -> impl Strategy<Value = u64> {
        prop_oneof![20 => 0_u64..1000, 1 => 0_u64..1_000_000]
    }

    proptest! {
        #[test]
        fn in_no_second_are_there_more_turns_than_allowed(
            rate in prop_oneof![0.2_f64..3.0, 1.0_f64..200.0],
            arrivals in prop::collection::vec((gap(), 0_u64..5_000_000), 1..300),
        ) {
            let mut gcra = Gcra::per_sec(rate);
            let (mut now, mut turns) = (0, Vec::new());
            for (later, patience) in arrivals {
                now += later;
                match gcra.take(at(now), Duration::from_micros(patience)) {
                    Ok(wait) => turns.push(now + wait.as_micros() as u64),
                    Err(wait) => prop_assert!(wait > Duration::from_micros(patience)),
                }
            }
            let most = rate.ceil() as usize;
            for (index, first) in turns.iter().enumerate() {
                // A microsecond is the resolution of the clock.
                let within = turns.iter().skip(index).take_while(|turn| (**turn + 2 * most as u64) < first + 1_000_000);
                prop_assert!(within.count() <= most, "{rate} per second: {turns:?}");
            }
        }

        #[test]
        fn who_waits_for_every_turn_gets_nearly_all_of_them(rate in 1.0_f64..200.0) {
            let mut gcra = Gcra::per_sec(rate);
            let mut now = 0;
            let many = 1000;
            for _ in 0..many {
                now += gcra.take(at(now), SECOND * 10).unwrap().as_micros() as u64;
            }
            let got = f64::from(many) / (now as f64 / 1_000_000.0);
            prop_assert!(got > rate * 0.85, "{got} of {rate}");
        }
    }
}
