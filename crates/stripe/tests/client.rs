//! What is sent to the vendor, and what its answers lead to. Beyond the contract that all providers share.
#![cfg(test)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use idv_core::{
    Clock as _, Depth, DocumentKind, Error, ErrorKind, IdProvider, Person, PersonRecord,
    Provenance, Repeat, Secret, SessionId, Snapshot, Sourced, StartSession, Started, Status,
    SubjectRef,
};
use idv_stripe::{StripeConfig, StripeOptions, StripeProvider};
use idv_testkit::replay::{Answer, Asked, Exchange, Exchanges, ReplayTransport};
use idv_testkit::{ManualClock, MemoryCheckpoint};

const SESSION: &str = "vs_1TidvKestrelAbc01";
const DAY: Duration = Duration::from_secs(86_400);

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/stripe")
}

fn config() -> StripeConfig {
    let mut config = StripeConfig {
        api_key: Some(Secret::from("rk_test_contractMarked")),
        ..StripeConfig::default()
    };
    config.options.require_matching_selfie = true;
    config
}

/// A provider over a recording, with a clock to move.
struct Scene {
    provider: StripeProvider,
    replay: Arc<ReplayTransport>,
    clock: Arc<ManualClock>,
}

impl Scene {
    fn of(exchanges: Exchanges, config: StripeConfig) -> Self {
        let replay = ReplayTransport::new(exchanges);
        let clock = ManualClock::noon();
        let provider = StripeProvider::new(config, replay.clone(), clock.clone());
        Self {
            provider,
            replay,
            clock,
        }
    }

    fn recorded(name: &str) -> Self {
        Self::of(Exchanges::load(&fixtures(), name), config())
    }

    /// One answer to whatever is asked first.
    fn answering(answer: Answer) -> Self {
        Self::answering_with(answer, config())
    }

    fn answering_with(answer: Answer, config: StripeConfig) -> Self {
        let exchanges = Exchanges::of("one answer", vec![Exchange::any(answer)]);
        Self::of(exchanges, config)
    }

    fn silent(config: StripeConfig) -> Self {
        Self::of(Exchanges::of("nothing", Vec::new()), config)
    }

    async fn start(&self, intent: &StartSession) -> Result<Started, Error> {
        self.provider
            .start(intent, &mut MemoryCheckpoint::new())
            .await
    }

    async fn fetch(&self, depth: Depth) -> Result<Snapshot, Error> {
        self.provider.fetch(&SESSION.into(), depth).await
    }

    fn only_request(&self) -> Asked {
        let mut asked = self.replay.asked();
        assert_eq!(asked.len(), 1);
        asked.remove(0)
    }
}

fn created() -> Answer {
    let body = std::fs::read(fixtures().join("session_created.json")).unwrap();
    Answer::new(200, body)
}

fn error(status: u16, words: &str) -> Answer {
    Answer::new(status, format!(r#"{{"error":{{{words}}}}}"#))
        .with_header("request-id", "req_Failed1")
}

fn intent() -> StartSession {
    let request_id = "idv_01kafrg2v0e9wtz4q8m5n7r3xa".parse().unwrap();
    let subject = SubjectRef::new("member-7f3a");
    let mut intent = StartSession::new(request_id, subject, "intent-1", ManualClock::NOON);
    let mut person = PersonRecord::default();
    let provided = "not-this@example.org".to_owned();
    let email = "wietske@example.org".to_owned();
    person.emails = vec![
        Sourced::present(provided, Provenance::Provided),
        Sourced::present(email, Provenance::Claimed),
    ];
    person.language = Some("fy".to_owned());
    let name = Sourced::present(idv_core::Name::default(), Provenance::Claimed);
    person.names = vec![name];
    intent.person = Person::new(person);
    intent.return_url = Some("https://example.org/back?from=kyc".to_owned());
    intent.document_kinds = vec![DocumentKind::Passport, DocumentKind::DrivingLicence];
    intent
}

fn form(asked: &Asked) -> BTreeMap<String, String> {
    url::form_urlencoded::parse(&asked.body)
        .into_owned()
        .collect()
}

fn header<'a>(asked: &'a Asked, name: &str) -> Option<&'a str> {
    asked.headers.get(name).map(|value| value.to_str().unwrap())
}

