//! What is sent again, and after how long. No network and no clock here.

use std::time::Duration;

use http::{HeaderName, Response};
use idv_core::{Repeat, Sent, TransportError, TransportFailure};

/// When a request is sent again, and how long to wait before.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// Tries in all, the first one included. 0 counts as 1.
    pub max_tries: u32,
    /// The longest wait before the second try; it doubles from try to try.
    pub base_wait: Duration,
    /// The longest wait at all, unless the vendor asks for more.
    pub max_wait: Duration,
    /// How much of the wait is left to chance.
    pub jitter: Jitter,
    /// The vendor's header that says `true` (send again) or `false` (do not), if it has one.
    pub hint_header: Option<HeaderName>,
}

/// How much of a wait is left to chance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jitter {
    /// Anything between nothing and the whole wait: senders that failed together do not come back together.
    Full,
    /// Nothing: for tests.
    None,
}

impl Default for RetryPolicy {
    /// Three tries, waits of at most 0.5 s and 1 s, full jitter, no hint header.
    fn default() -> Self {
        Self {
            max_tries: 3,
            base_wait: Duration::from_millis(500),
            max_wait: Duration::from_secs(8),
            jitter: Jitter::Full,
            hint_header: None,
        }
    }
}

impl RetryPolicy {
    /// With the vendor's hint header.
    #[must_use]
    pub fn with_hint_header(mut self, name: HeaderName) -> Self {
        self.hint_header = Some(name);
        self
    }

    /// The wait before the next try when `tries` have been made, without what the vendor asks for.
    pub(crate) fn wait_after(&self, tries: u32) -> Duration {
        let doublings = tries.saturating_sub(1).min(31);
        let span = self
            .base_wait
            .saturating_mul(1 << doublings)
            .min(self.max_wait);
        match self.jitter {
            Jitter::Full => span.mul_f64(fastrand::f64()),
            Jitter::None => span,
        }
    }

    /// Whether to send again after this outcome, leaving the number of tries and the deadline aside.
    pub(crate) fn allows_another_try<B>(
        &self,
        repeat: Repeat,
        outcome: Result<&Response<B>, &TransportError>,
    ) -> bool {
        match outcome {
            Err(error) => match error.reason {
                TransportFailure::TooLarge
                | TransportFailure::Unsendable(_)
                | TransportFailure::NotRecorded(_)
                | TransportFailure::CircuitOpen { .. }
                | TransportFailure::HeldBack { .. }
                | TransportFailure::RefusedAddress => false,
                _ => error.sent == Sent::No || is_repeatable(repeat),
            },
            Ok(answer) => {
                is_repeatable(repeat)
                    && self.hint(answer).unwrap_or_else(|| {
                        answer.status().is_server_error() || answer.status().as_u16() == 429
                    })
            }
        }
    }

    fn hint<B>(&self, answer: &Response<B>) -> Option<bool> {
        let value = answer.headers().get(self.hint_header.as_ref()?)?;
        match value.as_bytes() {
            b"true" => Some(true),
            b"false" => Some(false),
            _ => None,
        }
    }
}

/// An outcome that is not known to have changed nothing.
pub(crate) fn may_have_worked<B>(outcome: Result<&Response<B>, &TransportError>) -> bool {
    match outcome {
        Err(error) => error.sent == Sent::Unknown,
        Ok(answer) => answer.status().is_server_error(),
    }
}

/// A kind of repetition that a later version of core adds is not repeated until it has a line here.
const fn is_repeatable(repeat: Repeat) -> bool {
    matches!(repeat, Repeat::Safe | Repeat::Keyed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HINT: &str = "x-again";

    fn policy() -> RetryPolicy {
        RetryPolicy {
            jitter: Jitter::None,
            ..RetryPolicy::default().with_hint_header(HeaderName::from_static(HINT))
        }
    }

    fn answer(status: u16, hint: Option<&str>) -> Response<()> {
        let mut builder = Response::builder().status(status);
        if let Some(hint) = hint {
            builder = builder.header(HINT, hint);
        }
        builder.body(()).unwrap()
    }

    #[test]
    fn answers_are_tried_again_by_status_and_hint_and_never_for_calls_that_act_twice() {
        let table = [
            (200, None, false),
            (400, None, false),
            (404, None, false),
            (409, None, false),
            (409, Some("true"), true),
            (400, Some("true"), true),
            (429, None, true),
            (429, Some("false"), false),
            (500, None, true),
            (503, None, true),
            (503, Some("false"), false),
            (503, Some("perhaps"), true),
        ];
        for (status, hint, expected) in table {
            let answer = answer(status, hint);
            for (repeat, expected) in [
                (Repeat::Safe, expected),
                (Repeat::Keyed, expected),
                (Repeat::Never, false),
            ] {
                assert_eq!(
                    policy().allows_another_try(repeat, Ok(&answer)),
                    expected,
                    "{status} {hint:?} {repeat:?}"
                );
            }
        }
    }

    #[test]
    fn failures_are_tried_again_unless_the_request_may_have_acted_or_would_fail_the_same_way() {
        use TransportFailure::{Broken, Connect, NotRecorded, Timeout, TooLarge, Unsendable};
        let table = [
            (Sent::No, Connect, true, true),
            (Sent::No, Timeout, true, true),
            (Sent::Unknown, Timeout, true, false),
            (Sent::Unknown, Broken, true, false),
            (Sent::Unknown, TooLarge, false, false),
            (Sent::No, Unsendable("no host"), false, false),
            (Sent::No, NotRecorded(String::new()), false, false),
        ];
        for (sent, reason, repeatable, never) in table {
            let error = TransportError { sent, reason };
            for (repeat, expected) in [
                (Repeat::Safe, repeatable),
                (Repeat::Keyed, repeatable),
                (Repeat::Never, never),
            ] {
                assert_eq!(
                    policy().allows_another_try::<()>(repeat, Err(&error)),
                    expected,
                    "{error} {repeat:?}"
                );
            }
        }
    }

    #[test]
    fn without_a_hint_header_no_header_is_a_hint() {
        let policy = RetryPolicy::default();
        assert!(!policy.allows_another_try(Repeat::Safe, Ok(&answer(409, Some("true")))));
    }

    #[test]
    fn waits_double_up_to_the_longest() {
        let waits: Vec<u128> = (1..=7)
            .map(|tries| policy().wait_after(tries).as_millis())
            .collect();
        assert_eq!(waits, [500, 1000, 2000, 4000, 8000, 8000, 8000]);
        assert_eq!(policy().wait_after(u32::MAX), Duration::from_secs(8));
    }

    #[test]
    fn full_jitter_stays_below_the_wait_and_differs_from_time_to_time() {
        let policy = RetryPolicy::default();
        let waits: Vec<Duration> = (0..100).map(|_| policy.wait_after(2)).collect();
        assert!(waits.iter().all(|wait| *wait <= Duration::from_secs(1)));
        assert!(waits.iter().any(|wait| *wait != waits[0]));
    }
}
