//! The document describes the program: the same routes, the same scopes, the same fields.

use std::collections::{BTreeMap, BTreeSet};

use http::Method;

use super::*;

const DESCRIBED_METHODS: &[&str] = &["get", "put", "post", "delete", "options", "patch", "trace"];

/// Pages for people, not part of the API.
const PAGES: &[&str] = &["/docs", "/docs/", "/docs/{*file}"];

impl World {
    /// A key of each scope.
    fn keys(&self) -> [(&'static str, &Secret); 5] {
        [
            ("read", &self.reader),
            ("write", &self.writer),
            ("review", &self.reviewer),
            ("erase", &self.eraser),
            ("operate", &self.operator),
        ]
    }

    fn key_with(&self, scope: Option<&str>) -> Option<&Secret> {
        let mut keys = self.keys().into_iter();
        keys.find(|(word, _)| Some(*word) == scope)
            .map(|(_, key)| key)
    }
}

fn document() -> Value {
    serde_json::from_slice(crate::openapi::document()).unwrap()
}

struct Operation {
    method: Method,
    path: String,
    json: Value,
}

impl Operation {
    fn all() -> Vec<Self> {
        let document = document();
        let mut all = Vec::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, json) in item.as_object().unwrap() {
                if DESCRIBED_METHODS.contains(&method.as_str()) {
                    all.push(Self {
                        method: method.to_uppercase().parse().unwrap(),
                        path: path.clone(),
                        json: json.clone(),
                    });
                }
            }
        }
        all
    }

    fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// The scope the key must have; none where no key is asked for.
    fn scope(&self) -> Option<&str> {
        let security = self.json["security"].as_array().expect("it says so");
        assert_eq!(security.len(), 1, "{}", self.name());
        security[0]["api_key"][0].as_str()
    }

    /// A request to it, about this verification request.
    fn request(&self, id: &str, key: Option<&Secret>) -> http::request::Builder {
        let mut request = Request::builder()
            .method(self.method.clone())
            .uri(filled_in(&self.path, id));
        if let Some(key) = key {
            request = request.header("authorization", bearer(key));
        }
        request
    }
}

/// The path with something for each of its parameters.
fn filled_in(path: &str, id: &str) -> String {
    let mut filled = String::new();
    let collection = path.split('/').nth(2).unwrap_or_default();
    for part in path.split('/').skip(1) {
        filled.push('/');
        filled.push_str(match part {
            "{id}" if collection == "endpoints" => "end_00000000000000000000000001",
            "{id}" if collection == "inbox" => "inb_00000000000000000000000001",
            "{id}" => id,
            "{evidence_id}" => "evd_AAAAAAAAAAAAAAAAAAAAAGY",
            "{event}" => "evt_00000000000000000000000001",
            "{*file}" => "index.html",
            part if part.starts_with('{') => "nobody",
            part => part,
        });
    }
    filled
}

/// The paths a router knows, from the router itself. It has no call for that, but it prints them.
fn registered_paths(router: &Router) -> BTreeSet<String> {
    let printed = format!("{router:?}");
    let (_, paths) = printed
        .split_once("paths: {")
        .expect("a router prints its paths");
    let (paths, _) = paths.split_once("} }").unwrap_or((paths, ""));
    let mut quoted = paths.split('"').skip(1).step_by(2);
    let paths: BTreeSet<String> = quoted.by_ref().map(str::to_owned).collect();
    assert!(paths.len() > 5, "{printed}");
    paths
}

async fn answers_to(world: &World, method: &str, path: &str) -> bool {
    let request = Request::builder()
        .method(method.to_uppercase().as_str())
        .uri(filled_in(path, "idv_00000000000000000000000001"))
        .body(Body::empty())
        .unwrap();
    world.send(request).await.status != StatusCode::METHOD_NOT_ALLOWED
}

