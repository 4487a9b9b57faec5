//! What holds for every call.

use base64::Engine as _;

use super::*;

fn headers<'a>(bearer: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    [&[("authorization", bearer)], more].concat()
}

#[test]
fn who_has_no_key_that_will_do_is_refused() {
    let world = World::new();
    let basic = base64::engine::general_purpose::STANDARD.encode(format!("{API_KEY}:"));
    let basic = world.send(
        Method::GET,
        SESSIONS,
        &[("authorization", &format!("Basic {basic}"))],
        "",
    );
    assert_eq!(basic.status(), 200);
    let none = Answer::of(&world.send(Method::GET, SESSIONS, &[], ""));
    assert_eq!((none.status, none.code()), (401, None));
    let wrong = world.get_with("sk_test_of_somebody_else", SESSIONS);
    assert_eq!(wrong.status, 401);
    let message = wrong.body["error"]["message"].as_str().unwrap();
    assert!(
        message.contains("sk_test_****") && !message.contains("somebody"),
        "{message}"
    );
    assert_eq!(
        world.get_with(EXPIRED_KEY, SESSIONS).code(),
        Some("api_key_expired")
    );
    assert_eq!(world.get_with(READ_ONLY_KEY, SESSIONS).status, 200);
    for (uri, body) in [(SESSIONS, "type=document"), ("/v1/webhook_endpoints", "")] {
        let refused = world.post_with(READ_ONLY_KEY, uri, body);
        assert_eq!((refused.status, refused.code()), (403, None), "{uri}");
    }
}

#[test]
fn each_answer_has_its_own_id_and_the_version_that_was_asked_for() {
    let world = World::new();
    let bearer = format!("Bearer {API_KEY}");
    let asked = |version: &str| {
        let headers = headers(&bearer, &[("stripe-version", version)]);
        Answer::of(&world.send(Method::GET, SESSIONS, &headers, ""))
    };
    let (first, second) = (asked("2026-10-28.endive"), asked("2020-08-27"));
    assert_eq!(first.header("stripe-version"), Some("2026-10-28.endive"));
    assert_eq!(second.header("stripe-version"), Some("2020-08-27"));
    assert!(first.header("request-id").unwrap().starts_with("req_"));
    assert_ne!(first.header("request-id"), second.header("request-id"));
    assert_eq!(
        world.get(SESSIONS).header("stripe-version"),
        Some("2026-07-29.dahlia")
    );
    for wrong in ["dahlia", "2026-7-29", "2026-07-29.", "2026-07-29-01"] {
        assert_eq!(asked(wrong).status, 400, "{wrong}");
    }
    let other = headers(&bearer, &[("stripe-account", "acct_other")]);
    let other = Answer::of(&world.send(Method::GET, SESSIONS, &other, ""));
    assert_eq!((other.status, other.code()), (403, Some("account_invalid")));
    let nowhere = world.get("/v1/customers");
    assert_eq!((nowhere.status, nowhere.code()), (404, None));
    assert!(
        nowhere.body["error"]["request_log_url"]
            .as_str()
            .unwrap()
            .contains(nowhere.header("request-id").unwrap())
    );
}

#[test]
fn a_key_makes_one_session_however_often_it_is_sent() {
    let mut world = World::new();
    let bearer = format!("Bearer {API_KEY}");
    let create = |world: &World, key: &str, body: &str| {
        let headers = headers(&bearer, &[("idempotency-key", key)]);
        Answer::of(&world.send(Method::POST, SESSIONS, &headers, body))
    };
    let first = create(&world, "k", "type=document&metadata[a]=1");
    assert_eq!(
        (
            first.header("idempotency-key"),
            first.header("idempotent-replayed")
        ),
        (Some("k"), None)
    );
    let again = create(&world, "k", "metadata[a]=1&type=document");
    assert_eq!(
        (again.status, again.header("idempotent-replayed")),
        (200, Some("true"))
    );
    assert_eq!(again.body, first.body);
    assert_eq!(again.header("original-request"), first.header("request-id"));
    assert_ne!(again.header("request-id"), first.header("request-id"));
    assert_eq!((world.account.objects().len(), world.begun().len()), (1, 1));
    let event = world.get("/v1/events").ok()["data"][0].clone();
    assert_eq!(event["request"]["idempotency_key"], "k");

    let other = create(&world, "k", "type=id_number");
    assert_eq!(
        (other.status, &other.body["error"]["type"]),
        (400, &"idempotency_error".into())
    );
    world.later(24 * 3_600);
    assert_eq!(
        create(&world, "k", "type=id_number").header("idempotent-replayed"),
        None
    );
    assert_eq!(world.account.objects().len(), 2);
}

