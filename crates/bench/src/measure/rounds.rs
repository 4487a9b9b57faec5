//! Rounds in which everybody has a turn.

use std::time::{Duration, Instant};

use super::Samples;

/// How much is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effort {
    /// As much as it takes for figures that repeat.
    Whole,
    /// Just enough to see that it runs; the figures say little.
    Quick,
}

impl Effort {
    /// One number for each.
    #[must_use]
    pub const fn pick<T: Copy>(self, whole: T, quick: T) -> T {
        match self {
            Self::Whole => whole,
            Self::Quick => quick,
        }
    }
}

/// Short work, measured by turns. Each contender does its work again and again for a slice of time, then the next
/// one does; the next round begins with another one.
#[derive(Debug)]
pub struct Turns {
    rounds: usize,
    slice: Duration,
}

impl Turns {
    /// As many rounds, and slices as long, as the effort says.
    #[must_use]
    pub const fn new(effort: Effort) -> Self {
        Self {
            rounds: effort.pick(31, 3),
            slice: Duration::from_millis(effort.pick(20, 2)),
        }
    }

    /// How many rounds there are.
    #[must_use]
    pub const fn rounds(&self) -> usize {
        self.rounds
    }

    /// Seconds that each contender took for its work once, by round, in the order of the contenders. A round before
    /// the first is thrown away; it also finds how often the work fits into a slice.
    pub fn take(&self, contenders: &mut [&mut dyn FnMut()]) -> Vec<Samples> {
        let contenders = contenders.iter_mut();
        let mut timed: Vec<_> = contenders
            .map(|work| Box::new(timed(work)) as Box<dyn FnMut(u32) -> Duration + '_>)
            .collect();
        self.take_timed(&mut timed)
    }

    /// The same with contenders that do their work so many times and measure it themselves, as another process does.
    pub fn take_timed(
        &self,
        contenders: &mut [Box<dyn FnMut(u32) -> Duration + '_>],
    ) -> Vec<Samples> {
        let times: Vec<u32> = contenders.iter_mut().map(|work| self.fit(work)).collect();
        let mut figures = vec![Vec::with_capacity(self.rounds); contenders.len()];
        for round in 0..self.rounds {
            for turn in 0..contenders.len() {
                let whose = (round + turn) % contenders.len();
                let took = contenders[whose](times[whose]);
                figures[whose].push(took.as_secs_f64() / f64::from(times[whose]));
            }
        }
        figures.into_iter().map(Samples::new).collect()
    }

    /// How often the work fits into a slice: twice as often each time, until it fills most of one.
    fn fit(&self, work: &mut dyn FnMut(u32) -> Duration) -> u32 {
        let mut times = 1;
        loop {
            let took = work(times);
            if took >= self.slice / 2 {
                let slices = self.slice.as_secs_f64() / took.as_secs_f64();
                return u32::max(1, rounded(f64::from(times) * slices));
            }
            times = times.saturating_mul(2);
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a count that took less than a slice"
)]
const fn rounded(count: f64) -> u32 {
    count as u32
}

/// Work that is done so many times, with the time that took.
pub fn timed(mut work: impl FnMut()) -> impl FnMut(u32) -> Duration {
    move |times| {
        let begun = Instant::now();
        for _ in 0..times {
            work();
        }
        begun.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_has_a_turn_in_every_round() {
        let (mut one, mut two) = (0, 0);
        let turns = Turns::new(Effort::Quick);
        let samples = turns.take(&mut [&mut || one += 1, &mut || two += 1]);
        assert_eq!(samples.len(), 2);
        assert!(samples.iter().all(|all| all.by_round().len() == 3));
        // The round that is thrown away, and three.
        assert!(one >= 4 && two >= 4);
    }
}
