//! What the vendor says about the person, and which files show it.
//!
//! Values of the person leave no origin and no entry among the unknown values: both are stored in the clear.

use idv_core::{
    Address, Country, DataState, Document, DocumentKind, EvidenceFile, EvidenceLink, EvidenceRole,
    FieldValue, IdNumber, Mapped, Name, Network, PartialDate, Person, PersonRecord, Provenance,
    Secret, Sourced, StepKind,
};

use super::tables::{DOCUMENT_KINDS, DOCUMENT_PICTURES, SELFIE_PICTURES};
use super::text;
use crate::wire::{self, Json, Text};

/// Collects what one attempt says about the person.
#[derive(Default)]
pub(super) struct Collector {
    record: PersonRecord,
    evidence: Vec<EvidenceFile>,
}

impl Collector {
    /// Hands over what was collected.
    pub(super) fn keep(self, mapped: &mut Mapped) {
        if !self.record.is_empty() {
            mapped.person = Some(Person::new(self.record));
        }
        mapped.evidence = self.evidence;
    }

    pub(super) fn attempt(&mut self, attempt: &wire::Attempt<'_>) {
        if let Some(user) = &attempt.user {
            self.user(user, attempt.kyc_check);
        }
        let sms = attempt.verify_sms.as_ref();
        for (_, one) in sms.iter().flat_map(|all| all.verifications.iter()) {
            if one.status.get() == Some("success") {
                let confirmed = Provenance::Confirmed {
                    step: StepKind::Phone,
                };
                if one.redacted_at.is_given() && !one.phone_number.is_given() {
                    self.record.phones.push(Sourced::redacted(confirmed));
                } else {
                    push(&mut self.record.phones, owned(one.phone_number), &confirmed);
                }
            }
        }
        let documents = attempt.documentary_verification.as_ref();
        for (index, document) in documents.iter().flat_map(|all| all.documents.iter()) {
            self.document(index, document);
        }
        let selfies = attempt.selfie_check.as_ref();
        for (index, selfie) in selfies.iter().flat_map(|all| all.selfies.iter()) {
            let number = number_of(selfie.attempt, index);
            if let Some(capture) = &selfie.capture {
                for (name, role, address) in SELFIE_PICTURES {
                    let id = format!("selfies/{number}/{name}");
                    self.file(id, address(capture).get(), role.clone(), false);
                }
            }
        }
    }

    /// What the subject typed in, or what was sent along: the vendor does not say which. What its data sources know
    /// as the same counts as confirmed.
    fn user(&mut self, user: &wire::User<'_>, kyc: Option<&Json<'_>>) {
        let by = |field: &str| {
            let check = kyc.and_then(|kyc| kyc.member(field));
            if text(check, "summary").get() == Some("match") {
                let step = StepKind::Database;
                Provenance::Confirmed { step }
            } else {
                Provenance::Provided
            }
        };
        let record = &mut self.record;
        push(&mut record.names, name(user.name.as_ref()), &by("name"));
        let birthdate = date(user.date_of_birth);
        push(&mut record.birthdates, birthdate, &by("date_of_birth"));
        let mut home = address(user.address.as_ref());
        if let Some(home) = &mut home {
            let check = kyc.and_then(|kyc| kyc.member("address"));
            home.po_box = match text(check, "po_box").get() {
                Some("yes") => Some(true),
                Some("no") => Some(false),
                _ => None,
            };
        }
        push(&mut record.addresses, home, &by("address"));
        push(
            &mut record.phones,
            owned(user.phone_number),
            &by("phone_number"),
        );
        let provided = Provenance::Provided;
        push(&mut record.emails, owned(user.email_address), &provided);
        let number = user.id_number.as_ref().and_then(|number| {
            let kind = number.kind.get().map(str::to_owned);
            let is_last_four = kind.as_deref() == Some("us_ssn_last_4");
            let mut made = IdNumber::new(kind, number.value.get()?);
            made.is_last_characters_only = is_last_four;
            Some(made)
        });
        push(&mut record.id_numbers, number, &by("id_number"));
        let network = owned(user.ip_address).map(|address| {
            let mut network = Network::default();
            network.ip_address = Some(address);
            network
        });
        push(&mut record.networks, network, &provided);
    }

