//! A marked person in every place that can hold one; and what must be refused.
#![cfg(test)]
#![allow(
    clippy::disallowed_methods,
    reason = "tests read JSON directly, about synthetic people"
)]

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use idv_recorder::class::{Class, PersonKind};
use idv_recorder::{Delivery, Exchange, Redactor, TestKeys, Vendor, Why};
use proptest::prelude::*;
use serde_json::{Value, json};

const MARK: &str = "Wietske Kestrel-4711-Mark";

fn redactor(vendor: Vendor) -> Redactor {
    let keys = TestKeys::generate(vendor, 1_795_176_000).unwrap();
    Redactor::seeded(vendor, &keys, [7; 32])
}

fn headers(of: &[(&str, &str)]) -> HeaderMap {
    of.iter()
        .map(|(name, value)| {
            (
                HeaderName::try_from(*name).unwrap(),
                HeaderValue::try_from(*value).unwrap(),
            )
        })
        .collect()
}

fn path_of(vendor: Vendor) -> &'static str {
    match vendor {
        Vendor::Stripe => "/v1/identity/verification_sessions",
        Vendor::Onfido => "/v3.6/applicants",
        Vendor::Plaid => "/identity_verification/create",
    }
}

fn answered(vendor: Vendor, response: &Value) -> Exchange {
    Exchange {
        method: Method::POST,
        path: path_of(vendor).to_owned(),
        query: String::new(),
        request_headers: HeaderMap::new(),
        request_body: Bytes::new(),
        status: StatusCode::OK,
        response_headers: headers(&[("content-type", "application/json")]),
        response_body: Some(Bytes::from(response.to_string())),
    }
}

/// `a/b/c` around a value.
fn nested(path: &str, value: Value) -> Value {
    path.rsplit('/')
        .fold(value, |inner, name| json!({ name: inner }))
}

