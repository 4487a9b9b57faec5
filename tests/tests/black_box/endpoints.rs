//! Events on their way to the application's endpoints.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::Sha256;

use super::application::{Application, ON_THIS_MACHINE, Told};
use super::database::Database;
use super::gateway::{Gateway, RECEIVER, now_unix_secs, pause};
use super::story::{Story, hears_of_a_pass};
use super::{javascript, program, python};

const ENDPOINTS: &str = "/v1/endpoints";

async fn gateway_on(database: Database) -> Gateway {
    Gateway::start_on(database, &format!("{RECEIVER}{ON_THIS_MACHINE}")).await
}

async fn gateway() -> Gateway {
    gateway_on(Database::File).await
}

/// An endpoint at this application, as it is shown when it is made.
async fn endpoint(gateway: &Gateway, application: &Application) -> Value {
    let body = json!({"url": application.url});
    let (status, made) = gateway.call(Method::POST, ENDPOINTS, Some(body)).await;
    assert_eq!(status, 201, "{made}");
    made
}

fn path_of(endpoint: &Value) -> String {
    format!("{ENDPOINTS}/{}", endpoint["id"].as_str().unwrap())
}

/// What the endpoint says of itself once it is as wanted.
async fn becomes(gateway: &Gateway, path: &str, is: impl Fn(&Value) -> bool) -> Value {
    let mut shown = Value::Null;
    for _ in 0..1200 {
        shown = gateway.get(path).await.1;
        if is(&shown) {
            return shown;
        }
        pause().await;
    }
    panic!("{shown:#}\n{}", gateway.log());
}

/// The signature of the specification, made without any code of the gateway.
fn sign(secret: &str, id: &str, timestamp: &str, body: &str) -> String {
    let key = STANDARD
        .decode(secret.strip_prefix("whsec_").unwrap())
        .unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

/// What a public library makes of it: null, or why it is refused.
fn verdicts(cases: &[Value]) -> BTreeMap<&'static str, Vec<Value>> {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("cases.json");
    std::fs::write(&file, json!(cases).to_string()).unwrap();
    let file = file.to_str().unwrap();
    let mut verdicts = BTreeMap::new();
    let mut add = |library, output: std::process::Output| {
        assert!(output.status.success(), "{library}: {output:?}");
        let said: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(said.len(), cases.len());
        verdicts.insert(library, said);
    };
    if let Some(python) = python::ready() {
        std::fs::write(
            dir.path().join("verify.py"),
            include_str!("python/verify_webhooks.py"),
        )
        .unwrap();
        add("Python", python.run(dir.path(), &["verify.py", file]));
    }
    if let Some(javascript) = javascript::ready() {
        let script = include_str!("javascript/verify_webhooks.js");
        add("JavaScript", javascript.run(script, &[file]));
    }
    verdicts
}

fn case(secret: &Value, told: &Told) -> Value {
    let headers = told.headers.iter();
    let headers: BTreeMap<_, _> = headers
        .filter(|(name, _)| name.starts_with("webhook-"))
        .collect();
    json!({"secret": secret, "headers": headers, "body": told.body})
}

async fn an_endpoint_hears_all_of_a_request_in_order(database: Database) {
    let gateway = gateway_on(database).await;
    let application = Application::answering(&["500 Oops"]).await;
    endpoint(&gateway, &application).await;
    let lives: Vec<_> = (0..5)
        .map(|number| Story::of(&format!("subject-{number}")).whole_life())
        .collect();
    for at in 0..lives[0].len() {
        for life in &lives {
            assert_eq!(gateway.post_signed(life[at].clone()).await.status(), 200);
        }
        gateway.settled_inbox().await;
    }
    let (_, page) = gateway.get("/v1/events?limit=500").await;
    let events = page["data"].as_array().unwrap();
    // One of them was sent twice, since the first answer was 500.
    let told = application.hears(events.len() + 1).await;
    let first = &told[0].headers["webhook-id"];
    let again = told
        .iter()
        .filter(|told| told.headers["webhook-id"] == *first);
    assert_eq!(again.count(), 2);

    let mut heard: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for told in &told {
        let request = told.json()["data"]["request_id"]
            .as_str()
            .unwrap()
            .to_owned();
        let ids = heard.entry(request).or_default();
        let id = &told.headers["webhook-id"];
        if !ids.contains(id) {
            ids.push(id.clone());
        }
    }
    for (request, ids) in heard {
        let of_request = events
            .iter()
            .filter(|event| event["request_id"] == *request);
        let expected: Vec<_> = of_request
            .map(|event| event["id"].as_str().unwrap())
            .collect();
        assert_eq!(ids, expected, "{request}");
    }
    // What is sent is what the feed shows.
    for told in told {
        let id = &told.headers["webhook-id"];
        let event = events.iter().find(|event| event["id"] == *id).unwrap();
        for name in ["type", "timestamp", "data"] {
            assert_eq!(told.json()[name], event[name], "{name}");
        }
    }
}