#[tokio::test]
async fn a_new_session_is_asked_for_with_these_parameters_and_no_others() {
    let scene = Scene::answering(created());
    scene.start(&intent()).await.unwrap();
    let asked = scene.only_request();
    let expected = [
        ("type", "document"),
        ("options[document][allowed_types][0]", "passport"),
        ("options[document][allowed_types][1]", "driving_license"),
        ("options[document][require_matching_selfie]", "true"),
        ("client_reference_id", "member-7f3a"),
        ("metadata[idv_request_id]", "idv_01kafrg2v0e9wtz4q8m5n7r3xa"),
        ("metadata[idv_intent]", "intent-1"),
        ("return_url", "https://example.org/back?from=kyc"),
        ("provided_details[email]", "wietske@example.org"),
    ];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(form(&asked), BTreeMap::from(expected));
    assert_eq!(
        asked.uri,
        "https://api.stripe.com/v1/identity/verification_sessions"
    );
    assert_eq!(header(&asked, "stripe-version"), Some("2026-07-29.dahlia"));
    assert_eq!(header(&asked, "idempotency-key"), Some("intent-1"));
    assert_eq!(
        header(&asked, "authorization"),
        Some("Bearer rk_test_contractMarked")
    );
    assert!(asked.headers["authorization"].is_sensitive());
    assert_eq!(asked.call.repeat, Repeat::Keyed);
    assert_eq!(asked.call.operation, "create_session");
}

#[tokio::test]
async fn parameters_are_encoded_so_that_no_value_becomes_another_parameter() {
    let scene = Scene::answering(created());
    let mut intent = intent();
    intent.subject = SubjectRef::new("a&type=id_number&x=é %+\r\n");
    scene.start(&intent).await.unwrap();
    let asked = scene.only_request();
    let form = form(&asked);
    assert_eq!(form["client_reference_id"], "a&type=id_number&x=é %+\r\n");
    assert_eq!(form["type"], "document");
    assert!(asked.body.is_ascii());
}

#[tokio::test]
async fn with_the_settings_of_the_vendor_nothing_is_asked_for_but_a_document() {
    let mut config = config();
    config.options = StripeOptions::default();
    let scene = Scene::answering_with(created(), config);
    let mut intent = intent();
    intent.person = Person::default();
    intent.return_url = None;
    intent.document_kinds.clear();
    scene.start(&intent).await.unwrap();
    let names: Vec<String> = form(&scene.only_request()).into_keys().collect();
    let expected = [
        "client_reference_id",
        "metadata[idv_intent]",
        "metadata[idv_request_id]",
        "type",
    ];
    assert_eq!(names, expected);
}

#[tokio::test]
async fn a_flow_takes_the_place_of_type_and_options() {
    let mut config = config();
    config.options = StripeOptions::default();
    config.options.verification_flow = Some("vf_account".to_owned());
    for (template, expected) in [(None, "vf_account"), (Some("vf_intent"), "vf_intent")] {
        let scene = Scene::answering_with(created(), config.clone());
        let mut intent = intent();
        intent.document_kinds.clear();
        intent.template = template.map(str::to_owned);
        scene.start(&intent).await.unwrap();
        let form = form(&scene.only_request());
        assert_eq!(form["verification_flow"], expected);
        let others = form
            .keys()
            .filter(|name| *name == "type" || name.starts_with("options"));
        assert_eq!(others.count(), 0);
    }
}

#[tokio::test]
async fn what_the_vendor_cannot_do_is_refused_before_anything_is_sent() {
    let mut only_passports = config();
    only_passports.options.allowed_documents = vec![DocumentKind::Passport];
    let mut flow = config();
    flow.options.verification_flow = Some("vf_1".to_owned());
    for (config, kinds) in [
        (
            config(),
            vec![DocumentKind::Passport, DocumentKind::ResidencePermit],
        ),
        (only_passports, vec![DocumentKind::IdCard]),
        (flow, vec![DocumentKind::Passport]),
    ] {
        let scene = Scene::silent(config);
        let mut intent = intent();
        intent.document_kinds = kinds;
        let error = scene.start(&intent).await.unwrap_err();
        assert!(
            matches!(error.kind, ErrorKind::Unsupported { .. }),
            "{error}"
        );
        assert!(!error.may_have_taken_effect && !error.retryable);
        assert_eq!(scene.replay.asked(), []);
    }
}