/// A value with the mark in it, as the place would have it.
fn marked(class: Class) -> (Value, Vec<&'static str>) {
    match class {
        Class::Person(PersonKind::Birth | PersonKind::Day) => {
            (json!("1987-06-05"), vec!["1987-06-05"])
        }
        Class::Person(PersonKind::BirthPart | PersonKind::DayPart) => (json!(1987), vec![]),
        Class::Person(PersonKind::Email) => {
            (json!("wietske.kestrel@acme.test"), vec!["wietske", "acme"])
        }
        Class::Person(PersonKind::Phone) => (json!("+4915112345678"), vec!["15112345678"]),
        Class::Person(PersonKind::Ip) => (json!("93.184.216.34"), vec!["93.184.216.34"]),
        Class::Person(PersonKind::Mrz) => (
            json!("P<UTOKESTREL<<WIETSKE<<<<<<<<<<<<<<<<<<<<<<<"),
            vec!["KESTREL", "WIETSKE"],
        ),
        Class::Url => (
            json!("https://wietske.acme.test/kestrel?who=kestrel"),
            vec!["wietske", "kestrel", "acme"],
        ),
        _ => (json!(MARK), vec!["Wietske", "Kestrel", "4711-Mark"]),
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
fn a_marked_person_in_every_place_leaves_no_mark() {
    let mut places = 0;
    for vendor in Vendor::ALL {
        for (class, members) in vendor.table().members {
            if is_kept(*class) {
                continue;
            }
            for member in members.split_whitespace() {
                let (value, marks) = marked(*class);
                let body = nested(member, value);
                let redacted = redactor(vendor).exchange(&answered(vendor, &body));
                let redacted =
                    redacted.unwrap_or_else(|refusal| panic!("{vendor:?} {member}: {refusal}"));
                let text = String::from_utf8(redacted.response.body.to_vec()).unwrap();
                for mark in marks {
                    let is_left = text.to_lowercase().contains(&mark.to_lowercase());
                    assert!(!is_left, "{vendor:?} {member}: {mark} is left in {text}");
                }
                let is_text =
                    |value: &Value| value.pointer(&format!("/{member}")).map(Value::is_string);
                let after: Value = serde_json::from_str(&text).unwrap();
                assert_eq!(
                    is_text(&after),
                    is_text(&body),
                    "{vendor:?} {member}: the type stays"
                );
                places += 1;
            }
        }
        for (holder, _) in vendor.table().within {
            let body = nested(holder, json!({ "any": MARK }));
            match redactor(vendor).exchange(&answered(vendor, &body)) {
                Ok(redacted) => {
                    assert!(
                        !String::from_utf8_lossy(&redacted.response.body).contains("Kestrel"),
                        "{holder}"
                    );
                }
                Err(refusal) => assert_eq!(refusal.why, Why::Unclassified, "{holder}"),
            }
        }
    }
    assert!(places > 200, "{places} places");
}

#[test]
fn what_may_be_a_persons_is_refused_in_every_place_that_keeps_words() {
    for vendor in Vendor::ALL {
        let keeps = vendor
            .table()
            .members
            .iter()
            .filter(|(class, _)| is_kept(*class));
        for member in keeps.flat_map(|(_, members)| members.split_whitespace()) {
            for value in [
                json!(MARK),
                json!("Kestrel"),
                json!("kestrel"),
                json!("jane_kestrel"),
                json!("KESTREL_HARLINGEN"),
                json!("document.jane_kestrel"),
                json!("jane.2.kestrel"),
                json!("1.kestrel"),
                json!("jane.kestrel@acme.test"),
                json!("1987-06-05"),
                json!("1987-06-05T00:00:00Z"),
                json!("10.1.2.3"),
                json!("+4915112345678"),
                json!("4915112345678"),
                json!(4_915_112_345_678_i64),
                json!("123-45-6789"),
                json!("AB1234567"),
                json!("Kestrelgracht 4711"),
                json!("b64cc815-4a40-461f-9e73-a595f285b3bb"),
            ] {
                let refusal = redactor(vendor)
                    .exchange(&answered(vendor, &nested(member, value.clone())))
                    .unwrap_err();
                assert_eq!(refusal.why, Why::NotAWord, "{vendor:?} {member} {value}");
                assert_eq!(
                    refusal.to_string(),
                    format!(
                        "response body /{member}: a plain word, number or time should stand here, and something else does"
                    )
                );
            }
        }
    }
}

#[test]
fn a_name_of_a_member_that_no_table_has_is_refused_whatever_stands_there() {
    for (vendor, known) in [
        (Vendor::Stripe, "status"),
        (Vendor::Onfido, "result"),
        (Vendor::Plaid, "status"),
    ] {
        for value in [
            json!({ known: "failed" }),
            json!([{ known: null }]),
            json!({}),
        ] {
            let refusal = redactor(vendor)
                .exchange(&answered(vendor, &json!({ "jane_kestrel": value })))
                .unwrap_err();
            assert_eq!(refusal.why, Why::Unclassified);
            assert_eq!(refusal.place.to_string(), "response body /jane_kestrel");
        }
    }
    for holder in ["kyc_check", "steps", "analysis", "aamva_verification"] {
        let refusal = redactor(Vendor::Plaid)
            .exchange(&answered(
                Vendor::Plaid,
                &json!({ holder: { "kestrel": "match" } }),
            ))
            .unwrap_err();
        assert_eq!(refusal.why, Why::Unclassified, "{holder}");
    }
}

#[test]
fn what_no_table_knows_is_refused_and_named() {
    let refused = |exchange: &Exchange| {
        let refusal = redactor(Vendor::Stripe).exchange(exchange).unwrap_err();
        assert_eq!(refusal.why, Why::Unclassified);
        refusal.place.to_string()
    };
    let stripe = |body: &Value| answered(Vendor::Stripe, body);
    assert_eq!(
        refused(&stripe(
            &json!({ "data": [{}, { "verified_outputs": { "mothers_name": "x" } }] })
        )),
        "response body /data/1/verified_outputs/mothers_name"
    );
    for nothing in [json!(null), json!({}), json!([]), json!(true), json!(1)] {
        assert_eq!(
            refused(&stripe(&json!({ "novelty": nothing }))),
            "response body /novelty"
        );
    }
    assert_eq!(
        refused(&stripe(&json!({ "jane@acme.test": { "status": "x" } }))),
        "response body /…"
    );
    let mut exchange = stripe(&json!({}));
    exchange.query = "limit=3&created[near]=5".to_owned();
    assert_eq!(refused(&exchange), "request query created[near]");
    exchange.query = String::new();
    exchange.path = "/v1/identity/people/jane".to_owned();
    assert_eq!(refused(&exchange), "segment 3 of the path, /v1/identity/?");
    exchange.path = path_of(Vendor::Stripe).to_owned();
    exchange.request_headers = headers(&[("content-type", "application/x-www-form-urlencoded")]);
    exchange.request_body = Bytes::from_static(b"type=document&nickname=jane");
    assert_eq!(refused(&exchange), "request body /nickname");
    exchange.request_headers = headers(&[("content-type", "multipart/form-data; boundary=b")]);
    exchange.request_body = Bytes::from_static(
        b"--b\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\njane\r\n--b--\r\n",
    );
    assert_eq!(refused(&exchange), "request body /note");
}

#[test]
fn a_leftover_is_refused_wherever_it_stands() {
    let person =
        json!({ "verified_outputs": { "first_name": "Kestrel", "last_name": "van Harlingen" } });
    for (left, place) in [
        (
            json!({ "api_version": "2026-08-26.kestrel" }),
            "response body /api_version",
        ),
        (
            json!({ "data": [{ "api_version": "2026-08-26.harlingen" }] }),
            "response body /data/0/api_version",
        ),
    ] {
        let mut redactor = redactor(Vendor::Stripe);
        redactor
            .exchange(&answered(Vendor::Stripe, &person))
            .unwrap();
        let refusal = redactor
            .exchange(&answered(Vendor::Stripe, &left))
            .unwrap_err();
        assert_eq!(
            (refusal.why, refusal.place.to_string().as_str()),
            (Why::Leftover, place)
        );
        let mut exchange = answered(Vendor::Stripe, &json!({}));
        exchange.response_headers.insert(
            "stripe-version",
            HeaderValue::from_static("2026-08-26.kestrel"),
        );
        let refusal = redactor.exchange(&exchange).unwrap_err();
        assert_eq!(refusal.place.to_string(), "response header stripe-version");
    }
    // A word of the user's that is one of the vendor's too gives nobody away.
    let chosen = json!({ "metadata": { "kind": "document" }, "type": "document" });
    redactor(Vendor::Stripe)
        .exchange(&answered(Vendor::Stripe, &chosen))
        .unwrap();
}

#[test]
fn one_person_is_one_replacement_in_request_answer_address_header_and_webhook() {
    let mut redactor = redactor(Vendor::Stripe);
    let mut exchange = answered(
        Vendor::Stripe,
        &json!({
            "id": "vs_1Kestrel4711",
            "client_reference_id": "customer-4711",
            "provided_details": { "email": "Jane@acme.test" },
            "metadata": { "idv_intent": "intent-99-Jane" },
        }),
    );
    exchange.path.push_str("/vs_1Kestrel4711");
    exchange.query = "client_reference_id=customer-4711&expand[]=verified_outputs".to_owned();
    exchange.request_headers = headers(&[
        ("content-type", "application/x-www-form-urlencoded"),
        ("authorization", "Bearer sk_live_51Habcdefghijklmnop"),
        ("idempotency-key", "intent-99-Jane"),
        ("x-forwarded-for", "10.1.2.3"),
    ]);
    exchange.request_body = Bytes::from_static(
        b"provided_details%5Bemail%5D=jane%40acme.test&metadata[idv_intent]=intent-99-Jane",
    );
    let redacted = redactor.exchange(&exchange).unwrap();
    let answer: Value = serde_json::from_slice(&redacted.response.body).unwrap();
    let asked = String::from_utf8(redacted.request.body.to_vec()).unwrap();
    let text = |pointer: &str| answer.pointer(pointer).unwrap().as_str().unwrap();
    assert!(redacted.path.ends_with(text("/id")));
    assert_eq!(redacted.shape, "/v1/identity/verification_sessions/{id}");
    assert_eq!(redacted.query[0].1, text("/client_reference_id"));
    assert_eq!(
        redacted.query[1],
        ("expand[]".to_owned(), "verified_outputs".to_owned())
    );
    assert_eq!(text("/provided_details/email"), "person-1@example.com");
    assert!(asked.contains("person-1%40example.com"), "{asked}");
    let header = |name: &str| {
        &redacted
            .request
            .headers
            .iter()
            .find(|(found, _)| found == name)
            .unwrap()
            .1
    };
    assert_eq!(header("idempotency-key"), text("/metadata/idv_intent"));
    assert!(header("authorization").starts_with("Bearer sk_test_redacted"));
    assert_eq!(redacted.request.dropped_headers, ["x-forwarded-for"]);
    assert_eq!(
        redacted.request.replaced,
        ["/provided_details/email", "/metadata/idv_intent"]
    );
    assert_eq!(redacted.replaced_in_query, ["/client_reference_id"]);

    let body =
        json!({ "id": "evt_1Xyz", "data": { "object": { "id": "vs_1Kestrel4711" } } }).to_string();
    let webhook = redactor
        .webhook(&Delivery {
            headers: headers(&[
                ("content-type", "application/json"),
                ("stripe-signature", "t=1,v1=00"),
            ]),
            body: Bytes::from(body),
            received_unix_secs: 1,
        })
        .unwrap();
    let told: Value = serde_json::from_slice(&webhook.body).unwrap();
    assert_eq!(told["data"]["object"]["id"], answer["id"]);
    assert_eq!(webhook.dropped_headers, ["stripe-signature"]);
}

#[test]
fn a_file_leaves_its_kind_and_nothing_else() {
    let mut exchange = answered(Vendor::Onfido, &json!({}));
    exchange.path = "/v3.6/documents".to_owned();
    exchange.request_headers = headers(&[("content-type", "multipart/form-data; boundary=xYz")]);
    let part = |head: &str, content: &str| {
        format!("--xYz\r\nContent-Disposition: form-data; {head}\r\n\r\n{content}\r\n")
    };
    let body = [
        part("name=\"type\"", "passport"),
        part(
            "name=\"applicant_id\"",
            "b64cc815-4a40-461f-9e73-a595f285b3bb",
        ),
        part(
            "name=\"file\"; filename=\"jane.png\"\r\nContent-Type: image/png",
            "KESTREL PIXELS",
        ),
        "--xYz--\r\n".to_owned(),
    ];
    exchange.request_body = Bytes::from(body.concat());
    exchange.response_headers = headers(&[("content-type", "image/jpeg")]);
    exchange.response_body = Some(Bytes::from_static(b"\xff\xd8 KESTREL"));
    let redacted = redactor(Vendor::Onfido).exchange(&exchange).unwrap();
    let asked = String::from_utf8_lossy(&redacted.request.body).into_owned();
    assert!(
        asked.contains("passport") && asked.contains("recorded-1.png") && asked.contains("PNG"),
        "{asked}"
    );
    assert!(
        !asked.contains("KESTREL") && !asked.contains("jane") && !asked.contains("b64cc815"),
        "{asked}"
    );
    assert!(
        redacted.response.body.starts_with(b"\xff\xd8\xff\xe0")
            && redacted.response.body.len() < 40
    );
}

#[test]
fn an_answer_that_is_no_json_is_kept_as_so_many_neutral_words() {
    for body in ["<html>Jane Doe</html>", "{\"first_name\":\"Jane", ""] {
        let mut exchange = answered(Vendor::Onfido, &json!({}));
        exchange.response_body = Some(Bytes::from(body));
        let redacted = redactor(Vendor::Onfido).exchange(&exchange).unwrap();
        assert_eq!(redacted.response.body.len(), body.len());
        assert!(!String::from_utf8_lossy(&redacted.response.body).contains("Jane"));
    }
}

/// The shape of a document: its members, the length of its lists, the types of its values.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| (name.clone(), shape(value)))
            .collect(),
        Value::Array(items) => items.iter().map(shape).collect(),
        Value::String(_) => json!("text"),
        Value::Number(_) => json!("number"),
        Value::Bool(_) => json!("flag"),
        Value::Null => Value::Null,
    }
}

