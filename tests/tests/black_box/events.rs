//! The feed of events: page by page and as a stream, while things happen.

use std::collections::BTreeSet;

use reqwest::Response;
use serde_json::Value;

use super::database::Database;
use super::gateway::Gateway;
use super::program;
use super::story::{Story, hears_of_a_pass};

const SUBJECTS: usize = 50;

/// Posts a webhook for each of so many subjects, several at a time.
async fn posts(gateway: &Gateway, subjects: usize) {
    let bodies: Vec<_> = (0..subjects)
        .map(|number| Story::of(&format!("subject-{number}")).verified())
        .collect();
    for several in bodies.chunks(5) {
        let [a, b, c, d, e] = [0, 1, 2, 3, 4].map(|n| gateway.post_signed(several[n].clone()));
        let (a, b, c, d, e) = tokio::join!(a, b, c, d, e);
        for answer in [a, b, c, d, e] {
            assert_eq!(answer.status(), 200);
        }
    }
    gateway.settled_inbox().await;
}

/// Reads one page on.
async fn page(gateway: &Gateway, after: &mut Option<String>, limit: u32) -> (Vec<Value>, bool) {
    let place = after.as_ref().map(|after| format!("&after={after}"));
    let path = format!("/v1/events?limit={limit}{}", place.unwrap_or_default());
    let (status, page) = gateway.get(&path).await;
    assert_eq!(status, 200, "{page}");
    *after = Some(page["next_cursor"].as_str().unwrap().to_owned());
    (
        page["data"].as_array().unwrap().clone(),
        page["has_more"] == true,
    )
}

async fn all(gateway: &Gateway) -> Vec<Value> {
    let (mut events, mut after) = (Vec::new(), None);
    loop {
        let (more, goes_on) = page(gateway, &mut after, 100).await;
        events.extend(more);
        if !goes_on {
            return events;
        }
    }
}

fn count(events: &[Value], kind: &str) -> usize {
    events.iter().filter(|event| event["type"] == kind).count()
}

async fn whoever_reads_while_webhooks_come_in_misses_nothing(database: Database) {
    let gateway = Gateway::receiver_on(database).await;
    let (mut read, mut after) = (Vec::new(), None);
    let reading = async {
        while count(&read, "verification_request.passed") < SUBJECTS {
            read.extend(page(&gateway, &mut after, 7).await.0);
        }
    };
    tokio::join!(reading, posts(&gateway, SUBJECTS));
    // What is behind the last pass, if anything.
    while let (more, true) = page(&gateway, &mut after, 7).await {
        read.extend(more);
    }
    assert_eq!(read, all(&gateway).await);
    let ids: BTreeSet<_> = read
        .iter()
        .map(|event| event["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids.len(), read.len(), "none came twice");
    assert_eq!(count(&read, "verification_request.passed"), SUBJECTS);
    let mut made = BTreeSet::new();
    for event in &read {
        let request = event["request_id"].as_str().unwrap();
        match event["type"].as_str().unwrap() {
            "verification_request.created" => assert!(made.insert(request)),
            _ => assert!(made.contains(request), "{request} before it was made"),
        }
    }
}

/// A client of the stream, which keeps the last id it read.
struct Listener {
    response: Response,
    text: String,
    last_id: String,
}

impl Listener {
    async fn of(gateway: &Gateway, last_id: &str) -> Self {
        let url = format!("{}/v1/events/stream", gateway.base);
        let request = gateway.client().get(url).bearer_auth(gateway.key());
        let response = request
            .header("Last-Event-ID", last_id)
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self {
            response,
            text: String::new(),
            last_id: last_id.to_owned(),
        }
    }

    /// The next event; none when the stream has ended.
    async fn next(&mut self) -> Option<Value> {
        loop {
            while let Some((block, rest)) = self.text.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.text = rest;
                let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name));
                if let Some(id) = field("id: ") {
                    self.last_id = id.to_owned();
                }
                if let Some(data) = field("data: ") {
                    return Some(serde_json::from_str(data).unwrap());
                }
            }
            let piece = self.response.chunk().await.unwrap()?;
            self.text.push_str(std::str::from_utf8(&piece).unwrap());
        }
    }
}

async fn a_stream_that_is_cut_off_again_and_again_misses_nothing_and_repeats_nothing(
    database: Database,
) {
    let gateway = Gateway::receiver_on(database).await;
    let mut heard = Vec::new();
    let hearing = async {
        let mut last_id = String::new();
        let mut patience = 1;
        while count(&heard, "verification_request.passed") < SUBJECTS {
            let mut listener = Listener::of(&gateway, &last_id).await;
            for _ in 0..patience {
                heard.push(listener.next().await.unwrap());
                if count(&heard, "verification_request.passed") == SUBJECTS {
                    break;
                }
            }
            patience = patience % 9 + 1;
            last_id = listener.last_id;
        }
    };
    tokio::join!(hearing, posts(&gateway, SUBJECTS));
    let all = all(&gateway).await;
    assert_eq!(heard, all[..heard.len()]);
}

async fn an_open_stream_ends_with_the_server_and_does_not_hold_it_up(database: Database) {
    let mut gateway = Gateway::receiver_on(database).await;
    let mut listener = Listener::of(&gateway, "").await;
    hears_of_a_pass(&gateway, "subject-1").await;
    assert!(listener.next().await.is_some());
    assert_eq!(gateway.stop().await, Some(0));
    while listener.next().await.is_some() {}
    assert!(!gateway.log().contains("cut off"), "{}", gateway.log());
}

#[tokio::test]
async fn the_command_line_reads_the_feed_beside_the_server() {
    let gateway = Gateway::receiver().await;
    posts(&gateway, 5).await;
    let run = |args: &[&str]| program::run(gateway.dir.path(), args);
    let json = run(&["events", "--json"]);
    assert_eq!((json.code, &*json.stderr), (0, ""));
    let printed: Vec<Value> = json
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(printed, all(&gateway).await);

    let few = run(&[
        "events",
        "--limit",
        "2",
        "--types",
        "verification_request.passed",
    ]);
    assert_eq!(few.code, 0, "{}", few.stderr);
    assert_eq!(few.stdout.lines().count(), 2);
    assert!(few.stdout.contains("verification_request.passed"));
    let (_, cursor) = few.stderr.trim().rsplit_once(' ').unwrap();
    let cursor = cursor.trim_end_matches('`');
    let rest = run(&[
        "events",
        "--json",
        "--after",
        cursor,
        "--types",
        "verification_request.passed",
    ]);
    assert_eq!(rest.stdout.lines().count(), 3, "{}", rest.stderr);
    for (wrong, said) in [
        (["--after", "yesterday"], "`now`"),
        (["--types", "passed"], "verification_request.passed"),
    ] {
        let refused = run(&["events", wrong[0], wrong[1]]);
        assert_eq!(refused.code, 2);
        assert!(refused.stderr.contains(said), "{}", refused.stderr);
    }
}

idv_testkit::on_every_store! {
    sqlite: crate::database::sqlite();
    postgres: crate::database::postgres();
    whoever_reads_while_webhooks_come_in_misses_nothing
    a_stream_that_is_cut_off_again_and_again_misses_nothing_and_repeats_nothing
    an_open_stream_ends_with_the_server_and_does_not_hold_it_up
}