#[tokio::test]
async fn every_route_is_in_the_document_and_the_other_way_round() {
    let world = World::new().await;
    let mut registered = BTreeSet::new();
    for path in registered_paths(&world.app) {
        for method in DESCRIBED_METHODS {
            if answers_to(&world, method, &path).await {
                registered.insert(format!("{} {path}", method.to_uppercase()));
            }
        }
    }
    for page in PAGES {
        assert!(registered.remove(&format!("GET {page}")), "{page}");
    }
    let described: BTreeSet<_> = Operation::all().iter().map(Operation::name).collect();
    assert_eq!(registered, described);
}

#[tokio::test]
async fn a_route_that_nobody_described_would_be_seen() {
    let world = World::new().await;
    let more = world
        .app
        .clone()
        .merge(Router::new().route("/v1/hidden/{id}", axum::routing::delete(async || "")));
    assert!(registered_paths(&more).contains("/v1/hidden/{id}"));
}

#[test]
fn every_operation_has_a_name_of_its_own_and_says_what_it_is() {
    let mut names = BTreeSet::new();
    for operation in Operation::all() {
        let id = operation.json["operationId"].as_str().unwrap();
        let plain = |c: char| c.is_ascii_lowercase() || c == '_';
        assert!(id.chars().all(plain), "{id}");
        assert!(names.insert(id.to_owned()), "{id} twice");
        assert!(operation.json["summary"].is_string(), "{id}");
        assert_eq!(operation.json["tags"].as_array().unwrap().len(), 1, "{id}");
    }
}

#[test]
fn the_headers_of_an_answer_are_declared_where_they_may_come() {
    let mut replayed = 0;
    for operation in Operation::all() {
        let name = operation.name();
        let parameters = operation.json["parameters"].as_array().cloned();
        let mut parameters = parameters.into_iter().flatten();
        let takes_a_key = parameters.any(|parameter| parameter["name"] == "Idempotency-Key");
        for (status, response) in operation.json["responses"].as_object().unwrap() {
            let says = |header: &str| !response["headers"][header].is_null();
            let may_be_replayed = takes_a_key && status.starts_with('2');
            assert_eq!(
                says("Idempotent-Replayed"),
                may_be_replayed,
                "{name} {status}"
            );
            replayed += u32::from(may_be_replayed);
            let codes = response["x-problem-codes"].as_array().cloned();
            let says_when = codes.into_iter().flatten().any(|code| {
                [
                    "not_started",
                    "being_started",
                    "evidence_not_ready",
                    "too_many_requests",
                    "too_many_refusals",
                ]
                .contains(&code.as_str().unwrap())
            });
            assert_eq!(
                says("Retry-After"),
                says_when || status == "503",
                "{name} {status}"
            );
        }
    }
    assert!(replayed > 5, "{replayed}");
}

#[tokio::test]
async fn a_body_that_may_be_left_out_may_be_null() {
    let world = World::new().await;
    let mut sent = 0;
    for operation in Operation::all() {
        let schema = &operation.json["requestBody"]["content"]["application/json"]["schema"];
        let arms = schema["oneOf"].as_array().cloned().unwrap_or_default();
        if !arms.iter().any(|arm| arm["type"] == "null") {
            continue;
        }
        let key = world.key_with(operation.scope());
        let request = operation.request("idv_00000000000000000000000001", key);
        let answer = world.send(request.body(Body::from("null")).unwrap()).await;
        answer.is_problem(404, "not_found");
        sent += 1;
    }
    assert!(sent >= 3, "{sent} operations");
    world
        .post("/v1/verification-requests", Value::Null)
        .await
        .is_problem(422, "invalid_body");
}