prop_compose! {
    fn person()(
        first in "[A-Z][a-zäöüé]{2,9}", last in "[A-Z][a-z]{2,9}(-[A-Z][a-z]{3,6})?", year in 1930_i32..2005,
        month in 1_u8..=12, day in 1_u8..=28, number in "[A-Z]{2}[0-9]{7}", code in "[0-9]{5}",
        mail in "[a-z]{3,9}\\.[a-z]{3,9}@[a-z]{4,9}\\.test", phone in "\\+49[0-9]{9,11}", street in "[A-Z][a-z]{6,12} [0-9]{1,3}",
    ) -> Value {
        json!({
            "id": "b64cc815-4a40-461f-9e73-a595f285b3bb", "first_name": first, "last_name": last, "email": mail,
            "dob": format!("{year}-{month:02}-{day:02}"), "phone_number": phone, "created_at": "2024-10-03T15:25:02Z",
            "address": { "street": street, "postcode": code, "country": "DEU", "line3": null, "state": "" },
            "id_numbers": [{ "type": "passport", "value": number }], "sandbox": true,
        })
    }
}

proptest! {
    #[test]
    fn nobody_is_left_of_any_person_and_the_shape_stays(person in person()) {
        let redact = |value: &Value| {
            let redacted = redactor(Vendor::Onfido).exchange(&answered(Vendor::Onfido, value));
            let redacted = redacted.map_err(|refusal| TestCaseError::fail(refusal.to_string()))?;
            Ok::<Value, TestCaseError>(serde_json::from_slice(&redacted.response.body).unwrap())
        };
        let once = redact(&person)?;
        prop_assert_eq!(shape(&once), shape(&person));
        let text = once.to_string().to_lowercase();
        for pointer in ["/first_name", "/last_name", "/email", "/dob", "/phone_number", "/address/street",
                        "/address/postcode", "/id_numbers/0/value", "/id"] {
            let original = person.pointer(pointer).unwrap().as_str().unwrap().to_lowercase();
            prop_assert!(!text.contains(&format!("\"{original}\"")), "{pointer}");
            prop_assert!(original.len() < 6 || !text.contains(&original), "{pointer}");
        }
        prop_assert_eq!(&redact(&person)?, &once, "the same key, the same replacements");
        prop_assert_eq!(shape(&redact(&once)?), shape(&once), "what is redacted can be redacted");
    }
}

