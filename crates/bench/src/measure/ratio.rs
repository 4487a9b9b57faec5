//! A quotient that is true of each round.

use serde::{Deserialize, Serialize};

use super::Samples;

/// The quotient of two things that were measured by turns: its median over the rounds, and the quarters around it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ratio {
    /// In the middle.
    pub median: f64,
    /// A quarter of the rounds lie below.
    pub low: f64,
    /// A quarter of the rounds lie above.
    pub high: f64,
    /// How many rounds there were.
    pub rounds: usize,
}

impl Ratio {
    /// Round by round, what was measured of one thing over what was measured of the other. Whatever slows the machine
    /// for a while slows both of a round, and is gone from the quotient.
    ///
    /// # Panics
    /// If they were not measured in the same rounds.
    #[must_use]
    pub fn of(ours: &Samples, other: &Samples) -> Self {
        let (ours, other) = (ours.by_round(), other.by_round());
        assert_eq!(ours.len(), other.len(), "measured in other rounds");
        let quotients = ours.iter().zip(other).map(|(ours, other)| ours / other);
        let quotients = Samples::new(quotients.collect());
        Self {
            median: quotients.median(),
            low: quotients.quantile(0.25),
            high: quotients.quantile(0.75),
            rounds: ours.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_that_becomes_slow_changes_no_ratio() {
        let other = Samples::new(vec![1.0, 1.0, 10.0, 10.0]);
        let ours = Samples::new(vec![2.0, 2.0, 20.0, 20.0]);
        let ratio = Ratio::of(&ours, &other);
        assert_eq!((ratio.low, ratio.median, ratio.high), (2.0, 2.0, 2.0));
        assert_eq!(ratio.rounds, 4);
    }
}