#[tokio::test]
async fn the_account_narrows_the_documents_of_the_application() {
    let mut config = config();
    config.options.allowed_documents = vec![DocumentKind::IdCard, DocumentKind::Passport];
    for (kinds, expected) in [
        (vec![], vec!["id_card", "passport"]),
        (
            vec![DocumentKind::DrivingLicence, DocumentKind::Passport],
            vec!["passport"],
        ),
        (
            vec![DocumentKind::Passport, DocumentKind::Passport],
            vec!["passport"],
        ),
    ] {
        let scene = Scene::answering_with(created(), config.clone());
        let mut intent = intent();
        intent.document_kinds = kinds;
        scene.start(&intent).await.unwrap();
        let form = form(&scene.only_request());
        let types = form
            .iter()
            .filter(|(name, _)| name.contains("allowed_types"));
        let types: Vec<&str> = types.map(|(_, value)| value.as_str()).collect();
        assert_eq!(types, expected);
    }
}

#[tokio::test]
async fn a_key_the_vendor_would_not_take_is_refused_before_anything_is_sent() {
    for key in ["", "with space", "ключ", "a\nb", &"x".repeat(256)] {
        let scene = Scene::silent(config());
        let mut intent = intent();
        key.clone_into(&mut intent.idempotency_key);
        let error = scene.start(&intent).await.unwrap_err();
        let field = Some("idempotency_key".to_owned());
        assert_eq!(error.kind, ErrorKind::InvalidInput { field });
        assert_eq!(scene.replay.asked(), []);
    }
}

#[tokio::test]
async fn a_saved_session_is_read_again_and_never_made_again() {
    let scene = Scene::recorded("start_resumed");
    let mut checkpoint = MemoryCheckpoint::new();
    idv_core::Checkpoint::save(&mut checkpoint, "session", SESSION)
        .await
        .unwrap();
    let started = scene
        .provider
        .start(&intent(), &mut checkpoint)
        .await
        .unwrap();
    assert!(matches!(started, Started::Created(session) if session.session_id == SESSION.into()));
    assert_eq!(scene.only_request().method, "GET");
}

#[tokio::test]
async fn as_long_as_the_vendor_knows_the_key_it_is_not_looked_up() {
    let scene = Scene::answering(created());
    scene.clock.advance(DAY - Duration::from_secs(31));
    scene.start(&intent()).await.unwrap();
    assert_eq!(scene.only_request().call.repeat, Repeat::Keyed);
}

#[tokio::test]
async fn once_the_key_may_be_forgotten_the_session_is_looked_up_by_intent() {
    let scene = Scene::recorded("start_late_found");
    scene.clock.advance(DAY - Duration::from_secs(30));
    let mut checkpoint = MemoryCheckpoint::new();
    let started = scene
        .provider
        .start(&intent(), &mut checkpoint)
        .await
        .unwrap();
    scene.replay.assert_used_up();
    let Started::Created(session) = started else {
        panic!("it is this intent's own session")
    };
    assert_eq!(session.session_id, SESSION.into());
    assert_eq!(
        checkpoint.saves(),
        0,
        "what is returned is written down by whoever gets it"
    );
    let asked = scene.replay.asked();
    assert!(asked.iter().all(|asked| asked.call.repeat == Repeat::Safe));
}

#[tokio::test]
async fn a_session_that_is_not_found_is_made_without_being_repeated() {
    let scene = Scene::recorded("start_late_new");
    scene.clock.advance(30 * DAY);
    scene.start(&intent()).await.unwrap();
    scene.replay.assert_used_up();
    let asked = scene.replay.asked();
    assert_eq!(asked[1].call.repeat, Repeat::Never);
    assert_eq!(header(&asked[1], "idempotency-key"), Some("intent-1"));
}

