//! What the vendor says about the person, and which files show it.
//!
//! Values of the person leave no origin and no entry among the unknown values: both are stored in the clear.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use idv_core::{
    Address, Country, Document, DocumentKind, EvidenceFile, EvidenceRole, FieldValue, IdNumber,
    Mapped, Name, PartialDate, Person, PersonRecord, PlaceOfBirth, Provenance, Sex, Sourced,
    StepKind,
};

use super::tables::{DOCUMENT_KINDS, OTHER_MEDIA, file_id, media};
use crate::wire::{self, Text};

/// Collects what one object says about the person.
#[derive(Default)]
pub(super) struct Collector {
    record: PersonRecord,
    evidence: Vec<EvidenceFile>,
}

impl Collector {
    /// Puts what was collected where it belongs.
    pub(super) fn hand_over(self, mapped: &mut Mapped) {
        if !self.record.is_empty() {
            mapped.person = Some(Person::new(self.record));
        }
        mapped.evidence = self.evidence;
    }

    /// Files that a task has collected. Which side of a document a file shows, the vendor does not say here.
    pub(super) fn files(&mut self, files: &[wire::Media<'_>]) {
        for file in files {
            let Some(id) = text(&file.id) else { continue };
            let ending = file_id("", &id);
            let is_it = |known: &EvidenceFile| known.vendor_file_id.ends_with(&ending);
            if self.evidence.iter().any(is_it) {
                continue;
            }
            let row = media(file.media_type.get().unwrap_or_default());
            let (kind, role) = row.map_or((OTHER_MEDIA, &EvidenceRole::Other), |row| {
                (row.kind, &row.role)
            });
            let mut evidence = EvidenceFile::new(file_id(kind, &id), role.clone());
            let checksum = file.checksum_sha256.get();
            evidence.sha256 = checksum
                .and_then(|checksum| STANDARD.decode(checksum).ok())
                .and_then(|bytes| bytes.try_into().ok());
            self.evidence.push(evidence);
        }
    }

    /// What the subject has typed in.
    pub(super) fn profile(&mut self, profile: &wire::Product<'_>) {
        let by = Provenance::Provided;
        let mut name = Name::default();
        name.given_name = text(&profile.first_name);
        name.family_name = text(&profile.last_name);
        push(&mut self.record.names, some_name(name), &by);
        push(&mut self.record.birthdates, date(&profile.dob), &by);
        push(&mut self.record.emails, text(&profile.email), &by);
        push(&mut self.record.phones, text(&profile.phone_number), &by);
        let nationality = country(&profile.nationality);
        push(&mut self.record.nationalities, nationality, &by);
        if let Some(wire) = profile.address.get() {
            let mut address = Address::default();
            address.lines = [&wire.line1, &wire.line2, &wire.line3]
                .into_iter()
                .filter_map(text)
                .collect();
            address.city = text(&wire.town);
            address.region = text(&wire.state);
            address.postal_code = text(&wire.postcode);
            address.country = country(&wire.country);
            push(&mut self.record.addresses, some_address(address), &by);
        }
    }

    /// What a report has read off a document.
    pub(super) fn properties(&mut self, report: &wire::Product<'_>, kind: &StepKind) {
        let Some(properties) = report.properties.get() else {
            return;
        };
        let by = Provenance::Extracted { evidence: None };
        let mut name = Name::default();
        name.given_name = text(&properties.first_name).or(text(&properties.first_names));
        name.middle_name = text(&properties.middle_name);
        name.family_name = text(&properties.last_name).or(text(&properties.last_names));
        push(&mut self.record.names, some_name(name), &by);
        let birthdate = date(&properties.date_of_birth);
        push(&mut self.record.birthdates, birthdate, &by);
        push(&mut self.record.sexes, sex(&properties.gender), &by);
        let nationality = country(&properties.nationality);
        push(&mut self.record.nationalities, nationality, &by);
        let place = text(&properties.place_of_birth).map(|raw| {
            let mut place = PlaceOfBirth::default();
            place.raw = Some(raw);
            place
        });
        push(&mut self.record.places_of_birth, place, &by);
        let number = text(&properties.personal_number).map(|number| IdNumber::new(None, number));
        push(&mut self.record.id_numbers, number, &by);
        push(&mut self.record.addresses, address(properties), &by);
        if matches!(kind, StepKind::Document | StepKind::Address) {
            push(&mut self.record.documents, document(properties), &by);
        }
    }
}

fn document(properties: &wire::Properties<'_>) -> Option<Document> {
    let mut document = Document::default();
    document.kind = properties.document_type.get().and_then(document_kind);
    document.country = country(&properties.issuing_country);
    document.region = text(&properties.issuing_state);
    let numbers = || properties.document_numbers.0.iter();
    let is_its_own =
        |number: &&wire::DocumentNumber<'_>| number.number_type.get() == Some("document_number");
    let number = numbers()
        .filter_map(|number| number.get())
        .find(is_its_own)
        .or_else(|| numbers().find_map(|number| number.get()));
    document.number = field(number.and_then(|number| text(&number.value)));
    let issued = date(&properties.issuing_date).or(date(&properties.issue_date));
    document.issued = field(issued);
    document.expires = field(date(&properties.date_of_expiry));
    (document != Document::default()).then_some(document)
}

fn address(properties: &wire::Properties<'_>) -> Option<Address> {
    let mut address = Address::default();
    address.raw = text(&properties.address);
    if let Some(lines) = properties.address_lines.get() {
        address.lines = text(&lines.street_address).into_iter().collect();
        address.city = text(&lines.city);
        address.region = text(&lines.state);
        address.postal_code = text(&lines.postal_code);
        address.country = country(&lines.country_code);
    }
    some_address(address)
}

/// The kind of a document; none where the vendor does not know it.
fn document_kind(raw: &str) -> Option<DocumentKind> {
    if matches!(raw, "unknown" | "") {
        return None;
    }
    let row = DOCUMENT_KINDS.iter().find(|(word, _)| *word == raw);
    Some(row.map_or_else(
        || DocumentKind::Unknown(raw.to_owned()),
        |row| row.1.clone(),
    ))
}

/// The vendor writes `Male` and `Female`; documents also say `M`, `F` and `X`.
fn sex(raw: &Text<'_>) -> Option<Sex> {
    let raw = text(raw)?;
    Some(match raw.as_str() {
        "Female" | "female" | "F" => Sex::Female,
        "Male" | "male" | "M" => Sex::Male,
        "X" => Sex::Unspecified,
        _ => Sex::Unknown(raw),
    })
}

/// `YYYY-MM-DD`, or nothing.
fn date(raw: &Text<'_>) -> Option<PartialDate> {
    let mut parts = raw.get()?.split('-');
    let year = parts.next()?;
    let small = |part: Option<&str>| part.and_then(|part| part.parse::<u8>().ok());
    let year = (year.len() == 4).then(|| year.parse().ok())??;
    Some(PartialDate::new(
        year,
        small(parts.next()),
        small(parts.next()),
    ))
}

fn country(code: &Text<'_>) -> Option<Country> {
    text(code).map(|code| Country::from_code(&code))
}

/// What is empty is not there.
fn text(text: &Text<'_>) -> Option<String> {
    text.get()
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}

fn field<T>(value: Option<T>) -> FieldValue<T> {
    value.map_or(FieldValue::Absent, FieldValue::Present)
}

fn some_name(name: Name) -> Option<Name> {
    (name != Name::default()).then_some(name)
}

fn some_address(address: Address) -> Option<Address> {
    (address != Address::default()).then_some(address)
}

fn push<T>(list: &mut Vec<Sourced<T>>, value: Option<T>, provenance: &Provenance) {
    if let Some(value) = value {
        list.push(Sourced::present(value, provenance.clone()));
    }
}
