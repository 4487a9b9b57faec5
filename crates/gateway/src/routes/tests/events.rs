//! What happened, read page by page and as it happens.

use axum::body::Body;
use http_body_util::BodyExt as _;

use super::*;

const EVENTS: &str = "/v1/events";
const STREAM: &str = "/v1/events/stream";

impl World {
    async fn makes(&self, subject: &str) -> String {
        let made = self.post(REQUESTS, json!({"subject": subject})).await;
        assert_eq!(made.status, 201, "{}", made.text);
        made.json()["id"].as_str().unwrap().to_owned()
    }

    /// Every event from there to the end, and where to read on.
    async fn reads(&self, after: Option<&str>, more: &str) -> (Vec<Value>, String) {
        let mut events = Vec::new();
        let mut after = after.map(str::to_owned);
        for _ in 0..100 {
            let place = after.map_or_else(String::new, |after| format!("&after={after}"));
            let answer = self.get(&format!("{EVENTS}?limit=2{place}{more}")).await;
            assert_eq!(answer.status, 200, "{}", answer.text);
            let page = answer.json();
            events.extend(page["data"].as_array().unwrap().clone());
            let next = page["next_cursor"].as_str().unwrap().to_owned();
            if page["has_more"] == false {
                return (events, next);
            }
            after = Some(next);
        }
        panic!("it never ended: {events:?}");
    }

    async fn listens(&self, query: &str, last_event_id: Option<&str>) -> Response {
        let mut request =
            Request::get(format!("{STREAM}?{query}")).header("authorization", bearer(&self.reader));
        if let Some(id) = last_event_id {
            request = request.header("last-event-id", id);
        }
        let request = request.body(Body::empty()).unwrap();
        self.app.clone().oneshot(request).await.unwrap()
    }
}

/// The next piece of a stream.
async fn piece(body: &mut Body) -> Option<String> {
    let frame = body.frame().await?.unwrap();
    Some(String::from_utf8(frame.into_data().unwrap().to_vec()).unwrap())
}

/// The blocks of a piece that hold an event, as (id, type, data).
fn told(piece: &str) -> Vec<(String, String, Value)> {
    let mut told = Vec::new();
    for block in piece.split_terminator("\n\n") {
        let field = |name: &str| {
            let mut lines = block.lines().filter_map(|line| line.strip_prefix(name));
            lines.next().map(str::to_owned)
        };
        if let Some(data) = field("data: ") {
            let data = serde_json::from_str(&data).unwrap();
            told.push((field("id: ").unwrap(), field("event: ").unwrap(), data));
        }
    }
    told
}

#[tokio::test]
async fn the_feed_is_read_to_its_end_and_then_on() {
    let world = World::new().await;
    let (none, beginning) = world.reads(None, "").await;
    assert!(none.is_empty());
    let mut made = Vec::new();
    for number in 0..5 {
        made.push(world.makes(&format!("user-{number}")).await);
    }
    let (events, end) = world.reads(None, "").await;
    let created = |events: &[Value]| -> Vec<String> {
        let created = events
            .iter()
            .filter(|event| event["type"] == "verification_request.created");
        let id = |event: &Value| event["request_id"].as_str().unwrap().to_owned();
        created.map(id).collect()
    };
    assert_eq!(created(&events), made);
    assert_eq!(world.reads(Some(&beginning), "").await.0, events);
    assert_eq!(world.reads(Some(&end), "").await, (Vec::new(), end.clone()));
    // From the place of any event, what comes after it is left.
    let cursor = events[1]["cursor"].as_str().unwrap();
    assert_eq!(world.reads(Some(cursor), "").await.0, events[2..]);
    let event = &events[0];
    assert_eq!(event["data"]["subject"], "user-0");
    assert_eq!(event["data"]["request_id"], event["request_id"]);

    let last = world.makes("user-5").await;
    assert_eq!(created(&world.reads(Some(&end), "").await.0), [last]);
}

#[tokio::test]
async fn a_reader_of_some_types_goes_past_the_others() {
    let world = World::new().await;
    for number in 0..4 {
        world.makes(&format!("user-{number}")).await;
    }
    let all = world.reads(None, "").await;
    let failed = "&types=verification_request.failed,verification_request.expired";
    let (none, end) = world.reads(None, failed).await;
    assert!(none.is_empty());
    assert_eq!(end, all.1);
    let created = "&types=verification_request.created";
    assert_eq!(world.reads(None, created).await.0.len(), 4);
    let odd = world.get(&format!("{EVENTS}?types=created")).await;
    odd.is_problem(400, "invalid_parameter");
    let (none, now) = world.reads(Some("now"), "").await;
    assert_eq!((none, now), (Vec::new(), all.1));
}

