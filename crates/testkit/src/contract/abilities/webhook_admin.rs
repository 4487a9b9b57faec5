//! Clauses about telling the vendor where webhooks go.

use std::collections::BTreeSet;
use std::sync::Arc;

use idv_core::{Error, ErrorKind, WebhookRegistration};

use super::super::examination::{Exam, expect_err, expect_ok};
use super::super::mutation::document;
use super::super::subject::ContractSubject;
use super::{assert_only_read, losing_the_answer, the_one_call};
use crate::replay::ReplayTransport;

/// The address that is registered.
const URL: &str = "https://idv.example.com/webhooks/contract";

/// Every registration is shown once. One that lacks an event says which, and one that lacks nothing is complete.
pub async fn webhooks_that_lack_an_event_say_so(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let Some(all) = registrations(&exam, subject).await else {
        return;
    };
    let ids: BTreeSet<_> = all.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(ids.len(), all.len(), "a registration is there twice");
    let (complete, incomplete): (Vec<_>, Vec<_>) = all.iter().partition(|one| one.lacks.is_empty());
    assert!(
        !incomplete.is_empty(),
        "one in the recording lacks an event"
    );
    assert!(!complete.is_empty(), "one in the recording lacks nothing");
    for one in &all {
        assert!(!one.id.trim().is_empty(), "a registration has an id");
        assert!(one.url.contains("://"), "{} has no address", one.id);
    }
    let known = events_about_sessions(&exam);
    for event in incomplete.iter().flat_map(|one| &one.lacks) {
        assert!(
            known.contains(event.as_str()),
            "{event} does not matter here"
        );
    }
}

/// An address is registered in use, for every event that matters here and none of another product, and the secret that
/// proves its webhooks comes back.
pub async fn webhooks_are_registered_with_everything_that_matters_and_a_secret(
    subject: &dyn ContractSubject,
) {
    let exam = Exam::of(subject);
    let Some((outcome, replay)) = register(&exam, "webhooks_register").await else {
        return;
    };
    let made = expect_ok("register a webhook", outcome);
    assert!(!made.id.trim().is_empty(), "a registration has an id");
    assert_eq!(made.url, URL);
    assert!(made.is_enabled, "it is in use");
    assert!(made.lacks.is_empty(), "{:?}", made.lacks);
    let secret = made.secret.expect("without the secret nothing is believed");
    assert!(!secret.expose().trim().is_empty(), "a blank secret");

    let (_, call) = the_one_call("register a webhook", subject, &replay);
    let body = String::from_utf8_lossy(&call.body);
    let body = body.replace("%3A", ":").replace("%2F", "/");
    assert!(body.contains(URL), "the address is not in the request");
    let lacking = registrations(&exam, subject).await.expect("declared above");
    let lacking = lacking.into_iter().flat_map(|one| one.lacks);
    let wanted = lacking.chain(event_type(&exam, exam.facts.webhook));
    for event in wanted {
        assert!(
            body.contains(&event),
            "{event} matters, and is not asked for"
        );
    }
    if let Some(event) = event_type(&exam, exam.facts.other_product_event) {
        assert!(!body.contains(&event), "{event} is of another product");
    }
}

/// Registering makes another one each time, so it is sent once; a lost answer says that it may have worked.
pub async fn webhook_registration_is_never_repeated_blindly(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let Some((outcome, replay)) = register(&exam, "webhooks_register").await else {
        return;
    };
    expect_ok("register a webhook", outcome);
    let (number, _) = the_one_call("register a webhook", subject, &replay);
    let replay = losing_the_answer(&exam, "webhooks_register", number);
    let provider = exam.provider(replay.clone());
    let ability = provider.abilities().webhook_admin.expect("declared above");
    let outcome = ability.register_webhook(URL).await;
    let error = expect_err("register a webhook without an answer", outcome);
    assert!(error.may_have_taken_effect, "{error}");
    assert_eq!(replay.asked().len(), number, "it was sent again");
}

/// An address the vendor refuses is the caller's to put right.
pub async fn webhook_registration_that_is_refused_is_invalid_input(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let Some((outcome, _)) = register(&exam, "webhooks_register_refused").await else {
        return;
    };
    let error = expect_err("register an address that is refused", outcome);
    let is_input = matches!(error.kind, ErrorKind::InvalidInput { .. });
    assert!(is_input, "{error}");
    assert!(!error.retryable && !error.may_have_taken_effect, "{error}");
}

/// A registration is ended, and ending it a second time is no error.
pub async fn unregistering_a_webhook_twice_is_no_error(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    if exam.offline().abilities().webhook_admin.is_none() {
        return;
    }
    let id = subject.ability_facts().webhook;
    let id = id.expect("AbilityFacts::webhook names the registration");
    let (provider, replay) = exam.over("webhooks_unregister");
    let ability = provider.abilities().webhook_admin.expect("declared above");
    for what in ["unregister", "unregister a second time"] {
        expect_ok(what, ability.unregister_webhook(id).await);
    }
    replay.assert_used_up();
}

/// The secrets of registrations are nowhere printed.
pub async fn webhook_secrets_are_nowhere_printed(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let Some(mut all) = registrations(&exam, subject).await else {
        return;
    };
    let (made, _) = register(&exam, "webhooks_register")
        .await
        .expect("declared");
    let mut shown = format!("{made:?}");
    all.extend(made);
    shown.push_str(&format!("{all:?}"));
    let (refused, _) = register(&exam, "webhooks_register_refused")
        .await
        .expect("declared");
    shown.push_str(&format!("{refused:?}"));
    let secrets = all.iter().filter_map(|one| one.secret.as_ref());
    for secret in secrets {
        assert!(
            !shown.contains(secret.expose().as_str()),
            "it shows a secret"
        );
    }
    for mark in exam.facts.marks.iter().chain(exam.facts.secrets) {
        assert!(!shown.contains(mark), "it shows {mark:?}");
    }
}

async fn registrations(
    exam: &Exam<'_>,
    subject: &dyn ContractSubject,
) -> Option<Vec<WebhookRegistration>> {
    exam.offline().abilities().webhook_admin?;
    let (provider, replay) = exam.over("webhooks");
    let ability = provider.abilities().webhook_admin.expect("declared above");
    let outcome = ability.webhooks().await;
    replay.assert_used_up();
    assert_only_read(subject, &replay.asked());
    Some(expect_ok("list the registrations", outcome))
}

async fn register(
    exam: &Exam<'_>,
    recording: &str,
) -> Option<(Result<WebhookRegistration, Error>, Arc<ReplayTransport>)> {
    exam.offline().abilities().webhook_admin?;
    let (provider, replay) = exam.over(recording);
    let ability = provider.abilities().webhook_admin.expect("declared above");
    let outcome = ability.register_webhook(URL).await;
    replay.assert_used_up();
    Some((outcome, replay))
}

fn events_about_sessions(exam: &Exam<'_>) -> BTreeSet<&'static str> {
    let known = exam.offline().capabilities().webhooks;
    let about_sessions = known.into_iter().filter(|one| one.concerns_session);
    about_sessions.map(|one| one.event_type).collect()
}

/// The vendor's word for the event of a fixture, where it stands where vendors that take registrations put it.
fn event_type(exam: &Exam<'_>, case: &str) -> Option<String> {
    let body = document(&exam.fixture(case).bytes);
    let members = ["/type", "/payload/action"];
    let found = members.iter().find_map(|at| body.pointer(at)?.as_str());
    found.map(str::to_owned)
}