#[tokio::test]
async fn an_operation_wants_a_key_of_exactly_the_scope_it_says() {
    let world = World::new().await;
    let id = "idv_00000000000000000000000001";
    for operation in Operation::all() {
        let ask = async |key: Option<&Secret>| {
            let request = operation.request(id, key);
            world.send(request.body(Body::empty()).unwrap()).await
        };
        let Some(scope) = operation.scope() else {
            assert_ne!(ask(None).await.status, 401, "{}", operation.name());
            continue;
        };
        ask(None).await.is_problem(401, "unauthorized");
        for (word, key) in world.keys() {
            let answer = ask(Some(key)).await;
            if word == scope {
                let status = answer.status.as_u16();
                assert!(![401, 403].contains(&status), "{}", operation.name());
            } else {
                answer.is_problem(403, "forbidden");
            }
        }
        assert!(
            world.keys().iter().any(|(word, _)| *word == scope),
            "{scope}"
        );
    }
}

/// A body under test: the documented example with one thing changed.
struct Case {
    body: Value,
    /// Where the reader must find fault; none if it must not.
    fault: Option<String>,
}

/// Follows a `$ref`, and the arm that is not null.
fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    if let Some(name) = schema["$ref"].as_str() {
        return resolved(document, document.pointer(&name[1..]).unwrap());
    }
    match schema["oneOf"].as_array() {
        Some(arms) => {
            let arm = arms.iter().find(|arm| arm["type"] != "null").unwrap();
            resolved(document, arm)
        }
        None => schema,
    }
}

/// Every change the schema speaks of, at this place of the example and below.
fn cases(document: &Value, schema: &Value, example: &Value, at: &str, cases: &mut Vec<Case>) {
    let schema = resolved(document, schema);
    let with = |value: Value| {
        let mut changed = example.clone();
        *changed.pointer_mut(at).unwrap() = value;
        changed
    };
    let mut add = |body, fault: Option<String>| cases.push(Case { body, fault });
    if let (Some(least), Some(most)) = (schema["minimum"].as_u64(), schema["maximum"].as_u64()) {
        add(with(json!(least)), None);
        add(with(json!(most)), None);
        add(with(json!(most + 1)), Some(at.to_owned()));
        add(with(json!("x")), Some(at.to_owned()));
        add(with(json!(-1)), Some(at.to_owned()));
        return;
    }
    if let Some(longest) = schema["maxLength"].as_u64() {
        let longest = usize::try_from(longest).unwrap();
        let text = example.pointer(at).unwrap().as_str().unwrap();
        let fill = longest - text.chars().count();
        add(with(json!(format!("{text}{}", "x".repeat(fill)))), None);
        let longer = format!("{text}{}", "x".repeat(fill + 1));
        add(with(json!(longer)), Some(at.to_owned()));
    }
    if schema["minLength"] == 1 {
        add(with(json!("")), Some(at.to_owned()));
    }
    if let Some(words) = schema["enum"].as_array() {
        for word in words {
            add(with(word.clone()), None);
        }
        add(with(json!("spaceship")), Some(at.to_owned()));
    }
    if schema["format"] == "date" {
        add(with(json!("yesterday")), Some(at.to_owned()));
    }
    if let Some(pattern) = schema["pattern"].as_str() {
        // The reader may know more than a pattern can say; what the pattern refuses, it refuses.
        assert!(pattern.starts_with('^'), "{pattern}");
        add(with(json!("!")), Some(at.to_owned()));
    }
    if let Some(most) = schema["maxItems"].as_u64() {
        let first = example.pointer(at).unwrap()[0].clone();
        let most = usize::try_from(most).unwrap();
        add(with(json!(vec![first.clone(); most])), None);
        add(with(json!(vec![first; most + 1])), Some(at.to_owned()));
    }
    add(with(json!(7)), Some(at.to_owned()));
    let Some(properties) = schema["properties"].as_object() else {
        return;
    };
    assert_eq!(schema["additionalProperties"], false, "{at} of {schema}");
    let here = example.pointer(at).unwrap().as_object().unwrap();
    let documented: BTreeSet<_> = properties.keys().collect();
    assert_eq!(here.keys().collect::<BTreeSet<_>>(), documented, "{at}");
    let mut more = here.clone();
    more.insert("undocumented".into(), json!("x"));
    add(with(more.into()), Some(format!("{at}/undocumented")));
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    for name in properties.keys() {
        let place = format!("{at}/{name}");
        let fault = required.contains(&json!(name)).then_some(place);
        let mut fewer = here.clone();
        fewer.remove(name);
        add(with(fewer.into()), fault.clone());
        let mut nothing = here.clone();
        nothing.insert(name.clone(), Value::Null);
        add(with(nothing.into()), fault);
    }
    for (name, schema) in properties {
        self::cases(document, schema, example, &format!("{at}/{name}"), cases);
    }
}

