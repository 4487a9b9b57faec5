//! How fast delays pass.

use std::num::NonZeroU32;
use std::time::Duration;

/// How many times faster than at the vendor delays pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Speed(NonZeroU32);

impl Default for Speed {
    fn default() -> Self {
        Self::times(1)
    }
}

impl Speed {
    /// So many times faster; for 0, as fast as at the vendor.
    pub(crate) fn times(times: u32) -> Self {
        Self(NonZeroU32::new(times).unwrap_or(NonZeroU32::MIN))
    }

    /// How long so many seconds take.
    pub(crate) fn delay(self, secs: u64) -> Duration {
        Duration::from_secs(secs) / self.0.get()
    }
}