#[tokio::test]
async fn of_an_erased_person_the_feed_keeps_the_places() {
    let world = World::new().await;
    let id = world.makes("user-1").await;
    let (before, _) = world.reads(None, "").await;
    let cancel = json!({"reason": "They asked for it"});
    let cancelled = world.post(&format!("{REQUESTS}/{id}/cancel"), cancel).await;
    assert_eq!(cancelled.status, 200, "{}", cancelled.text);
    let erase = Request::post("/v1/erasures").header("authorization", bearer(&world.eraser));
    let body = Body::from(json!({"subject": "user-1"}).to_string());
    let erased = world.send(erase.body(body).unwrap()).await;
    assert_eq!(erased.status, 201, "{}", erased.text);

    let (after, _) = world.reads(None, "").await;
    assert!(after.len() > before.len());
    for (event, before) in after.iter().zip(&before) {
        for kept in ["id", "type", "timestamp", "cursor", "request_id"] {
            assert_eq!(event[kept], before[kept], "{kept}");
        }
    }
    for event in &after {
        assert_eq!(event["data"], json!({"request_id": id, "erased": true}));
    }
}

#[tokio::test]
async fn a_stream_tells_what_happened_and_what_happens_and_where_that_is() {
    let world = World::new().await;
    world.makes("user-1").await;
    let response = world.listens("", None).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut body = response.into_body();
    let greeting = piece(&mut body).await.unwrap();
    let (_, beginning) = greeting.split_once("id: ").unwrap();
    assert!(greeting.starts_with("retry: "), "{greeting}");
    let first = told(&piece(&mut body).await.unwrap());
    let (events, end) = world.reads(None, "").await;
    assert_eq!(world.reads(Some(beginning.trim()), "").await.0, events);
    for ((id, kind, data), event) in first.iter().zip(&events) {
        assert_eq!(
            (json!(id), json!(kind)),
            (event["cursor"].clone(), event["type"].clone())
        );
        assert_eq!(data, event);
    }
    assert_eq!(first.len(), events.len());

    // What happens while the client waits.
    let (next, ()) = tokio::join!(piece(&mut body), async {
        world.makes("user-2").await;
    });
    let (_, kind, data) = &told(&next.unwrap())[0];
    assert_eq!(kind, "verification_request.created");
    assert_eq!(data["data"]["subject"], "user-2");

    // One who comes back goes on after what it read last, whatever its URL says.
    let mut body = world.listens("after=now", Some(&end)).await.into_body();
    piece(&mut body).await.unwrap();
    let (_, _, again) = &told(&piece(&mut body).await.unwrap())[0];
    assert_eq!(again, data);
}

#[tokio::test]
async fn a_stream_ends_when_the_server_does() {
    let world = World::new().await;
    let mut body = world.listens("after=now", None).await.into_body();
    piece(&mut body).await.unwrap();
    let (end, ()) = tokio::join!(piece(&mut body), world.shutdown.begin(Duration::ZERO));
    assert_eq!(end, None);
}

#[tokio::test]
async fn there_are_only_so_many_streams_and_a_closed_one_makes_room() {
    let world = World::new().await;
    let mut open = Vec::new();
    for _ in 0..STREAMS {
        open.push(world.listens("", None).await);
    }
    let refused = Answer::of(world.listens("", None).await).await;
    refused.is_problem(503, "unavailable");
    assert!(refused.headers.contains_key("retry-after"));
    open.pop();
    assert_eq!(world.listens("", None).await.status(), 200);
}

#[tokio::test]
async fn a_stream_refuses_a_place_that_is_none() {
    let world = World::new().await;
    for (query, last_event_id) in [("after=x", None), ("", Some("x")), ("after=now", Some("7"))] {
        let answer = Answer::of(world.listens(query, last_event_id).await).await;
        answer.is_problem(400, "invalid_cursor");
    }
    // A client that has read nothing yet says so.
    assert_eq!(world.listens("", Some("")).await.status(), 200);
}