#[test]
fn people_of_a_sandbox_are_called_as_the_vendor_says_and_can_be_recorded() {
    // Whose last name is this, gets this result.
    let applicant =
        json!({ "first_name": "Test", "last_name": "Consider", "tags": ["document", "kyc"] });
    let report = json!({ "result": "consider", "name": "document", "status": "complete" });
    let mut redactor = redactor(Vendor::Onfido);
    let told = redactor
        .exchange(&answered(Vendor::Onfido, &applicant))
        .unwrap();
    let text = String::from_utf8(told.response.body.to_vec()).unwrap();
    assert!(
        !text.contains("Consider") && !text.contains("document"),
        "{text}"
    );
    redactor
        .exchange(&answered(Vendor::Onfido, &report))
        .unwrap();
}

#[test]
fn a_header_of_the_list_that_holds_something_else_is_refused() {
    for (name, value) in [
        ("date", "Jane Doe, born 1990-05-29"),
        ("content-type", "application/json; name=\"jane\", x"),
        ("retry-after", "jane@acme.test"),
        ("stripe-version", "Jane \"Doe\""),
    ] {
        let mut exchange = answered(Vendor::Stripe, &json!({}));
        exchange.response_headers = headers(&[(name, value)]);
        match redactor(Vendor::Stripe).exchange(&exchange) {
            Err(refusal) => {
                assert_eq!(refusal.place.to_string(), format!("response header {name}"));
            }
            Ok(redacted) => assert_eq!(
                redacted.response.headers,
                [(name.to_owned(), "application/json".to_owned())]
            ),
        }
    }
    let mut exchange = answered(Vendor::Stripe, &json!({}));
    exchange.response_headers = headers(&[
        ("date", "Tue, 03 Oct 2024 15:25:02 GMT"),
        ("retry-after", "30"),
    ]);
    assert_eq!(
        redactor(Vendor::Stripe)
            .exchange(&exchange)
            .unwrap()
            .response
            .headers
            .len(),
        2
    );
}

