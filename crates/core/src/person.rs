//! The person: what was claimed, read off a document, or confirmed. All of it is personal data.
//!
//! [`Person`] is what travels through the code: it prints nothing and does not serialize. [`PersonRecord`] is its
//! serializable twin, reached only by [`Person::expose`] with a stated purpose.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::open_enum::open_enum;
use crate::{Country, Document, Pii, Purpose, StepKind};

/// Everything known about one person.
#[derive(Clone, Default, PartialEq)]
pub struct Person(Pii<PersonRecord>);

impl Person {
    /// Wraps a record.
    #[must_use]
    pub const fn new(record: PersonRecord) -> Self {
        Self(Pii::new(record))
    }

    /// The record, for the stated purpose.
    #[must_use]
    pub const fn expose(&self, purpose: Purpose) -> &PersonRecord {
        self.0.expose(purpose)
    }
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Person(..)")
    }
}

/// The serializable twin of [`Person`]. Claims and findings live side by side; nothing overwrites anything.
///
/// It has no useful `Debug` on purpose: a derived one would end up in a log.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct PersonRecord {
    /// Names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<Sourced<Name>>,
    /// Dates of birth.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub birthdates: Vec<Sourced<PartialDate>>,
    /// Sex as stated in a document or claim.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sexes: Vec<Sourced<Sex>>,
    /// Places of birth.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub places_of_birth: Vec<Sourced<PlaceOfBirth>>,
    /// Nationalities.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub nationalities: Vec<Sourced<Country>>,
    /// Postal addresses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<Sourced<Address>>,
    /// E-mail addresses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub emails: Vec<Sourced<String>>,
    /// Phone numbers, as given; E.164 where the vendor normalizes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub phones: Vec<Sourced<String>>,
    /// Identification numbers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub id_numbers: Vec<Sourced<IdNumber>>,
    /// Documents shown.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<Sourced<Document>>,
    /// Networks and devices used.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub networks: Vec<Sourced<Network>>,
    /// Preferred language, a BCP 47 tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// What the application sent along that has no place above.
    #[serde(skip_serializing_if = "serde_json::Map::is_empty")]
    pub additional_properties: serde_json::Map<String, serde_json::Value>,
}

impl PersonRecord {
    /// True if nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Debug for PersonRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonRecord(..)")
    }
}

/// A value and how we came by it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sourced<T> {
    /// The value, or that it was there and has been erased.
    pub value: FieldValue<T>,
    /// How we came by it.
    pub provenance: Provenance,
}

impl<T> Sourced<T> {
    /// A value that is there.
    pub const fn present(value: T, provenance: Provenance) -> Self {
        Self {
            value: FieldValue::Present(value),
            provenance,
        }
    }

    /// A value that was there and has been erased at the vendor.
    pub const fn redacted(provenance: Provenance) -> Self {
        Self {
            value: FieldValue::Redacted,
            provenance,
        }
    }
}

/// A value of personal data: there, erased, or never given.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldValue<T> {
    /// There.
    Present(T),
    /// It was there and has been erased.
    Redacted,
    /// Never given.
    #[default]
    Absent,
}

/// Shows whether a value is there, never the value.
impl<T> fmt::Debug for FieldValue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Present(_) => "Present(..)",
            Self::Redacted => "Redacted",
            Self::Absent => "Absent",
        })
    }
}

impl<T> FieldValue<T> {
    /// The value, if it is there.
    pub const fn as_present(&self) -> Option<&T> {
        match self {
            Self::Present(value) => Some(value),
            Self::Redacted | Self::Absent => None,
        }
    }
}

/// How we came by a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Provenance {
    /// The application said so.
    Claimed,
    /// The subject typed it in at the vendor.
    Provided,
    /// Read off evidence. Names the file or document where the vendor does.
    Extracted {
        /// The vendor's id of the evidence.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        evidence: Option<String>,
    },
    /// The vendor confirmed it in a step.
    Confirmed {
        /// The step.
        step: StepKind,
    },
}

