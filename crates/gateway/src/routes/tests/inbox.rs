//! The webhooks that were taken in, over HTTP; and how the accounts are.

use super::*;

const INBOX: &str = "/v1/inbox";

impl World {
    pub(super) async fn ask_operator(&self, path: &str) -> Answer {
        let request = Request::get(path).header("authorization", bearer(&self.operator));
        self.send(request.body(Body::empty()).unwrap()).await
    }

    async fn tell_operator(&self, path: &str, body: Value) -> Answer {
        let request = Request::post(path).header("authorization", bearer(&self.operator));
        self.send(request.body(Body::from(body.to_string())).unwrap())
            .await
    }

    /// A webhook about a session that the parking account does not know; then it waits as unmatched.
    async fn takes_in_a_stranger(&self, subject: &str) -> String {
        let session = self.vendor.make_check(subject, FakeState::Declined);
        let webhook = self.vendor.webhook(&session);
        assert_eq!(self.deliver("fake-eu", webhook).await.status, 200);
        Box::pin(self.engine.settle()).await;
        self.clock.advance(Duration::from_secs(60));
        session.as_str().to_owned()
    }
}

#[tokio::test]
async fn what_was_taken_in_is_listed_newest_first_by_what_is_asked_for() {
    let world = World::new().await;
    let first = world.takes_in_a_stranger("user-1").await;
    let second = world.takes_in_a_stranger("user-2").await;
    let all = world.ask_operator(INBOX).await;
    assert_eq!(all.status, 200, "{}", all.text);
    let all = all.json();
    let sessions: Vec<_> = all["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|delivery| delivery["session_id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(sessions, [second.clone(), first.clone()]);
    let [newer, older] = [&all["data"][0], &all["data"][1]];
    assert_eq!(older["state"], "unmatched");
    assert_eq!(older["receipt"]["strength"], "signed");
    let received = |delivery: &Value| {
        delivery["receipt"]["received_at"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    for (query, expected) in [
        (format!("session={first}"), vec![older]),
        (format!("received_before={}", received(newer)), vec![older]),
        (format!("received_after={}", received(newer)), vec![newer]),
        (
            "state=unmatched&account=fake-eu".to_owned(),
            vec![newer, older],
        ),
        ("state=dead".to_owned(), vec![]),
        ("account=fake-receiver".to_owned(), vec![]),
    ] {
        let page = world.ask_operator(&format!("{INBOX}?{query}")).await.json();
        assert_eq!(page["data"], json!(expected), "{query}");
    }
    let page = world.ask_operator(&format!("{INBOX}?limit=1")).await.json();
    assert_eq!(page["data"], json!([newer]));
    let cursor = page["next_cursor"].as_str().unwrap();
    let page = world
        .ask_operator(&format!("{INBOX}?limit=1&cursor={cursor}"))
        .await
        .json();
    assert_eq!(
        (&page["data"], &page["next_cursor"]),
        (&json!([older]), &Value::Null)
    );
}

#[tokio::test]
async fn one_webhook_is_shown_with_its_request_and_never_with_its_body() {
    let world = World::new().await;
    let made = world
        .post(REQUESTS, json!({"subject": "user-1"}))
        .await
        .json();
    let session = made["sessions"][0]["session_id"].as_str().unwrap();
    let session = idv_core::SessionId::new(session);
    world.vendor.move_to(&session, FakeState::Declined);
    let webhook = world.vendor.webhook(&session);
    assert_eq!(world.deliver("fake-eu", webhook).await.status, 200);
    Box::pin(world.engine.settle()).await;
    let listed = world.ask_operator(INBOX).await.json()["data"][0].clone();
    let path = format!("{INBOX}/{}", listed["id"].as_str().unwrap());
    let shown = world.ask_operator(&path).await;
    assert_eq!(shown.status, 200, "{}", shown.text);
    let shown = shown.json();
    assert_eq!(shown["request_id"], made["id"]);
    assert_eq!(
        (&shown["state"], &shown["has_body"]),
        (&json!("done"), &json!(true))
    );
    for name in listed.as_object().unwrap().keys() {
        assert_eq!(shown[name], listed[name], "{name}");
    }
    let done = world
        .tell_operator(&format!("{path}/requeue"), json!({}))
        .await;
    done.is_problem(409, "not_requeueable");
}

#[tokio::test]
async fn what_is_stuck_is_put_back_to_work_one_by_one_or_all_that_fit() {
    let world = World::new().await;
    let first = world.takes_in_a_stranger("user-1").await;
    world.takes_in_a_stranger("user-2").await;
    world.takes_in_a_stranger("user-3").await;
    let of_first = format!("{INBOX}?session={first}");
    let one = world.ask_operator(&of_first).await.json()["data"][0].clone();
    let requeue = format!("{INBOX}/{}/requeue", one["id"].as_str().unwrap());
    let back = world.tell_operator(&requeue, json!({})).await;
    assert_eq!((back.status.as_u16(), back.text.as_str()), (202, ""));
    let one = world.ask_operator(&of_first).await.json()["data"][0].clone();
    assert_eq!(
        (&one["state"], &one["attempts"]),
        (&json!("pending"), &json!(0))
    );

    let all = format!("{INBOX}/requeue");
    let nothing = json!({"state": "unmatched", "account": "fake-receiver"});
    let answer = world.tell_operator(&all, nothing).await;
    assert_eq!(answer.json(), json!({"requeued": 0}));
    let rest = world
        .tell_operator(&all, json!({"state": "unmatched"}))
        .await;
    assert_eq!(rest.json(), json!({"requeued": 2}));
    assert_eq!(world.deliveries().await, 3);
    for body in [
        json!({}),
        json!({"state": "done"}),
        json!({"state": "pending"}),
    ] {
        let answer = world.tell_operator(&all, body).await;
        answer.is_problem(422, "invalid_body");
        assert_eq!(answer.json()["errors"][0]["pointer"], "/state");
    }
    for id in ["inb_00000000000000000000000001", "nobody"] {
        let nobody = format!("{INBOX}/{id}/requeue");
        world
            .tell_operator(&nobody, json!({}))
            .await
            .is_problem(404, "not_found");
    }
}

#[tokio::test]
async fn the_accounts_are_shown_with_what_they_can_and_how_they_are() {
    let world = World::new().await;
    world.takes_in_a_stranger("user-1").await;
    let providers = world.ask_operator("/v1/providers").await;
    assert_eq!(providers.status, 200, "{}", providers.text);
    let providers = providers.json();
    assert_eq!(providers["inbox"]["unmatched"], 1);
    let kinds = providers["kinds"].as_array().unwrap();
    assert_eq!(kinds.len(), crate::providers::PROVIDERS.len());
    assert!(kinds.iter().all(|kind| kind["abilities"].is_array()));
    assert_eq!(
        providers["outbox"],
        json!({"pending": 0, "failed": 0, "lag_secs": 0})
    );
    let [one, receiver] = [&providers["accounts"][0], &providers["accounts"][1]];
    assert_eq!(
        (&one["account"], &one["can_fetch"]),
        (&json!("fake-eu"), &json!(true))
    );
    assert_eq!(
        (&receiver["account"], &receiver["can_fetch"]),
        (&json!("fake-receiver"), &json!(false))
    );
    assert_eq!(one["environment"], "sandbox");
    assert!(!one["abilities"].as_array().unwrap().is_empty());
}
