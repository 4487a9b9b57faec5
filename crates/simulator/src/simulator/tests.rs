//! The simulator around a vendor that is made for it.

mod faults;
mod seen;
mod speed;
mod watched;
mod words;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use idv_core::Timestamp;
use serde_json::{Value, json};

use super::*;
use crate::chaos::Chaos;
use crate::receiver::Receiver;
use seen::Seen;
use words::Words;

const START: Timestamp = Timestamp::from_unix_secs(1_795_176_000);

const LIBRARY: &str = r#"
vendor = "stripe"
title = "Good in the end"
[[steps]]
do = "bad"
after_secs = 10
[[steps]]
do = "good"
after_secs = 20
"#;

/// Takes what the vendor has signed.
fn receiver() -> Arc<Receiver> {
    Receiver::checking(|headers, body| {
        let expected = format!("Vendor {}", body.len());
        headers["signature"] == expected.as_str()
    })
}

fn simulator(chaos: Chaos, library: &str) -> (Simulator, Arc<Receiver>, Arc<Seen>) {
    let (receiver, seen) = (receiver(), Arc::new(Seen::default()));
    let mut scenarios = Library::default();
    scenarios.add("story", library).unwrap();
    let simulator = Simulator::builder()
        .vendor(Arc::new(Words::default()))
        .library(scenarios)
        .virtual_time(START)
        .chaos(chaos)
        .deliver_through(receiver.clone())
        .watch(seen.clone())
        .build()
        .unwrap();
    (simulator, receiver, seen)
}

async fn call(simulator: &Simulator, method: Method, uri: &str) -> Result<Value, String> {
    let transport = simulator.transport(VendorKind::Stripe);
    let request = Request::builder().method(method).uri(uri);
    let answer = transport.send(request.body(Bytes::new()).unwrap()).await;
    let answer = answer.map_err(|error| error.to_string())?;
    if !answer.status().is_success() {
        return Err(answer.status().to_string());
    }
    Ok(serde_json::from_slice(answer.body()).unwrap())
}

#[tokio::test]
async fn a_scenario_is_played_at_its_times_and_its_webhooks_arrive() {
    let (simulator, receiver, _) = simulator(Chaos::Calm, LIBRARY);
    call(&simulator, Method::POST, "http://api/a?story")
        .await
        .unwrap();
    simulator.advance(Duration::from_secs(9)).await;
    assert_eq!(receiver.told("/word"), ["new"]);
    simulator.advance(Duration::from_secs(1)).await;
    assert_eq!(receiver.told("/word"), ["new", "bad"]);
    simulator.advance(Duration::from_secs(20)).await;
    assert_eq!(receiver.told("/word"), ["new", "bad", "good"]);
    assert_eq!(simulator.next_due(), None);
    let answer = call(&simulator, Method::GET, "http://api/a").await.unwrap();
    assert_eq!(answer["status"], "good");
}

#[tokio::test]
async fn who_watches_is_told_what_begins_and_what_is_played() {
    let (simulator, _, seen) = simulator(Chaos::Calm, LIBRARY);
    for uri in ["http://api/a?story", "http://api/b"] {
        call(&simulator, Method::POST, uri).await.unwrap();
    }
    simulator.advance(Duration::from_secs(30)).await;
    let expected = ["a Some(\"story\")", "b None", "a bad", "a good"];
    assert_eq!(*seen.begun.lock().unwrap(), expected);
}

#[tokio::test]
async fn a_port_that_is_taken_is_named_with_its_vendor() {
    let words = || {
        let builder = Simulator::builder().vendor(Arc::new(Words::default()));
        builder.library(Library::default())
    };
    let first = words().start().await.unwrap();
    let base_url = first.base_url(VendorKind::Stripe);
    let address: std::net::SocketAddr = base_url.replace("http://", "").parse().unwrap();
    let second = words().listen(VendorKind::Stripe, address).start().await;
    let error = second.unwrap_err().to_string();
    let expected = format!("stripe: {address} cannot be listened on");
    assert!(error.starts_with(&expected), "{error}");
}

