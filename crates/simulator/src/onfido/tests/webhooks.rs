//! Who is told what, and how often.

use super::*;

#[tokio::test]
async fn a_webhook_hears_what_it_asked_for_of_its_environment_while_it_is_there() {
    let world = World::new();
    let webhook = async |body: Value| {
        let made = world.post("webhooks", body).await;
        (
            made["id"].as_str().unwrap().to_owned(),
            made["token"].clone(),
        )
    };
    let only = |events: Value| json!({ "url": "http://127.0.0.1/1", "events": events });
    let (ends, token) = webhook(only(json!(["workflow_run.completed"]))).await;
    let (live, _) = webhook(json!({ "url": "http://127.0.0.1/2", "environments": ["live"] })).await;
    let (off, _) = webhook(json!({ "url": "http://127.0.0.1/3", "enabled": false })).await;
    world.run("Doe", "a+passed@example.com", json!([])).await;
    world.simulator.advance(Duration::from_secs(60)).await;
    let heard: Vec<Value> = {
        let taken = world.receiver.taken();
        let signed = taken.iter().filter(|(headers, body)| {
            let signature = sign(token.as_str().unwrap(), body.to_string().as_bytes());
            headers["x-sha2-signature"] == signature.as_str()
        });
        signed
            .map(|(_, body)| body["payload"]["action"].clone())
            .collect()
    };
    assert_eq!(heard, ["workflow_run.completed"]);
    // The endpoint without a filter hears everything; the other two hear nothing.
    assert_eq!(world.actions().len(), 14);
    for id in [ends, live, off] {
        let path = format!("webhooks/{id}");
        assert_eq!(world.call(Method::DELETE, &path, Value::Null).await.0, 204);
    }
}

#[test]
fn a_webhook_that_was_not_taken_comes_again_until_half_a_day_has_passed() {
    let account = Account::simulated();
    let delays = (1..).map_while(|failed| account.retry_delay(failed));
    let delays: Vec<_> = delays.collect();
    assert_eq!(delays.len(), 6);
    assert!(delays.is_sorted());
    let all: Duration = delays.iter().sum();
    assert!(all < Duration::from_secs(43_200), "{all:?}");
    for (status, taken) in [
        (200, true),
        (204, true),
        (209, true),
        (210, false),
        (302, false),
        (500, false),
    ] {
        let status = StatusCode::from_u16(status).unwrap();
        assert_eq!(account.is_taken(status), taken, "{status}");
    }
}

#[test]
fn the_vendors_own_failures_are_told_in_its_words() {
    let account = Account::simulated();
    let limited = account.rate_limited(Some(7));
    assert_eq!(
        (limited.status().as_u16(), &limited.headers()["retry-after"]),
        (429, &"7".parse().unwrap())
    );
    assert!(
        !account
            .rate_limited(None)
            .headers()
            .contains_key("retry-after")
    );
    let broken: Value =
        serde_json::from_slice(account.server_error(StatusCode::BAD_GATEWAY).body()).unwrap();
    assert_eq!(broken["error"]["type"], "internal_server_error");
    assert!(
        account
            .server_error(StatusCode::GATEWAY_TIMEOUT)
            .body()
            .is_empty()
    );
}

#[tokio::test]
async fn files_are_handed_out_without_a_token_by_addresses_nobody_can_make_up() {
    let world = World::new();
    let run = world.run("Doe", "a+passed@example.com", json!([])).await;
    let timeline = format!("workflow_runs/{run}/timeline_file");
    let early = world.refused(Method::POST, &timeline, Value::Null).await;
    assert_eq!(early, (422, "validation_error".to_owned()));
    world.simulator.advance(Duration::from_secs(60)).await;
    let file = world.post(&timeline, Value::Null).await;
    let file = file["workflow_timeline_file_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("{timeline}/{file}");
    assert_eq!(world.refused(Method::GET, &path, Value::Null).await.0, 404);
    world.simulator.advance(Duration::from_secs(10)).await;
    let found = world.answer(Method::GET, &path, Value::Null).await;
    assert_eq!(found.status(), StatusCode::FOUND);
    let address = found.headers()["location"].to_str().unwrap().to_owned();
    let open = async |address: &str| {
        world
            .ask(Method::GET, address, "", ("", Bytes::new()))
            .await
    };
    let answer = open(&address).await;
    assert_eq!(answer.headers()["content-type"], "application/pdf");
    assert!(answer.body().starts_with(b"%PDF"));
    for (from, to) in [
        ("expires=", "expires=9"),
        ("signature=", "signature=0"),
        ("timeline-", "evidence-"),
    ] {
        assert_eq!(
            open(&address.replace(from, to)).await.status(),
            StatusCode::FORBIDDEN
        );
    }
    let told = world.receiver.taken().last().cloned().unwrap().1;
    assert_eq!(told["payload"]["action"], "workflow_timeline_file.created");
    let handed = told["payload"]["resource"]["timeline_file_download_url"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(open(&handed).await.status(), StatusCode::OK);
    world.simulator.advance(Duration::from_secs(300)).await;
    assert_eq!(open(&address).await.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn what_is_under_way_to_a_webhook_that_is_taken_away_is_not_sent() {
    let world = World::new();
    let webhook = json!({ "url": "https://another.example/" });
    let webhook = world.post("webhooks", webhook).await;
    let path = format!("webhooks/{}", webhook["id"].as_str().unwrap());
    world.run("Doe", "a@b.example", json!([])).await;
    let sent = world.call(Method::DELETE, &path, Value::Null).await;
    assert_eq!(sent.0, StatusCode::NO_CONTENT);
    world.simulator.advance(Duration::from_secs(60)).await;
    let once = ["workflow_task.completed", "workflow_task.started"];
    assert_eq!(world.actions(), once, "to the other one");
}
