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
        let times: Vec<u32> = contenders.iter_mut().map(|work| self.fit(work)).collect();
        let mut figures = vec![Vec::with_capacity(self.rounds); contenders.len()];
        for round in 0..self.rounds {
            for turn in 0..contenders.len() {
                let whose = (round + turn) % contenders.len();
                let begun = Instant::now();
                for _ in 0..times[whose] {
                    contenders[whose]();
                }
                figures[whose].push(begun.elapsed().as_secs_f64() / f64::from(times[whose]));
            }
        }
        figures.into_iter().map(Samples::new).collect()
    }

    fn fit(&self, work: &mut dyn FnMut()) -> u32 {
        let begun = Instant::now();
        let mut times = 0;
        while begun.elapsed() < self.slice {
            work();
            times += 1;
        }
        times.max(1)
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
