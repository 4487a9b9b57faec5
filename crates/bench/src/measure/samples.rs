//! What was measured of one thing, round by round.

use serde::{Deserialize, Serialize};

/// One figure a round, in the order of the rounds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Samples(Vec<f64>);

impl Samples {
    /// Of these figures. There must be one, and each must be a number.
    ///
    /// # Panics
    /// If there is none, or one is not a number.
    #[must_use]
    pub fn new(figures: Vec<f64>) -> Self {
        assert!(!figures.is_empty(), "nothing was measured");
        assert!(figures.iter().all(|figure| figure.is_finite()));
        Self(figures)
    }

    /// The figures by round.
    #[must_use]
    pub fn by_round(&self) -> &[f64] {
        &self.0
    }

    /// The figure that this share of all does not exceed (0.5: the median), by the nearest rank.
    #[must_use]
    pub fn quantile(&self, share: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a share of a count is a small positive number"
        )]
        let rank = (share * sorted.len() as f64).ceil() as usize;
        sorted[rank.clamp(1, sorted.len()) - 1]
    }

    /// The middle one.
    #[must_use]
    pub fn median(&self) -> f64 {
        self.quantile(0.5)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_a_figure_that_was_measured() {
        let hundred = Samples::new((1..=100).rev().map(f64::from).collect());
        assert_eq!(hundred.median(), 50.0);
        assert_eq!(hundred.quantile(0.99), 99.0);
        assert_eq!(hundred.quantile(0.999), 100.0);
        assert_eq!(hundred.quantile(0.0), 1.0);
        assert_eq!(Samples::new(vec![7.0]).quantile(0.99), 7.0);
    }
}
