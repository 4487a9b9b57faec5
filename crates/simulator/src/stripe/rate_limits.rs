//! How often the API may be called.

use std::collections::HashMap;
use std::time::Duration;

use http::StatusCode;
use idv_core::Timestamp;

use super::refusal::Refusal;
use crate::bucket::Bucket;

/// Calls a second in the sandbox: of the whole account, and of each endpoint.
const SANDBOX_PER_SECOND: u32 = 25;
/// Calls a second in the live mode, of the whole account.
const LIVE_PER_SECOND: u32 = 100;
const ENDPOINT_PER_SECOND: u32 = 25;
/// Of everything about files: reading and writing, each.
const FILES_PER_SECOND: u32 = 20;

const SECOND: Duration = Duration::from_secs(1);

/// The limits of one account.
#[derive(Debug, Default)]
pub(super) struct RateLimits {
    buckets: HashMap<String, Bucket>,
}

impl RateLimits {
    /// Counts one call of an endpoint. `endpoint`: method and path, without ids.
    pub(super) fn check(
        &mut self,
        endpoint: &str,
        is_live: bool,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let whole = if is_live {
            LIVE_PER_SECOND
        } else {
            SANDBOX_PER_SECOND
        };
        let (name, rate) = match endpoint.split_once(' ') {
            Some(("GET", path)) if path.starts_with("/v1/file") => {
                ("files, read", FILES_PER_SECOND)
            }
            Some((_, path)) if path.starts_with("/v1/file") => ("files, written", FILES_PER_SECOND),
            _ => (endpoint, ENDPOINT_PER_SECOND),
        };
        let mut is_empty = |name: &str, per_second: u32| {
            let bucket = self.buckets.entry(name.to_owned());
            let bucket = bucket.or_insert_with(|| Bucket::full(per_second, SECOND));
            !bucket.has_one(now)
        };
        if is_empty("", whole) {
            return Err(limited("global-rate"));
        }
        if is_empty(name, rate) {
            return Err(limited("endpoint-rate"));
        }
        for name in ["", name] {
            if let Some(bucket) = self.buckets.get_mut(name) {
                bucket.take(now);
            }
        }
        Ok(())
    }
}

/// The vendor's refusal of whoever calls too often. `reason`: which limit it was.
pub(super) fn limited(reason: &'static str) -> Refusal {
    Refusal {
        code: Some("rate_limit"),
        limited_by: Some(reason),
        ..Refusal::new(
            StatusCode::TOO_MANY_REQUESTS,
            "Request rate limit exceeded. You can learn more about rate limits here https://stripe.com/docs/rate-limits.",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_unix_secs(1_795_176_000);

    #[test]
    fn a_second_holds_so_many_calls_and_no_more() {
        let mut limits = RateLimits::default();
        let mut call = |endpoint: &str, now: Timestamp| {
            let refused = limits.check(endpoint, false, now).err();
            refused.and_then(|refusal| refusal.limited_by)
        };
        for _ in 0..25 {
            assert_eq!(call("GET /v1/identity/verification_sessions", START), None);
        }
        assert_eq!(call("GET /v1/events", START), Some("global-rate"));
        let later = START.plus(Duration::from_millis(80));
        assert_eq!(call("GET /v1/events", later), None);
        assert_eq!(call("GET /v1/events", later), None);
        assert_eq!(call("GET /v1/events", later), Some("global-rate"));
    }

    #[test]
    fn files_have_a_limit_of_their_own_and_so_has_each_endpoint() {
        let mut limits = RateLimits::default();
        let mut call = |endpoint: &str| {
            let refused = limits.check(endpoint, true, START).err();
            refused.and_then(|refusal| refusal.limited_by)
        };
        for _ in 0..20 {
            assert_eq!(call("POST /v1/file_links"), None);
        }
        assert_eq!(call("POST /v1/files"), Some("endpoint-rate"));
        for _ in 0..20 {
            assert_eq!(call("GET /v1/files/{}"), None);
        }
        for _ in 0..25 {
            assert_eq!(call("POST /v1/identity/verification_sessions"), None);
        }
        assert_eq!(
            call("POST /v1/identity/verification_sessions"),
            Some("endpoint-rate")
        );
    }
}
