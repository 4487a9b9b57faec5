//! What came of a load.

use std::time::Duration;

use http::StatusCode;

use crate::measure::Samples;

/// One answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Answer {
    is_success: bool,
    latency: Duration,
}

impl Answer {
    pub(super) fn new(status: StatusCode, latency: Duration) -> Self {
        Self {
            is_success: status.is_success(),
            latency,
        }
    }
}

/// What came of one round of load.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcome {
    /// Requests that were answered with success.
    pub answered: usize,
    /// Requests that were answered otherwise.
    pub refused: usize,
    /// Of those with success, in a second.
    pub per_sec: f64,
    /// Seconds in which half of all had their answer.
    pub p50: f64,
    /// Of 99 in 100.
    pub p99: f64,
    /// Of 999 in 1000.
    pub p999: f64,
}

impl Outcome {
    /// Of things that all went well, each of which took so many seconds, and all of them so long.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn of_successes(latencies: &[Duration], took: Duration) -> Self {
        let answer = |latency: &Duration| Answer::new(StatusCode::OK, *latency);
        let answers: Vec<_> = latencies.iter().map(answer).collect();
        Self::new(&answers, took)
    }

    /// Of these answers, which took so long altogether.
    ///
    /// # Panics
    /// If nothing was answered with success.
    pub(super) fn new(answers: &[Answer], took: Duration) -> Self {
        let taken: Vec<f64> = answers
            .iter()
            .filter(|answer| answer.is_success)
            .map(|answer| answer.latency.as_secs_f64())
            .collect();
        let answered = taken.len();
        let latencies = Samples::new(taken);
        #[expect(clippy::cast_precision_loss, reason = "a count of answers is small")]
        let per_sec = answered as f64 / took.as_secs_f64();
        Self {
            answered,
            refused: answers.len() - answered,
            per_sec,
            p50: latencies.median(),
            p99: latencies.quantile(0.99),
            p999: latencies.quantile(0.999),
        }
    }
}

/// What came of the same load in each round.
#[derive(Clone, Debug, Default)]
pub struct Rounds(Vec<Outcome>);

impl Rounds {
    /// One more round.
    pub fn push(&mut self, outcome: Outcome) {
        self.0.push(outcome);
    }

    /// One figure of it, by round.
    pub fn each(&self, figure: impl Fn(&Outcome) -> f64) -> Samples {
        Samples::new(self.0.iter().map(figure).collect())
    }

    /// Requests that were not answered with success, in all rounds.
    #[must_use]
    pub fn refused(&self) -> usize {
        self.0.iter().map(|outcome| outcome.refused).sum()
    }

    /// Requests that were answered with success, in all rounds.
    #[must_use]
    pub fn answered(&self) -> usize {
        self.0.iter().map(|outcome| outcome.answered).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_refused_counts_for_no_rate_and_no_latency() {
        let mut answers = vec![Answer::new(StatusCode::OK, Duration::from_millis(2)); 100];
        answers.push(Answer::new(StatusCode::SERVICE_UNAVAILABLE, Duration::ZERO));
        let outcome = Outcome::new(&answers, Duration::from_secs(2));
        assert_eq!((outcome.answered, outcome.refused), (100, 1));
        assert_eq!(
            (outcome.per_sec, outcome.p50, outcome.p999),
            (50.0, 0.002, 0.002)
        );
    }
}
