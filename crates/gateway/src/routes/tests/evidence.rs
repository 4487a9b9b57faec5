//! The files that vendors hold, over HTTP.

use bytes::Bytes;
use idv_core::ErrorKind;
use idv_testkit::fake::{FRONT, FakeContent, FakeEnd};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use super::*;
use crate::config::load;
use crate::server::{around, serve};

impl World {
    /// A request whose check has come to its end, and the path of its evidence.
    async fn with_evidence(&self) -> (String, String) {
        let made = self.post(REQUESTS, json!({"subject": "user-1"})).await;
        let id = made.json()["id"].as_str().unwrap().to_owned();
        let session = self.vendor.sessions().pop().unwrap();
        self.vendor.move_to(&session, FakeState::Declined);
        let webhook = self.vendor.webhook(&session);
        assert_eq!(self.deliver("fake-eu", webhook).await.status, 200);
        Box::pin(self.engine.settle()).await;
        let request = format!("{REQUESTS}/{id}");
        let evidence = format!("{request}/evidence");
        (request, evidence)
    }

    fn review(&self, path: &str) -> Request<Body> {
        let request = Request::get(path).header("authorization", bearer(&self.reviewer));
        request.body(Body::empty()).unwrap()
    }

    /// The path of the file that shows this.
    async fn path_of(&self, evidence: &str, role: &str) -> String {
        let list = self.send(self.review(evidence)).await;
        assert_eq!(list.status, 200, "{}", list.text);
        let list = list.json();
        let files = list["data"].as_array().unwrap();
        let file = files.iter().find(|file| file["role"] == role).unwrap();
        format!("{evidence}/{}", file["id"].as_str().unwrap())
    }

    /// The answer to whoever opens the front of the document, its body not read yet.
    async fn front(&self, evidence: &str) -> Response {
        let path = self.path_of(evidence, "document_front").await;
        let request = self.review(&path);
        self.app.clone().oneshot(request).await.unwrap()
    }

    async fn looks(&self, request: &str) -> Vec<Value> {
        let timeline = self.get(&format!("{request}/timeline")).await.json();
        let entries = timeline["data"].as_array().unwrap().iter();
        let looks = entries.filter(|entry| entry["what"] == "evidence_opened");
        looks.cloned().collect()
    }
}

fn content(bytes: usize, announced: Option<u64>, end: FakeEnd) -> FakeContent {
    let mut content = FakeContent::whole([Bytes::from(vec![b'x'; bytes])]);
    (content.announced_bytes, content.end) = (announced, end);
    content
}

#[tokio::test]
async fn the_list_names_every_file_and_what_is_not_shown() {
    let world = World::new().await;
    let (_, evidence) = world.with_evidence().await;
    let list = world.send(world.review(&evidence)).await.json();
    let front = &list["data"][0];
    assert_eq!(front["role"], "document_front");
    assert_eq!(front["account"], "fake-eu");
    assert_eq!(front["media_type"], "image/jpeg");
    assert_eq!(front["size_bytes"], Value::Null);
    assert_eq!(list["data"][2]["data_state"], "redacted");
    assert_eq!(list["not_shown"][0]["part"], "video");
    let keys: Vec<_> = front.as_object().unwrap().keys().collect();
    assert!(!keys.iter().any(|key| key.contains("link")), "{keys:?}");
    let nobody = format!("{REQUESTS}/idv_00000000000000000000000001/evidence");
    let answer = world.send(world.review(&nobody)).await;
    answer.is_problem(404, "not_found");
}

#[tokio::test]
async fn a_file_is_an_attachment_that_nobody_keeps_and_the_timeline_says_who_has_opened_it() {
    let world = World::new().await;
    let (request, evidence) = world.with_evidence().await;
    let path = world.path_of(&evidence, "document_front").await;
    assert_eq!(world.looks(&request).await.len(), 0);
    let file = world.send(world.review(&path)).await;
    assert_eq!((file.status.as_u16(), file.text.as_str()), (200, FRONT));
    for (header, value) in [
        ("content-type", "image/jpeg"),
        ("content-length", "19"),
        ("cache-control", "no-store"),
        (
            "content-disposition",
            "attachment; filename=\"document_front.jpg\"",
        ),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "sandbox"),
    ] {
        assert_eq!(file.headers[header], value, "{header}");
    }
    let staff = world.review(&format!("{path}?actor=staff-7"));
    assert_eq!(world.send(staff).await.status, 200);
    let looks = world.looks(&request).await;
    let actors: Vec<_> = looks.iter().map(|look| look["actor"].clone()).collect();
    assert_eq!(
        actors,
        [
            json!({"kind": "api_key", "id": "reviewer"}),
            json!({"kind": "staff", "id": "staff-7"})
        ]
    );
    let opened = json!({"role": "document_front", "vendor_file_id": "fil_front"});
    assert_eq!(looks[0]["evidence"], opened);
    assert_eq!(looks[0]["source"], "command");
    let nobody = world.review(&format!("{path}?actor=ada@example.com"));
    let nobody = world.send(nobody).await;
    nobody.is_problem(400, "invalid_parameter");
}

#[tokio::test]
async fn what_a_browser_could_run_goes_out_as_bytes() {
    let world = World::new().await;
    let (_, evidence) = world.with_evidence().await;
    for media_type in ["text/html", "image/svg+xml"] {
        let mut page = content(10, Some(10), FakeEnd::Whole);
        page.media_type = Some(media_type);
        world.vendor.serve(page);
        let answer = world.front(&evidence).await;
        assert_eq!(answer.headers()["content-type"], "application/octet-stream");
        let name = &answer.headers()["content-disposition"];
        assert_eq!(name, "attachment; filename=\"document_front.bin\"");
    }
}