/// Where the reader found fault with a body.
fn faults(answer: &Answer) -> Vec<String> {
    if answer.json()["code"] != "invalid_body" {
        return Vec::new();
    }
    let errors = answer.json()["errors"].as_array().unwrap().clone();
    let pointer = |error: &Value| error["pointer"].as_str().unwrap().to_owned();
    errors.iter().map(pointer).collect()
}

#[tokio::test]
async fn a_body_is_read_as_the_document_says_field_by_field() {
    let world = World::new().await;
    let document = document();
    let mut read = 0;
    for operation in Operation::all() {
        let Some(key) = world.key_with(operation.scope()) else {
            continue;
        };
        let schema = &operation.json["requestBody"]["content"]["application/json"]["schema"];
        if schema.is_null() {
            continue;
        }
        let example = &resolved(&document, schema)["examples"][0];
        assert!(example.is_object(), "{}: no example", operation.name());
        let mut all = Vec::new();
        cases(&document, schema, example, "", &mut all);
        for case in all {
            // Nothing is made: this one request does not exist, or the account of the example does not.
            let id = "idv_00000000000000000000000001";
            let request = operation.request(id, Some(key));
            let request = request.body(Body::from(case.body.to_string())).unwrap();
            let answer = world.send(request).await;
            let name = operation.name();
            match case.fault {
                None => assert_eq!(faults(&answer), [""; 0], "{name} {}", case.body),
                Some(place) => assert_eq!(faults(&answer), [place], "{name} {}", case.body),
            }
            read += 1;
        }
    }
    assert!(read > 50, "{read} bodies");
}

#[tokio::test]
async fn a_query_is_read_as_the_document_says_parameter_by_parameter() {
    let world = World::new().await;
    let mut read = 0;
    for operation in Operation::all() {
        let key = world.key_with(operation.scope());
        let Some(key) = key.filter(|_| operation.method == Method::GET) else {
            continue;
        };
        let ask = async |query: &str| {
            let path = filled_in(&operation.path, "idv_00000000000000000000000001");
            let request = Request::get(format!("{path}?{query}"));
            let request = request.header("authorization", bearer(key));
            world.send(request.body(Body::empty()).unwrap()).await
        };
        let parameters = operation.json["parameters"].as_array().cloned();
        let query: Vec<_> = parameters
            .into_iter()
            .flatten()
            .filter(|parameter| parameter["in"] == "query")
            .collect();
        for parameter in &query {
            let name = parameter["name"].as_str().unwrap();
            let document = document();
            let schema = resolved(&document, &parameter["schema"]);
            let (good, bad) = values(&document, schema);
            let code = ask(&format!("{name}={good}")).await;
            let code = if code.status == 200 {
                Value::Null
            } else {
                code.json()["code"].clone()
            };
            // A cursor is a thing of the program; that this one is none shows that it was looked at.
            let is_cursor = ["cursor", "after"].contains(&name);
            let expected = is_cursor.then_some("invalid_cursor");
            assert!(
                code == json!(expected) || code == "not_found",
                "{} {name}={good}: {code}",
                operation.name()
            );
            for bad in bad {
                ask(&format!("{name}={bad}"))
                    .await
                    .is_problem(400, "invalid_parameter");
            }
            read += 1;
        }
        // One without parameters of its own may not look at them at all.
        if !query.is_empty() {
            ask("undocumented=1")
                .await
                .is_problem(400, "invalid_parameter");
        }
    }
    assert!(read > 5, "{read} parameters");
}