#[tokio::test]
async fn a_new_scenario_takes_the_place_of_the_one_under_way() {
    let (simulator, receiver, _) = simulator(Chaos::Calm, LIBRARY);
    call(&simulator, Method::POST, "http://api/a?story")
        .await
        .unwrap();
    simulator.advance(Duration::from_secs(5)).await;
    simulator.begin(VendorKind::Stripe, "a", "story").unwrap();
    simulator.advance(Duration::from_secs(600)).await;
    assert_eq!(receiver.told("/word"), ["new", "bad", "good"]);
    let error = simulator
        .begin(VendorKind::Stripe, "a", "nothing")
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "there is no scenario nothing for stripe; there are: story"
    );
}

#[tokio::test]
async fn what_is_refused_is_sent_again_on_the_vendors_schedule_and_given_up() {
    let (simulator, receiver, seen) = simulator(Chaos::Calm, LIBRARY);
    receiver.refuse(2);
    call(&simulator, Method::POST, "http://api/a")
        .await
        .unwrap();
    simulator.advance(Duration::from_secs(1_000)).await;
    assert_eq!(
        *seen.told.lock().unwrap(),
        ["new 1 Some(503)", "new 2 Some(503)", "new 3 Some(200)"]
    );
    receiver.refuse(9);
    call(&simulator, Method::POST, "http://api/b")
        .await
        .unwrap();
    simulator.advance(Duration::from_secs(9_000)).await;
    assert_eq!(receiver.attempts(), 6, "three tries and no more");
}

#[tokio::test]
async fn an_action_that_cannot_happen_ends_the_scenario_and_is_told() {
    let never = LIBRARY.replacen("bad", "never", 1);
    let (simulator, receiver, seen) = simulator(Chaos::Calm, &never);
    call(&simulator, Method::POST, "http://api/a?story")
        .await
        .unwrap();
    call(&simulator, Method::POST, "http://api/b?unheard-of")
        .await
        .unwrap();
    simulator.advance(Duration::from_secs(600)).await;
    assert_eq!(receiver.told("/word"), ["new", "new"]);
    let seen = seen.told.lock().unwrap();
    assert!(
        seen.contains(&"a: never: it never happens".to_owned()),
        "{seen:?}"
    );
    assert!(
        seen.iter()
            .any(|line| line.starts_with("b: there is no scenario unheard-of"))
    );
}

#[tokio::test]
async fn a_library_with_an_action_the_vendor_does_not_know_is_refused() {
    let mut library = Library::default();
    library
        .add("story", &LIBRARY.replacen("bad", "worse", 1))
        .unwrap();
    let builder = Simulator::builder().vendor(Arc::new(Words::default()));
    let error = builder.library(library).build().unwrap_err();
    assert_eq!(
        error.to_string(),
        "scenario story: step 1: worse is no action"
    );
}

#[tokio::test]
async fn what_falls_due_at_a_vendor_by_itself_happens_at_its_time() {
    let words = Arc::new(Words::default());
    words.state.lock().unwrap().due = Some(START.plus(Duration::from_secs(30)));
    let receiver = receiver();
    let builder = Simulator::builder().vendor(words).virtual_time(START);
    let builder = builder.library(Library::default());
    let simulator = builder.deliver_through(receiver.clone()).build().unwrap();
    simulator.advance(Duration::from_secs(29)).await;
    assert_eq!(receiver.told("/word"), [""; 0]);
    simulator.advance(Duration::from_secs(1)).await;
    assert_eq!(receiver.told("/word"), ["due"]);
    assert_eq!(simulator.next_due(), None);
}

#[test]
fn a_vendor_is_given_the_scenarios_of_its_pages() {
    let words = Arc::new(Words::default());
    let mut library = Library::default();
    library.add("bad-end", LIBRARY).unwrap();
    let nothing = "vendor = \"stripe\"\ntitle = \"Nothing happens\"";
    library.add("manual", nothing).unwrap();
    let title = "title = \"Good in the end\"\nshows = [\"status:passed\"]";
    let passes = LIBRARY.replacen("title = \"Good in the end\"", title, 1);
    library.add("story", &passes).unwrap();
    let builder = Simulator::builder().vendor(words.clone());
    let _simulator = builder.library(library).build().unwrap();
    let choices = words.state.lock().unwrap().choices.clone();
    let values: Vec<_> = choices.iter().map(|choice| choice.value.as_str()).collect();
    assert_eq!(
        values,
        ["story", "bad-end"],
        "a pass first, and what does nothing never"
    );
    assert_eq!(choices[0].label, "Good in the end");
}
