//! `/v1/webhook_endpoints` and `/v1/events`.

use serde_json::json;

use super::*;

const ENDPOINTS: &str = "/v1/webhook_endpoints";

#[test]
fn the_secret_of_an_endpoint_is_shown_once() {
    let world = World::new();
    let body = "url=https%3A%2F%2Fapp.example%2Fhooks&enabled_events[]=identity.verification_session.verified&enabled_events[]=*\
                &description=ours&api_version=2026-07-29.dahlia&metadata[k]=v";
    let made = world.post(ENDPOINTS, body).ok();
    assert!(made["secret"].as_str().unwrap().starts_with("whsec_"));
    assert_eq!(
        made["enabled_events"],
        json!(["identity.verification_session.verified", "*"])
    );
    let path = format!("{ENDPOINTS}/{}", made["id"].as_str().unwrap());
    let read = world.get(&path).ok();
    assert!(read.get("secret").is_none());
    assert_eq!(
        (&read["status"], &read["description"]),
        (&json!("enabled"), &json!("ours"))
    );
    let changed = world
        .post(
            &path,
            "disabled=true&description=&url=https%3A%2F%2Fapp.example%2Fother&enabled_events[0]=*",
        )
        .ok();
    assert_eq!(
        (&changed["status"], &changed["description"]),
        (&json!("disabled"), &Value::Null)
    );
    assert_eq!(changed["url"], "https://app.example/other");
    assert_eq!(
        world.get(ENDPOINTS).ok()["data"].as_array().unwrap().len(),
        1
    );
    let bearer = format!("Bearer {API_KEY}");
    let delete =
        || Answer::of(&world.send(Method::DELETE, &path, &[("authorization", &bearer)], ""));
    assert_eq!(
        delete().ok(),
        json!({ "id": made["id"], "object": "webhook_endpoint", "deleted": true })
    );
    assert_eq!(
        (delete().status, world.get(&path).code()),
        (404, Some("resource_missing"))
    );
}

#[test]
fn an_endpoint_that_cannot_be_is_refused() {
    let world = World::new();
    for (body, param) in [
        ("url=https%3A%2F%2Fa.example", "enabled_events"),
        ("enabled_events[]=*", "url"),
        ("url=nowhere&enabled_events[]=*", "url"),
        (
            "url=https%3A%2F%2Fa.example&enabled_events[]=Everything!",
            "enabled_events[0]",
        ),
    ] {
        let refused = world.post(ENDPOINTS, body);
        assert_eq!(
            (refused.status, &refused.body["error"]["param"]),
            (400, &param.into()),
            "{body}"
        );
    }
    let plain = "url=http%3A%2F%2Fa.example&enabled_events[]=*";
    assert_eq!(
        World::of(Account::new("sk_live_1"))
            .post_with("sk_live_1", ENDPOINTS, plain)
            .code(),
        Some("url_invalid")
    );
    for _ in 0..16 {
        world.post(ENDPOINTS, plain).ok();
    }
    assert_eq!(
        world.post(ENDPOINTS, plain).status,
        400,
        "sixteen and no more"
    );
}

#[test]
fn an_event_goes_to_whoever_wants_it() {
    let world = World::new();
    let add = |events: &str| {
        let made = world
            .post(ENDPOINTS, &format!("url=http%3A%2F%2Fa.example&{events}"))
            .ok();
        made["id"].as_str().unwrap().to_owned()
    };
    let everything = add("enabled_events[]=*");
    let verified = add("enabled_events[]=identity.verification_session.verified");
    let redacted = add("enabled_events[]=identity.verification_session.redacted");
    let off = add("enabled_events[]=*");
    world
        .post(&format!("{ENDPOINTS}/{off}"), "disabled=true")
        .ok();
    let id = world.verified("type=document");
    world.post(&format!("{SESSIONS}/{id}/redact"), "").ok();
    world.account.work_due(world.account.next_due().unwrap());
    let told: Vec<_> = world.account.take_outgoing();
    let to = |endpoint: &str| {
        let told = told.iter().filter(|sent| sent.endpoint == endpoint);
        told.map(|sent| sent.event.rsplit('.').next().unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(to(&everything), ["created", "processing", "verified"]);
    assert_eq!(
        (to(&verified), to(&redacted), to(&off)),
        (vec!["verified"], vec!["redacted"], vec![])
    );
}

#[test]
fn a_thin_endpoint_is_told_the_same_under_another_id() {
    let world = World::new();
    world.account.add_endpoint("http://app/snapshots");
    world.account.add_thin_endpoint("http://app/thin");
    let id = world.session("type=document");
    let told = world.outgoing();
    let (snapshot, thin) = (&told[0].1, &told[1].1);
    assert_eq!(
        (&snapshot["object"], &thin["object"]),
        (&json!("event"), &json!("v2.core.event"))
    );
    assert_eq!(thin["snapshot_event"], snapshot["id"]);
    assert_eq!(thin["related_object"]["id"], id.as_str());
    assert!(thin.get("data").is_none());
    let path = format!("/v2/core/events/{}", thin["id"].as_str().unwrap());
    assert_eq!(&world.get(&path).ok(), thin);
    let related = thin["related_object"]["url"].as_str().unwrap();
    assert_eq!(world.get(related).ok()["id"], id.as_str());
}

#[test]
fn events_are_listed_by_type_time_and_fate() {
    let mut world = World::new();
    world.account.add_endpoint("http://app/hooks");
    world.verified("type=document");
    let list = |query: &str| {
        let list = world.get(&format!("/v1/events?{query}")).ok();
        let data = list["data"].as_array().unwrap().iter();
        let last = |event: &Value| {
            event["type"]
                .as_str()
                .unwrap()
                .rsplit('.')
                .next()
                .unwrap()
                .to_owned()
        };
        data.map(last).collect::<Vec<_>>()
    };
    let all = ["verified", "processing", "created"];
    assert_eq!(list("type=identity.verification_session.*"), all);
    assert_eq!(
        list("type=identity.verification_session.verified"),
        all[..1]
    );
    assert_eq!(
        list("types[]=identity.verification_session.created&types[]=a.b"),
        all[2..]
    );
    assert_eq!(list("type=plan.created"), [""; 0]);
    assert_eq!(list("delivery_success=false"), all);
    for sent in world.account.take_outgoing().iter().skip(1) {
        world.account.delivered(sent);
    }
    assert_eq!(list("delivery_success=false"), all[2..]);
    assert_eq!(list("delivery_success=true"), all[..2]);
    let both = world.get("/v1/events?type=a.b&types[]=a.b");
    assert_eq!(both.code(), Some("parameters_exclusive"));

    let event = world.get("/v1/events?delivery_success=false").ok()["data"][0].clone();
    assert_eq!(event["pending_webhooks"], 1);
    let path = format!("/v1/events/{}", event["id"].as_str().unwrap());
    assert_eq!(world.get(&path).ok(), event);
    assert_eq!(
        world.get("/v1/events/evt_0").code(),
        Some("resource_missing")
    );
    world.later(30 * 24 * 3_600 + 1);
    assert_eq!(
        world.get(&path).code(),
        Some("resource_missing"),
        "after a month"
    );
}
