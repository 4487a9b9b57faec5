//! What is asked of the vendor, over recorded exchanges.
#![cfg(test)]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use idv_core::{
    Depth, DocumentKind, ErrorKind, FieldValue, IdProvider, Person, PersonRecord, Provenance,
    Repeat, Retry, Secret, StartSession, Started, Status,
};
use idv_plaid::{LinkTokens, PlaidConfig, PlaidOptions, PlaidProvider};
use idv_testkit::replay::{Answer, Exchanges, Injection, ReplayTransport};
use idv_testkit::{Crash, ManualClock, MemoryCheckpoint};
use serde_json::{Value, json};

mod person;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/plaid")
}

fn over(replay: Arc<ReplayTransport>, change: impl FnOnce(&mut PlaidOptions)) -> PlaidProvider {
    let mut config = PlaidConfig {
        api_key: Some(Secret::from("secret-contractMarked")),
        ..PlaidConfig::default()
    };
    config.options.client_id = Some("client-0417".to_owned());
    config.options.template_id = Some("idvtmp_Marigold0001".to_owned());
    config.options.gave_consent = true;
    change(&mut config.options);
    config.check().unwrap();
    PlaidProvider::new(config, replay, ManualClock::noon())
}

fn replay(names: &[&str]) -> Arc<ReplayTransport> {
    let mut all = names.iter().map(|name| Exchanges::load(&folder(), name));
    let first = all.next().unwrap();
    ReplayTransport::new(all.fold(first, Exchanges::and_then))
}

fn intent() -> StartSession {
    person::intent()
}

#[tokio::test]
async fn the_newest_of_several_sessions_of_other_intents_is_named_and_not_taken() {
    let replay = replay(&["start_existing_pages"]);
    let mut checkpoint = MemoryCheckpoint::new();
    let provider = over(replay.clone(), |_| ());
    let started = provider.start(&intent(), &mut checkpoint).await.unwrap();
    let Started::Existing(session) = started else {
        panic!("it was taken over");
    };
    replay.assert_used_up();
    assert_eq!(session.session_id.as_str(), "idv_Marigold0001");
    assert!(checkpoint.contents().is_empty(), "nothing was made");
    assert!(
        replay
            .asked()
            .iter()
            .all(|asked| asked.call.repeat == Repeat::Safe)
    );
}

#[tokio::test]
async fn whatever_a_look_shows_after_our_own_call_the_session_is_ours() {
    // A crash right after the call, before its answer is stored: the session is there now, and it is this intent's.
    let replay = ReplayTransport::of_a_vendor_that_knows_keys(Exchanges::load(&folder(), "start"));
    let mut checkpoint = MemoryCheckpoint::crashing(Crash::BeforeSave(2));
    let provider = over(replay.clone(), |_| ());
    let (intent, hour) = (intent(), Duration::from_secs(3_600));
    tokio::time::pause();
    let first = tokio::time::timeout(hour, provider.start(&intent, &mut checkpoint)).await;
    assert!(first.is_err(), "it crashed");
    let mut checkpoint = checkpoint.with_crash(None);
    let started = provider.start(&intent, &mut checkpoint).await.unwrap();
    assert!(matches!(started, Started::Created(_)));
    let paths: Vec<String> = replay
        .asked()
        .iter()
        .map(|a| a.uri.path().to_owned())
        .collect();
    assert_eq!(
        paths,
        [
            "/identity_verification/list",
            "/identity_verification/create",
            "/identity_verification/create"
        ]
    );
}

#[tokio::test]
async fn a_session_older_than_the_intent_is_not_taken_over_though_the_look_had_missed_it() {
    let replay = replay(&["start"]);
    let older = std::fs::read(folder().join("session_active.json")).unwrap();
    let mut older: Value = idv_core::json::decode(&older).unwrap();
    older["created_at"] = json!("2026-11-20T11:54:59Z");
    replay.inject(2, Injection::Instead(Answer::new(200, older.to_string())));
    let mut checkpoint = MemoryCheckpoint::new();
    let provider = over(replay, |_| ());
    let started = provider.start(&intent(), &mut checkpoint).await.unwrap();
    assert!(matches!(started, Started::Existing(_)));
    assert!(!checkpoint.contents().contains_key("session"));
}

