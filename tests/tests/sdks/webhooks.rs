//! A script can receive webhooks while it talks with its test: `python/webhooks.py` and `javascript/webhooks.js`.

use idv_testkit::clients::Script;
use serde_json::json;

use super::kits;

async fn hears_two_webhooks(mut script: Script) {
    let listens = script.hear().await;
    let url = listens["url"].as_str().unwrap();
    let client = reqwest::Client::builder()
        .tls_certs_only([])
        .no_proxy()
        .build()
        .unwrap();
    for (status, body) in [(500, "{\"a\": 1}\n"), (200, "{\"b\":\"ü\"}")] {
        let request = client.post(url).header("x-signature", "t=1,v1=2");
        let answer = request.body(body).send().await.unwrap();
        assert_eq!(answer.status(), status);
        let heard = script.hear().await;
        assert_eq!(heard, json!({"signature": "t=1,v1=2", "body": body}));
    }
    assert_eq!(script.end().await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_in_either_language_receives_webhooks_as_they_were_sent() {
    if let Some(python) = kits::python() {
        let file = kits::script("python/echo_webhooks.py");
        hears_two_webhooks(python.start_script(&file, &[], &[])).await;
    }
    if let Some(javascript) = kits::javascript() {
        let file = kits::script("javascript/echo_webhooks.js");
        hears_two_webhooks(javascript.start_script(&file, &[], &[])).await;
    }
}