#[tokio::test]
async fn a_lookup_that_cannot_be_finished_makes_no_session() {
    let endless = r#"{"object":"list","has_more":true,"data":[{"object":"identity.verification_session","id":"vs_1"}]}"#;
    let page = || Exchange::any(Answer::new(200, endless));
    let pages = Exchanges::of("pages", std::iter::repeat_with(page).take(30).collect());
    let scene = Scene::of(pages, config());
    scene.clock.advance(2 * DAY);
    let error = scene.start(&intent()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Conflict);
    assert!(
        scene
            .replay
            .asked()
            .iter()
            .all(|asked| asked.method == "GET")
    );

    for unreadable in [
        "<html>",
        "{}",
        r#"{"object":"list","data":["x"],"has_more":false}"#,
        r#"{"object":"list","data":[]}"#,
        r#"{"object":"list","data":[],"has_more":true}"#,
        r#"{"object":"list","data":[{}],"has_more":true}"#,
        r#"{"data":[],"has_more":false}"#,
    ] {
        let scene = Scene::answering(Answer::new(200, unreadable));
        scene.clock.advance(2 * DAY);
        let error = scene.start(&intent()).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::BadResponse);
        assert_eq!(scene.only_request().method, "GET");
    }
}

#[tokio::test]
async fn an_id_the_vendor_cannot_have_written_is_not_put_into_an_address() {
    let ids = [
        "",
        "vs_1/cancel",
        "..",
        "vs 1",
        "vs_1?expand[]=x",
        "vs_1#",
        "vs_é",
        "%2e%2e",
    ];
    for id in ids.map(SessionId::from) {
        let scene = Scene::silent(config());
        let provider = &scene.provider;
        let cancel = provider.abilities().cancel.unwrap();
        let redact = provider.abilities().redact.unwrap();
        for error in [
            provider.fetch(&id, Depth::Verdict).await.unwrap_err(),
            provider.fetch(&id, Depth::Full).await.unwrap_err(),
            provider.renew_link(&id).await.unwrap_err(),
            cancel.cancel(&id).await.unwrap_err(),
            redact.redact(&id).await.unwrap_err(),
        ] {
            assert_eq!(error.kind, ErrorKind::NotFound);
        }
        assert_eq!(scene.replay.asked(), []);
    }
}

#[tokio::test]
async fn an_answer_about_another_session_is_not_taken_for_this_one() {
    for other in [
        r#"{"object":"identity.verification_session","id":"vs_other","status":"verified"}"#,
        r#"{"object":"identity.verification_report","id":"vs_1TidvKestrelAbc01","status":"verified"}"#,
        r#"{"object":"identity.verification_session","status":"verified"}"#,
    ] {
        for depth in [Depth::Verdict, Depth::Full] {
            let scene = Scene::answering(Answer::new(200, other));
            let error = scene.fetch(depth).await.unwrap_err();
            assert_eq!(error.kind, ErrorKind::BadResponse, "{other}");
        }
    }
}

#[tokio::test]
async fn an_account_without_a_key_calls_nobody_and_can_do_nothing() {
    let mut without_key = config();
    without_key.api_key = None;
    let scene = Scene::silent(without_key.clone());
    let receiver = StripeProvider::receiver(without_key, ManualClock::noon());
    for provider in [&scene.provider, &receiver] {
        let mut checkpoint = MemoryCheckpoint::new();
        for error in [
            provider
                .start(&intent(), &mut checkpoint)
                .await
                .unwrap_err(),
            provider
                .fetch(&SESSION.into(), Depth::Full)
                .await
                .unwrap_err(),
            provider.renew_link(&SESSION.into()).await.unwrap_err(),
        ] {
            assert_eq!(error.kind, ErrorKind::InvalidCredentials);
            assert!(error.to_string().contains("this account has no API key"));
        }
        assert!(provider.abilities().words().is_empty());
    }
    assert_eq!(scene.replay.asked(), []);
}

