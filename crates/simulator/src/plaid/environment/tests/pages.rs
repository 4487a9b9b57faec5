//! Pages a browser opens, and pictures.

use super::*;

fn choices() -> Vec<Choice> {
    vec![Choice {
        value: "passed".to_owned(),
        label: "Passed".to_owned(),
    }]
}

fn path(url: &Value) -> String {
    let url = url.as_str().unwrap();
    url.strip_prefix("https://verify-sandbox.plaid.com")
        .unwrap()
        .to_owned()
}

fn choose(world: &Environment, path: &str, form: &str) -> Response<Bytes> {
    let request = Request::post(path).body(Bytes::from(form.to_owned()));
    Vendor::answer(world, &request.unwrap(), NOW)
}

#[test]
fn the_page_of_an_attempt_is_opened_with_its_key_and_lets_choose() {
    let world = world();
    Vendor::set_choices(&world, choices());
    let answer = get(&world, CREATE, &wanted("subject-1"));
    let id = answer["id"].as_str().unwrap();
    let page = path(&answer["shareable_url"]);
    assert_eq!(browse(&world, &format!("/verify/{id}"), NOW).status(), 404);
    assert_eq!(
        browse(&world, &format!("/verify/{id}?key=0"), NOW).status(),
        404
    );
    assert!(told(&world).is_empty());

    let shown = browse(&world, &page, NOW);
    assert_eq!(shown.status(), 200);
    let html = String::from_utf8(shown.body().to_vec()).unwrap();
    assert!(html.contains(id) && html.contains("accept_tos") && html.contains("Passed"));
    assert_eq!(told(&world), ["STEP_UPDATED"], "the first step has begun");
    browse(&world, &page, NOW);
    assert!(told(&world).is_empty(), "once");
    assert_eq!(read(&world, id)["user"]["ip_address"], "192.0.2.42");

    Vendor::take_begun(&world);
    assert_eq!(choose(&world, &page, "scenario=unheard-of").status(), 200);
    assert!(Vendor::take_begun(&world).is_empty());
    choose(&world, &page, "scenario=passed");
    let begun = Vendor::take_begun(&world);
    assert_eq!(
        (begun[0].object.as_str(), begun[0].scenario.as_deref()),
        (id, Some("passed"))
    );

    play(&world, id, &Action::new("cancel"));
    let html = String::from_utf8(browse(&world, &page, NOW).body().to_vec()).unwrap();
    assert!(!html.contains("<form"));
    choose(&world, &page, "scenario=passed");
    assert!(Vendor::take_begun(&world).is_empty());
}

#[test]
fn a_hosted_link_opens_the_persons_attempt_and_leads_back() {
    let world = world();
    Vendor::set_choices(&world, choices());
    let body = json!({
        "client_name": "Pawnee Parks",
        "country_codes": ["US"],
        "hosted_link": { "completion_redirect_uri": "http://application/back" },
        "identity_verification": { "template_id": Template::FULL, "gave_consent": true },
        "language": "en",
        "products": ["identity_verification"],
        "user": { "client_user_id": "subject-1", "email_address": "leslie+passed@example.com" },
    });
    let answer = get(&world, "/link/token/create", &body);
    assert!(world.objects().is_empty(), "nobody has opened it");
    let page = path(&answer["hosted_link_url"]);
    assert_eq!(browse(&world, &page, NOW).status(), 200);
    browse(&world, &page, NOW);
    let [id] = world.objects().try_into().unwrap();
    assert_eq!(
        Vendor::take_begun(&world)[0].scenario.as_deref(),
        Some("passed")
    );
    assert_eq!(read(&world, &id)["steps"]["accept_tos"], "skipped");
    let back = choose(&world, &page, "scenario=passed");
    assert_eq!(back.headers()["location"], "http://application/back");
    assert_eq!(browse(&world, "/link/link-sandbox-0", NOW).status(), 404);
}

#[test]
fn pictures_are_there_for_a_minute_for_whoever_has_the_address() {
    let world = world();
    let id = create(&world, "subject-1");
    let to_selfie = Action::new("pass").with("step", "selfie_check");
    let film = json!({ "capture": { "image_url": "<null>", "video_url": "selfie.webm" } });
    play(&world, &id, &to_selfie.with("found", film));
    let answer = read(&world, &id);
    let images = &answer["documentary_verification"]["documents"][0]["images"];
    let front = path(&images["original_front"]);
    let shown = browse(&world, &front, after(60));
    assert_eq!(shown.headers()["content-type"], "image/png");
    assert!(shown.body().starts_with(b"\x89PNG"));
    assert_eq!(browse(&world, &front, after(61)).status(), 403);
    let other = front.replace("original_front", "original_back");
    assert_eq!(browse(&world, &other, NOW).status(), 403, "another address");
    let capture = &answer["selfie_check"]["selfies"][0]["capture"];
    assert_eq!(capture["image_url"], Value::Null);
    let shown = browse(&world, &path(&capture["video_url"]), NOW);
    assert_eq!(shown.headers()["content-type"], "video/webm");
    let again = read(&world, &id);
    assert_ne!(
        again["documentary_verification"],
        answer["documentary_verification"]
    );

    play(
        &world,
        &id,
        &Action::new("redact").with("what", "everything"),
    );
    assert_eq!(browse(&world, &front, NOW).status(), 404, "redacted");
    let answer = read(&world, &id);
    let document = &answer["documentary_verification"]["documents"][0];
    assert_eq!(document["images"]["face"], Value::Null);
    assert_eq!(document["extracted_data"], Value::Null);
    assert!(document["redacted_at"].is_string() && answer["redacted_at"].is_string());
    assert_eq!(answer["user"]["name"], Value::Null);
    let tried = &answer["verify_sms"]["verifications"][0];
    assert_eq!(tried["phone_number"], Value::Null);
}
