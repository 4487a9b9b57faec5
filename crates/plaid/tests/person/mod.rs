//! The synthetic person of the recordings.

use idv_core::{
    Address, Country, IdNumber, Name, PartialDate, Person, PersonRecord, Provenance, Sourced,
    StartSession, SubjectRef,
};
use idv_testkit::ManualClock;

/// What the recordings of `start` were asked with.
pub(crate) fn intent() -> StartSession {
    let mut intent = StartSession::new(
        "idv_01kafrg2v0e9wtz4q8m5n7r3xa".parse().unwrap(),
        SubjectRef::new("subject-0417"),
        "intent-1",
        ManualClock::NOON,
    );
    intent.person = Person::new(claims());
    intent.return_url = Some("https://example.org/back".to_owned());
    intent
}

/// What the application says about the person.
pub(crate) fn claims() -> PersonRecord {
    fn claimed<T>(value: T) -> Vec<Sourced<T>> {
        vec![Sourced::present(value, Provenance::Claimed)]
    }
    let mut name = Name::default();
    name.given_name = Some("Zephyrine".to_owned());
    name.family_name = Some("Quillmark".to_owned());
    let mut address = Address::default();
    address.lines = vec!["77 Marigold Row".to_owned(), "Flat 9".to_owned()];
    address.city = Some("Testerton".to_owned());
    address.region = Some("CA".to_owned());
    address.postal_code = Some("90001".to_owned());
    address.country = Some(Country::from_code("US"));
    let mut person = PersonRecord::default();
    person.names = claimed(name);
    person.birthdates = claimed(PartialDate::new(1988, Some(2), Some(29)));
    person.addresses = claimed(address);
    person.emails = claimed("zephyrine.quillmark@example.org".to_owned());
    person.phones = claimed("+15555550142".to_owned());
    let kind = Some("us_ssn".to_owned());
    person.id_numbers = claimed(IdNumber::new(kind, "219-09-9999"));
    person
}
