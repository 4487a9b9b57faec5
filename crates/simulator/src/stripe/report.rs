//! The report of one submission.

use serde_json::{Map, Value, json};

use super::asked::Asked;
use super::check::{Check, Problem};
use super::expand::Expansions;
use super::person::Person;

/// What came out of one submission.
#[derive(Clone, Debug)]
pub(super) struct Report {
    pub(super) id: String,
    pub(super) created_unix_secs: i64,
    /// What was checked, and what was wrong with it.
    pub(super) checks: Vec<(Check, Option<Problem>)>,
    /// Who was checked; none where nothing of a person is told.
    pub(super) person: Option<Person>,
    /// Members that could not be read from the document.
    pub(super) unread: Vec<String>,
    /// The pictures, by id: of the document, and the selfie.
    pub(super) pictures: Pictures,
}

/// The pictures of one submission.
#[derive(Clone, Debug, Default)]
pub(super) struct Pictures {
    pub(super) document: Vec<String>,
    pub(super) selfie: Option<String>,
}

/// What is always told of a document, and what only to a restricted key that asks for it.
const DOCUMENT: &[&str] = &[
    "address",
    "first_name",
    "issued_date",
    "issuing_country",
    "last_name",
    "type",
];
const DOCUMENT_SENSITIVE: &[&str] = &[
    "dob",
    "expiration_date",
    "number",
    "sex",
    "unparsed_place_of_birth",
    "unparsed_sex",
];
const ID_NUMBER: &[&str] = &["first_name", "id_number_type", "last_name"];
const ID_NUMBER_SENSITIVE: &[&str] = &["dob", "id_number"];

/// Whose report it is.
pub(super) struct Of<'a> {
    pub(super) session: &'a str,
    pub(super) reference: Option<&'a str>,
    pub(super) livemode: bool,
    pub(super) asked: &'a Asked,
    pub(super) is_erased: bool,
}

impl Report {
    pub(super) fn object(&self, of: &Of<'_>, expansions: &Expansions) -> Value {
        let mut object = json!({
            "id": self.id,
            "object": "identity.verification_report",
            "client_reference_id": of.reference,
            "created": self.created_unix_secs,
            "livemode": of.livemode,
            "options": of.asked.report_options(),
            "type": of.asked.kind.word(),
            "verification_session": of.session,
        });
        let person = self.person.as_ref();
        let person = person.map(|person| {
            if of.is_erased {
                person.erased()
            } else {
                person.clone()
            }
        });
        if let Some(members) = object.as_object_mut() {
            if let Some(flow) = &of.asked.flow {
                members.insert("verification_flow".to_owned(), flow.as_str().into());
            }
            for (check, problem) in &self.checks {
                let told = self.check(*check, problem.as_ref(), person.as_ref(), of, expansions);
                members.insert(check.word().to_owned(), Value::Object(told));
            }
        }
        object
    }

    fn check(
        &self,
        check: Check,
        problem: Option<&Problem>,
        person: Option<&Person>,
        of: &Of<'_>,
        expansions: &Expansions,
    ) -> Map<String, Value> {
        let mut told = Map::new();
        let mut tell = |name: &str, value: Value| told.insert(name.to_owned(), value);
        let status = if problem.is_some() {
            "unverified"
        } else {
            "verified"
        };
        tell("status", status.into());
        tell("error", problem.map_or(Value::Null, Problem::object));
        let Some(person) = person else {
            return told;
        };
        let read = |name: &str| self.read(check, problem, person, name);
        let sensitive = |name: &&&str| expansions.has(check.word(), name);
        match check {
            Check::Document => {
                for name in DOCUMENT {
                    tell(name, read(name));
                }
                for name in DOCUMENT_SENSITIVE.iter().filter(sensitive) {
                    tell(name, read(name));
                }
                let files = (!of.is_erased).then_some(&self.pictures.document);
                tell("files", json!(files));
            }
            Check::IdNumber => {
                for name in ID_NUMBER {
                    tell(name, read(name));
                }
                for name in ID_NUMBER_SENSITIVE.iter().filter(sensitive) {
                    tell(name, read(name));
                }
            }
            Check::Selfie => {
                let document = self.pictures.document.first().filter(|_| !of.is_erased);
                let selfie = self.pictures.selfie.as_ref().filter(|_| !of.is_erased);
                tell("document", json!(document));
                tell("selfie", json!(selfie));
            }
            Check::Email | Check::Phone => {
                tell(check.word(), read(check.word()));
            }
        }
        told
    }

    /// What was read: nothing from a document that was no document, nor what could not be read.
    fn read(&self, check: Check, problem: Option<&Problem>, person: &Person, name: &str) -> Value {
        let is_unreadable = check == Check::Document
            && problem.is_some_and(|problem| problem.code != "document_expired");
        if is_unreadable || self.unread.iter().any(|unread| unread == name) {
            return Value::Null;
        }
        person.value(name)
    }
}

/// What a verified session tells of the person. `sensitive` only if it is asked for by name.
pub(super) fn outputs(
    report: &Report,
    person: &Person,
    kind: super::asked::Kind,
    expansions: &Expansions,
) -> Value {
    let has = |check: Check| report.checks.iter().any(|(checked, _)| *checked == check);
    let mut outputs = Map::new();
    let mut tell = |name: &str, is_checked: bool| {
        let is_read = is_checked && !report.unread.iter().any(|unread| unread == name);
        let value = if is_read {
            person.value(name)
        } else {
            Value::Null
        };
        outputs.insert(name.to_owned(), value);
    };
    let is_named = has(Check::Document) || has(Check::IdNumber);
    tell("address", has(Check::Document));
    tell("email", has(Check::Email));
    tell("first_name", is_named);
    tell("id_number_type", has(Check::IdNumber));
    tell("last_name", is_named);
    tell("phone", has(Check::Phone));
    for name in [
        "dob",
        "id_number",
        "sex",
        "unparsed_place_of_birth",
        "unparsed_sex",
    ] {
        let is_checked = match name {
            "dob" => is_named,
            "id_number" => has(Check::IdNumber),
            _ => has(Check::Document) && kind != super::asked::Kind::IdNumber,
        };
        if expansions.has("", name) {
            tell(name, is_checked);
        }
    }
    Value::Object(outputs)
}