#[tokio::test]
async fn the_base_url_may_have_a_path_and_the_version_may_be_newer() {
    let mut config = config();
    config.options.api_base_url = "http://127.0.0.1:9/stripe/".to_owned().try_into().unwrap();
    config.options.api_version = idv_stripe::ApiVersion::Endive20261028;
    let scene = Scene::answering_with(created(), config);
    assert_eq!(scene.provider.info().api_version, "2026-10-28.endive");
    scene.fetch(Depth::Verdict).await.unwrap();
    let asked = scene.only_request();
    let address =
        "http://127.0.0.1:9/stripe/v1/identity/verification_sessions/vs_1TidvKestrelAbc01";
    assert_eq!(asked.uri, address);
    assert_eq!(header(&asked, "stripe-version"), Some("2026-10-28.endive"));
}

#[tokio::test]
async fn a_report_the_session_may_not_show_is_read_for_itself() {
    let scene = Scene::recorded("fetch_report_apart");
    let snapshot = scene.fetch(Depth::Full).await.unwrap();
    scene.replay.assert_used_up();
    let parts: Vec<&str> = snapshot.parts.iter().map(|part| &*part.name).collect();
    assert_eq!(parts, ["session", "report"]);
    let missing: Vec<&str> = snapshot.missing.iter().map(|part| part.name).collect();
    assert_eq!(missing, ["verified_outputs"]);
    let mapped = snapshot.mapped;
    assert_eq!(mapped.status, Some(Status::Passed));
    assert_eq!(mapped.steps.len(), 2);
    assert!(mapped.person.is_some() && mapped.evidence.len() == 3);
    let origin = &mapped.origins["/steps/0/status"];
    assert_eq!(
        (&*origin.part, &*origin.pointer),
        ("report", "/document/status")
    );
    assert_eq!(mapped.origins["/status"].part, "session");
}

