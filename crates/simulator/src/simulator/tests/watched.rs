//! What is seen from outside, and who stands at a vendor's door.

use super::*;
use crate::Around;

#[tokio::test]
async fn who_watches_sees_every_post_and_whether_it_is_the_vendors() {
    for (fault, expected) in [
        (
            "forged",
            vec!["false Vendor 23 Some(200)", "true Vendor 23 Some(200)"],
        ),
        (
            "stale",
            vec!["true Vendor 23 Some(200)", "true Vendor 23 Some(200)"],
        ),
        (
            "wrong_key",
            vec![
                "false SomebodyElse 23 Some(401)",
                "true Vendor 23 Some(200)",
            ],
        ),
        ("lost", vec![]),
    ] {
        let library = LIBRARY.replacen("\"bad\"", &format!("\"bad\"\nwebhook = \"{fault}\""), 1);
        let library = library
            .split_inclusive("[[steps]]")
            .take(2)
            .collect::<String>();
        let library = library.trim_end_matches("[[steps]]");
        let (simulator, _, seen) = simulator(Chaos::Calm, library);
        call(&simulator, Method::POST, "http://api/a?story")
            .await
            .unwrap();
        simulator.advance(Duration::from_secs(9_000)).await;
        assert_eq!(seen.posted.lock().unwrap()[1..], expected, "{fault}");
    }
}

#[tokio::test]
async fn what_is_under_way_is_counted_until_nothing_is() {
    let twice = LIBRARY.replacen("\"bad\"", "\"bad\"\nwebhook = \"twice\"", 1);
    let (simulator, receiver, _) = simulator(Chaos::Calm, &twice);
    assert!(simulator.under_way().is_over());
    receiver.refuse(1);
    call(&simulator, Method::POST, "http://api/a?story")
        .await
        .unwrap();
    let under_way = |scenarios, webhooks| UnderWay {
        scenarios,
        webhooks,
    };
    assert_eq!(simulator.under_way(), under_way(1, 1));
    // It was refused, and is to be sent again; the copy of the next one waits too.
    simulator.advance(Duration::from_secs(10)).await;
    assert_eq!(simulator.under_way(), under_way(1, 2));
    simulator.begin(VendorKind::Stripe, "a", "story").unwrap();
    assert_eq!(
        simulator.under_way(),
        under_way(2, 2),
        "the earlier one is noticed later"
    );
    simulator.advance(Duration::from_secs(29)).await;
    assert_eq!(simulator.under_way(), under_way(1, 2));
    simulator.advance(Duration::from_secs(1_000)).await;
    assert!(simulator.under_way().is_over());
}

#[tokio::test]
async fn whoever_stands_at_a_vendors_door_changes_what_is_asked_and_nothing_else() {
    let words: Arc<dyn Vendor> = Arc::new(Words::default());
    let around = Around::new(
        words.clone(),
        |vendor: &dyn Vendor, request: &Request<Bytes>, now| {
            if request.uri().path() == "/closed" {
                return vendor.server_error(StatusCode::SERVICE_UNAVAILABLE);
            }
            let mut changed = request.clone();
            *changed.uri_mut() = "http://api/b?story".parse().unwrap();
            vendor.answer(&changed, now)
        },
    );
    let (receiver, mut library) = (receiver(), Library::default());
    library.add("story", LIBRARY).unwrap();
    let builder = Simulator::builder()
        .vendor(Arc::new(around))
        .library(library);
    let builder = builder
        .virtual_time(START)
        .deliver_through(receiver.clone());
    let simulator = builder.build().unwrap();
    let closed = call(&simulator, Method::POST, "http://api/closed").await;
    assert_eq!(closed.unwrap_err(), "503 Service Unavailable");
    call(&simulator, Method::POST, "http://api/a")
        .await
        .unwrap();
    simulator.advance(Duration::from_secs(600)).await;
    assert_eq!(words.objects(), ["b"]);
    assert_eq!(receiver.told("/word"), ["new", "bad", "good"]);
}

#[tokio::test]
async fn a_vendor_that_stops_for_a_receiver_may_be_made_to_try_on() {
    for tries_on in [false, true] {
        let words = Words::default();
        words.state.lock().unwrap().stops = true;
        let answer =
            |vendor: &dyn Vendor, request: &Request<Bytes>, now| vendor.answer(request, now);
        let around = Around::new(Arc::new(words), answer);
        let around = if tries_on { around.trying_on() } else { around };
        let receiver = receiver();
        receiver.refuse(1);
        let builder = Simulator::builder().vendor(Arc::new(around));
        let builder = builder.library(Library::default()).virtual_time(START);
        let simulator = builder.deliver_through(receiver.clone()).build().unwrap();
        call(&simulator, Method::POST, "http://api/a")
            .await
            .unwrap();
        simulator.advance(Duration::from_secs(1_000)).await;
        assert_eq!(receiver.taken().len(), usize::from(tries_on));
    }
}