#[tokio::test]
async fn what_cannot_be_handed_out_is_a_problem_of_its_own() {
    let world = World::new().await;
    let made = world.post(REQUESTS, json!({"subject": "user-2"})).await;
    let id = made.json()["id"].as_str().unwrap().to_owned();
    let young = format!("{REQUESTS}/{id}/evidence");
    let report = world.path_of(&young, "report").await;
    let answer = world.send(world.review(&report)).await;
    answer.is_problem(409, "evidence_not_ready");
    assert_eq!(answer.headers["retry-after"], "7");

    let (request, evidence) = world.with_evidence().await;
    let huge = content(1, Some(300 << 20), FakeEnd::Whole);
    world.vendor.serve(huge);
    let answer = Answer::of(world.front(&evidence).await).await;
    answer.is_problem(409, "evidence_too_large");
    assert!(
        answer.text.contains("evidence.max_bytes"),
        "{}",
        answer.text
    );

    let back = world.path_of(&evidence, "document_back").await;
    let answer = world.send(world.review(&back)).await;
    answer.is_problem(410, "erased");
    for (file, status) in [("nobody", 404), ("evd_AAAAAAAAAAAAAAAAAAAAAGY", 404)] {
        let path = format!("{evidence}/{file}");
        let answer = world.send(world.review(&path)).await;
        answer.is_problem(status, "not_found");
    }
    for (kind, status, code) in [
        (ErrorKind::Unavailable, 503, "provider_unavailable"),
        (ErrorKind::InvalidCredentials, 502, "provider_failed"),
        (ErrorKind::NotFound, 404, "not_found"),
    ] {
        let fault = Fault::of_kind(&kind, Effect::None).on("open_file");
        world.vendor.fail_next(fault);
        let answer = Answer::of(world.front(&evidence).await).await;
        answer.is_problem(status, code);
    }
    assert_eq!(world.looks(&request).await.len(), 0, "nobody saw anything");
}

#[tokio::test]
async fn a_file_comes_piece_by_piece_and_may_take_longer_than_a_request_may() {
    let world = World::new().await.around();
    let (_, evidence) = world.with_evidence().await;
    let pieces = vec![Bytes::from(vec![b'x'; 1 << 16]); 50];
    world.vendor.serve(FakeContent::whole(pieces));
    let answer = world.front(&evidence).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(world.vendor.pieces_taken(), 0);
    let mut body = answer.into_body();
    tokio::time::pause();
    for taken in 1..=50 {
        tokio::time::advance(Duration::from_secs(60)).await;
        let frame = body.frame().await.unwrap().unwrap();
        assert_eq!(frame.into_data().unwrap().len(), 1 << 16);
        assert_eq!(world.vendor.pieces_taken(), taken);
    }
    assert!(body.frame().await.is_none());
}

#[tokio::test]
async fn so_many_files_may_be_on_their_way_and_one_that_has_come_makes_room() {
    let world = World::new().await;
    let (_, evidence) = world.with_evidence().await;
    let first = world.front(&evidence).await;
    let _second = world.front(&evidence).await;
    let third = Answer::of(world.front(&evidence).await).await;
    third.is_problem(503, "unavailable");
    assert_eq!(third.headers["retry-after"], "5");
    drop(first);
    assert_eq!(world.front(&evidence).await.status(), 200);
}

/// All that a client receives when it opens a file like this over a connection.
async fn received(world: &World, path: &str, file: FakeContent) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let settings = load(None, []).unwrap().settings.server;
    let app = around(world.app.clone(), Duration::from_secs(20));
    let stop = CancellationToken::new();
    let stopped = stop.clone();
    let server = tokio::spawn(async move { serve(listener, app, &settings, stopped).await });
    world.vendor.serve(file);
    let mut connection = TcpStream::connect(address).await.unwrap();
    let key = bearer(&world.reviewer);
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\nauthorization: {key}\r\n\r\n"
    );
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    // However it ends: with the end of the file, or with a broken connection.
    let _ = connection.read_to_end(&mut bytes).await;
    stop.cancel();
    server.await.unwrap();
    String::from_utf8(bytes).unwrap()
}

#[tokio::test]
async fn a_file_that_breaks_off_is_a_broken_transfer_and_no_short_file() {
    let world = World::new().await;
    let (_, evidence) = world.with_evidence().await;
    let path = world.path_of(&evidence, "document_front").await;
    let whole = received(&world, &path, content(60, None, FakeEnd::Whole)).await;
    assert!(whole.ends_with("0\r\n\r\n"), "{whole}");
    assert!(whole.contains("cache-control: no-store\r\n"), "{whole}");
    // What was not sent yet when the file breaks off may stay away altogether, the head included.
    for end in [FakeEnd::Broken, FakeEnd::TimedOut] {
        let cut = received(&world, &path, content(60, None, end)).await;
        assert!(!cut.ends_with("0\r\n\r\n"), "{cut}");
        let cut = received(&world, &path, content(60, Some(90), end)).await;
        let body = cut.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        assert!(body.len() < 90, "{cut}");
    }
    for announced in [59, 61] {
        let lie = content(60, Some(announced), FakeEnd::Whole);
        let lie = received(&world, &path, lie).await;
        let body = lie.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        let announced = usize::try_from(announced).unwrap();
        assert!(body.len() < announced, "{lie}");
    }
}