#[tokio::test]
async fn the_public_libraries_believe_what_is_sent_and_nothing_else() {
    let gateway = gateway().await;
    let application = Application::start().await;
    let made = endpoint(&gateway, &application).await;
    hears_of_a_pass(&gateway, "subject-é").await;
    let told = application.hears(2).await;
    let rotate = format!("{}/rotate-secret", path_of(&made));
    let (status, rotated) = gateway.call(Method::POST, &rotate, None).await;
    assert_eq!(status, 200, "{rotated}");
    let test = format!("{}/test", path_of(&made));
    let (status, tried) = gateway.call(Method::POST, &test, None).await;
    assert_eq!(status, 202, "{tried}");
    let all = application.hears(told.len() + 1).await;
    let both = all.last().unwrap();
    assert_eq!(both.kind(), "endpoint.test");
    assert_eq!(both.headers["webhook-id"], tried["event"].as_str().unwrap());

    let (old, new) = (&made["secret"], &rotated["secret"]);
    let good = &told[0];
    let mut cases: Vec<_> = told.iter().map(|told| case(old, told)).collect();
    cases.extend([case(old, both), case(new, both)]);
    let accepted = cases.len();

    let mut tampered = good.clone();
    tampered.body = tampered
        .body
        .replacen("verification_request", "verification_requesT", 1);
    let mut late = good.clone();
    let (id, an_hour_ago) = (&good.headers["webhook-id"], now_unix_secs() - 3600);
    let signature = sign(
        old.as_str().unwrap(),
        id,
        &an_hour_ago.to_string(),
        &good.body,
    );
    late.headers
        .insert("webhook-timestamp".into(), an_hour_ago.to_string());
    late.headers.insert("webhook-signature".into(), signature);
    let mut other_id = good.clone();
    other_id
        .headers
        .insert("webhook-id".into(), format!("{id}x"));
    // Signed by the first secret only.
    cases.extend([
        case(old, &tampered),
        case(old, &late),
        case(old, &other_id),
        case(new, good),
    ]);

    let timestamp = &good.headers["webhook-timestamp"];
    let expected = sign(old.as_str().unwrap(), id, timestamp, &good.body);
    assert_eq!(good.headers["webhook-signature"], expected);
    for (library, verdicts) in verdicts(&cases) {
        for (at, verdict) in verdicts.iter().enumerate() {
            assert_eq!(
                verdict.is_null(),
                at < accepted,
                "{library}, case {at}: {verdict}"
            );
        }
        let too_old = verdicts[accepted + 1].as_str().unwrap();
        assert!(too_old.contains("too old"), "{library}: {too_old}");
    }
}

