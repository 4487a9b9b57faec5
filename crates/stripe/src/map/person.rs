//! What the vendor says about the person, and which files show it.
//!
//! Values of the person leave no origin and no entry among the unknown values: both are stored in the clear.

use idv_core::{
    Address, Country, Document, DocumentKind, EvidenceFile, EvidenceRole, FieldValue, IdNumber,
    Name, PartialDate, PersonRecord, PlaceOfBirth, Provenance, Sex, Sourced, StepKind,
};

use super::tables::{DOCUMENT_KINDS, SENTINEL, SEXES, SHORTENED_NUMBER};
use crate::wire;

/// Collects what one object says about the person.
#[derive(Default)]
pub(super) struct Collector {
    pub(super) record: PersonRecord,
    pub(super) evidence: Vec<EvidenceFile>,
    /// Where the first erased text stood.
    pub(super) erased_at: Option<String>,
}

impl Collector {
    /// One text, of which `name` under `base` is the place.
    fn text(&mut self, text: &wire::Text<'_>, base: &str, name: &str) -> FieldValue<String> {
        match text.get() {
            None | Some("") => FieldValue::Absent,
            Some(SENTINEL) => {
                self.note_erased(base, name);
                FieldValue::Redacted
            }
            Some(text) => FieldValue::Present(text.to_owned()),
        }
    }

    fn note_erased(&mut self, base: &str, name: &str) {
        if self.erased_at.is_none() {
            self.erased_at = Some(format!("{base}/{name}"));
        }
    }

    /// A date of birth, of issue or of expiry. The vendor writes an erased one as the first day of the year 1.
    fn date(
        &mut self,
        date: &wire::Object<wire::Date>,
        base: &str,
        name: &str,
    ) -> FieldValue<PartialDate> {
        let Some(wire::Date { day, month, year }) = date.get() else {
            return FieldValue::Absent;
        };
        if (year.0, month.0, day.0) == (Some(1), Some(1), Some(1)) {
            self.note_erased(base, name);
            return FieldValue::Redacted;
        }
        let Some(year) = year.0.and_then(|year| i16::try_from(year).ok()) else {
            return FieldValue::Absent;
        };
        let small = |part: wire::Integer| part.0.and_then(|part| u8::try_from(part).ok());
        FieldValue::Present(PartialDate::new(year, small(*month), small(*day)))
    }

    fn name(
        &mut self,
        first: &wire::Text<'_>,
        last: &wire::Text<'_>,
        base: &str,
        provenance: &Provenance,
    ) {
        let first = self.text(first, base, "first_name");
        let last = self.text(last, base, "last_name");
        let value = if matches!(first, FieldValue::Redacted) || matches!(last, FieldValue::Redacted)
        {
            FieldValue::Redacted
        } else {
            let mut name = Name::default();
            name.given_name = present(first);
            name.family_name = present(last);
            if name == Name::default() {
                FieldValue::Absent
            } else {
                FieldValue::Present(name)
            }
        };
        push(&mut self.record.names, value, provenance);
    }

    fn address(&mut self, address: &wire::Object<wire::Address<'_>>, base: &str, by: &Provenance) {
        let Some(wire) = address.get() else { return };
        let base = format!("{base}/address");
        let parts = [
            (&wire.line1, "line1"),
            (&wire.line2, "line2"),
            (&wire.city, "city"),
            (&wire.state, "state"),
            (&wire.postal_code, "postal_code"),
            (&wire.zip, "zip"),
        ]
        .map(|(part, name)| self.text(part, &base, name));
        // The vendor keeps the country of an erased address; a country alone is no address.
        if parts
            .iter()
            .any(|part| matches!(part, FieldValue::Redacted))
        {
            self.record.addresses.push(Sourced::redacted(by.clone()));
            return;
        }
        let [line1, line2, city, state, postal_code, zip] = parts.map(present);
        let mut address = Address::default();
        address.lines = [line1, line2].into_iter().flatten().collect();
        address.city = city;
        address.region = state;
        address.postal_code = postal_code.or(zip);
        address.country = country(&wire.country);
        if address != Address::default() {
            self.record
                .addresses
                .push(Sourced::present(address, by.clone()));
        }
    }

