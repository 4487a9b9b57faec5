//! Clauses about what was collected.

use std::collections::BTreeSet;
use std::sync::Arc;

use http::header;
use idv_core::{Error, ErrorKind, EvidenceContent, EvidenceList};

use super::super::examination::{Exam, expect_err, expect_ok};
use super::super::subject::ContractSubject;
use super::assert_only_read;
use crate::replay::{Asked, ReplayTransport};

/// No recording holds a file of more than this.
const MAX_BYTES: usize = 1 << 20;

/// The files of a session: each once, and none with a link.
pub async fn evidence_lists_each_file_once_and_without_links(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let Some((outcome, replay)) = list(&exam).await else {
        return;
    };
    let list = expect_ok("list the evidence", outcome);
    assert_only_read(subject, &replay.asked());
    let mut seen = BTreeSet::new();
    for file in &list.files {
        let id = file.vendor_file_id.as_str();
        assert!(!id.trim().is_empty(), "a file without an id");
        assert!(seen.insert(id), "{id} is there twice");
        assert_eq!(file.link, None, "{id} has a link");
    }
    assert!(seen.contains(file(&exam)), "{seen:?}");
}

/// A file is opened, and its bytes come. Credentials go to the vendor's own API; an address that the vendor has handed
/// out is called with nothing that says who asks, and is marked as such for the transport.
pub async fn evidence_opens_a_file_and_sends_credentials_to_the_api_only(
    subject: &dyn ContractSubject,
) {
    let exam = Exam::of(subject);
    let Some((outcome, replay)) = open(&exam, "evidence_open", file(&exam)).await else {
        return;
    };
    let EvidenceContent::Ready(stream) = expect_ok("open a file", outcome) else {
        panic!("the file of the recording is ready");
    };
    let content = stream.body.collect(MAX_BYTES).await;
    let content = content.unwrap_or_else(|error| panic!("the content breaks off: {error}"));
    assert!(
        !content.is_empty(),
        "the file of the recording has a content"
    );

    let asked = replay.asked();
    assert_only_read(subject, &asked);
    let api = domain_of_the_api(&exam).await;
    let (handed_out, own): (Vec<_>, Vec<_>) = asked.iter().partition(|one| one.is_handed_out);
    for one in &own {
        let host = one.uri.host().unwrap_or_default();
        assert_eq!(
            domain(host),
            api,
            "{} goes with credentials to a host that is not the vendor's API",
            one.call.operation
        );
        for exchange in &exam.exchanges("evidence_open").exchanges {
            let location = exchange.answer.headers.get(header::LOCATION);
            assert!(
                location.is_none_or(|to| *to != one.uri.to_string()),
                "{} follows a redirection with credentials",
                one.call.operation
            );
        }
    }
    let credentials = credentials(&own, exam.facts.secrets);
    for one in handed_out {
        assert_says_nobody(one, &credentials);
    }
}

/// A file that was erased, or is not of this session, is not found.
pub async fn evidence_that_is_gone_is_not_found(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let Some((outcome, _)) = open(&exam, "evidence_not_found", file(&exam)).await else {
        return;
    };
    let error = expect_err("open a file that is gone", outcome);
    assert_eq!(error.kind, ErrorKind::NotFound, "{error}");
    assert!(!error.retryable, "{error}");
}

/// A file that the vendor is still writing is a state and no error: it says after how long to ask again.
pub async fn evidence_that_is_not_ready_is_a_state(subject: &dyn ContractSubject) {
    const RECORDING: &str = "evidence_not_ready";
    let exam = Exam::of(subject);
    let facts = subject.ability_facts();
    assert_eq!(
        exam.has_exchanges(RECORDING),
        facts.evidence_not_ready.is_some(),
        "AbilityFacts::evidence_not_ready and exchanges/{RECORDING}.json belong together"
    );
    let Some(file) = facts.evidence_not_ready else {
        return;
    };
    let Some((outcome, _)) = open(&exam, RECORDING, file).await else {
        panic!("AbilityFacts::evidence_not_ready is about an ability that is not declared");
    };
    let EvidenceContent::NotReady { retry_after } = expect_ok("open too early", outcome) else {
        panic!("the file of the recording is not ready");
    };
    assert!(!retry_after.is_zero(), "ask again at once, for ever");
}

