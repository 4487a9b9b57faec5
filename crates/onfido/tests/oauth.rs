//! OAuth client credentials in the place of an API token.
#![cfg(test)]

use std::sync::Arc;
use std::time::Duration;

use idv_core::{CompleteTask as _, Depth, ErrorKind, IdProvider as _, Secret, SessionId};
use idv_onfido::{OnfidoConfig, OnfidoProvider};
use idv_testkit::ManualClock;
use idv_testkit::replay::{Answer, Exchange, Exchanges, ReplayTransport};
use serde_json::json;

const RUN: &str = "0b6f2c1e-4a7d-4e0b-9c55-1f2e3d4c5b6a";

fn config() -> OnfidoConfig {
    let mut config = OnfidoConfig {
        api_key: Some(Secret::from("the client's secret".replace(' ', "-"))),
        ..OnfidoConfig::default()
    };
    config.options.oauth_client_id = Some("client-77".to_owned());
    config.options.oauth_sandbox = true;
    config
}

fn over(answers: Vec<Answer>) -> (OnfidoProvider, Arc<ReplayTransport>, Arc<ManualClock>) {
    let exchanges = answers.into_iter().map(Exchange::any).collect();
    let mut exchanges = Exchanges::of("answers", exchanges);
    exchanges.in_order = true;
    let replay = ReplayTransport::new(exchanges);
    let clock = ManualClock::noon();
    let provider = OnfidoProvider::new(config(), replay.clone(), clock.clone());
    (provider, replay, clock)
}

fn token(name: &str) -> Answer {
    Answer::new(
        200,
        json!({ "access_token": name, "expires_in": 3600 }).to_string(),
    )
}

fn run() -> Answer {
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../fixtures/onfido/run_approved.json"
    );
    Answer::new(200, std::fs::read(file).unwrap())
}

async fn read(provider: &OnfidoProvider) -> Result<(), idv_core::Error> {
    let session = SessionId::new(RUN);
    provider.fetch(&session, Depth::Verdict).await.map(drop)
}

fn authorizations(replay: &ReplayTransport) -> Vec<String> {
    let asked = replay.asked();
    let headers = asked
        .iter()
        .filter_map(|one| one.headers.get("authorization"));
    headers
        .map(|value| value.to_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn credentials_are_exchanged_once_and_again_shortly_before_the_token_ends() {
    let (provider, replay, clock) =
        over(vec![token("first"), run(), run(), token("second"), run()]);
    read(&provider).await.unwrap();
    clock.advance(Duration::from_secs(3_569));
    read(&provider).await.unwrap();
    clock.advance(Duration::from_secs(1));
    read(&provider).await.unwrap();
    replay.assert_used_up();
    assert_eq!(
        authorizations(&replay),
        ["Bearer first", "Bearer first", "Bearer second"]
    );
    let exchange = &replay.asked()[0];
    assert_eq!(exchange.uri.path(), "/v3.6/oauth/token");
    let form = String::from_utf8(exchange.body.to_vec()).unwrap();
    assert_eq!(
        form,
        "client_id=client-77&client_secret=the-client%27s-secret"
    );
}

#[tokio::test]
async fn a_token_that_is_refused_is_exchanged_anew_and_only_once() {
    let unknown = || Answer::new(401, r#"{"error":{"type":"authorization_error"}}"#);
    let (provider, replay, _) = over(vec![token("first"), unknown(), token("second"), run()]);
    read(&provider).await.unwrap();
    assert_eq!(authorizations(&replay), ["Bearer first", "Bearer second"]);

    let (provider, replay, _) = over(vec![token("first"), unknown(), token("second"), unknown()]);
    let error = read(&provider).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::InvalidCredentials);
    replay.assert_used_up();
}

#[tokio::test]
async fn a_call_that_acts_is_sent_with_another_token_only_after_one_that_did_nothing() {
    let unknown = Answer::new(401, "");
    let done = Answer::new(200, "");
    let (provider, replay, _) = over(vec![token("first"), unknown, token("second"), done]);
    let data = json!({ "approved": true });
    let completed = provider
        .complete_task(&SessionId::new(RUN), "task_1", &data)
        .await;
    completed.unwrap();
    replay.assert_used_up();

    let broken = Answer::new(500, "");
    let (provider, replay, _) = over(vec![token("first"), broken]);
    let failed = provider
        .complete_task(&SessionId::new(RUN), "task_1", &data)
        .await;
    assert!(failed.unwrap_err().may_have_taken_effect);
    replay.assert_used_up();
}

#[tokio::test]
async fn credentials_that_are_refused_are_no_credentials_and_are_printed_nowhere() {
    for status in [400, 401, 403, 422] {
        let (provider, _, _) = over(vec![Answer::new(status, r#"{"error":"invalid_client"}"#)]);
        let error = read(&provider).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::InvalidCredentials, "{status}");
        assert!(!error.may_have_taken_effect);
        let shown = format!("{provider:?} {error:?} {error}");
        assert!(!shown.contains("the-client"), "{shown}");
    }
    let (provider, _, _) = over(vec![Answer::new(200, "{}")]);
    assert_eq!(
        read(&provider).await.unwrap_err().kind,
        ErrorKind::BadResponse
    );
}

#[test]
fn the_settings_say_where_the_credentials_belong() {
    config().check().unwrap();
    assert_eq!(config().is_live(), Some(false));
    let mut live = config();
    live.options.oauth_sandbox = false;
    assert_eq!(live.is_live(), Some(true));

    let mut blank = config();
    blank.options.oauth_client_id = Some(" ".to_owned());
    assert_eq!(blank.check().unwrap_err().key, "oauth_client_id");
    let mut alone = config();
    alone.options.oauth_client_id = None;
    assert_eq!(alone.check().unwrap_err().key, "oauth_sandbox");
}