    fn sex(
        &mut self,
        parsed: &wire::Text<'_>,
        unparsed: &wire::Text<'_>,
        base: &str,
        by: &Provenance,
    ) {
        let value = match self.text(parsed, base, "sex") {
            FieldValue::Absent => self.text(unparsed, base, "unparsed_sex"),
            parsed => parsed,
        };
        let value = map_value(value, |word| {
            let row = SEXES.iter().find(|(known, _)| *known == word);
            row.map_or(Sex::Unknown(word), |row| row.1.clone())
        });
        push(&mut self.record.sexes, value, by);
    }

    fn place_of_birth(&mut self, place: &wire::Text<'_>, base: &str, by: &Provenance) {
        let value = self.text(place, base, "unparsed_place_of_birth");
        let value = map_value(value, |raw| {
            let mut place = PlaceOfBirth::default();
            place.raw = Some(raw);
            place
        });
        push(&mut self.record.places_of_birth, value, by);
    }

    fn id_number(
        &mut self,
        number: &wire::Text<'_>,
        number_type: &wire::Text<'_>,
        base: &str,
        by: &Provenance,
    ) {
        let kind = number_type.get().filter(|kind| *kind != SENTINEL);
        let value = self.text(number, base, "id_number");
        let value = map_value(value, |value| {
            let mut number = IdNumber::new(kind.map(str::to_owned), value);
            // Of a social security number the vendor shows the last four digits.
            number.is_last_characters_only = kind == Some(SHORTENED_NUMBER);
            number
        });
        push(&mut self.record.id_numbers, value, by);
    }

    fn contact(
        &mut self,
        email: &wire::Text<'_>,
        phone: &wire::Text<'_>,
        base: &str,
        (by_email, by_phone): (&Provenance, &Provenance),
    ) {
        let value = self.text(email, base, "email");
        push(&mut self.record.emails, value, by_email);
        let value = self.text(phone, base, "phone");
        push(&mut self.record.phones, value, by_phone);
    }

    /// What the application had said when the session was made.
    pub(super) fn provided_details(&mut self, details: &wire::ProvidedDetails<'_>, base: &str) {
        let claimed = Provenance::Claimed;
        self.contact(&details.email, &details.phone, base, (&claimed, &claimed));
    }

    /// What the vendor has verified. `main`: the check that a session of this type rests on.
    pub(super) fn verified_outputs(
        &mut self,
        outputs: &wire::VerifiedOutputs<'_>,
        main: StepKind,
        base: &str,
    ) {
        let by = |step| Provenance::Confirmed { step };
        let main = by(main);
        self.name(&outputs.first_name, &outputs.last_name, base, &main);
        let birthdate = self.date(&outputs.dob, base, "dob");
        push(&mut self.record.birthdates, birthdate, &main);
        self.address(&outputs.address, base, &main);
        let document = by(StepKind::Document);
        self.sex(&outputs.sex, &outputs.unparsed_sex, base, &document);
        self.place_of_birth(&outputs.unparsed_place_of_birth, base, &document);
        let (number, kind) = (&outputs.id_number, &outputs.id_number_type);
        self.id_number(number, kind, base, &by(StepKind::IdNumber));
        let contact = (&by(StepKind::Email), &by(StepKind::Phone));
        self.contact(&outputs.email, &outputs.phone, base, contact);
    }

