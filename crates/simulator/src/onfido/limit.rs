//! How often the account may be called.

use std::time::Duration;

use crate::bucket::Bucket;

/// Calls of one account, by the minute. 400 live and 30 in a sandbox, unless something else was agreed on: as clients of
/// the vendor say; its own pages are not stored.
pub(super) fn limit(is_sandbox: bool) -> Bucket {
    let a_minute = if is_sandbox { 30 } else { 400 };
    Bucket::full(a_minute, Duration::from_secs(60))
}

#[cfg(test)]
mod tests {
    use idv_core::Timestamp;

    use super::*;

    #[test]
    fn a_sandbox_may_be_called_less_often() {
        for (is_sandbox, most) in [(true, 30), (false, 400)] {
            let mut limit = limit(is_sandbox);
            let now = Timestamp::from_unix_secs(0);
            assert_eq!((0..500).filter(|_| limit.take(now)).count(), most);
        }
    }
}
