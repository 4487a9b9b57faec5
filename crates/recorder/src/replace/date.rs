//! Dates, in the ways in which they are written.

use jiff::civil::Date;

use super::{Family, Replacements};
use crate::leftover::Weight;
use crate::moment::{date_and_rest, is_time_of_day};

/// A way of writing a date.
#[derive(Clone, Copy)]
enum Form {
    /// 1990-05-29, and what may follow it: a time.
    Iso,
    /// 29.05.1990 or 29/05/1990.
    DayFirst(char),
}

fn read(text: &str) -> Option<(Date, Form, &str)> {
    if let Some((date, rest)) = date_and_rest(text) {
        let is_whole = rest.is_empty() || is_time_of_day(rest);
        return is_whole.then_some((date, Form::Iso, rest));
    }
    let (whole, rest) = text.split_at_checked(10)?;
    let between = whole.chars().nth(2).filter(|c| matches!(c, '.' | '/'))?;
    let mut parts = whole.split(between);
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    let date = Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()?;
    rest.is_empty()
        .then_some((date, Form::DayFirst(between), rest))
}

fn write(date: Date, form: Form, rest: &str) -> String {
    match form {
        Form::Iso => format!("{date}{rest}"),
        Form::DayFirst(c) => format!(
            "{:02}{c}{:02}{c}{:04}",
            date.day(),
            date.month(),
            date.year()
        ),
    }
}

/// A date whose parts are members of their own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DateParts {
    pub(crate) day: Option<i64>,
    pub(crate) month: Option<i64>,
    pub(crate) year: Option<i64>,
}

impl DateParts {
    fn date(self) -> Option<Date> {
        Date::new(
            i16::try_from(self.year?).ok()?,
            i8::try_from(self.month?).ok()?,
            i8::try_from(self.day?).ok()?,
        )
        .ok()
    }
}

impl Replacements {
    /// A date as a text. What is no date becomes another text of the same layout.
    pub(crate) fn date(&mut self, text: &str, keeps_year: bool) -> String {
        let Some((date, form, rest)) = read(text) else {
            if let Some((date, _)) = date_and_rest(text) {
                self.forget(&date.to_string(), Weight::Date);
            }
            return self.reference(text);
        };
        self.forget(text, Weight::Date);
        let drawn = write(self.another(date, keeps_year), form, rest);
        self.written(drawn)
    }

    /// A part of a date: `day`, `month` or `year`. A date that the vendor has redacted is the first of January of the
    /// year 1; it stays.
    pub(crate) fn date_part(
        &mut self,
        parts: DateParts,
        name: &str,
        value: &str,
        keeps_year: bool,
    ) -> String {
        let Some(date) = parts.date() else {
            return self.json_number(value);
        };
        if date == Date::constant(1, 1, 1) {
            return value.to_owned();
        }
        let another = self.another(date, keeps_year);
        let part = match name {
            "day" => another.day().to_string(),
            "month" => another.month().to_string(),
            _ => another.year().to_string(),
        };
        self.written(part)
    }

    pub(super) fn another(&mut self, date: Date, keeps_year: bool) -> Date {
        let text = date.to_string();
        self.forget(&text, Weight::Date);
        self.forget(&text.replace('-', ""), Weight::Date);
        let drawn = self.once(Family::Date, &text, |draw| {
            let year = if keeps_year {
                u32::from(date.year().unsigned_abs())
            } else {
                draw.between(1935, 1999)
            };
            format!(
                "{year:04}-{:02}-{:02}",
                draw.between(1, 12),
                draw.between(1, 28)
            )
        });
        drawn.parse().unwrap_or(date)
    }

    /// The date a machine-readable zone means by these six digits: one that is known to be of this person, one that was
    /// seen, or the likely century.
    pub(super) fn date_of_six_digits(
        &self,
        six: &str,
        beside: Option<&str>,
        is_birth: bool,
    ) -> Option<Date> {
        let ends_so = |date: &Date| date.strftime("%y%m%d").to_string() == six;
        if let Some((date, ..)) = beside.and_then(read)
            && ends_so(&date)
        {
            return Some(date);
        }
        let seen = self
            .given
            .keys()
            .filter(|(family, _)| *family == Family::Date);
        let seen = seen
            .filter_map(|(_, date)| date.parse().ok())
            .filter(ends_so);
        if let Some(date) = seen.min() {
            return Some(date);
        }
        let year: i16 = six.get(..2)?.parse().ok()?;
        let century = if is_birth && year > 30 { 1900 } else { 2000 };
        let (month, day) = (six.get(2..4)?.parse().ok()?, six.get(4..6)?.parse().ok()?);
        Date::new(century + year, month, day).ok()
    }
}
