//! The application's own rules about requests.

use std::time::Duration;

/// The application's own rules about requests. None of them can make a pass. By default there is none but one restart
/// after a technical error.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Policy {
    /// A request that is open for longer than this has expired.
    pub expires_after: Option<Duration>,
    /// A request whose subject has begun, is to act, and of whom nothing was heard for this long, was abandoned.
    pub abandoned_after: Option<Duration>,
    /// A subject who had to try again this often has failed, at a vendor that never says "failed".
    pub max_attempts: Option<u32>,
    /// A subject who has to try again for a reason that no other try can mend has failed.
    pub end_not_retryable: bool,
    /// How many sessions that ended for a technical reason are replaced by another one, per request.
    pub errored_restarts: u32,
    /// At most this many requests per subject are made within this time; one that is open or passed and may be used
    /// again is still given out.
    pub max_requests: Option<(u32, Duration)>,
    /// A person whose requests have all ended, and who was not heard of for this long, is erased.
    pub erase_after: Option<Duration>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            expires_after: None,
            abandoned_after: None,
            max_attempts: None,
            end_not_retryable: false,
            errored_restarts: 1,
            max_requests: None,
            erase_after: None,
        }
    }
}
