//! What the application knows about the person: `person` in a new request. Every field may be left out.
//!
//! `given_name`, `middle_name`, `family_name` · `birthdate` (`1990-03-01`) · `email` · `phone` (E.164) ·
//! `nationality` (two or three letters, ISO 3166-1) · `language` (BCP 47) · `address: {lines[], city, region,
//! postal_code, country}`. It is stored encrypted, and a vendor gets what it has a place for.

use idv_core::{Address, Country, Name, PartialDate, PersonRecord, Provenance, Sourced};

use crate::routes::body::{FieldErrors, Fields};

const MAX_CHARS: usize = 200;

/// Reads the claims.
pub(super) fn read(mut fields: Fields, errors: &mut FieldErrors) -> PersonRecord {
    let mut person = PersonRecord::default();
    let mut name = Name::default();
    name.given_name = fields.line("given_name", MAX_CHARS, errors);
    name.middle_name = fields.line("middle_name", MAX_CHARS, errors);
    name.family_name = fields.line("family_name", MAX_CHARS, errors);
    if name != Name::default() {
        person.names = claimed(Some(name));
    }
    let expected = "a date such as 1990-03-01";
    person.birthdates = claimed(fields.parsed("birthdate", expected, errors, date));
    person.emails = claimed(fields.parsed("email", EMAIL, errors, email));
    person.phones = claimed(fields.line("phone", MAX_CHARS, errors));
    person.nationalities = claimed(fields.parsed("nationality", COUNTRY, errors, country));
    person.language = fields.line("language", MAX_CHARS, errors);
    if let Some(fields) = fields.object("address", errors) {
        person.addresses = claimed(Some(address(fields, errors)));
    }
    fields.finish(errors);
    person
}

const LINE: &str = "text of 1 to 200 characters without control characters";

const EMAIL: &str = "an email address of at most 200 characters, such as ada@example.org";

const COUNTRY: &str = "a country of ISO 3166-1, two or three upper-case letters";

fn address(mut fields: Fields, errors: &mut FieldErrors) -> Address {
    let mut address = Address::default();
    address.lines = fields.list("lines", LINE, errors, |line| {
        let fits = !line.trim().is_empty()
            && line.chars().count() <= MAX_CHARS
            && !line.chars().any(char::is_control);
        fits.then(|| line.to_owned())
    });
    address.city = fields.line("city", MAX_CHARS, errors);
    address.region = fields.line("region", MAX_CHARS, errors);
    address.postal_code = fields.line("postal_code", MAX_CHARS, errors);
    address.country = fields.parsed("country", COUNTRY, errors, country);
    fields.finish(errors);
    address
}

fn claimed<T>(value: Option<T>) -> Vec<Sourced<T>> {
    let claim = |value| Sourced::present(value, Provenance::Claimed);
    value.map(claim).into_iter().collect()
}

/// One address that a mail can be sent to. Forms that hardly anybody has and that are good for mischief are none: a
/// local part in quotes, a number for a domain.
fn email(text: &str) -> Option<String> {
    let plain = text.chars().count() <= MAX_CHARS
        && text.matches('@').count() == 1
        && !text
            .chars()
            .any(|c| c.is_control() || c.is_whitespace() || matches!(c, '"' | '[' | ']'));
    let parsed: lettre::Address = text.parse().ok().filter(|_| plain)?;
    let is_number = parsed.domain().parse::<std::net::IpAddr>().is_ok();
    (!is_number).then(|| text.to_owned())
}

fn country(code: &str) -> Option<Country> {
    match Country::from_code(code) {
        Country::Unknown(_) => None,
        known => Some(known),
    }
}

/// A whole calendar date; one that no calendar has is refused, not mended.
fn date(text: &str) -> Option<PartialDate> {
    // Read as midnight of that day: who knows times knows calendars.
    let plain = text.len() == 10
        && text.bytes().enumerate().all(|(i, b)| match i {
            4 | 7 => b == b'-',
            _ => b.is_ascii_digit(),
        });
    let _: idv_core::Timestamp = format!("{text}T00:00:00Z").parse().ok().filter(|_| plain)?;
    let mut parts = text.split('-');
    let year = parts.next()?.parse().ok()?;
    let month = parts.next()?.parse().ok()?;
    let day = parts.next()?.parse().ok()?;
    Some(PartialDate::new(year, Some(month), Some(day)))
}

#[cfg(test)]
mod tests {
    use super::{date, email};

    #[test]
    fn only_an_address_a_mail_can_be_sent_to_is_one() {
        for good in [
            "ada@example.org",
            "ada.l+id@xn--bcher-kva.example",
            "zoë@bücher.example",
        ] {
            assert_eq!(email(good).as_deref(), Some(good));
        }
        let long = format!("{}@{}.example", "a".repeat(60), "b.".repeat(70));
        for bad in [
            "ada",
            "@example.org",
            "ada@",
            "ada@example.org, eve@example.org",
            "ada@example.org@example.com",
            "Ada <ada@example.org>",
            "\"a@b\"@example.org",
            "\"ada\"@example.org",
            "ada lovelace@example.org",
            " ada@example.org",
            "ada@example.org\r\nBcc: eve@example.org",
            "ada..l@example.org",
            "ada@127.0.0.1",
            "ada@[127.0.0.1]",
            &long,
        ] {
            assert!(email(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn only_dates_of_the_calendar_are_dates() {
        assert!(date("2000-02-29").is_some());
        for bad in [
            "2001-02-29",
            "1990-13-01",
            "1990-1-1",
            "01-03-1990",
            "1990-03-01T",
            "+990-03-01",
        ] {
            assert!(date(bad).is_none(), "{bad}");
        }
    }
}