    /// What one check of a report shows.
    pub(super) fn check(&mut self, kind: &StepKind, check: &wire::Check<'_>, base: &str) {
        // What the subject typed in counts as confirmed once the vendor has confirmed it.
        let entered = if check.status.get() == Some("verified") {
            Provenance::Confirmed { step: kind.clone() }
        } else {
            Provenance::Provided
        };
        match kind {
            StepKind::Document => self.document(check, base),
            StepKind::Selfie => {
                self.file(&check.document, EvidenceRole::Other);
                self.file(&check.selfie, EvidenceRole::Selfie);
            }
            StepKind::IdNumber => {
                self.name(&check.first_name, &check.last_name, base, &entered);
                let birthdate = self.date(&check.dob, base, "dob");
                push(&mut self.record.birthdates, birthdate, &entered);
                self.id_number(&check.id_number, &check.id_number_type, base, &entered);
            }
            StepKind::Email | StepKind::Phone => {
                self.contact(&check.email, &check.phone, base, (&entered, &entered));
            }
            _ => {}
        }
    }

    fn document(&mut self, check: &wire::Check<'_>, base: &str) {
        let by = Provenance::Extracted {
            evidence: check.files.0.first().map(|file| file.clone().into_owned()),
        };
        self.name(&check.first_name, &check.last_name, base, &by);
        let birthdate = self.date(&check.dob, base, "dob");
        push(&mut self.record.birthdates, birthdate, &by);
        self.address(&check.address, base, &by);
        self.sex(&check.sex, &check.unparsed_sex, base, &by);
        self.place_of_birth(&check.unparsed_place_of_birth, base, &by);

        let mut document = Document::default();
        document.kind = check.document_type.get().and_then(document_kind);
        document.country = country(&check.issuing_country);
        document.number = self.text(&check.number, base, "number");
        document.issued = self.date(&check.issued_date, base, "issued_date");
        document.expires = self.date(&check.expiration_date, base, "expiration_date");
        document.evidence = check.files.0.iter().map(|id| id.clone().into()).collect();
        if document != Document::default() {
            let documents = &mut self.record.documents;
            documents.push(Sourced::present(document, by));
        }
        for file in &check.files.0 {
            // Nowhere does the vendor say which side a file shows.
            self.evidence_file(file, EvidenceRole::Other);
        }
    }

    fn file(&mut self, id: &wire::Text<'_>, role: EvidenceRole) {
        if let Some(id) = id.get() {
            self.evidence_file(id, role);
        }
    }

    /// A selfie check names the document's file a second time.
    fn evidence_file(&mut self, id: &str, role: EvidenceRole) {
        let known = self.evidence.iter().any(|file| file.vendor_file_id == id);
        if !known && !id.is_empty() && id != SENTINEL {
            self.evidence.push(EvidenceFile::new(id, role));
        }
    }
}

/// The kind of a document; none where the word has been erased.
fn document_kind(raw: &str) -> Option<DocumentKind> {
    if raw == SENTINEL {
        return None;
    }
    let row = DOCUMENT_KINDS.iter().find(|(word, _)| *word == raw);
    Some(row.map_or_else(
        || DocumentKind::Unknown(raw.to_owned()),
        |row| row.1.clone(),
    ))
}

/// The vendor's word for a kind of document, for those it can ask for.
pub(crate) fn document_word(kind: &DocumentKind) -> Option<&'static str> {
    let row = DOCUMENT_KINDS.iter().find(|(_, known)| known == kind)?;
    Some(row.0)
}

fn country(code: &wire::Text<'_>) -> Option<Country> {
    let code = code
        .get()
        .filter(|code| !code.is_empty() && *code != SENTINEL)?;
    Some(Country::from_code(code))
}

fn present<T>(value: FieldValue<T>) -> Option<T> {
    match value {
        FieldValue::Present(value) => Some(value),
        FieldValue::Redacted | FieldValue::Absent => None,
    }
}

fn map_value<T, U>(value: FieldValue<T>, make: impl FnOnce(T) -> U) -> FieldValue<U> {
    match value {
        FieldValue::Present(value) => FieldValue::Present(make(value)),
        FieldValue::Redacted => FieldValue::Redacted,
        FieldValue::Absent => FieldValue::Absent,
    }
}

fn push<T>(list: &mut Vec<Sourced<T>>, value: FieldValue<T>, provenance: &Provenance) {
    if !matches!(value, FieldValue::Absent) {
        list.push(Sourced {
            value,
            provenance: provenance.clone(),
        });
    }
}
