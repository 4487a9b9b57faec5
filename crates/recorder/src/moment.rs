//! Points in time, as vendors write them: a date, a time of day and an offset, and nothing behind them.

use jiff::civil::Date;

/// The two digits of a number below this end.
fn is_below(end: u8, two_digits: &str) -> bool {
    let is_digits = two_digits.len() == 2 && two_digits.bytes().all(|byte| byte.is_ascii_digit());
    is_digits && two_digits.parse::<u8>().is_ok_and(|number| number < end)
}

/// A time of day (up to a leap second) and an offset, with what divides them from a date: `T15:25:02.123Z`.
pub(crate) fn is_time_of_day(text: &str) -> bool {
    let time = text.strip_prefix(['T', ' ']);
    let Some((time, rest)) = time.and_then(|time| time.split_at_checked(8)) else {
        return false;
    };
    let mut parts = time.split(':');
    let is_time = [24, 60, 61]
        .into_iter()
        .all(|end| parts.next().is_some_and(|part| is_below(end, part)));
    let offset = rest.strip_prefix('.').map_or(Some(rest), |fraction| {
        let offset = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
        (1..=9)
            .contains(&(fraction.len() - offset.len()))
            .then_some(offset)
    });
    is_time && parts.next().is_none() && offset.is_some_and(is_offset)
}

/// `Z`, ` UTC`, `+05:45`: no country has odd minutes.
fn is_offset(text: &str) -> bool {
    let signed = text.strip_prefix(['+', '-']);
    let parts = signed.and_then(|offset| offset.split_once(':'));
    matches!(text, "" | "Z" | " UTC")
        || parts.is_some_and(|(hours, minutes)| {
            is_below(15, hours) && matches!(minutes, "00" | "15" | "30" | "45")
        })
}

/// The date that a text begins with, as `2024-10-03`, and what follows it.
pub(crate) fn date_and_rest(text: &str) -> Option<(Date, &str)> {
    let (date, rest) = text.split_at_checked(10)?;
    let is_date = date.bytes().enumerate().all(|(index, byte)| match index {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    Some((date.parse().ok().filter(|_| is_date)?, rest))
}

/// The date of a point in time; none if the text is none.
pub(crate) fn date_of(text: &str) -> Option<Date> {
    let (date, rest) = date_and_rest(text)?;
    is_time_of_day(rest).then_some(date)
}

/// True for a point in time.
pub(crate) fn is_moment(text: &str) -> bool {
    date_of(text).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_moment_and_has_nothing_behind_it() {
        for moment in [
            "2024-10-03T15:25:02Z",
            "2019-11-23 13:50:33Z",
            "2016-10-26 16:18:24 UTC",
            "2024-10-03T15:25:02.123456+00:00",
            "2024-10-03T15:25:60-03:30",
            "2024-10-03T15:25:02",
        ] {
            assert!(is_moment(moment), "{moment}");
        }
        for other in [
            "1990-05-29",
            "1990-05-29 Jane",
            "1990-05-29T10:00:00 Jane",
            "1990-05-29T10:00:00+Jane!",
            "1990-05-29T10:00:00-49:15",
            "1990-05-29T10:00:00+01:17",
            "1990-05-29T10:00:00.4915112345678Z",
            "1990-05-29T10:00:00.1.2Z",
            "1990-05-29T10:00:00.Z",
            "1990-05-29T49:15:11",
            "1990-05-29T10:00:99",
            "1990-15-29T10:00:00Z",
            "1990-05-29T1:000:00Z",
        ] {
            assert!(!is_moment(other), "{other}");
        }
    }
}