/// Neither the list nor an open file nor an error shows a link, a person or a credential.
pub async fn evidence_is_nowhere_printed(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let Some((listed, _)) = list(&exam).await else {
        return;
    };
    let mut shown = vec![format!("{listed:?}")];
    for recording in ["evidence_open", "evidence_not_found"] {
        let (outcome, _) = open(&exam, recording, file(&exam)).await.expect("declared");
        shown.push(format!("{outcome:?}"));
        if let Err(error) = &outcome {
            shown.push(error.to_string());
        }
    }
    for text in shown {
        assert!(!text.contains("://"), "it shows a link: {text}");
        for mark in exam.facts.marks.iter().chain(exam.facts.secrets) {
            assert!(!text.contains(mark), "it shows {mark:?}: {text}");
        }
    }
}

type Recorded<T> = Option<(Result<T, Error>, Arc<ReplayTransport>)>;

async fn list(exam: &Exam<'_>) -> Recorded<EvidenceList> {
    exam.offline().abilities().evidence?;
    let (provider, replay) = exam.over("evidence_list");
    let ability = provider.abilities().evidence.expect("declared above");
    let outcome = ability.list_evidence(&exam.session()).await;
    replay.assert_used_up();
    Some((outcome, replay))
}

async fn open(exam: &Exam<'_>, recording: &str, file: &str) -> Recorded<EvidenceContent> {
    exam.offline().abilities().evidence?;
    let (provider, replay) = exam.over(recording);
    let ability = provider.abilities().evidence.expect("declared above");
    let outcome = ability.open_evidence(&exam.session(), file).await;
    replay.assert_used_up();
    Some((outcome, replay))
}

/// Only asked for where the ability is declared.
fn file(exam: &Exam<'_>) -> &'static str {
    let facts = exam.subject.ability_facts();
    facts
        .evidence_file
        .unwrap_or("(AbilityFacts::evidence_file names no file)")
}

async fn domain_of_the_api(exam: &Exam<'_>) -> String {
    let (provider, replay) = exam.over("fetch_verdict");
    let depth = idv_core::Depth::Verdict;
    expect_ok("fetch", provider.fetch(&exam.session(), depth).await);
    let asked = replay.asked();
    domain(asked[0].uri.host().expect("an address with a host"))
}

/// A vendor's API may have more than one host: the last two labels of its name are what they share.
fn domain(host: &str) -> String {
    let labels: Vec<_> = host.rsplitn(3, '.').take(2).collect();
    labels.join(".")
}

/// What the calls to the API carry in headers that say who asks.
fn credentials(own: &[&Asked], secrets: &[&str]) -> Vec<String> {
    const HARMLESS: [&str; 5] = [
        "accept",
        "content-type",
        "content-length",
        "host",
        "user-agent",
    ];
    let headers = own.iter().flat_map(|one| &one.headers);
    headers
        .filter(|(name, _)| !HARMLESS.contains(&name.as_str()))
        .filter_map(|(_, value)| value.to_str().ok())
        // A credential may stand behind the name of its scheme.
        .flat_map(|value| value.split_whitespace())
        .filter(|value| value.len() > 7 && !value.starts_with(|first: char| first.is_ascii_digit()))
        .chain(secrets.iter().copied())
        .map(str::to_owned)
        .collect()
}

fn assert_says_nobody(one: &Asked, credentials: &[String]) {
    let operation = one.call.operation;
    assert_eq!(one.method, "GET", "{operation}");
    assert!(one.body.is_empty(), "{operation} sends a body");
    let names: Vec<_> = one.headers.keys().map(header::HeaderName::as_str).collect();
    let harmless = ["accept", "accept-encoding", "user-agent"];
    assert!(
        names.iter().all(|name| harmless.contains(name)),
        "{operation} sends {names:?} to an address that was handed out"
    );
    let sent = format!("{} {:?}", one.uri, one.headers);
    for credential in credentials {
        assert!(
            !sent.contains(credential.as_str()),
            "{operation} sends a credential to an address that was handed out"
        );
    }
}