#[tokio::test]
async fn a_start_that_is_run_again_keeps_the_template_it_began_with() {
    let replay = replay(&["start"]);
    replay.inject(2, Injection::Instead(Answer::new(500, "")));
    let mut checkpoint = MemoryCheckpoint::new();
    let provider = over(replay.clone(), |_| ());
    let first = provider.start(&intent(), &mut checkpoint).await;
    assert!(first.unwrap_err().may_have_taken_effect);
    // Meanwhile the account was given another template: with it, the vendor would make a second session.
    let provider = over(replay.clone(), |options| {
        options.template_id = Some("idvtmp_Another".to_owned());
    });
    let started = provider.start(&intent(), &mut checkpoint).await.unwrap();
    assert!(matches!(started, Started::Created(_)));
    let asked = replay.asked();
    assert_eq!(asked[1].body, asked[2].body);
}

#[tokio::test]
async fn a_choice_of_documents_is_unsupported_and_nothing_is_asked() {
    let replay = ReplayTransport::silent();
    let provider = over(replay.clone(), |_| ());
    let mut intent = intent();
    intent.document_kinds = vec![DocumentKind::Passport];
    let started = provider.start(&intent, &mut MemoryCheckpoint::new()).await;
    let error = started.unwrap_err();
    assert!(
        matches!(error.kind, ErrorKind::Unsupported { .. }),
        "{error}"
    );
    assert!(replay.asked().is_empty());
}

#[tokio::test]
async fn without_a_template_nothing_is_asked() {
    let replay = ReplayTransport::silent();
    let provider = over(replay.clone(), |options| options.template_id = None);
    let started = provider
        .start(&intent(), &mut MemoryCheckpoint::new())
        .await;
    assert_eq!(started.unwrap_err().kind, ErrorKind::InvalidConfig);
    assert!(replay.asked().is_empty());
}

#[tokio::test]
async fn halves_of_the_persons_data_are_left_out_and_the_rest_is_sent() {
    async fn sent(change: impl FnOnce(&mut PersonRecord)) -> Value {
        let mut claims = person::claims();
        change(&mut claims);
        let mut intent = intent();
        intent.person = Person::new(claims);
        let replay = replay(&["start"]);
        let provider = over(replay.clone(), |_| ());
        let _ = provider.start(&intent, &mut MemoryCheckpoint::new()).await;
        let create = replay.asked().remove(1);
        assert_eq!(create.uri.path(), "/identity_verification/create");
        let body: Value = idv_core::json::decode(&create.body).unwrap();
        body["user"].clone()
    }
    fn first<T>(list: &mut [idv_core::Sourced<T>]) -> &mut T {
        match &mut list[0].value {
            FieldValue::Present(value) => value,
            _ => panic!("a claim"),
        }
    }
    let user = sent(|_| ()).await;
    assert_eq!(
        user["id_number"],
        json!({ "value": "219099999", "type": "us_ssn" })
    );
    assert_eq!(user["date_of_birth"], "1988-02-29");

    let user = sent(|claims| {
        first(&mut claims.names).family_name = None;
        first(&mut claims.birthdates).day = None;
        *first(&mut claims.phones) = "0555 0142".to_owned();
        first(&mut claims.addresses).city = None;
        first(&mut claims.id_numbers).kind = None;
    })
    .await;
    assert_eq!(
        user,
        json!({ "email_address": "zephyrine.quillmark@example.org", "address": { "country": "US" } })
    );

    // What another vendor had found out is nothing the application claims.
    let user = sent(|claims| {
        *claims = PersonRecord::default();
        let found = Provenance::Extracted { evidence: None };
        let email = "zephyrine.quillmark@example.org".to_owned();
        claims.emails = vec![idv_core::Sourced::present(email, found)];
    })
    .await;
    assert_eq!(user, Value::Null);
}

#[tokio::test]
async fn a_session_without_a_page_gets_a_token_with_its_end() {
    let replay = replay(&["renew_link_token"]);
    let provider = over(replay.clone(), |options| {
        options.link_tokens = Some(LinkTokens::new("Testra"));
    });
    let session = "idv_Marigold0001".into();
    let link = provider.renew_link(&session).await.unwrap();
    replay.assert_used_up();
    assert_eq!(
        link.sdk_token.unwrap().expose(),
        "link-sandbox-linkmark0002"
    );
    assert_eq!(link.hosted_url, None);
    assert_eq!(link.expires_at.unwrap().to_string(), "2026-11-20T16:00:00Z");

    let provider = over(self::replay(&["renew_link_token"]), |_| ());
    let error = provider.renew_link(&session).await.unwrap_err();
    assert_eq!(
        error.kind,
        ErrorKind::Conflict,
        "no page, and no tokens are made"
    );
}

