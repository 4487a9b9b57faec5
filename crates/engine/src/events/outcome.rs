//! What came of one attempt.

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
use idv_core::http::header::{DATE, RETRY_AFTER};
use idv_core::http::{HeaderMap, Response, StatusCode};
use idv_core::{Timestamp, TransportError};

/// What came of one attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    /// A word of ours, for the log.
    pub(super) word: Cow<'static, str>,
    pub(super) status: Option<u16>,
    pub(super) verdict: Verdict,
}

/// What an outcome says of the endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It has taken the event.
    Taken,
    /// It has not.
    Refused,
    /// It has not, and asks for a rest: for so long, if it says.
    Rest(Option<Duration>),
    /// It will never take one again.
    Gone,
    /// Nothing: it was not asked, and never will be about this event.
    Hopeless,
    /// Nothing: it was not asked, but may be later.
    NotAsked,
}

impl Outcome {
    const fn without_answer(word: &'static str, verdict: Verdict) -> Self {
        Self {
            word: Cow::Borrowed(word),
            status: None,
            verdict,
        }
    }

    /// Only 2xx means that the event was taken. A redirection is not followed: it would lead the event elsewhere.
    pub(super) fn of_answer(answer: &Response<Bytes>, now: Timestamp) -> Self {
        let status = answer.status();
        let asked = retry_after(answer.headers(), now);
        let word = match status {
            _ if status.is_success() => Cow::Borrowed("delivered"),
            _ if status.is_redirection() => Cow::Borrowed("redirected"),
            StatusCode::GONE => Cow::Borrowed("gone"),
            _ => Cow::Owned(format!("status_{}", status.as_u16())),
        };
        let verdict = match status {
            _ if status.is_success() => Verdict::Taken,
            StatusCode::GONE => Verdict::Gone,
            StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT => Verdict::Rest(asked),
            _ if asked.is_some() => Verdict::Rest(asked),
            _ => Verdict::Refused,
        };
        Self {
            word,
            status: Some(status.as_u16()),
            verdict,
        }
    }

    /// The failure's own word. What was deliberately not sent now says nothing of the endpoint.
    pub(super) const fn of_failure(error: &TransportError) -> Self {
        let verdict = match error.reason.retry_after() {
            Some(_) => Verdict::NotAsked,
            None => Verdict::Refused,
        };
        Self::without_answer(error.reason.as_word(), verdict)
    }

    /// It took longer than anything may.
    pub(super) const fn timeout() -> Self {
        Self::without_answer("timeout", Verdict::Refused)
    }

    /// What the endpoint is told with cannot be put into a request.
    pub(super) const fn unsendable() -> Self {
        Self::without_answer("unsendable", Verdict::Refused)
    }

    /// The payload does not open.
    pub(super) const fn unreadable() -> Self {
        Self::without_answer("unreadable", Verdict::Hopeless)
    }

    /// It was begun again and again, and never came to an end.
    pub(super) const fn never_ended() -> Self {
        Self::without_answer("never_ended", Verdict::Hopeless)
    }

    /// This process lacks a master key that it takes; others may have it.
    pub(super) const fn no_key() -> Self {
        Self::without_answer("no_key", Verdict::NotAsked)
    }
}

/// How long the endpoint asks us to wait. A date counts from the answer's own `Date`, since the same clock wrote both;
/// without one, from our time.
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(secs) = value.parse() {
        return Some(Duration::from_secs(secs));
    }
    let until = http_date(value)?;
    let sent = headers.get(DATE).and_then(|date| date.to_str().ok());
    let from = sent.and_then(http_date).unwrap_or(now);
    Some(until.since(from))
}

/// The fixed-length form of RFC 9110 is a form of RFC 2822.
fn http_date(text: &str) -> Option<Timestamp> {
    let zoned = jiff::fmt::rfc2822::parse(text.trim()).ok()?;
    Some(Timestamp::from_unix_secs(zoned.timestamp().as_second()))
}

#[cfg(test)]
mod tests {
    use idv_core::{Sent, TransportFailure};

    use super::*;

    fn answered(status: u16, headers: &[(&str, &str)]) -> Outcome {
        let mut answer = Response::builder().status(status);
        for (name, value) in headers {
            answer = answer.header(*name, *value);
        }
        let now = "2026-11-20T19:00:00Z".parse().unwrap();
        Outcome::of_answer(&answer.body(Bytes::new()).unwrap(), now)
    }

    #[test]
    fn only_a_success_is_taken() {
        for status in [200, 201, 202, 204, 299] {
            let outcome = answered(status, &[("retry-after", "60")]);
            assert_eq!(outcome.verdict, Verdict::Taken);
            assert_eq!(
                (&*outcome.word, outcome.status),
                ("delivered", Some(status))
            );
        }
        for (status, word) in [
            (199, "status_199"),
            (301, "redirected"),
            (304, "redirected"),
            (308, "redirected"),
            (400, "status_400"),
            (500, "status_500"),
        ] {
            let outcome = answered(status, &[("location", "https://evil.example")]);
            assert_eq!(outcome.verdict, Verdict::Refused, "{status}");
            assert_eq!((&*outcome.word, outcome.status), (word, Some(status)));
        }
    }

    #[test]
    fn gone_is_for_good() {
        assert_eq!(
            answered(410, &[("retry-after", "1")]).verdict,
            Verdict::Gone
        );
    }

    #[test]
    fn a_rest_is_asked_for_by_status_or_by_header() {
        for status in [429, 502, 503, 504] {
            assert_eq!(answered(status, &[]).verdict, Verdict::Rest(None));
        }
        let rest = |secs| Verdict::Rest(Some(Duration::from_secs(secs)));
        assert_eq!(answered(500, &[("retry-after", "7")]).verdict, rest(7));
        assert_eq!(answered(503, &[("retry-after", " 0 ")]).verdict, rest(0));
        let at = ("retry-after", "Fri, 20 Nov 2026 19:00:30 GMT");
        assert_eq!(answered(503, &[at]).verdict, rest(30));
        let sent = ("date", "Fri, 20 Nov 2026 19:00:10 GMT");
        assert_eq!(answered(503, &[at, sent]).verdict, rest(20));
        let late = ("date", "Fri, 20 Nov 2026 19:00:31 GMT");
        assert_eq!(answered(503, &[at, late]).verdict, rest(0));
        for unclear in ["-1", "soon", ""] {
            let verdict = answered(500, &[("retry-after", unclear)]).verdict;
            assert_eq!(verdict, Verdict::Refused, "{unclear}");
        }
    }

    #[test]
    fn each_failure_of_the_connection_has_its_word() {
        let retry_after = Duration::from_secs(9);
        for (reason, word, verdict) in [
            (TransportFailure::Connect, "no_connection", Verdict::Refused),
            (TransportFailure::Timeout, "timeout", Verdict::Refused),
            (TransportFailure::Broken, "broken", Verdict::Refused),
            (TransportFailure::TooLarge, "too_large", Verdict::Refused),
            (
                TransportFailure::RefusedAddress,
                "refused_address",
                Verdict::Refused,
            ),
            (TransportFailure::Tls, "tls", Verdict::Refused),
            (
                TransportFailure::Unsendable("no"),
                "unsendable",
                Verdict::Refused,
            ),
            (
                TransportFailure::HeldBack { retry_after },
                "held_back",
                Verdict::NotAsked,
            ),
        ] {
            let sent = Sent::Unknown;
            let outcome = Outcome::of_failure(&TransportError { sent, reason });
            assert_eq!(outcome, Outcome::without_answer(word, verdict));
        }
    }
}