#[test]
fn a_word_is_looked_at_again_when_more_is_known() {
    let mut redactor = redactor(Vendor::Stripe);
    let word = answered(
        Vendor::Stripe,
        &json!({ "api_version": "2026-08-26.harlingen" }),
    );
    redactor.exchange(&word).unwrap();
    let person = json!({ "verified_outputs": { "last_name": "Harlingen" } });
    redactor
        .exchange(&answered(Vendor::Stripe, &person))
        .unwrap();
    assert_eq!(redactor.exchange(&word).unwrap_err().why, Why::Leftover);
}

#[test]
fn a_finding_of_the_vendors_may_stand_elsewhere() {
    let mut redactor = redactor(Vendor::Onfido);
    let found = json!({ "properties": { "match_types": ["known_faces", "novel_register"] } });
    let redacted = redactor
        .exchange(&answered(Vendor::Onfido, &found))
        .unwrap();
    let text = String::from_utf8_lossy(&redacted.response.body).into_owned();
    assert!(!text.contains("novel_register"), "{text}");
    let named = json!({ "breakdown": { "document_database": { "result": "known_faces" } } });
    redactor
        .exchange(&answered(Vendor::Onfido, &named))
        .unwrap();
}

#[test]
fn the_id_of_a_request_is_whatever_the_user_has_chosen() {
    let mut exchange = answered(Vendor::Onfido, &json!({}));
    exchange.request_headers = headers(&[("x-request-id", "profile_Kestrel")]);
    exchange.response_headers = headers(&[("x-request-id", "profile_Kestrel-2")]);
    let redacted = redactor(Vendor::Onfido).exchange(&exchange).unwrap();
    let own = &redacted.request.headers[0].1;
    assert!(!own.starts_with("profile_"), "{own}");
    let theirs = &redacted.response.headers[0].1;
    assert!(theirs.starts_with("profile_"), "{theirs}");
}