#[tokio::test]
async fn a_link_that_cannot_be_had_does_not_lose_the_session() {
    let replay = replay(&["start"]);
    let provider = over(replay.clone(), |options| {
        options.link_tokens = Some(LinkTokens::new("Testra"));
    });
    let unshared = std::fs::read_to_string(folder().join("session_active.json")).unwrap();
    let mut unshared: Value = idv_core::json::decode(unshared.as_bytes()).unwrap();
    unshared["shareable_url"] = Value::Null;
    replay.inject(
        2,
        Injection::Instead(Answer::new(200, unshared.to_string())),
    );
    replay.inject(3, Injection::Instead(Answer::new(500, "")));
    let mut checkpoint = MemoryCheckpoint::new();
    let started = provider.start(&intent(), &mut checkpoint).await.unwrap();
    let Started::Created(session) = started else {
        panic!("it is ours");
    };
    assert_eq!(session.link, None);
    assert_eq!(replay.asked().len(), 3);
    assert_eq!(checkpoint.contents()["session"], "idv_Marigold0001");
}

#[tokio::test]
async fn a_receiver_calls_nobody() {
    let provider = PlaidProvider::receiver(PlaidConfig::default(), ManualClock::noon());
    assert_eq!(
        provider.abilities().words(),
        [""; 0],
        "it can do what needs no call"
    );
    let session = "idv_1".into();
    let mut checkpoint = MemoryCheckpoint::new();
    let errors = [
        provider.fetch(&session, Depth::Full).await.unwrap_err(),
        provider.renew_link(&session).await.unwrap_err(),
        provider
            .start(&intent(), &mut checkpoint)
            .await
            .unwrap_err(),
        Retry::retry(&provider, &intent(), &mut checkpoint)
            .await
            .unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.kind, ErrorKind::InvalidCredentials, "{error}");
        assert!(!error.may_have_taken_effect);
    }
}

#[tokio::test]
async fn an_id_that_no_session_can_have_is_not_found_without_asking() {
    let replay = ReplayTransport::silent();
    let provider = over(replay.clone(), |_| ());
    for id in ["", "../get", "idv 1", "idv\u{e9}", &"x".repeat(256)] {
        let error = provider
            .fetch(&id.into(), Depth::Verdict)
            .await
            .unwrap_err();
        assert_eq!(error.kind, ErrorKind::NotFound, "{id}");
    }
    assert!(replay.asked().is_empty());
}

#[tokio::test]
async fn another_session_than_the_one_asked_for_is_no_answer() {
    let provider = over(replay(&["fetch_verdict"]), |_| ());
    let error = provider.fetch(&"idv_Other".into(), Depth::Verdict).await;
    assert!(error.is_err());
    let replay = replay(&["fetch_verdict"]);
    let other = std::fs::read(folder().join("session_failed_sms.json")).unwrap();
    replay.inject(1, Injection::Instead(Answer::new(200, other)));
    let provider = over(replay, |_| ());
    let error = provider
        .fetch(&"idv_Marigold0001".into(), Depth::Verdict)
        .await;
    assert_eq!(error.unwrap_err().kind, ErrorKind::BadResponse);
}

#[tokio::test]
async fn a_screening_explains_its_step_and_decides_nothing() {
    for (word, step) in [
        ("cleared", "passed"),
        ("pending_review", "in_review"),
        ("rejected", "failed"),
    ] {
        let replay = replay(&["fetch_full"]);
        let screening = std::fs::read(folder().join(format!("screening_{word}.json"))).unwrap();
        replay.inject(2, Injection::Instead(Answer::new(200, screening)));
        let provider = over(replay, |_| ());
        let session = "idv_Marigold0001".into();
        let snapshot = provider.fetch(&session, Depth::Full).await.unwrap();
        let mapped = snapshot.mapped;
        assert_eq!(mapped.status, Some(Status::Passed));
        let names: Vec<&str> = snapshot.parts.iter().map(|part| &*part.name).collect();
        assert_eq!(names, ["session", "screening"]);
        let watchlist = &mapped.steps[5];
        assert_eq!(
            watchlist.status.as_word(),
            "passed",
            "the step says so itself"
        );
        let attempt = &watchlist.attempts[0];
        assert_eq!(attempt.status.as_word(), step);
        assert_eq!(attempt.vendor_id.as_deref(), Some("scr_Marigold0001"));
        assert_eq!(mapped.findings, [], "of a passed session");
        let picture = mapped.evidence[0].link.as_ref().unwrap();
        let minute = ManualClock::NOON.plus(Duration::from_secs(60));
        assert_eq!(
            picture.expires_at,
            Some(minute),
            "as long as the vendor says"
        );
    }
}
