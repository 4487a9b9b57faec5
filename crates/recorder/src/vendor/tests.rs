//! The tables against the vendors' own descriptions: every value that an endpoint can hold has a class, or is refused on
//! purpose.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use idv_testkit::shared_samples;
use serde_json::Value;

use super::Vendor;
use crate::class::Class;
use crate::lookup::{Found, Lookup};

/// What the vendors describe and no table takes, and why.
const REFUSED: &[(&str, &str)] = &[(
    "previous_attributes",
    "any member of any object; identity events have none",
)];

fn description(vendor: Vendor) -> Option<Value> {
    let folder: PathBuf = shared_samples(vendor.as_word(), 1)?.join("../..");
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    Some(match vendor {
        Vendor::Stripe => serde_json::from_str(&read("stripe-identity-openapi.json")).unwrap(),
        Vendor::Onfido => serde_json::from_str(&read("onfido-openapi.json")).unwrap(),
        Vendor::Plaid => serde_saphyr::from_str(&read("plaid-idv-openapi.yaml")).unwrap(),
    })
}

fn resolved<'d>(description: &'d Value, mut node: &'d Value) -> &'d Value {
    while let Some(reference) = node.get("$ref").and_then(Value::as_str) {
        node = description
            .pointer(reference.trim_start_matches('#'))
            .unwrap();
    }
    node
}

/// Every path to a value without members.
struct Leaves<'d> {
    description: &'d Value,
    found: BTreeMap<Vec<String>, IsHolder>,
    /// The words of enumerations, by their places.
    words: BTreeSet<(Vec<String>, String)>,
}

/// Whether a place is described as an object without members of its own, or as nothing in place of one.
type IsHolder = bool;

impl Leaves<'_> {
    fn walk(&mut self, node: &Value, path: &[String], through: &[String]) {
        let mut through = through.to_vec();
        if let Some(reference) = node.get("$ref").and_then(Value::as_str) {
            if through.iter().any(|passed| passed == reference) {
                return;
            }
            through.push(reference.to_owned());
        }
        let description = self.description;
        let node = resolved(description, node);
        for word in node
            .get("enum")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            if let Some(word) = word.as_str().filter(|word| !word.is_empty()) {
                self.words.insert((path.to_vec(), word.to_owned()));
            }
        }
        let mut has_more = false;
        for several in ["allOf", "anyOf", "oneOf"] {
            for one in node
                .get(several)
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
            {
                self.walk(one, path, &through);
                has_more = true;
            }
        }
        for (name, member) in node
            .get("properties")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            let path = [path, std::slice::from_ref(name)].concat();
            self.walk(member, &path, &through);
            has_more = true;
        }
        if let Some(more) = node
            .get("additionalProperties")
            .filter(|more| more.is_object())
        {
            let path = [path, &["any_name".to_owned()]].concat();
            self.walk(more, &path, &through);
            has_more = true;
        }
        if let Some(items) = node.get("items") {
            self.walk(items, path, &through);
            has_more = true;
        }
        if !has_more && !path.is_empty() {
            let is_nothing = node
                .get("enum")
                .is_some_and(|words| *words == serde_json::json!([""]));
            let is_holder = is_nothing || node.get("type").is_none_or(|word| word == "object");
            self.found.insert(path.to_vec(), is_holder);
        }
    }

    fn contents(&mut self, holder: &Value) {
        let holder = resolved(self.description, holder);
        for (_, content) in holder
            .get("content")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            if let Some(schema) = content.get("schema") {
                self.walk(schema, &[], &[]);
            }
        }
    }

    fn operation(&mut self, operation: &Value) {
        if let Some(body) = operation.get("requestBody") {
            self.contents(body);
        }
        for (_, answer) in operation
            .get("responses")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            self.contents(answer);
        }
        for parameter in operation
            .get("parameters")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let parameter = resolved(self.description, parameter);
            if parameter["in"] == "query" {
                let name = parameter["name"]
                    .as_str()
                    .unwrap()
                    .trim_end_matches("[]")
                    .to_owned();
                self.walk(&parameter["schema"], &[name], &[]);
            }
        }
        for (_, callback) in operation
            .get("callbacks")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            for (_, methods) in resolved(self.description, callback)
                .as_object()
                .into_iter()
                .flatten()
            {
                for (_, operation) in methods.as_object().into_iter().flatten() {
                    self.operation(operation);
                }
            }
        }
    }
}

/// A path as the table writes it: the version in front, and a placeholder for what is in braces.
fn template(vendor: Vendor, path: &str) -> String {
    let segments = path.split('/').map(|segment| {
        if segment.starts_with('{') {
            "{id}"
        } else {
            segment
        }
    });
    let path = segments.collect::<Vec<_>>().join("/");
    if vendor == Vendor::Onfido {
        format!("/{{version}}{path}")
    } else {
        path
    }
}

/// Classes of which what is not kept is refused.
const fn is_kept(class: Class) -> bool {
    matches!(
        class,
        Class::Keep | Class::Number | Class::Time | Class::Code | Class::Version
    )
}

