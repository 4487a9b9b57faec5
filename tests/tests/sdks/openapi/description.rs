//! A vendor's description of its API, and what an answer does against it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};

use idv_testkit::shared_samples;
use jsonschema::Validator;
use serde_json::{Value, json};

use super::dialect::json_schema;
use super::undeclared;
use super::violation::{Kind, Violation, of_schema};

/// Each vendor, the file of its description, and the schema of its errors: where an operation does not list an
/// error, and where there is no operation.
const DESCRIPTIONS: &[(&str, &str, &str)] = &[
    ("onfido", "onfido-openapi.json", "Error"),
    ("plaid", "plaid-idv-openapi.yaml", "PlaidError"),
    ("stripe", "stripe-identity-openapi.json", "error"),
];

/// What a vendor answered.
pub(super) struct Answer<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    pub(super) status: u16,
    pub(super) media_type: Option<&'a str>,
    pub(super) body: &'a [u8],
}

impl Answer<'_> {
    /// Its media type without parameters.
    fn essence(&self) -> &str {
        let media_type = self.media_type.unwrap_or("nothing");
        media_type.split(';').next().unwrap_or_default().trim()
    }

    pub(super) fn is_json(&self) -> bool {
        self.essence() == "application/json"
    }
}

/// A vendor's description.
pub(super) struct Description {
    document: Value,
    /// The components in JSON Schema.
    components: Value,
    error_schema: &'static str,
    /// What stands before every path of the description, such as `/v3.6`.
    base_path: String,
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

impl Description {
    /// The one of this vendor; nothing, which is said once, where it does not lie beside the repository.
    pub(super) fn of(vendor: &str) -> Option<&'static Self> {
        static ALL: OnceLock<Vec<Option<Description>>> = OnceLock::new();
        let all = ALL.get_or_init(|| DESCRIPTIONS.iter().map(Self::read).collect());
        let index = DESCRIPTIONS.iter().position(|(name, ..)| *name == vendor);
        all[index.unwrap_or_else(|| panic!("there is no vendor {vendor}"))].as_ref()
    }

