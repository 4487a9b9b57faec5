//! Points in time, always UTC.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A point in time in UTC, with a resolution of one microsecond.
///
/// Serializes as RFC 3339 with six decimals or none (`2026-11-20T18:43:00Z`).
///
/// ```
/// use idv_core::Timestamp;
/// let t: Timestamp = "2026-11-20T18:43:00Z".parse().unwrap();
/// assert_eq!(t.as_unix_secs(), 1_795_200_180);
/// assert_eq!(t.to_string(), "2026-11-20T18:43:00Z");
/// assert!("yesterday".parse::<Timestamp>().is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    unix_micros: i64,
}

/// The text is not an RFC 3339 time with an offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an RFC 3339 time with an offset, such as 2026-11-20T18:43:00Z")]
pub struct InvalidTimestamp;

/// 0001-01-01T00:00:00Z to 9999-12-30T21:59:59.999999Z: what RFC 3339 can write, in any offset.
const MIN_MICROS: i64 = -62_135_596_800_000_000;
const MAX_MICROS: i64 = 253_402_207_199_999_999;

impl Timestamp {
    /// 1970-01-01T00:00:00Z.
    pub const UNIX_EPOCH: Self = Self { unix_micros: 0 };

    /// From microseconds since the Unix epoch; clamped to the years 0001 to 9999.
    #[must_use]
    pub const fn from_unix_micros(unix_micros: i64) -> Self {
        let unix_micros = if unix_micros < MIN_MICROS {
            MIN_MICROS
        } else if unix_micros > MAX_MICROS {
            MAX_MICROS
        } else {
            unix_micros
        };
        Self { unix_micros }
    }

    /// From seconds since the Unix epoch; clamped to the years 0001 to 9999.
    #[must_use]
    pub const fn from_unix_secs(unix_secs: i64) -> Self {
        Self::from_unix_micros(unix_secs.saturating_mul(1_000_000))
    }

    /// Microseconds since the Unix epoch.
    #[must_use]
    pub const fn as_unix_micros(self) -> i64 {
        self.unix_micros
    }

    /// Whole seconds since the Unix epoch, rounded down.
    #[must_use]
    pub const fn as_unix_secs(self) -> i64 {
        self.unix_micros.div_euclid(1_000_000)
    }

    /// This time plus a span, clamped to the year 9999.
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        let micros = i64::try_from(span.as_micros()).unwrap_or(i64::MAX);
        Self::from_unix_micros(self.unix_micros.saturating_add(micros))
    }

    /// This time minus a span, clamped to the year 0001.
    #[must_use]
    pub fn minus(self, span: Duration) -> Self {
        let micros = i64::try_from(span.as_micros()).unwrap_or(i64::MAX);
        Self::from_unix_micros(self.unix_micros.saturating_sub(micros))
    }

    /// How long after `earlier` this is; zero if it is not after it.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        let micros = self.unix_micros.saturating_sub(earlier.unix_micros);
        Duration::from_micros(u64::try_from(micros).unwrap_or(0))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = jiff::Timestamp::from_microsecond(self.unix_micros).unwrap_or_default();
        time.fmt(f)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Timestamp {
    type Err = InvalidTimestamp;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let time: jiff::Timestamp = text.parse().map_err(|_| InvalidTimestamp)?;
        Ok(Self::from_unix_micros(time.as_microsecond()))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'_, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "schema")]
crate::schema::schema!(Timestamp, crate::schema::date_time());

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extreme_numbers_are_clamped_and_still_print() {
        for secs in [i64::MIN, -1, 0, 1, i64::MAX] {
            let time = Timestamp::from_unix_secs(secs);
            let back: Timestamp = time.to_string().parse().expect("prints what it reads");
            assert_eq!(back, time);
        }
        assert_eq!(Timestamp::from_unix_secs(-1).as_unix_secs(), -1);
    }

    #[test]
    fn since_is_zero_for_a_later_time() {
        let (a, b) = (Timestamp::from_unix_secs(10), Timestamp::from_unix_secs(25));
        assert_eq!(b.since(a), Duration::from_secs(15));
        assert_eq!(a.since(b), Duration::ZERO);
    }
}