#[tokio::test]
async fn an_endpoint_that_is_gone_is_told_nothing_more_until_it_is_switched_on() {
    let gateway = gateway().await;
    let application = Application::answering(&["410 Gone"]).await;
    let made = endpoint(&gateway, &application).await;
    let path = path_of(&made);
    hears_of_a_pass(&gateway, "subject-1").await;
    let gone = becomes(&gateway, &path, |shown| shown["state"] != "enabled").await;
    assert_eq!(gone["state"], "gone");
    gateway.settled_inbox().await;
    let (_, page) = gateway
        .get("/v1/events?limit=500&types=endpoint.disabled")
        .await;
    assert_eq!(page["data"].as_array().unwrap().len(), 1, "{page}");
    let heard = application.told().len();
    let on = json!({"enabled": true});
    let (status, on) = gateway.call(Method::PATCH, &path, Some(on)).await;
    assert_eq!((status, &on["state"]), (200, &json!("enabled")));
    let (_, page) = gateway.get("/v1/events?limit=500").await;
    let all = page["data"].as_array().unwrap().len();
    let told = application.hears(heard + all).await;
    let last = told.last().unwrap();
    assert!(last.headers.contains_key("webhook-signature"));
    let (_, deliveries) = gateway
        .get(&format!("{path}/deliveries?state=delivered"))
        .await;
    assert!(
        !deliveries["data"].as_array().unwrap().is_empty(),
        "{deliveries}"
    );
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_the_log_says_what_came_back() {
    let gateway = gateway().await;
    let elsewhere = Application::start().await;
    let moved = format!("302 Found\r\nlocation: {}", elsewhere.url);
    let application = Application::answering(&[&moved]).await;
    let made = endpoint(&gateway, &application).await;
    let path = path_of(&made);
    let (_, tried) = gateway
        .call(Method::POST, &format!("{path}/test"), None)
        .await;
    let delivery = format!("{path}/deliveries/{}", tried["event"].as_str().unwrap());
    let shown = becomes(&gateway, &delivery, |shown| shown["log"][0].is_object()).await;
    let attempt = &shown["log"][0];
    assert_eq!(
        (&attempt["status"], &attempt["answer"]),
        (&json!(302), &json!("said"))
    );
    assert_ne!(attempt["outcome"], "delivered");
    // It is tried again at the same place.
    becomes(&gateway, &delivery, |shown| shown["state"] == "delivered").await;
    assert!(elsewhere.told().is_empty());
}

#[tokio::test]
async fn an_endpoint_on_a_private_address_is_refused_with_the_remedy() {
    let gateway = Gateway::receiver().await;
    for (url, remedy) in [
        ("http://app.example/hear", "endpoints.allow_http"),
        ("https://127.0.0.1/hear", "endpoints.allowed_networks"),
        ("https://10.1.2.3/hear", "endpoints.allowed_networks"),
        ("https://[::1]/hear", "endpoints.allowed_networks"),
        (
            "https://[::ffff:169.254.169.254]/hear",
            "endpoints.allowed_networks",
        ),
        ("https://2130706433/hear", "endpoints.allowed_networks"),
        ("https://user:pass@app.example/", "leave them out"),
        ("ftp://app.example/", "https:"),
    ] {
        let body = json!({"url": url});
        let (status, refused) = gateway.call(Method::POST, ENDPOINTS, Some(body)).await;
        assert_eq!(
            (status, &refused["code"]),
            (422, &json!("invalid_input")),
            "{url}"
        );
        let error = &refused["errors"][0];
        assert_eq!(error["pointer"], "/url");
        assert!(
            error["detail"].as_str().unwrap().contains(remedy),
            "{url}: {error}"
        );
        let ended = program::run(gateway.dir.path(), &["endpoint", "create", "--url", url]);
        assert_eq!(ended.code, 2, "{url}");
        assert!(
            ended.stderr.contains("--url: ") && ended.stderr.contains(remedy),
            "{}",
            ended.stderr
        );
    }
    let (_, none) = gateway.get(ENDPOINTS).await;
    assert_eq!(none["data"], json!([]));
}

#[tokio::test]
async fn what_is_wanted_in_full_is_the_request_as_the_api_shows_it() {
    let gateway = gateway().await;
    let application = Application::start().await;
    let body = json!({
        "url": application.url, "payload": "full", "types": ["verification_request.passed"],
        "headers": {"Authorization": "Bearer of-the-application"},
    });
    let (status, made) = gateway.call(Method::POST, ENDPOINTS, Some(body)).await;
    assert_eq!(status, 201, "{made}");
    hears_of_a_pass(&gateway, "subject-1").await;
    let told = application.hears(1).await.remove(0);
    assert_eq!(told.kind(), "verification_request.passed");
    assert_eq!(told.headers["authorization"], "Bearer of-the-application");
    assert_eq!(told.json()["data"]["request"], gateway.requests().await[0]);
    assert!(!gateway.log().contains("of-the-application"));
    assert!(!gateway.log().contains(made["secret"].as_str().unwrap()));
}

#[tokio::test]
async fn an_operator_runs_endpoints_from_the_command_line() {
    let gateway = gateway().await;
    let application = Application::start().await;
    let run = |args: &[&str]| {
        let args: Vec<_> = ["endpoint"].iter().chain(args).copied().collect();
        program::run(gateway.dir.path(), &args)
    };
    let none = run(&["list"]);
    assert!(
        none.stdout.contains("idv endpoint create"),
        "{}",
        none.stdout
    );
    let made = run(&[
        "create",
        "--url",
        &application.url,
        "--description",
        "the app",
        "--json",
    ]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    let made = made.json();
    let id = made["id"].as_str().unwrap();
    let secret = made["secret"].as_str().unwrap();
    assert!(secret.starts_with("whsec_"));
    let (_, over_http) = gateway.get(ENDPOINTS).await;
    assert_eq!(run(&["list", "--json"]).json(), over_http["data"]);
    let (_, shown) = gateway.get(&path_of(&made)).await;
    assert_eq!(run(&["show", id, "--json"]).json(), shown);

    hears_of_a_pass(&gateway, "subject-1").await;
    let heard = application.hears(2).await.len();
    let tried = run(&["test", id, "--json"]).json();
    let event = tried["event"].as_str().unwrap();
    let told = application.hears(heard + 1).await;
    assert_eq!(told.last().unwrap().headers["webhook-id"], event);
    let one = format!("{}/deliveries/{event}", path_of(&made));
    let one = becomes(&gateway, &one, |shown| shown["state"] == "delivered").await;
    assert_eq!(run(&["deliveries", id, event, "--json"]).json(), one);
    let table = run(&["deliveries", id]).stdout;
    assert!(
        table.starts_with("event ") && table.contains("endpoint.test"),
        "{table}"
    );

    assert_eq!(run(&["resend", id, event]).code, 0);
    application.hears(heard + 2).await;
    let replayed = run(&["replay", id, "--after", "beginning", "--json"]).json();
    assert_eq!(replayed["events"], heard + 1, "{replayed}");
    application.hears(heard + 2 + heard + 1).await;

    let rotated = run(&["rotate-secret", id, "--overlap-secs", "60", "--json"]).json();
    assert_ne!(rotated["secret"], secret);
    let off = run(&[
        "update",
        id,
        "--disable",
        "--types",
        "verification_request.failed",
        "--json",
    ]);
    let off = off.json();
    assert_eq!(
        (&off["state"], &off["types"]),
        (
            &json!("switched_off"),
            &json!(["verification_request.failed"])
        )
    );
    let refused = run(&["test", id]);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("--enable"), "{}", refused.stderr);
    for secret in [secret, rotated["secret"].as_str().unwrap()] {
        for shown in [
            run(&["show", id]),
            run(&["list"]),
            run(&["show", id, "--json"]),
        ] {
            assert_eq!(shown.code, 0, "{}", shown.stderr);
            assert!(!shown.stdout.contains(secret));
        }
    }
    assert_eq!(run(&["delete", id]).code, 0);
    for gone in [
        ["show", id],
        ["delete", id],
        ["test", id],
        ["deliveries", id],
    ] {
        let ended = run(&gone);
        assert_eq!(ended.code, 2, "{gone:?}: {}", ended.stdout);
        assert!(
            ended.stderr.contains("idv endpoint list"),
            "{}",
            ended.stderr
        );
    }
}

idv_testkit::on_every_store! {
    sqlite: crate::database::sqlite();
    postgres: crate::database::postgres();
    an_endpoint_hears_all_of_a_request_in_order
}