    fn read(&(vendor, file, error_schema): &(&str, &str, &'static str)) -> Option<Self> {
        let file = shared_samples(vendor, 1)?.join("../..").join(file);
        let text = std::fs::read_to_string(file).unwrap();
        let document: Value =
            serde_json::from_str(&text).unwrap_or_else(|_| serde_saphyr::from_str(&text).unwrap());
        let schemas = document["components"]["schemas"].as_object().unwrap();
        let schemas: Value = schemas
            .iter()
            .map(|(name, schema)| (name.clone(), json_schema(schema)))
            .collect();
        let server = document["servers"][0]["url"].as_str().unwrap();
        let (_, server) = server.split_once("://").unwrap();
        let base_path = server.split_once('/').map_or("", |(_, path)| path);
        Some(Self {
            components: json!({"schemas": schemas}),
            error_schema,
            base_path: match base_path.trim_end_matches('/') {
                "" => String::new(),
                path => format!("/{path}"),
            },
            document,
            validators: Mutex::default(),
        })
    }

    /// The path as the description writes it, and the operation.
    fn operation(&self, method: &str, path: &str) -> Option<(&str, &Value)> {
        let path = path.strip_prefix(&self.base_path)?;
        let fits = |template: &str| {
            let (template, path) = (template.split('/'), path.split('/'));
            template.clone().count() == path.clone().count()
                && template
                    .zip(path)
                    .all(|(t, p)| t == p || (t.starts_with('{') && !p.is_empty()))
        };
        let paths = self.document["paths"].as_object()?.iter();
        let fitting = paths.filter(|(template, _)| fits(template));
        // A path without parameters comes before one with.
        let (template, item) = fitting.min_by_key(|(template, _)| template.matches('{').count())?;
        Some((template, item.get(method.to_lowercase())?))
    }

    pub(super) fn offers(&self, method: &str, path: &str) -> bool {
        self.operation(method, path).is_some()
    }

    /// Everything an answer does against the description.
    pub(super) fn violations(&self, answer: &Answer<'_>) -> Vec<Violation> {
        let error = json!({"$ref": format!("#/components/schemas/{}", self.error_schema)});
        let Some((template, operation)) = self.operation(answer.method, answer.path) else {
            let place = format!("{} {}", answer.method, answer.path);
            if [404, 405].contains(&answer.status) {
                return self.of_body(&place, answer, &error);
            }
            return vec![Violation::new(&place, answer.status, Kind::NoOperation)];
        };
        let place = format!("{} {template}", answer.method);
        let wrong = |kind| vec![Violation::new(&place, answer.status, kind)];
        let Some(response) = self.response(operation, answer.status) else {
            return match answer.status {
                400.. => self.of_body(&place, answer, &error),
                _ => wrong(Kind::NoStatus),
            };
        };
        let content = response["content"]
            .as_object()
            .filter(|content| !content.is_empty());
        let Some(content) = content else {
            return match answer.body {
                [] => Vec::new(),
                _ => wrong(Kind::Body(
                    "there is one where none is described".to_owned(),
                )),
            };
        };
        match content.get(answer.essence()).or_else(|| content.get("*/*")) {
            None => wrong(Kind::MediaType(answer.essence().to_owned())),
            Some(described) if answer.is_json() => match described.get("schema") {
                Some(schema) => self.of_body(&place, answer, schema),
                None => Vec::new(),
            },
            Some(_) => Vec::new(),
        }
    }

    fn response<'a>(&'a self, operation: &'a Value, status: u16) -> Option<&'a Value> {
        let responses = operation["responses"].as_object()?;
        let range = format!("{}XX", status / 100);
        let response = responses
            .get(&status.to_string())
            .or_else(|| responses.get(&range))
            // What is described for the rest is an error.
            .or_else(|| responses.get("default").filter(|_| status >= 400))?;
        Some(self.resolved(response))
    }

    fn of_body(&self, place: &str, answer: &Answer<'_>, schema: &Value) -> Vec<Violation> {
        let wrong = |kind| Violation::new(place, answer.status, kind);
        if !answer.is_json() {
            return vec![wrong(Kind::MediaType(answer.essence().to_owned()))];
        }
        let Ok(body) = serde_json::from_slice::<Value>(answer.body) else {
            return vec![wrong(Kind::Body("it is no JSON".to_owned()))];
        };
        let validator = self.validator(schema);
        let mut violations: Vec<Violation> = Vec::new();
        for (instance, kind) in validator
            .iter_errors(&body)
            .flat_map(|error| of_schema(&error))
        {
            let found = Violation {
                instance,
                ..wrong(kind)
            };
            // Two parts of an `allOf` may forbid the same thing.
            let known = violations
                .iter()
                .any(|known| (&known.instance, known.rule()) == (&found.instance, found.rule()));
            if !known {
                violations.push(found);
            }
        }
        let members = undeclared::members(self, schema, &body);
        violations.extend(members.into_iter().map(|instance| Violation {
            instance,
            ..wrong(Kind::Undeclared)
        }));
        violations
    }

    /// What a schema or response is that may be a reference.
    pub(super) fn resolved<'a>(&'a self, value: &'a Value) -> &'a Value {
        let Some(reference) = value.get("$ref").and_then(Value::as_str) else {
            return value;
        };
        self.resolved(self.referred(reference))
    }

    /// What a reference leads to.
    pub(super) fn referred(&self, reference: &str) -> &Value {
        let found = self.document.pointer(reference.trim_start_matches('#'));
        found.unwrap_or_else(|| panic!("{reference} leads nowhere"))
    }

    /// The validator of a schema of the description.
    pub(super) fn validator(&self, schema: &Value) -> Arc<Validator> {
        let mut validators = self.validators.lock().unwrap();
        let validator = validators.entry(schema.to_string()).or_insert_with(|| {
            let whole = json!({"allOf": [json_schema(schema)], "components": self.components});
            let options = jsonschema::options().with_draft(jsonschema::Draft::Draft202012);
            let options = options.should_validate_formats(true);
            Arc::new(options.build(&whole).expect("a schema"))
        });
        Arc::clone(validator)
    }
}