#[test]
fn every_value_of_every_endpoint_has_a_class() {
    let mut complaints = BTreeMap::new();
    for vendor in Vendor::ALL {
        let Some(description) = description(vendor) else {
            continue;
        };
        let table = vendor.table();
        let lookup = Lookup::new(table);
        let mut leaves = Leaves {
            description: &description,
            found: BTreeMap::new(),
            words: BTreeSet::new(),
        };
        let mut endpoints = 0;
        for (path, operations) in description["paths"].as_object().unwrap() {
            if !crate::table::lists(table.paths, &template(vendor, path)) {
                continue;
            }
            endpoints += 1;
            for (_, operation) in operations.as_object().unwrap() {
                leaves.operation(operation);
            }
        }
        assert!(
            endpoints >= 10,
            "{vendor:?}: only {endpoints} endpoints of the table are described"
        );
        assert!(
            leaves.found.len() > 60,
            "{vendor:?}: {} values",
            leaves.found.len()
        );
        for (path, is_holder) in &leaves.found {
            let names: Vec<&str> = path.iter().map(String::as_str).collect();
            let last = names.last().copied().unwrap_or_default();
            let is_held = *is_holder && lookup.knows(last);
            let is_refused = REFUSED.iter().any(|(name, _)| *name == last);
            if lookup.find(&names) == Found::Nothing && !is_held && !is_refused {
                complaints.insert(format!("{vendor:?}: {}", names.join("/")), ());
            }
            for (index, name) in names.iter().enumerate() {
                let above = names.get(..index).unwrap_or_default();
                if !lookup.knows(name) && !lookup.is_chosen(above) && !is_refused {
                    complaints.insert(
                        format!("{vendor:?}: the name {name}, in {}", names.join("/")),
                        (),
                    );
                }
            }
        }
        for (path, word) in &leaves.words {
            let names: Vec<&str> = path.iter().map(String::as_str).collect();
            let refuses = matches!(lookup.find(&names), Found::Class(class) if is_kept(class) && !lookup.may_stay(class, word));
            if refuses && word != "[redacted]" {
                complaints.insert(
                    format!("{vendor:?}: the word {word}, in {}", names.join("/")),
                    (),
                );
            }
        }
    }
    let complaints: Vec<String> = complaints.into_keys().collect();
    assert!(
        complaints.is_empty(),
        "{} values without a class:\n{}",
        complaints.len(),
        complaints.join("\n")
    );
}

#[test]
fn no_member_has_two_classes() {
    for vendor in Vendor::ALL {
        let mut seen = BTreeSet::new();
        for (_, members) in vendor.table().members {
            for member in members.split_whitespace() {
                assert!(seen.insert(member), "{vendor:?}: {member} stands twice");
            }
        }
    }
}

#[test]
fn what_is_the_vendors_stays_and_what_may_be_a_persons_does_not() {
    let stripe = Lookup::new(Vendor::Stripe.table());
    for (class, stays, goes) in [
        (
            Class::Keep,
            &[
                "document",
                "requires_input",
                "resource_missing",
                "identity.verification_session.verified",
                "v2.core.event",
                "options[document][require_matching_selfie]",
                "*",
                "true",
                "12",
                "0.123456789",
            ][..],
            &[
                "jane",
                "Jane",
                "JANE",
                "Jane_Doe",
                "jane.doe",
                "jane_doe_1987",
                "jane_doe",
                "JANE_DOE",
                "document.jane_doe",
                "metadata[kestrel]",
                "1987",
                "6789",
                "52.5200",
                "4915112345678",
                "+4915112345678",
                "10.1.2.3",
                "1987-06-05",
                "2024-10-03T15:25:02Z",
                "in the kestrel",
                "j_d",
            ][..],
        ),
        (
            Class::Number,
            &["0", "-1", "47544", "99.5", "10485760"],
            &[
                "4915112345678",
                "123-45-6789",
                "1.2.3",
                "1e5",
                ".5",
                "5.",
                "+1",
                "0x1",
                "jane",
            ],
        ),
        (
            Class::Time,
            &[
                "1795176000",
                "2024-10-03T15:25:02Z",
                "2024-10-03",
                "now",
                "1970-01-01T00:00:00Z",
            ],
            &[
                "1987-06-05",
                "1987-06-05T00:00:00Z",
                "2024-10-03 Jane",
                "49151123456",
                "jane",
                "05/06/1987",
            ],
        ),
        (
            Class::Code,
            &["US", "GBR", "en", "en_US"],
            &["JANE", "Jo", "jo_doe", "jane", "12", ""],
        ),
        (
            Class::Version,
            &["3.0", "2026-08-26.dahlia", "document.2.0.0", "v3.6"],
            &[
                "1987-06-05",
                "10.1.2.3",
                "4915112345678",
                "Jane",
                "jane",
                "123-45-6789",
                "1.jane",
                "jane_doe.2.0.0",
                "jane.1.0",
                "2026-08-26.jane.doe",
                "1987-06-05.dahlia",
            ],
        ),
    ] {
        for text in stays {
            assert!(stripe.may_stay(class, text), "{class:?}: {text}");
        }
        for text in goes {
            assert!(!stripe.may_stay(class, text), "{class:?}: {text}");
        }
    }
}
