//! A person without a mouse on a vendor's hosted page.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use idv_simulator::{Api, Loopback, Simulated, Simulator};
use serde_json::Value;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::chromium::{chromium, screenshots};

/// Hears webhooks.
struct Receiver(UnboundedSender<Value>);

impl Api for Receiver {
    fn answer(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let event = serde_json::from_slice(request.body()).unwrap();
        self.0.send(event).unwrap();
        Response::new(Bytes::new())
    }
}

/// The type of the next event about the session.
async fn next_event(events: &mut UnboundedReceiver<Value>, session: &str) -> String {
    let next = tokio::time::timeout(Duration::from_secs(60), events.recv()).await;
    let event = next
        .expect("a webhook comes")
        .expect("the receiver is there");
    assert_eq!(event["data"]["object"]["id"], session);
    event["type"].as_str().unwrap().to_owned()
}

/// Makes a session as an application does. Returns its id and the page for the person.
async fn session(vendors: &Simulated) -> (String, String) {
    let stripe = vendors.stripe();
    let client = reqwest::Client::builder()
        .tls_certs_only([])
        .no_proxy()
        .build();
    let made = client
        .unwrap()
        .post(format!(
            "{}/v1/identity/verification_sessions",
            stripe.base_url()
        ))
        .basic_auth(stripe.api_key(), Some(""))
        .header("content-type", "application/x-www-form-urlencoded")
        .body("type=document");
    let made = made.send().await.unwrap().bytes().await.unwrap();
    let made: Value = serde_json::from_slice(&made).unwrap();
    let text = |name: &str| {
        made[name]
            .as_str()
            .unwrap_or_else(|| panic!("{made}"))
            .to_owned()
    };
    (text("id"), text("url"))
}

/// The names of everything that is announced in this role.
fn announced<'a>(page: &'a Value, role: &str) -> Vec<&'a str> {
    let nodes = page["offered"].as_array().unwrap().iter();
    let nodes = nodes.filter(|node| node["role"] == role);
    nodes.map(|node| node["name"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outcome_is_chosen_by_keyboard_alone_and_the_session_ends_so() {
    let Some(browser) = chromium() else { return };
    let vendors = Simulator::start().await.unwrap();
    let (sender, mut events) = unbounded_channel();
    let receiver = Loopback::serve(Arc::new(Receiver(sender))).await.unwrap();
    vendors.stripe().webhooks_to(&receiver.base_url());
    let (id, url) = session(&vendors).await;
    let created = next_event(&mut events, &id).await;
    assert_eq!(created, "identity.verification_session.created");

    let page = browser
        .choose("stripe", &url, "fails-document-expired")
        .await;

    // What somebody hears who does not see it.
    assert_eq!(page["status"], 200);
    assert_eq!(announced(&page, "heading"), ["Stripe Identity, simulated"]);
    assert_eq!(announced(&page, "group"), ["What happens?"]);
    assert_eq!(announced(&page, "button"), ["Let it happen"]);
    let radios = announced(&page, "radio");
    assert!(radios.len() > 5, "{radios:?}");
    assert!(
        radios.iter().all(|name| name.contains(' ')),
        "a sentence, not a code: {radios:?}"
    );
    let distinct: std::collections::BTreeSet<_> = radios.iter().collect();
    assert_eq!(
        distinct.len(),
        radios.len(),
        "no two are called the same: {radios:?}"
    );

    // What the keyboard reached, and that it can be seen.
    assert_eq!(page["tabs"], 1, "the first thing in the page is the choice");
    assert!(page["arrows"].as_u64().unwrap() > 0);
    for focus in ["focusOnChoice", "focusOnButton"] {
        assert_eq!(page[focus]["visible"], true, "{focus}: {}", page[focus]);
        assert_eq!(page[focus]["inSight"], true, "{focus}: {}", page[focus]);
    }
    assert_eq!(page["focusOnChoice"]["checked"], true);
    assert_eq!(page["overflows"], false, "it fits a telephone");

    // Nothing from elsewhere, and nothing to complain of.
    let asked = page["asked"].as_array().unwrap();
    let base = vendors.stripe().base_url().to_owned();
    assert!(
        asked
            .iter()
            .all(|url| url.as_str().unwrap().starts_with(&base)),
        "{asked:?}"
    );
    assert_eq!(page["complaints"], serde_json::json!([]));
    assert_eq!(page["heading"], "Thank you");

    // And it happens.
    for expected in ["processing", "requires_input"] {
        let event = next_event(&mut events, &id).await;
        assert_eq!(event, format!("identity.verification_session.{expected}"));
    }
    for picture in ["light", "dark", "narrow", "chosen", "after"] {
        let file = screenshots().join(format!("stripe-{picture}.png"));
        let png = std::fs::read(&file).unwrap();
        assert!(png.starts_with(b"\x89PNG"), "{}", file.display());
    }
}
