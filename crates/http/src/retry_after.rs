//! The header `Retry-After` (RFC 9110, section 10.2.3).

use std::time::Duration;

use http::HeaderMap;
use http::header::{DATE, RETRY_AFTER};

/// How long the sender asks us to wait. A date counts from the answer's own `Date`, since the sender's clock is the
/// one that wrote both; without a `Date` it says nothing.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(secs) = value.parse() {
        return Some(Duration::from_secs(secs));
    }
    let until = http_date(value)?;
    let sent = http_date(headers.get(DATE)?.to_str().ok()?.trim())?;
    u64::try_from(until.saturating_sub(sent))
        .ok()
        .map(Duration::from_secs)
}

/// Seconds since the Unix epoch. The fixed-length form of RFC 9110 is a form of RFC 2822.
fn http_date(text: &str) -> Option<i64> {
    let zoned = jiff::fmt::rfc2822::parse(text).ok()?;
    Some(zoned.timestamp().as_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(pairs: &[(http::HeaderName, &str)]) -> Option<u64> {
        let headers = pairs
            .iter()
            .map(|(name, value)| (name.clone(), value.parse().unwrap()))
            .collect();
        retry_after(&headers).map(|wait| wait.as_secs())
    }

    #[test]
    fn seconds_and_dates_are_read() {
        assert_eq!(wait(&[(RETRY_AFTER, "7")]), Some(7));
        let until = (RETRY_AFTER, "Fri, 20 Nov 2026 19:00:30 GMT");
        let sent = (DATE, "Fri, 20 Nov 2026 19:00:00 GMT");
        assert_eq!(wait(&[until.clone(), sent]), Some(30));
        assert_eq!(
            wait(&[until, (DATE, "Fri, 20 Nov 2026 19:01:00 GMT")]),
            None
        );
    }

    #[test]
    fn what_says_nothing_clear_is_no_wait() {
        assert_eq!(wait(&[]), None);
        assert_eq!(wait(&[(RETRY_AFTER, "-1")]), None);
        assert_eq!(wait(&[(RETRY_AFTER, "soon")]), None);
        assert_eq!(
            wait(&[(RETRY_AFTER, "Fri, 20 Nov 2026 19:00:30 GMT")]),
            None
        );
    }
}
