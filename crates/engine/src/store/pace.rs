//! How fast an endpoint may be given its deliveries.

use idv_core::Timestamp;

const SECOND_MICROS: i64 = 1_000_000;

/// What the rate of an endpoint allows at a moment. Each delivery books a slice of time, and slices are booked at most
/// one second ahead: after a rest, one second's worth may go at once. (This is the generic cell rate algorithm.)
///
/// The rate and the time up to which it is booked are kept beside the endpoint, so all processes share them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    rate_per_sec: Option<u32>,
    booked_until: Option<Timestamp>,
}

impl Pace {
    /// The pace of an endpoint with this rate (none: no limit) that is booked up to this time, UTC.
    #[must_use]
    pub const fn new(rate_per_sec: Option<u32>, booked_until: Option<Timestamp>) -> Self {
        Self {
            rate_per_sec,
            booked_until,
        }
    }

    /// How many may be given out now, of this many that are asked for.
    #[must_use]
    pub fn allows(self, now: Timestamp, asked_for: u32) -> u32 {
        match self.rate_per_sec {
            None => asked_for,
            Some(0) => 0,
            Some(rate) => {
                let now = now.as_unix_micros();
                let free = now.saturating_add(window(rate)) - self.booked(now, rate);
                u32::try_from(free / slice(rate))
                    .unwrap_or(u32::MAX)
                    .min(asked_for)
            }
        }
    }

    /// Up to which time it is booked after this many are given out now; none where there is no limit.
    #[must_use]
    pub fn booked_after(self, now: Timestamp, given_out: u32) -> Option<Timestamp> {
        let rate = self.rate_per_sec.filter(|rate| *rate > 0)?;
        let used = slice(rate).saturating_mul(i64::from(given_out));
        let booked = self.booked(now.as_unix_micros(), rate);
        Some(Timestamp::from_unix_micros(booked.saturating_add(used)))
    }

    /// Never in the past: what was not used then is lost. Never further ahead than can be booked: if it is, a clock was
    /// set back, and nobody should wait for that long.
    fn booked(self, now: i64, rate: u32) -> i64 {
        self.booked_until
            .map_or(now, Timestamp::as_unix_micros)
            .clamp(now, now.saturating_add(window(rate)))
    }
}

/// The time of one delivery, rounded up: a rate is never exceeded.
fn slice(rate: u32) -> i64 {
    SECOND_MICROS
        .unsigned_abs()
        .div_ceil(u64::from(rate))
        .cast_signed()
}

/// How far ahead can be booked: a second, and what the rounding adds.
fn window(rate: u32) -> i64 {
    slice(rate).saturating_mul(i64::from(rate))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(micros: i64) -> Timestamp {
        Timestamp::from_unix_micros(1_795_000_000_000_000 + micros)
    }

    /// Gives out as many as it may, and goes on with what is booked then.
    fn take(pace: &mut Pace, now: Timestamp, asked_for: u32) -> u32 {
        let allowed = pace.allows(now, asked_for);
        *pace = Pace::new(pace.rate_per_sec, pace.booked_after(now, allowed));
        allowed
    }

    #[test]
    fn a_seconds_worth_goes_at_once_and_then_one_after_the_other() {
        let mut pace = Pace::new(Some(4), None);
        assert_eq!(take(&mut pace, at(0), 100), 4);
        assert_eq!(take(&mut pace, at(249_999), 100), 0);
        assert_eq!(take(&mut pace, at(250_000), 100), 1);
        assert_eq!(take(&mut pace, at(1_000_000), 2), 2);
        assert_eq!(take(&mut pace, at(1_000_000), 100), 1);
        assert_eq!(
            take(&mut pace, at(99_000_000), 100),
            4,
            "no more is saved up"
        );
    }

    #[test]
    fn whatever_the_rate_no_more_go_in_many_seconds_than_it_says() {
        for rate in [1, 2, 3, 7, 60, 999, 1_000, 999_999, 1_000_000, u32::MAX] {
            let mut pace = Pace::new(Some(rate), None);
            let mut given_out = 0_u64;
            for millis in (0..10_000).step_by(7) {
                given_out += u64::from(take(&mut pace, at(millis * 1_000), u32::MAX));
            }
            let most = 11 * u64::from(rate);
            assert!(given_out <= most, "{rate}: {given_out}");
            let least = 10 * u64::from(rate.min(900_000)) * 9 / 10;
            assert!(given_out >= least, "{rate}: {given_out}");
        }
    }

    #[test]
    fn without_a_limit_all_may_go_and_with_a_limit_of_none_nothing_does() {
        assert_eq!(Pace::new(None, Some(at(9))).allows(at(0), 70), 70);
        assert_eq!(Pace::new(None, None).booked_after(at(0), 70), None);
        assert_eq!(Pace::new(Some(0), None).allows(at(0), 70), 0);
        assert_eq!(Pace::new(Some(0), None).booked_after(at(0), 0), None);
    }

    #[test]
    fn a_clock_that_is_set_back_stops_nothing_for_longer_than_a_second() {
        let pace = Pace::new(Some(10), Some(at(3_600_000_000)));
        assert_eq!(pace.allows(at(0), 5), 0);
        let pace = Pace::new(Some(10), pace.booked_after(at(0), 0));
        assert_eq!(pace.allows(at(1_000_000), 50), 10);
    }
}