#[tokio::test]
async fn a_report_that_cannot_be_had_does_not_cost_the_verdict() {
    for answer in [
        error(403, ""),
        error(404, ""),
        Answer::new(500, "<html>"),
        Answer::new(200, "<html>"),
        Answer::new(200, r#"{"object":"file","id":"file_1"}"#),
        Answer::new(
            200,
            r#"{"object":"identity.verification_report","id":"vr_other"}"#,
        ),
    ] {
        let session = std::fs::read(fixtures().join("session_verified.json")).unwrap();
        let answers = [Answer::new(200, session), answer];
        let exchanges = answers.map(Exchange::any).to_vec();
        let mut in_order = Exchanges::of("a session and no report", exchanges);
        in_order.in_order = true;
        let scene = Scene::of(in_order, config());
        let snapshot = scene.fetch(Depth::Full).await.unwrap();
        assert_eq!(snapshot.mapped.status, Some(Status::Passed));
        assert_eq!(snapshot.missing.len(), 1);
        assert_eq!(snapshot.missing[0].name, "report");
        assert_eq!(snapshot.parts.len(), 1);
    }
}

#[tokio::test]
async fn without_the_permission_for_sensitive_results_the_others_are_read() {
    let mut config = config();
    config.options.sensitive_results = true;
    let exchanges = Exchanges::load(&fixtures(), "fetch_sensitive_refused");
    let scene = Scene::of(exchanges, config);
    let snapshot = scene.fetch(Depth::Full).await.unwrap();
    scene.replay.assert_used_up();
    let missing: Vec<&str> = snapshot.missing.iter().map(|part| part.name).collect();
    assert_eq!(missing, ["sensitive_results"]);
    assert_eq!(snapshot.mapped.steps.len(), 2);
}

#[tokio::test]
async fn an_error_that_is_no_refusal_of_the_expansion_is_the_callers() {
    for (answer, kind) in [
        (error(401, ""), ErrorKind::InvalidCredentials),
        (error(404, ""), ErrorKind::NotFound),
        (error(500, ""), ErrorKind::Unavailable),
    ] {
        let scene = Scene::answering(answer);
        let error = scene.fetch(Depth::Full).await.unwrap_err();
        assert_eq!(error.kind, kind);
        assert_eq!(error.vendor_request_id.as_deref(), Some("req_Failed1"));
        scene.only_request();
    }
}

#[tokio::test]
async fn a_link_lasts_as_long_as_the_shorter_lived_of_its_two_ways() {
    let waiting = |members: &str| {
        let body = format!(
            r#"{{"object":"identity.verification_session","id":"{SESSION}","status":"requires_input"{members}}}"#
        );
        Scene::answering(Answer::new(200, body))
    };
    let both = waiting(r#","url":"https://verify.stripe.com/start/x","client_secret":"s""#);
    let link = both.provider.renew_link(&SESSION.into()).await.unwrap();
    assert_eq!(link.expires_at, Some(both.clock.now().plus(DAY)));
    assert_eq!(link.sdk_token, Some(Secret::from("s")));

    let page = waiting(r#","url":"https://verify.stripe.com/start/x","client_secret":null"#);
    let link = page.provider.renew_link(&SESSION.into()).await.unwrap();
    assert_eq!(link.expires_at, Some(page.clock.now().plus(2 * DAY)));
    assert_eq!(
        link.hosted_url,
        Some(Secret::from("https://verify.stripe.com/start/x"))
    );

    let neither = waiting(r#","url":null,"client_secret":"""#);
    let error = neither
        .provider
        .renew_link(&SESSION.into())
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Conflict);
}

#[tokio::test]
async fn a_session_that_takes_no_input_has_no_link_even_if_the_vendor_shows_one() {
    for status in ["processing", "verified", "canceled", "reviewed"] {
        let body = format!(
            r#"{{"object":"identity.verification_session","id":"{SESSION}","status":"{status}","url":"https://verify.stripe.com/start/x"}}"#
        );
        let scene = Scene::answering(Answer::new(200, body.clone()));
        let link = scene.provider.renew_link(&SESSION.into()).await;
        assert_eq!(link.unwrap_err().kind, ErrorKind::Conflict, "{status}");

        let scene = Scene::answering(Answer::new(200, body));
        let Ok(Started::Created(session)) = scene.start(&intent()).await else {
            panic!("{status}: it is a session all the same")
        };
        assert_eq!(session.link, None, "{status}");
    }
}

#[tokio::test]
async fn conflicts_that_pass_are_told_from_those_that_stay() {
    for (answer, retryable, may_have_taken_effect) in [
        (
            error(
                429,
                r#""code":"lock_timeout","type":"invalid_request_error""#,
            ),
            true,
            false,
        ),
        (error(409, r#""code":"idempotency_key_in_use""#), true, true),
        (error(409, ""), true, false),
        // The key has made something with other parameters.
        (error(400, r#""type":"idempotency_error""#), false, true),
    ] {
        let what = String::from_utf8_lossy(&answer.body).into_owned();
        let scene = Scene::answering(answer);
        let error = scene.start(&intent()).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Conflict, "{what}");
        assert_eq!(error.retryable, retryable, "{what}");
        assert_eq!(error.may_have_taken_effect, may_have_taken_effect, "{what}");
    }
}

#[tokio::test]
async fn a_session_that_is_busy_is_withdrawn_later() {
    let busy = error(
        429,
        r#""code":"lock_timeout","type":"invalid_request_error""#,
    );
    let scene = Scene::answering(busy);
    let cancel = scene.provider.abilities().cancel.unwrap();
    let error = cancel.cancel(&SESSION.into()).await.unwrap_err();
    assert!(error.retryable && error.kind == ErrorKind::Conflict);
    let asked = scene.only_request();
    assert_eq!(asked.call.repeat, Repeat::Safe);
    assert!(asked.body.is_empty() && asked.method == "POST");
}

#[tokio::test]
async fn an_error_shows_nothing_of_the_vendors_answer() {
    let quoting = r#""type":"invalid_request_error","param":"provided_details[email]","message":"Invalid email: jane@example.org""#;
    let scene = Scene::answering(error(400, quoting));
    let error = scene.start(&intent()).await.unwrap_err();
    let shown = format!("{error} {error:?}");
    assert!(shown.contains("provided_details[email]"), "{shown}");
    assert!(
        !shown.contains("jane") && !shown.contains("rk_test"),
        "{shown}"
    );
}
