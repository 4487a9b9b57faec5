//! Schemas of OpenAPI 3.0, said in JSON Schema 2020-12.

use serde_json::{Map, Value, json};

/// Keywords that hold one schema.
const ONE: &[&str] = &["items", "not", "additionalProperties"];

/// Keywords that hold a list of schemas.
const MANY: &[&str] = &["allOf", "anyOf", "oneOf"];

/// Keywords that mean the same in both.
const SAME: &[&str] = &[
    "enum",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "pattern",
    "required",
    "type",
    "uniqueItems",
];

/// Ten thousand years in seconds: what is beyond is in a smaller unit.
const LAST_UNIX_TIME_SECS: i64 = 253_402_300_799;

pub(super) fn json_schema(schema: &Value) -> Value {
    let Some(members) = schema.as_object() else {
        return schema.clone();
    };
    // In 3.0 a reference stands alone; what is written beside it is not read.
    if let Some(reference) = members.get("$ref") {
        return json!({"$ref": reference});
    }
    let mut said = Map::new();
    for (keyword, value) in members {
        let value = match keyword.as_str() {
            keyword if SAME.contains(&keyword) => value.clone(),
            keyword if ONE.contains(&keyword) => json_schema(value),
            keyword if MANY.contains(&keyword) => value
                .as_array()
                .into_iter()
                .flatten()
                .map(json_schema)
                .collect(),
            "properties" => value
                .as_object()
                .into_iter()
                .flatten()
                .map(|(name, schema)| (name.clone(), json_schema(schema)))
                .collect(),
            _ => continue,
        };
        said.insert(keyword.clone(), value);
    }
    if said
        .get("format")
        .is_some_and(|format| format == "unix-time")
    {
        said.insert("minimum".into(), json!(0));
        said.insert("maximum".into(), json!(LAST_UNIX_TIME_SECS));
    }
    if let Some(discriminator) = members.get("discriminator") {
        said.remove("oneOf");
        said.remove("anyOf");
        let said_otherwise = Value::Object(said);
        said = Map::from_iter([(
            "allOf".to_owned(),
            json!([said_otherwise, choice(discriminator)]),
        )]);
    }
    if members.get("nullable") == Some(&Value::Bool(true)) {
        // Whole, so that neither an `enum` without null nor an `allOf` takes it back.
        return json!({"if": {"type": "null"}, "else": said});
    }
    Value::Object(said)
}

/// The schema that a discriminator names, and no other: an error is then one of that schema, not of all of them.
fn choice(discriminator: &Value) -> Value {
    let name = discriminator["propertyName"]
        .as_str()
        .expect("a discriminator has a property");
    let mapping = discriminator["mapping"]
        .as_object()
        .expect("a discriminator has a mapping");
    let known: Vec<_> = mapping.keys().collect();
    let cases: Vec<_> = mapping
        .iter()
        .map(|(value, reference)| {
            json!({
                "if": {"properties": {name: {"const": value}}, "required": [name]},
                "then": {"$ref": reference},
            })
        })
        .collect();
    json!({"required": [name], "properties": {name: {"enum": known}}, "allOf": cases})
}

#[test]
fn what_three_0_says_is_said_in_json_schema() {
    let schema = json!({
        "type": "object",
        "description": "not read",
        "properties": {
            "nullable": {"type": "string", "enum": ["a"], "nullable": true},
            "reference": {"$ref": "#/components/schemas/a", "nullable": true},
            "made_at": {"type": "integer", "format": "unix-time"},
        },
    });
    let said = json_schema(&schema);
    let validator = jsonschema::validator_for(&json!({
        "components": {"schemas": {"a": {"type": "integer"}}},
        "allOf": [said],
    }))
    .unwrap();
    for right in [
        json!({"nullable": null}),
        json!({"nullable": "a", "reference": 1, "made_at": 1_700_000_000}),
    ] {
        assert!(validator.is_valid(&right), "{right}");
    }
    for wrong in [
        json!({"nullable": "b"}),
        json!({"reference": null}),
        json!({"made_at": 1_700_000_000_000_i64}),
    ] {
        assert!(!validator.is_valid(&wrong), "{wrong}");
    }
}

#[test]
fn a_discriminator_names_the_one_schema_that_counts() {
    let said = json_schema(&json!({
        "oneOf": [{"$ref": "#/components/schemas/cat"}, {"$ref": "#/components/schemas/dog"}],
        "discriminator": {
            "propertyName": "kind",
            "mapping": {"cat": "#/components/schemas/cat", "dog": "#/components/schemas/dog"},
        },
    }));
    let lives = |kind: &str| json!({"properties": {"lives": {"type": kind}}});
    let validator = jsonschema::validator_for(&json!({
        "components": {"schemas": {"cat": lives("integer"), "dog": lives("string")}},
        "allOf": [said],
    }))
    .unwrap();
    assert!(validator.is_valid(&json!({"kind": "cat", "lives": 9})));
    assert!(validator.is_valid(&json!({"kind": "dog", "lives": "one"})));
    let wrong = json!({"kind": "cat", "lives": "one"});
    let errors: Vec<_> = validator
        .iter_errors(&wrong)
        .map(|error| error.instance_path().to_string())
        .collect();
    assert_eq!(errors, ["/lives"]);
    assert!(!validator.is_valid(&json!({"kind": "fish"})));
    assert!(!validator.is_valid(&json!({"lives": 9})));
}
