//! What goes wrong, on purpose and by chance.

use super::*;
use crate::chaos::DeliveryFault;

#[tokio::test]
async fn every_fault_of_a_webhook_is_what_it_says() {
    for (fault, expected) in [
        ("twice", vec!["new", "bad", "good", "bad"]),
        ("overtaken", vec!["new", "good", "bad"]),
        ("late", vec!["new", "good", "bad"]),
        ("lost", vec!["new", "good"]),
        ("forged", vec!["new", "ba0", "bad", "good"]),
        ("stale", vec!["new", "new", "bad", "good"]),
        ("wrong_key", vec!["new", "good", "bad"]),
    ] {
        let library = LIBRARY.replacen("\"bad\"", &format!("\"bad\"\nwebhook = \"{fault}\""), 1);
        // A second copy 20 s later comes with the next step, and after it.
        let library = library.replacen("20", "19", 1);
        let (simulator, receiver, _) = simulator(Chaos::Calm, &library);
        call(&simulator, Method::POST, "http://api/a?story")
            .await
            .unwrap();
        simulator.advance(Duration::from_secs(9_000)).await;
        assert_eq!(receiver.told("/word"), expected, "{fault}");
    }
}

#[tokio::test]
async fn every_fault_of_a_call_is_what_it_says() {
    for (answer, error, is_done) in [
        (
            "{ rate_limited = { retry_after_secs = 3 } }",
            "429 Too Many Requests",
            false,
        ),
        ("{ rate_limited = {} }", "429 Too Many Requests", false),
        ("{ server_error = 502 }", "502 Bad Gateway", false),
        (
            "{ server_error_after = 500 }",
            "500 Internal Server Error",
            true,
        ),
        (
            "\"hang\"",
            "timed out (the request may have been sent)",
            false,
        ),
        (
            "\"hang_after\"",
            "timed out (the request may have been sent)",
            true,
        ),
        (
            "\"truncated\"",
            "the connection broke (the request may have been sent)",
            true,
        ),
    ] {
        let library = format!(
            "vendor = \"stripe\"\ntitle = \"x\"\n[[steps]]\ndo = \"calls\"\nanswer = {answer}"
        );
        let (simulator, _, seen) = simulator(Chaos::Calm, &library);
        simulator.begin(VendorKind::Stripe, "a", "story").unwrap();
        simulator.work_due().await;
        let made = call(&simulator, Method::POST, "http://api/b").await;
        assert_eq!(made.unwrap_err(), error);
        let told = seen.begun.lock().unwrap()[0].clone();
        assert!(
            told.starts_with("/b ") && answer.contains(&told[3..]),
            "{told}"
        );
        let objects = simulator.vendor(VendorKind::Stripe).unwrap().objects();
        assert_eq!(!objects.is_empty(), is_done, "{answer}");
        assert!(
            call(&simulator, Method::GET, "http://api/b").await.is_ok(),
            "once only"
        );
    }
}

#[tokio::test]
async fn what_went_wrong_by_chance_can_be_played_again() {
    let run = async |chaos: Chaos| {
        let (simulator, receiver, _) = simulator(chaos, LIBRARY);
        for number in 0..40 {
            let uri = format!("http://api/{number}?story");
            let _ = call(&simulator, Method::POST, &uri).await;
        }
        simulator.advance(Duration::from_secs(100_000)).await;
        (simulator.mishaps(), receiver.told("/word"))
    };
    let (mishaps, taken) = run(Chaos::evenly(3, 0.6)).await;
    assert!(
        mishaps.calls.len() > 10 && mishaps.deliveries.len() > 20,
        "{mishaps:?}"
    );
    let again = run(Chaos::Script(mishaps.clone())).await;
    assert_eq!(again, (mishaps, taken));
}

#[tokio::test]
async fn over_http_a_truncated_answer_breaks_off_and_a_hanging_one_never_comes() {
    let builder = Simulator::builder().vendor(Arc::new(Words::default()));
    let builder = builder.library(Library::default());
    let mut mishaps = Mishaps::default();
    mishaps.calls.insert(1, CallFault::Truncated);
    mishaps.calls.insert(2, CallFault::Hang);
    let builder = builder.chaos(Chaos::Script(mishaps)).virtual_time(START);
    let simulator = builder.start().await.unwrap();
    let base = simulator.base_url(VendorKind::Stripe);
    let get = |patience: Duration| {
        let mut request = Request::get(format!("{base}/a"))
            .body(Bytes::new())
            .unwrap();
        request.extensions_mut().insert(idv_core::Call {
            operation: "read",
            repeat: idv_core::Repeat::Safe,
            deadline: patience,
        });
        async { crate::plain_http::PlainHttp.send(request).await }
    };
    let patience = Duration::from_secs(10);
    assert_eq!(get(patience).await.unwrap().body(), "{\"status\":\"\"}");
    assert!(!get(patience).await.unwrap_err().is_timeout());
    let error = get(Duration::from_millis(50)).await.unwrap_err();
    assert!(error.is_timeout() && error.may_have_been_sent());
    assert!(get(patience).await.is_ok());
}

#[test]
fn a_delay_says_how_late() {
    assert_eq!(DeliveryFault::Late.delay_secs(), 3_600);
}
