//! The page of a session, and what apps call in its place.

use super::*;
use crate::page::Choice;

fn world() -> World {
    let world = World::new();
    world.account.set_base_url("http://127.0.0.1:12111");
    let choice = |name: &str| Choice {
        value: name.to_owned(),
        label: format!("It is {name}"),
    };
    world
        .account
        .set_choices(vec![choice("fails-document-expired"), choice("verified")]);
    world
}

/// The path of the page of a new session.
fn page_of(world: &World, body: &str) -> (String, String) {
    let session = world.post(SESSIONS, body).ok();
    world.account.take_begun();
    let url = session["url"].as_str().unwrap();
    let path = url.strip_prefix("http://127.0.0.1:12111").unwrap();
    (session["id"].as_str().unwrap().to_owned(), path.to_owned())
}

fn text(response: &Response<Bytes>) -> String {
    String::from_utf8(response.body().to_vec()).unwrap()
}

#[test]
fn the_page_shows_the_session_and_takes_one_choice() {
    let world = world();
    let (id, page) = page_of(
        &world,
        "type=document&return_url=https%3A%2F%2Fapp.example%2Fback",
    );
    let get = || world.send(Method::GET, &page, &[], "");
    let shown = text(&get());
    assert!(shown.contains(&id) && shown.contains("requires_input"));
    let (first, second) = (
        shown.find("It is verified").unwrap(),
        shown.find("It is fails").unwrap(),
    );
    assert!(first < second, "what most people want comes first");
    assert_eq!(get().status(), 200, "to look uses nothing up");

    let wrong = world.send(Method::POST, &page, &[], "scenario=nothing");
    assert_eq!((wrong.status().as_u16(), world.begun()), (200, vec![]));
    let sent = world.send(Method::POST, &page, &[], "scenario=verified");
    assert_eq!(
        (sent.status().as_u16(), &sent.headers()["location"]),
        (
            303,
            &http::HeaderValue::from_static("https://app.example/back")
        )
    );
    assert_eq!(world.begun(), [(id, Some("verified".to_owned()))]);
    assert_eq!(get().status(), 404, "it can be used once");
    let again = world.send(Method::POST, &page, &[], "scenario=verified");
    assert_eq!((again.status().as_u16(), world.begun()), (404, vec![]));
}

#[test]
fn a_page_ends_with_its_session_and_after_two_days() {
    let mut world = world();
    let (id, page) = page_of(&world, "type=document");
    world.submit(&id);
    let ended = world.send(Method::GET, &page, &[], "");
    assert!(text(&ended).contains("This session is over"));
    world.send(Method::POST, &page, &[], "scenario=verified");
    assert_eq!(world.begun(), []);
    world.later(48 * 3_600 - 1);
    assert_eq!(world.send(Method::GET, &page, &[], "").status(), 200);
    world.later(1);
    assert_eq!(world.send(Method::GET, &page, &[], "").status(), 404);
    assert_eq!(
        world
            .send(Method::GET, "/start/test_invented", &[], "")
            .status(),
        404
    );
}

#[test]
fn an_app_chooses_with_a_key_of_its_session() {
    let world = world();
    let (id, _) = page_of(&world, "type=document");
    let (other, _) = page_of(&world, "type=document");
    let made = world
        .post("/v1/ephemeral_keys", &format!("verification_session={id}"))
        .ok();
    let key = made["secret"].as_str().unwrap();
    assert_eq!(made["associated_objects"][0]["id"], id.as_str());
    let choose = |id: &str, what: &str, body: &str| {
        world.post_with(
            key,
            &format!("/v1/identity/verification_pages/{id}/testing/{what}"),
            body,
        )
    };
    let data = choose(&id, "verify", "simulate_delay=false").ok();
    assert_eq!(
        (&data["object"], &data["submitted"]),
        (&"identity.verification_page_data".into(), &true.into())
    );
    choose(&id, "verify", "simulate_delay=true").ok();
    choose(&id, "unverify", "").ok();
    choose(&id, "unverify", "simulate_delay=true").ok();
    let begun: Vec<_> = world
        .begun()
        .into_iter()
        .map(|(_, scenario)| scenario.unwrap())
        .collect();
    assert_eq!(
        begun,
        [
            "verified",
            "verified-slowly",
            "unverified-document",
            "unverified-slowly"
        ]
    );
    let library = crate::scenario::Library::built_in();
    for scenario in begun {
        assert!(
            library.find(crate::VendorKind::Stripe, &scenario).is_some(),
            "{scenario}"
        );
    }
    assert_eq!(choose(&other, "verify", "").status, 403);
    assert_eq!(world.get_with(key, SESSIONS).status, 403);
    world.submit(&id);
    assert_eq!(choose(&id, "verify", "").status, 400);
    let missing = world.post("/v1/ephemeral_keys", "verification_session=vs_0");
    assert_eq!(missing.code(), Some("resource_missing"));
}
