//! Time that passes faster, at vendors too.

use super::*;
use crate::{onfido, stripe};

/// A hundred times faster, with this vendor.
fn fast(vendor: Arc<dyn Vendor>) -> Simulator {
    let builder = Simulator::builder().vendor(vendor).virtual_time(START);
    builder.speed(100).build().unwrap()
}

async fn ask(simulator: &Simulator, uri: &str, key: &str, body: impl Into<Bytes>) -> Value {
    let kind = *simulator.inner.vendors.keys().next().unwrap();
    let request = Request::post(uri).header("authorization", key);
    let request = request.body(body.into()).unwrap();
    let answer = simulator.transport(kind).send(request).await.unwrap();
    serde_json::from_slice(answer.body()).unwrap()
}

#[tokio::test]
async fn an_erasure_at_stripe_is_as_fast_as_the_rest() {
    let simulator = fast(Arc::new(stripe::Account::simulated()));
    let key = format!("Bearer {}", stripe::API_KEY);
    let sessions = "https://api.stripe.com/v1/identity/verification_sessions";
    let made = ask(&simulator, sessions, &key, "type=document").await;
    let id = made["id"].as_str().unwrap().to_owned();
    let uri = format!("{sessions}/{id}/redact");
    let asked = ask(&simulator, &uri, &key, "").await;
    assert_eq!(asked["redaction"]["status"], "processing");
    // Half a minute.
    assert_eq!(
        simulator.next_due(),
        Some(START.plus(Duration::from_millis(300)))
    );

    let played = "type=document&metadata[scenario]=redacted";
    let made = ask(&simulator, sessions, &key, played).await;
    let id = made["id"].as_str().unwrap().to_owned();
    // Five seconds, an hour, and the two hours it takes.
    simulator.advance(Duration::from_secs(10_805) / 100).await;
    let vendor = simulator.vendor(VendorKind::Stripe).unwrap();
    let object = vendor.object(&id, simulator.now()).unwrap();
    assert_eq!(object["redaction"]["status"], "redacted");
}

#[tokio::test]
async fn what_onfido_writes_is_written_as_fast_as_the_rest() {
    let simulator = fast(Arc::new(onfido::Account::simulated()));
    let key = format!("Token token={}", onfido::API_TOKEN);
    let api = "https://api.eu.onfido.com/v3.6";
    let person = json!({ "first_name": "Jane", "last_name": "Doe" }).to_string();
    let applicant = ask(&simulator, &format!("{api}/applicants"), &key, person).await;
    let wanted = json!({
        "applicant_id": applicant["id"],
        "workflow_id": onfido::WORKFLOW_WITHOUT_INPUT,
    });
    let runs = format!("{api}/workflow_runs");
    let run = ask(&simulator, &runs, &key, wanted.to_string()).await;
    let timeline = format!("{runs}/{}/timeline_file", run["id"].as_str().unwrap());
    ask(&simulator, &timeline, &key, "").await;
    let written = START.plus(Duration::from_millis(40));
    assert_eq!(simulator.next_due(), Some(written));
    simulator.advance(Duration::from_millis(40)).await;
    assert_eq!(simulator.next_due(), None);
}