#[test]
fn a_name_that_was_replaced_stands_in_no_pointer() {
    let names = [
        "customer 4711 Kestrel",
        "kestrel@acme.test",
        "4915112345678",
    ];
    let metadata: Value = names.iter().map(|name| (*name, "x y z")).collect();
    let mut exchange = answered(Vendor::Stripe, &json!({ "metadata": metadata }));
    exchange.request_headers = headers(&[("content-type", "application/json")]);
    exchange.request_body = exchange.response_body.clone().unwrap();
    exchange.query = names
        .map(|name| format!("metadata[{}]=1", name.replace(' ', "+")))
        .join("&");
    let mut forms = exchange.clone();
    forms.request_headers = headers(&[("content-type", "application/x-www-form-urlencoded")]);
    forms.request_body = Bytes::from(forms.query.clone());
    for exchange in [exchange, forms] {
        let redacted = redactor(Vendor::Stripe).exchange(&exchange).unwrap();
        let pointers = [
            &redacted.replaced_in_query,
            &redacted.request.replaced,
            &redacted.response.replaced,
        ];
        for pointers in pointers {
            let text = pointers.join(" ").to_lowercase();
            for name in ["kestrel", "4711", "acme", "4915112345678"] {
                assert!(!text.contains(name), "{name} is left in {text}");
            }
            assert!(
                pointers.iter().any(|pointer| pointer == "/metadata"),
                "{text}"
            );
        }
    }
}

#[test]
fn below_an_open_member_everything_is_the_users_own() {
    let own = json!({
        "status": "kestrel", "id": "profile_kestrel", "country": "KES", "name": "kestrel_document",
        "created_at": "1987-06-05T00:00:00Z", "score": 4711, "state": "KS", "checksum_sha256": 1987.5,
        "kestrel": true, "Kestrel-4711": null, "reasons": ["kestrel"], "of_kestrel": { "kestrel": [] },
        "file_size": "4711", "result": "clear", "completed_at": "2020-01-02 kestrel", "updated_at": "kestrel",
    });
    for open in ["custom_data", "input", "output", "data"] {
        let redacted = redactor(Vendor::Onfido)
            .exchange(&answered(Vendor::Onfido, &json!({ open: own })))
            .unwrap();
        let text = String::from_utf8(redacted.response.body.to_vec()).unwrap();
        for mark in [
            "kestrel",
            "\"KES",
            "\"KS\"",
            "1987",
            "4711",
            "profile_",
            "2020-01-02",
        ] {
            let is_left = text.to_lowercase().contains(&mark.to_lowercase());
            assert!(!is_left, "{open}: {mark} is left in {text}");
        }
        let after: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(after[open]["result"], "clear", "the vendor's word for it");
    }
}