/// A name. Fields as in OpenID Connect for Identity Assurance where it has them.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Name {
    /// Given names, in order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    /// Middle name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub middle_name: Option<String>,
    /// Family name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family_name: Option<String>,
    /// Family name at birth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birth_family_name: Option<String>,
    /// The name in one text, where it comes that way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub full: Option<String>,
    /// The name in its own script, where the vendor gives both.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub native_script: Option<String>,
}

/// A calendar date of which only a part may be known. No time zone: it is a date on a document.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PartialDate {
    /// The year, as written in the document.
    pub year: i16,
    /// The month, 1 to 12.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub month: Option<u8>,
    /// The day of the month, 1 to 31.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<u8>,
}

impl PartialDate {
    /// A date. A month or day out of range is dropped rather than guessed.
    #[must_use]
    pub fn new(year: i16, month: Option<u8>, day: Option<u8>) -> Self {
        let month = month.filter(|m| (1..=12).contains(m));
        let day = day.filter(|d| month.is_some() && (1..=31).contains(d));
        Self { year, month, day }
    }
}

open_enum! {
    /// Sex as stated in a document.
    pub enum Sex {
        /// Female.
        Female = "female",
        /// Male.
        Male = "male",
        /// Stated as unspecified (`X`).
        Unspecified = "unspecified",
    }
}

/// Where a person was born.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct PlaceOfBirth {
    /// As written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raw: Option<String>,
    /// Town.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locality: Option<String>,
    /// Country.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<Country>,
}

/// A postal address.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Address {
    /// Street lines, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<String>,
    /// City or town.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// State, province or region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Postal code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    /// Country.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<Country>,
    /// The address in one text, where it comes that way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raw: Option<String>,
    /// True for a post-office box, where the vendor says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub po_box: Option<bool>,
}

/// An identification number.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct IdNumber {
    /// The kind, with its country first: `us_ssn`, `br_cpf`, `sg_nric`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The number, or what the vendor shows of it.
    pub value: String,
    /// True if the value holds only the last characters.
    #[serde(default)]
    pub is_last_characters_only: bool,
}

impl IdNumber {
    /// A number in full.
    pub fn new(kind: Option<String>, value: impl Into<String>) -> Self {
        Self {
            kind,
            value: value.into(),
            is_last_characters_only: false,
        }
    }
}

/// A network or device the subject used.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Network {
    /// IP address, as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip_address: Option<String>,
    /// What made the fingerprint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fingerprint_kind: Option<String>,
    /// The fingerprint, opaque.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
}

/// Personal data types print their name and nothing else.
macro_rules! opaque_debug {
    ($($name:ident),+) => { $(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    )+ };
}
opaque_debug!(Name, PartialDate, PlaceOfBirth, Address, IdNumber, Network);

#[cfg(test)]
mod tests {
    use super::*;

    fn jane() -> PersonRecord {
        PersonRecord {
            names: vec![Sourced::present(
                Name {
                    given_name: Some("Jane".into()),
                    ..Name::default()
                },
                Provenance::Claimed,
            )],
            emails: vec![Sourced::redacted(Provenance::Provided)],
            birthdates: vec![Sourced::present(
                PartialDate::new(1990, Some(3), None),
                Provenance::Extracted {
                    evidence: Some("file_1".into()),
                },
            )],
            ..PersonRecord::default()
        }
    }

    #[test]
    fn a_person_does_not_print() {
        let mut record = jane();
        record.emails = vec![Sourced::present(
            "Jane@example.org".into(),
            Provenance::Claimed,
        )];
        let printed = format!("{:?} {:?}", record.names, record.emails);
        let printed = format!("{printed} {record:?} {:?}", Person::new(record.clone()));
        assert!(!printed.contains("Jane"), "{printed}");
    }

    #[test]
    fn a_record_survives_writing_and_reading() {
        let json = serde_json::to_string(&jane()).unwrap();
        assert!(crate::json::decode::<PersonRecord>(json.as_bytes()).unwrap() == jane());
    }

    #[test]
    fn an_impossible_month_or_day_is_dropped() {
        assert!(PartialDate::new(2020, Some(27), Some(3)) == PartialDate::new(2020, None, None));
        assert!(PartialDate::new(2020, Some(2), Some(32)) == PartialDate::new(2020, Some(2), None));
    }
}