/// A value the schema allows, and some it does not.
fn values(document: &Value, schema: &Value) -> (String, Vec<String>) {
    if schema["items"].is_object() {
        return values(document, resolved(document, &schema["items"]));
    }
    if let Some(words) = schema["enum"].as_array() {
        return (words[0].as_str().unwrap().into(), vec!["odd".into()]);
    }
    if let Some(arms) = schema["anyOf"].as_array() {
        return values(document, &arms[0]);
    }
    if schema["format"] == "date-time" {
        let good = "2026-11-20T18:43:00Z".to_owned();
        return (good, vec!["yesterday".into()]);
    }
    if let Some(most) = schema["maximum"].as_u64() {
        return (most.to_string(), vec![(most + 1).to_string(), "0".into()]);
    }
    if let Some(pattern) = schema["pattern"].as_str()
        && pattern.starts_with("^idv_")
    {
        let good = "idv_00000000000000000000000001".to_owned();
        return (good, vec!["nobody".into()]);
    }
    match schema["type"].as_str().or(schema["type"][0].as_str()) {
        Some("boolean") => ("false".to_owned(), vec!["no".into()]),
        _ => ("some-text".to_owned(), Vec::new()),
    }
}

#[tokio::test]
async fn the_document_is_served_to_anyone_and_again_only_when_it_has_changed() {
    let world = World::new().await;
    let request = || Request::get("/openapi.json");
    let first = world.send(request().body(Body::empty()).unwrap()).await;
    assert_eq!(first.status, 200);
    assert_eq!(first.headers["content-type"], "application/json");
    assert_eq!(first.json()["openapi"], "3.1.0");
    let tag = &first.headers["etag"];
    let again = request().header("if-none-match", tag);
    let again = world.send(again.body(Body::empty()).unwrap()).await;
    assert_eq!((again.status.as_u16(), &*again.text), (304, ""));
    let other = request().header("if-none-match", "\"other\"");
    let other = world.send(other.body(Body::empty()).unwrap()).await;
    assert_eq!(other.text, first.text);
}

#[tokio::test]
async fn the_pages_load_nothing_from_elsewhere() {
    let world = World::new().await;
    let get = async |path: &str| {
        world
            .send(Request::get(path).body(Body::empty()).unwrap())
            .await
    };
    assert_eq!(get("/docs").await.headers["location"], "/docs/");
    let page = get("/docs/").await;
    assert_eq!(page.status, 200);
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    assert!(
        !policy.contains("http") && !policy.contains('*'),
        "{policy}"
    );
    // What it asks for is there, and here.
    let mut files = BTreeMap::new();
    for attribute in ["src=\"", "href=\""] {
        for rest in page.text.split(attribute).skip(1) {
            let file = rest.split('"').next().unwrap();
            assert!(!file.contains("//"), "{file}");
            let path = format!("/docs/{}", file.trim_start_matches("./"));
            files.insert(file.to_owned(), get(&path).await.status.as_u16());
        }
    }
    assert!(files.len() >= 4, "{files:?}");
    assert!(files.values().all(|status| *status == 200), "{files:?}");
    assert!(!page.text.contains("<script>"), "the policy would stop it");
    let start = get("/docs/swagger-initializer.js").await.text;
    assert!(
        start.contains("\"/openapi.json\"") && !start.contains("http"),
        "{start}"
    );
    assert!(start.contains("\"validatorUrl\": \"none\""), "{start}");
    get("/docs/nothing.js").await.is_problem(404, "not_found");
    get("/docs/%ff").await.is_problem(404, "not_found");
    get("/docs/..%2f..%2fCargo.toml")
        .await
        .is_problem(404, "not_found");
}
