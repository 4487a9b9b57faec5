//! The API's document: served, valid, and true.

use serde_json::{Value, json};

use super::document::{Document, METHODS};
use super::gateway::Gateway;
use super::python;

#[tokio::test(flavor = "multi_thread")]
async fn the_program_prints_the_document_it_serves() {
    let gateway = Gateway::receiver().await;
    let url = format!("{}/openapi.json", gateway.base);
    let served = gateway.client().get(url).send().await.unwrap();
    assert_eq!(served.status(), 200);
    let served = served.text().await.unwrap();
    assert_eq!(served, Document::of_the_program().text);
}

#[test]
fn every_example_is_as_its_schema_says() {
    let document = Document::of_the_program();
    let mut examples = Vec::new();
    for (name, schema) in document.json["components"]["schemas"].as_object().unwrap() {
        let listed = schema["examples"].as_array().cloned().unwrap_or_default();
        let schema = json!({"$ref": format!("#/components/schemas/{name}")});
        examples.extend(listed.into_iter().map(|example| (schema.clone(), example)));
    }
    for item in document.json["paths"].as_object().unwrap().values() {
        for method in METHODS {
            let Some(responses) = item[method]["responses"].as_object() else {
                continue;
            };
            for response in responses.values() {
                for content in response["content"].as_object().into_iter().flatten() {
                    if let Some(example) = content.1.get("example") {
                        examples.push((content.1["schema"].clone(), example.clone()));
                    }
                }
            }
        }
    }
    assert!(examples.len() > 30, "{}", examples.len());
    for (schema, example) in examples {
        let validator = document.validator(&schema);
        let errors: Vec<_> = validator
            .iter_errors(&example)
            .map(|e| e.to_string())
            .collect();
        assert_eq!(errors, [""; 0], "{example:#}");
    }
}

#[test]
fn an_answer_that_is_not_in_the_document_is_seen() {
    let document = Document::of_the_program();
    let path = "/v1/verification-requests/idv_01kqv0m5ane8gs7xw2c4b9d3ft";
    let schemas = &document.json["components"]["schemas"];
    let request = schemas["VerificationRequest"]["examples"][0].clone();
    let objection = |status, media_type, body: &Value| {
        document.objection("GET", path, status, Some(media_type), body)
    };
    let json_type = "application/json";
    assert_eq!(objection(200, json_type, &request), None);
    let changed = |pointer: &str, value: Value| {
        let mut changed = request.clone();
        let (place, name) = pointer.rsplit_once('/').unwrap();
        changed.pointer_mut(place).unwrap()[name] = value;
        changed
    };
    for wrong in [
        changed("/status", json!("looks_good")),
        changed("/more", json!(1)),
        changed("/findings/0/more", json!(1)),
        changed("/sessions/0/created_at", json!("yesterday")),
        changed("/sessions", json!(null)),
        changed("/id", json!("ses_01kqv0m5ane8gs7xw2c4b9d3ft")),
        json!([]),
    ] {
        assert!(objection(200, json_type, &wrong).is_some(), "{wrong:#}");
    }
    let with_link = |link: Value| {
        let mut body = request.clone();
        body["link"] = link;
        document.objection(
            "POST",
            "/v1/verification-requests",
            201,
            Some(json_type),
            &body,
        )
    };
    assert_eq!(with_link(schemas["Link"]["examples"][0].clone()), None);
    assert_eq!(with_link(Value::Null), None);
    assert!(with_link(json!({"hosted_url": null})).is_some());
    assert!(objection(202, json_type, &request).is_some());
    assert!(objection(200, "text/plain", &request).is_some());
    let problem = |code: &str| json!({"type": format!("urn:idv-gateway:problem:{code}"), "title": "t", "status": 404, "code": code});
    let problem_type = "application/problem+json";
    assert_eq!(objection(404, problem_type, &problem("not_found")), None);
    assert!(objection(404, problem_type, &problem("conflict")).is_some());
}

#[test]
fn a_public_validator_finds_the_document_valid() {
    let Some(python) = python::ready() else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("openapi.json");
    let text = &Document::of_the_program().text;
    let validate = |text: &str| {
        std::fs::write(&file, text).unwrap();
        let file = file.to_str().unwrap();
        python.run(
            dir.path(),
            &["-m", "openapi_spec_validator", "--schema", "3.1", file],
        )
    };
    let valid = validate(text);
    assert!(valid.status.success(), "{valid:?}");
    // It would have seen it.
    let broken = validate(&text.replacen("\"operationId\"", "\"operationIdea\"", 1));
    let unresolved = validate(&text.replace("schemas/Finding\"", "schemas/Nothing\""));
    assert!(!broken.status.success() && !unresolved.status.success());
}
