//! When a delivery that failed is sent again.

use std::time::Duration;

/// The pause after each attempt that failed; after one more attempt than there are pauses, the delivery is given up.
const PAUSES: [Duration; 9] = [
    Duration::from_secs(5),
    Duration::from_secs(5 * 60),
    Duration::from_secs(30 * 60),
    Duration::from_secs(2 * 3600),
    Duration::from_secs(5 * 3600),
    Duration::from_secs(10 * 3600),
    Duration::from_secs(14 * 3600),
    Duration::from_secs(20 * 3600),
    Duration::from_secs(24 * 3600),
];

/// More than this were never begun and all failed: some never came to an end, and take down whoever makes them.
pub(super) const MOST_BEGUN: u32 = 30;

/// The pause after so many attempts, lengthened by up to a tenth so that what failed together does not come back
/// together. None if there are no more. `spread`: any number, evenly distributed.
pub(super) fn pause_after(attempts: u32, spread: u64) -> Option<Duration> {
    let failed_before = usize::try_from(attempts.max(1).saturating_sub(1)).ok()?;
    PAUSES
        .get(failed_before)
        .map(|pause| lengthened(*pause, spread))
}

/// The same; the longest pause, if there are no more.
pub(super) fn pause_or_longest(attempts: u32, spread: u64) -> Duration {
    let longest = PAUSES.last().copied().unwrap_or_default();
    pause_after(attempts, spread).unwrap_or_else(|| lengthened(longest, spread))
}

fn lengthened(pause: Duration, spread: u64) -> Duration {
    let tenth = u64::try_from(pause.as_millis() / 10).unwrap_or(u64::MAX);
    let more = spread.checked_rem(tenth.saturating_add(1)).unwrap_or(0);
    pause.saturating_add(Duration::from_millis(more))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pauses_are_those_of_the_schedule_and_end() {
        let pauses: Vec<_> = (1..=10)
            .map(|attempts| pause_after(attempts, 0).map(|pause| pause.as_secs()))
            .collect();
        let (minutes, hours) = (60, 3600);
        let expected = [
            Some(5),
            Some(5 * minutes),
            Some(30 * minutes),
            Some(2 * hours),
            Some(5 * hours),
            Some(10 * hours),
            Some(14 * hours),
            Some(20 * hours),
            Some(24 * hours),
            None,
        ];
        assert_eq!(pauses, expected);
        assert_eq!(pause_after(0, 0), pause_after(1, 0));
        assert_eq!(pause_after(u32::MAX, 0), None);
        assert_eq!(
            pause_or_longest(u32::MAX, 0),
            Duration::from_secs(24 * 3600)
        );
    }

    #[test]
    fn the_pauses_are_spread_by_a_tenth_at_the_most() {
        let all = (0..2_000).map(|spread| pause_after(1, spread).unwrap());
        let (least, most) = all.fold((Duration::MAX, Duration::ZERO), |(least, most), pause| {
            (least.min(pause), most.max(pause))
        });
        assert_eq!(least, Duration::from_millis(5_000));
        assert_eq!(most, Duration::from_millis(5_500));
    }
}
