//! The API's document, and whether an answer of the program is what it says.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};

use jsonschema::Validator;
use serde_json::{Map, Value, json};

use super::program;

pub(crate) const METHODS: &[&str] = &["get", "put", "post", "delete", "patch"];

/// The document.
pub(crate) struct Document {
    pub(crate) text: String,
    pub(crate) json: Value,
    /// The schemas, each refusing members it does not name: clients must accept more, but we must not answer more.
    strict_components: Value,
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

impl Document {
    /// As the program under test prints it.
    pub(crate) fn of_the_program() -> &'static Self {
        static DOCUMENT: OnceLock<Document> = OnceLock::new();
        DOCUMENT.get_or_init(|| {
            let dir = tempfile::tempdir().unwrap();
            let printed = program::run(dir.path(), &["openapi"]);
            assert_eq!((printed.code, &*printed.stderr), (0, ""));
            let json = printed.json();
            let mut strict_components = json["components"].clone();
            refuse_more(&mut strict_components, false);
            Self {
                text: printed.stdout,
                json,
                strict_components,
                validators: Mutex::default(),
            }
        })
    }

    pub(crate) fn validator(&self, schema: &Value) -> Arc<Validator> {
        let mut validators = self.validators.lock().unwrap();
        let validator = validators.entry(schema.to_string()).or_insert_with(|| {
            let mut schema = schema.clone();
            refuse_more(&mut schema, false);
            let mut whole = Map::from_iter([("components".into(), self.strict_components.clone())]);
            whole.extend(schema.as_object().unwrap().clone());
            let options = jsonschema::options().with_draft(jsonschema::Draft::Draft202012);
            let options = options.should_validate_formats(true);
            Arc::new(options.build(&whole.into()).expect("a schema"))
        });
        Arc::clone(validator)
    }

    fn operation(&self, method: &str, path: &str) -> Option<&Value> {
        let path = path.split('?').next().unwrap();
        let fits = |template: &str| {
            let (template, path) = (template.split('/'), path.split('/'));
            template.clone().count() == path.clone().count()
                && template
                    .zip(path)
                    .all(|(t, p)| t == p || t.starts_with('{'))
        };
        let paths = self.json["paths"].as_object().unwrap();
        // A path without parameters comes before one with.
        let mut fitting: Vec<_> = paths
            .iter()
            .filter(|(template, _)| fits(template))
            .collect();
        fitting.sort_by_key(|(template, _)| template.matches('{').count());
        fitting.first()?.1.get(method.to_lowercase())
    }

    /// Why an answer is not what the document says; nothing if it is.
    pub(crate) fn objection(
        &self,
        method: &str,
        path: &str,
        status: u16,
        media_type: Option<&str>,
        body: &Value,
    ) -> Option<String> {
        let Some(operation) = self.operation(method, path) else {
            let nowhere = json!({"$ref": "#/components/schemas/Problem"});
            let known = [404, 405].contains(&status) && self.validator(&nowhere).is_valid(body);
            return (!known).then(|| "there is no such operation".to_owned());
        };
        let Some(response) = operation["responses"].get(status.to_string()) else {
            return Some(format!("it never answers {status}"));
        };
        let Some(content) = response["content"].as_object() else {
            return (!body.is_null()).then(|| format!("{status} has no body"));
        };
        let media_type = media_type.unwrap_or("nothing");
        let named = media_type.split(';').next().unwrap_or_default();
        let Some(content) = content.get(named) else {
            return Some(format!("{status} is never {media_type}"));
        };
        if let Some(codes) = response["x-problem-codes"].as_array()
            && !codes.contains(&body["code"])
        {
            return Some(format!("{status} never has the code {}", body["code"]));
        }
        let validator = self.validator(&content["schema"]);
        let errors: Vec<_> = validator
            .iter_errors(body)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        (!errors.is_empty()).then(|| errors.join("\n"))
    }

    /// Panics unless an answer is what the document says.
    pub(crate) fn check(
        &self,
        method: &str,
        path: &str,
        status: u16,
        media_type: Option<&str>,
        body: &Value,
    ) {
        if let Some(objection) = self.objection(method, path, status, media_type, body) {
            panic!("{method} {path} answered {status}, and {objection}\n{body:#}");
        }
    }
}

/// Where a schema is used, members it does not name are refused. Not where several make up one together.
fn refuse_more(value: &mut Value, in_all_of: bool) {
    match value {
        Value::Object(members) => {
            let is_schema = members.contains_key("$ref") || members.contains_key("properties");
            if is_schema && !in_all_of && !members.contains_key("additionalProperties") {
                // A schema that is only referred to gets it where it is referred to.
                if members.contains_key("$ref") {
                    members.insert("unevaluatedProperties".into(), json!(false));
                }
            }
            for (name, member) in members.iter_mut() {
                if !matches!(name.as_str(), "examples" | "example" | "enum") {
                    refuse_more(member, name == "allOf");
                }
            }
        }
        Value::Array(items) => items
            .iter_mut()
            .for_each(|item| refuse_more(item, in_all_of)),
        _ => {}
    }
}