    fn document(&mut self, index: usize, document: &wire::Document<'_>) {
        let number = number_of(document.attempt, index);
        let is_erased = document.redacted_at.is_given();
        let before = self.evidence.len();
        let images = document.images.as_ref();
        self.pictures(&number, images, is_erased);
        let files = self.evidence.get(before..).unwrap_or_default();
        let files: Vec<String> = files.iter().map(|f| f.vendor_file_id.clone()).collect();
        let Some(data) = &document.extracted_data else {
            return;
        };
        let by = Provenance::Extracted {
            evidence: files.first().cloned(),
        };
        let record = &mut self.record;
        push(&mut record.names, name(data.name.as_ref()), &by);
        push(&mut record.birthdates, date(data.date_of_birth), &by);
        push(&mut record.addresses, address(data.address.as_ref()), &by);

        let field = |value: Option<_>| value.map_or(FieldValue::Absent, FieldValue::Present);
        let mut made = Document::default();
        made.kind = data.category.get().map(document_kind);
        made.country = data.issuing_country.get().map(Country::from_code);
        made.region = owned(data.issuing_region);
        made.number = owned(data.id_number).map_or(FieldValue::Absent, FieldValue::Present);
        made.issued = field(date(data.issue_date));
        made.expires = field(date(data.expiration_date));
        made.evidence = files;
        if made != Document::default() {
            record.documents.push(Sourced::present(made, by));
        }
    }

    /// An erased document keeps all its places: whether a picture was there cannot be seen any more, and who knows
    /// its id from before must be told that it was erased.
    fn pictures(&mut self, number: &str, images: Option<&wire::Images<'_>>, is_erased: bool) {
        for (name, role, address) in DOCUMENT_PICTURES {
            let url = images.and_then(|images| address(images).get());
            let id = format!("documents/{number}/{name}");
            self.file(id, url, role.clone(), is_erased);
        }
    }

    /// The vendor gives its files no ids, only addresses that anybody can open for a minute. So a file is called by
    /// its place, and its address is used or dropped.
    fn file(&mut self, id: String, url: Option<&str>, role: EvidenceRole, is_erased: bool) {
        let url = url.filter(|url| !url.is_empty());
        if url.is_none() && !is_erased {
            return;
        }
        let mut file = EvidenceFile::new(id, role);
        file.link = url.map(|url| EvidenceLink {
            url: Secret::from(url),
            expires_at: None,
        });
        if is_erased {
            file.data_state = DataState::Redacted;
        }
        self.evidence.push(file);
    }
}

/// The vendor's own count, from 1; else the place.
fn number_of(attempt: Option<i64>, index: usize) -> String {
    attempt.map_or_else(|| (index + 1).to_string(), |number| number.to_string())
}

fn owned(text: Text<'_>) -> Option<String> {
    let text = text.get().filter(|text| !text.is_empty())?;
    Some(text.to_owned())
}

fn name(name: Option<&wire::Name<'_>>) -> Option<Name> {
    let name = name?;
    let mut made = Name::default();
    made.given_name = owned(name.given_name);
    made.family_name = owned(name.family_name);
    (made != Name::default()).then_some(made)
}

fn address(address: Option<&wire::Address<'_>>) -> Option<Address> {
    let address = address?;
    let mut made = Address::default();
    made.lines = [address.street, address.street2]
        .into_iter()
        .filter_map(owned)
        .collect();
    made.city = owned(address.city);
    made.region = owned(address.region);
    made.postal_code = owned(address.postal_code);
    made.country = address.country.get().map(Country::from_code);
    (made != Address::default()).then_some(made)
}

/// A date as `2030-05-29`; anything else is none.
fn date(text: Text<'_>) -> Option<PartialDate> {
    let mut parts = text.get()?.splitn(3, '-');
    let year = parts.next()?;
    let year: i16 = year.parse().ok().filter(|_| year.len() == 4)?;
    let mut small = || {
        let part = parts.next()?;
        part.parse::<u8>().ok().filter(|_| part.len() == 2)
    };
    let (month, day) = (small()?, small()?);
    Some(PartialDate::new(year, Some(month), Some(day)))
}

fn document_kind(raw: &str) -> DocumentKind {
    let row = DOCUMENT_KINDS.iter().find(|(word, _)| *word == raw);
    row.map_or_else(
        || DocumentKind::Unknown(raw.to_owned()),
        |row| row.1.clone(),
    )
}

fn push<T>(list: &mut Vec<Sourced<T>>, value: Option<T>, provenance: &Provenance) {
    list.extend(value.map(|value| Sourced::present(value, provenance.clone())));
}