#[test]
fn what_was_refused_before_it_began_is_not_kept_and_what_was_refused_later_is() {
    let world = World::new();
    let bearer = format!("Bearer {API_KEY}");
    let post = |uri: &str, key: &str, body: &str| {
        let headers = headers(&bearer, &[("idempotency-key", key)]);
        Answer::of(&world.send(Method::POST, uri, &headers, body))
    };
    assert_eq!(post(SESSIONS, "a", "type=selfie").status, 400);
    assert_eq!(post(SESSIONS, "a", "type=document").status, 200);
    let id = world.verified("type=document");
    let cancel = format!("{SESSIONS}/{id}/cancel");
    let refused = post(&cancel, "b", "");
    assert_eq!(
        (refused.status, refused.header("idempotent-replayed")),
        (400, None)
    );
    let again = post(&cancel, "b", "");
    assert_eq!(
        (again.status, again.header("idempotent-replayed")),
        (400, Some("true"))
    );
    assert_eq!(again.body, refused.body);
    let get = headers(&bearer, &[("idempotency-key", "b")]);
    assert_eq!(
        world.send(Method::GET, SESSIONS, &get, "").status(),
        200,
        "no effect on reading"
    );
}

#[test]
fn a_key_in_use_and_a_lock_are_played_by_name() {
    let world = World::new();
    let bearer = format!("Bearer {API_KEY}");
    for (key, status, code) in [
        ("in-use-1", 409, "idempotency_key_in_use"),
        ("locked-1", 429, "lock_timeout"),
    ] {
        let headers = headers(&bearer, &[("idempotency-key", key)]);
        let create = || Answer::of(&world.send(Method::POST, SESSIONS, &headers, "type=document"));
        let refused = create();
        assert_eq!((refused.status, refused.code()), (status, Some(code)));
        assert_eq!(refused.header("stripe-should-retry"), Some("true"));
        assert_eq!(refused.header("stripe-rate-limited-reason"), None);
        assert_eq!(create().status, 200);
    }
}

#[test]
fn who_calls_too_often_waits() {
    let mut world = World::of(Account::simulated().with_rate_limits());
    for _ in 0..25 {
        world.get(SESSIONS).ok();
    }
    let refused = world.get(SESSIONS);
    assert_eq!((refused.status, refused.code()), (429, Some("rate_limit")));
    assert_eq!(
        refused.header("stripe-rate-limited-reason"),
        Some("global-rate")
    );
    assert_eq!(refused.header("stripe-should-retry"), None);
    world.later(1);
    world.get(SESSIONS).ok();
    let calm = World::new();
    for _ in 0..100 {
        calm.get(SESSIONS).ok();
    }
}

#[test]
fn the_vendor_has_words_for_its_own_troubles() {
    let account = Account::simulated();
    let limited = Answer::of(&account.rate_limited(Some(3)));
    assert_eq!(
        (limited.status, limited.header("retry-after")),
        (429, Some("3"))
    );
    let broken = Answer::of(&account.server_error(http::StatusCode::BAD_GATEWAY));
    assert_eq!(
        (broken.status, &broken.body["error"]["type"]),
        (502, &"api_error".into())
    );
}