/// Whether what stands in a version is found again, after this was seen.
fn is_found_in_a_version(vendor: Vendor, seen: &Value, version: &str) -> bool {
    let mut redactor = redactor(vendor);
    redactor.exchange(&answered(vendor, seen)).unwrap();
    let member = if vendor == Vendor::Stripe {
        "api_version"
    } else {
        "version"
    };
    let version = json!({ member: format!("2026-08-26.{version}") });
    match redactor.exchange(&answered(vendor, &version)) {
        Ok(_) => false,
        Err(refusal) => {
            assert_eq!(refusal.why, Why::Leftover);
            assert_eq!(
                refusal.place.to_string(),
                format!("response body /{member}")
            );
            true
        }
    }
}

#[test]
fn that_a_word_was_kept_once_does_not_clear_it() {
    let chosen = json!({ "metadata": { "who": "kestrel" } });
    assert!(is_found_in_a_version(Vendor::Stripe, &chosen, "kestrel"));
    assert!(!is_found_in_a_version(Vendor::Stripe, &chosen, "dahlia"));
}

#[test]
fn a_finding_of_one_word_is_looked_for_too() {
    let members = Vendor::Onfido.table().members.iter();
    let hints = members.filter(|(class, _)| matches!(class, Class::Hint));
    for hint in hints.flat_map(|(_, members)| members.split_whitespace()) {
        let found = nested(hint, json!("kestrel"));
        assert!(
            is_found_in_a_version(Vendor::Onfido, &found, "kestrel"),
            "{hint}"
        );
    }
}

#[test]
fn a_value_is_found_in_base64_wherever_it_begins_there() {
    for (name, encoded) in [
        ("vjdnhq", "dmpkbmhx"),
        ("hfzlan", "cmhmemxhbmxk"),
        ("njhqzh", "dnpuamhxemhu"),
    ] {
        let person = json!({ "verified_outputs": { "last_name": name } });
        assert!(
            is_found_in_a_version(Vendor::Stripe, &person, encoded),
            "{name}"
        );
    }
}

#[test]
fn a_form_with_too_many_brackets_is_refused() {
    let deep = format!("metadata{}=1", "[a]".repeat(200_000));
    let mut in_query = answered(Vendor::Stripe, &json!({}));
    in_query.query = deep.clone();
    let mut in_form = answered(Vendor::Stripe, &json!({}));
    in_form.request_headers = headers(&[("content-type", "application/x-www-form-urlencoded")]);
    in_form.request_body = Bytes::from(deep.clone());
    let mut in_parts = answered(Vendor::Stripe, &json!({}));
    in_parts.request_headers = headers(&[("content-type", "multipart/form-data; boundary=b")]);
    let name = deep.trim_end_matches("=1");
    in_parts.request_body = Bytes::from(format!(
        "--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\nx\r\n--b--\r\n"
    ));
    for exchange in [in_query, in_form, in_parts] {
        let refusal = redactor(Vendor::Stripe).exchange(&exchange).unwrap_err();
        assert_eq!(
            refusal.why.to_string(),
            "a name here has more than 32 pairs of brackets"
        );
    }
    let mut exchange = answered(Vendor::Stripe, &json!({}));
    exchange.query = format!("metadata{}=1", "[a]".repeat(32));
    redactor(Vendor::Stripe).exchange(&exchange).unwrap();
}

#[test]
fn what_is_printed_for_programmers_shows_no_more_than_what_is_printed_for_people() {
    let refusal = redactor(Vendor::Stripe)
        .exchange(&answered(Vendor::Stripe, &json!({ "jane@acme.test": 1 })))
        .unwrap_err();
    for shown in [format!("{refusal:?}"), format!("{:?}", refusal.place)] {
        assert!(shown.contains("response body /…"), "{shown}");
        assert!(!shown.contains("jane"), "{shown}");
    }
}

#[test]
fn a_measurement_is_called_as_the_vendor_calls_what_it_measures() {
    let measured =
        json!({ "fraud_attributes": { "user.pi.email.history_yrs": 4, "jane.kestrel": 1 } });
    let redacted = redactor(Vendor::Plaid)
        .exchange(&answered(Vendor::Plaid, &measured))
        .unwrap();
    let text = String::from_utf8(redacted.response.body.to_vec()).unwrap();
    assert!(text.contains("user.pi.email.history_yrs"), "{text}");
    assert!(
        !text.contains("jane") && !text.contains("kestrel"),
        "{text}"
    );
}
