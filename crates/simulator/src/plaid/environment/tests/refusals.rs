//! What the endpoints refuse, in the vendor's words.

use http::Method;

use super::*;

#[test]
fn each_fault_has_the_vendors_words() {
    let world = world();
    let id = create(&world, "subject-1");
    let with = |change: &dyn Fn(&mut Value)| {
        let mut body = wanted("subject-2");
        change(&mut body);
        body
    };
    let user = |member: &str, value: Value| with(&|body| body["user"] = json!({ member: value }));
    for (path, body, status, code) in [
        ("/item/get", json!({}), 404, "NOT_FOUND"),
        (GET, json!([]), 400, "INVALID_BODY"),
        (GET, json!({ "id": id }), 400, "UNKNOWN_FIELDS"),
        (GET, json!({}), 400, "MISSING_FIELDS"),
        (
            GET,
            json!({ "identity_verification_id": 1 }),
            400,
            "INVALID_FIELD",
        ),
        (
            GET,
            json!({ "identity_verification_id": "idv_0" }),
            400,
            "INVALID_FIELD",
        ),
        (
            CREATE,
            with(&|body| body["template_id"] = "idvtmp_0".into()),
            400,
            "INVALID_FIELD",
        ),
        (
            CREATE,
            with(&|body| body["is_shareable"] = "yes".into()),
            400,
            "INVALID_FIELD",
        ),
        (
            CREATE,
            with(&|body| body["client_user_id"] = Value::Null),
            400,
            "MISSING_FIELDS",
        ),
        (
            CREATE,
            with(&|body| body["client_user_id"] = "a@b.example".into()),
            400,
            "INVALID_FIELD",
        ),
        (CREATE, wanted("subject-1"), 400, "INVALID_FIELD"),
        (
            CREATE,
            user("phone_number", "234-567-8909".into()),
            400,
            "INVALID_FIELD",
        ),
        (
            CREATE,
            user("date_of_birth", Value::Null),
            400,
            "INVALID_FIELD",
        ),
        (
            CREATE,
            user("birthday", "1975-01-18".into()),
            400,
            "UNKNOWN_FIELDS",
        ),
        (
            LIST,
            json!({ "template_id": Template::FULL }),
            400,
            "MISSING_FIELDS",
        ),
        (
            LIST,
            json!({ "template_id": Template::FULL, "client_user_id": "x", "cursor": "x" }),
            400,
            "INVALID_FIELD",
        ),
        (
            "/watchlist_screening/individual/get",
            json!({ "watchlist_screening_id": "scr_0" }),
            400,
            "INVALID_FIELD",
        ),
        (
            "/webhook_verification_key/get",
            json!({ "key_id": "kid-0" }),
            400,
            "INVALID_WEBHOOK_VERIFICATION_KEY_ID",
        ),
    ] {
        let (given, answer) = ask(&world, path, &body);
        assert_eq!(
            (given, &answer["error_code"]),
            (status, &json!(code)),
            "{path} {body}"
        );
        assert_eq!(answer["display_message"], Value::Null);
        assert!(answer["request_id"].is_string() && answer["error_message"].is_string());
    }
    assert_eq!(world.objects(), [id], "a refusal changes nothing");
    assert!(!format!("{world:?}").contains(Environment::SECRET));
}

#[test]
fn a_link_token_has_rules_of_its_own() {
    let world = world();
    let body = || {
        json!({
            "client_name": "Pawnee Parks",
            "country_codes": ["US"],
            "identity_verification": { "template_id": Template::FULL },
            "language": "en",
            "products": ["identity_verification"],
            "user": { "client_user_id": "subject-1" },
        })
    };
    let path = "/link/token/create";
    let answer = get(&world, path, &body());
    assert!(
        answer["link_token"]
            .as_str()
            .unwrap()
            .starts_with("link-sandbox-")
    );
    assert_eq!(answer["expiration"], "2026-11-20T16:00:00Z");
    assert_eq!(answer.get("hosted_link_url"), None);
    for (place, value, status, code) in [
        (
            "/client_name",
            json!("a name that is too long for the vendor"),
            400,
            "INVALID_FIELD",
        ),
        ("/country_codes", json!([]), 400, "INVALID_FIELD"),
        ("/products", json!(["auth"]), 400, "INVALID_FIELD"),
        (
            "/products",
            json!(["identity_verification", "auth"]),
            400,
            "INVALID_CONFIGURATION",
        ),
        (
            "/identity_verification/template_id",
            json!("idvtmp_0"),
            400,
            "INVALID_FIELD",
        ),
        ("/identity_verification", json!(null), 400, "MISSING_FIELDS"),
        ("/user", json!({}), 400, "MISSING_FIELDS"),
        (
            "/user",
            json!({ "client_user_id": "subject-1", "date_of_birth": "18.01.1975" }),
            403,
            "INVALID_USER_IDENTITY_DATA",
        ),
    ] {
        let mut body = body();
        *body.pointer_mut(place).unwrap() = value;
        let (given, answer) = ask(&world, path, &body);
        assert_eq!(
            (given, &answer["error_code"]),
            (status, &json!(code)),
            "{body}"
        );
    }
}

#[test]
fn headers_and_methods_are_looked_at() {
    let world = world();
    let request = |method: Method, name: &str, value: &str| {
        let request = Request::builder().method(method).uri(GET);
        let request = request.header(name, value).body(Bytes::from("{}"));
        let answer = Vendor::answer(&world, &request.unwrap(), NOW);
        let body: Value = serde_json::from_slice(answer.body()).unwrap();
        body["error_code"].as_str().unwrap().to_owned()
    };
    let post = |name: &str, value: &str| request(Method::POST, name, value);
    assert_eq!(post("content-type", "text/plain"), "INVALID_HEADERS");
    assert_eq!(
        post("plaid-version", "2019-05-29"),
        "INCOMPATIBLE_API_VERSION"
    );
    assert_eq!(post("plaid-version", "2020-09-14"), "INVALID_API_KEYS");
    assert_eq!(request(Method::GET, "accept", "*/*"), "NOT_FOUND");
}

#[test]
fn a_product_that_is_not_enabled_is_refused() {
    let world = world().not_enabled();
    let (status, answer) = ask(&world, CREATE, &wanted("subject-1"));
    assert_eq!(
        (status, &answer["error_code"]),
        (400, &json!("INVALID_PRODUCT"))
    );
    assert_eq!(answer["error_type"], "INVALID_INPUT");
}

#[test]
fn the_vendors_own_troubles_have_its_words() {
    let world = world();
    let code = |response: Response<Bytes>| {
        let body: Value = serde_json::from_slice(response.body()).unwrap();
        (
            response.status().as_u16(),
            body["error_code"].as_str().unwrap().to_owned(),
        )
    };
    let of = |status: u16| world.server_error(http::StatusCode::from_u16(status).unwrap());
    assert_eq!(code(of(503)), (503, "PLANNED_MAINTENANCE".to_owned()));
    assert_eq!(code(of(500)), (500, "INTERNAL_SERVER_ERROR".to_owned()));
    assert_eq!(world.rate_limited(Some(3)).headers()["retry-after"], "3");
    assert_eq!(
        code(world.rate_limited(None)),
        (429, "RATE_LIMIT".to_owned())
    );
}
