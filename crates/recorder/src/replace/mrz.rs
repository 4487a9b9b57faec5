//! The machine-readable zone of a document (ICAO 9303): TD1 with three lines of 30 characters, TD2 with two of 36 and TD3
//! with two of 44. Name, number and dates become those that stand elsewhere for the same person, and the check digits
//! are made anew.

use super::Replacements;
use crate::leftover::Weight;

/// What is known beside the zone.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Beside<'a> {
    /// The first line, for the check digit over two lines.
    pub(crate) first_line: Option<&'a str>,
    /// The date of birth.
    pub(crate) birth: Option<&'a str>,
    /// The date of expiry.
    pub(crate) expiry: Option<&'a str>,
}

/// The check digit over these characters: weights 7, 3 and 1 in turn; letters count from 10.
pub(crate) fn check_digit(characters: &str) -> char {
    let sum: u32 = characters
        .chars()
        .zip([7, 3, 1].into_iter().cycle())
        .map(|(c, weight)| c.to_digit(36).unwrap_or(0) * weight)
        .sum();
    char::from_digit(sum % 10, 10).unwrap_or('0')
}

fn is_zone(line: &str) -> bool {
    line.bytes()
        .all(|byte| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'<'))
}

fn part(line: &str, from: usize, to: usize) -> &str {
    line.get(from..to).unwrap_or_default()
}

fn filled(text: &str, width: usize) -> String {
    let mut filled: String = text.chars().take(width).collect();
    while filled.len() < width {
        filled.push('<');
    }
    filled
}

impl Replacements {
    /// A line, or several with line ends between them. `None` if it is no zone; the caller knows what to do with a text.
    pub(crate) fn mrz(&mut self, text: &str, beside: Beside<'_>) -> Option<String> {
        let lines: Vec<&str> = text.lines().collect();
        self.forget(text, Weight::Person);
        let mut out = Vec::new();
        for line in &lines {
            let first_line = if lines.len() > 1 {
                lines.first().copied()
            } else {
                beside.first_line
            };
            out.push(self.line(
                line,
                Beside {
                    first_line,
                    ..beside
                },
            )?);
        }
        let out = if out.is_empty() {
            None
        } else {
            Some(out.join("\n"))
        };
        out.map(|zone| self.written(zone))
    }

    fn line(&mut self, line: &str, beside: Beside<'_>) -> Option<String> {
        if !is_zone(line) {
            return None;
        }
        self.forget(line, Weight::Person);
        // Names have no digits, and every other line has at least a check digit.
        let has_digits = line.bytes().any(|byte| byte.is_ascii_digit());
        let begins_with_letter = line.starts_with(|c: char| c.is_ascii_uppercase());
        match line.len() {
            30 if !has_digits => Some(self.names(line, 0)),
            30 if begins_with_letter => Some(self.td1_first(line)),
            30 => self.td1_second(line, beside),
            36 | 44 if !has_digits => Some(self.names(line, 5)),
            36 => self.second(line, beside, 35),
            44 => self.second(line, beside, 42),
            _ => None,
        }
    }

    fn zone_number(&mut self, field: &str) -> String {
        let number = field.trim_end_matches('<');
        if number.is_empty() {
            return field.to_owned();
        }
        let drawn = self.document_number(&number.replace('<', ""));
        filled(&drawn, field.len())
    }

    fn zone_date(&mut self, six: &str, beside: Option<&str>, is_birth: bool) -> String {
        match self.date_of_six_digits(six, beside, is_birth) {
            Some(date) => self.another(date, !is_birth).strftime("%y%m%d").to_string(),
            // Parts of a date of birth may be unknown, and are then fillers.
            None => six
                .chars()
                .map(|c| if c == '<' { '<' } else { '1' })
                .collect(),
        }
    }

    fn td1_first(&mut self, line: &str) -> String {
        let number = self.zone_number(part(line, 5, 14));
        let optional = self.zone_number(part(line, 15, 30));
        format!(
            "{}{number}{}{optional}",
            part(line, 0, 5),
            check_digit(&number)
        )
    }

    fn td1_second(&mut self, line: &str, beside: Beside<'_>) -> Option<String> {
        let birth = self.zone_date(part(line, 0, 6), beside.birth, true);
        let expiry = self.zone_date(part(line, 8, 14), beside.expiry, false);
        let optional = self.zone_number(part(line, 18, 29));
        let first = beside
            .first_line
            .filter(|first| first.len() == 30 && is_zone(first));
        let first = first.map(|first| self.td1_first(first))?;
        let (birth_check, expiry_check) = (check_digit(&birth), check_digit(&expiry));
        let over = format!(
            "{}{birth}{birth_check}{expiry}{expiry_check}{optional}",
            part(&first, 5, 30)
        );
        let (sex, nationality) = (part(line, 7, 8), part(line, 15, 18));
        let check = check_digit(&over);
        Some(format!(
            "{birth}{birth_check}{sex}{expiry}{expiry_check}{nationality}{optional}{check}"
        ))
    }

    /// The second line of TD2 and TD3: the same up to the optional part, which ends at `optional_end`.
    fn second(&mut self, line: &str, beside: Beside<'_>, optional_end: usize) -> Option<String> {
        let number = self.zone_number(part(line, 0, 9));
        let birth = self.zone_date(part(line, 13, 19), beside.birth, true);
        let expiry = self.zone_date(part(line, 21, 27), beside.expiry, false);
        let mut optional = self.zone_number(part(line, 28, optional_end));
        if line.len() == 44 {
            let is_empty = optional.bytes().all(|byte| byte == b'<');
            let keeps_filler = is_empty && part(line, 42, 43) == "<";
            optional.push(if keeps_filler {
                '<'
            } else {
                check_digit(&optional)
            });
        }
        let numbered = format!("{number}{}", check_digit(&number));
        let born = format!("{birth}{}", check_digit(&birth));
        let expires = format!("{expiry}{}{optional}", check_digit(&expiry));
        let check = check_digit(&format!("{numbered}{born}{expires}"));
        let (nationality, sex) = (part(line, 10, 13), part(line, 20, 21));
        Some(format!(
            "{numbered}{nationality}{born}{sex}{expires}{check}"
        ))
    }

    /// A line of names, which begin at this place.
    fn names(&mut self, line: &str, from: usize) -> String {
        let (kept, names) = line.split_at_checked(from).unwrap_or(("", line));
        let whole = names.trim_end_matches('<');
        let cut_off = whole.len() == names.len();
        let last = whole.rsplit('<').next().unwrap_or_default().to_owned();
        let parts = whole.split("<<").map(|part| {
            let words = part.split('<').filter(|word| !word.is_empty());
            let words: Vec<String> = words
                .map(|word| self.name_in_a_zone(word, cut_off && word == last))
                .collect();
            words.join("<")
        });
        let parts: Vec<String> = parts.collect();
        format!("{kept}{}", filled(&parts.join("<<"), names.len()))
    }
}
