//! Clauses about what must not be seen.

use std::fmt::Debug;

use idv_core::{
    Depth, ListQuery, ListScope, Redaction, Secret, SessionChange, Snapshot, Started, UserLink,
};

use super::examination::{Exam, expect_ok};
use super::subject::ContractSubject;
use super::translate::translate;
use super::verify::accepted;
use crate::MemoryCheckpoint;
use crate::replay::{Exchanges, ReplayTransport};

/// Whatever comes out of a provider can be printed, and its mapped result stored in the clear, without showing the
/// marked person, a link or a credential.
pub async fn nothing_printed_or_stored_in_the_clear_shows_a_person_or_a_secret(
    subject: &dyn ContractSubject,
) {
    let exam = Exam::of(subject);
    let mut shown = Shown::default();
    let mut went_in = String::new();

    for name in RECORDINGS.iter().filter(|name| exam.has_exchanges(name)) {
        let exchanges = exam.exchanges(name);
        went_in.push_str(&answers(&exchanges));
        let replay = ReplayTransport::new(exchanges);
        let provider = exam.provider(replay.clone());
        shown.debug(name, &provider);
        if name.starts_with("start") {
            let mut checkpoint = MemoryCheckpoint::new();
            let outcome = provider.start(&subject.intent(), &mut checkpoint).await;
            if let Ok(Started::Created(session) | Started::Existing(session)) = &outcome {
                shown.stored(name, &session.snapshot);
            }
            shown.outcome(name, &outcome);
            shown.debug(name, &checkpoint);
        } else if name.starts_with("fetch") {
            let outcome = provider.fetch(&exam.session(), Depth::Full).await;
            shown.snapshot(name, &outcome);
        } else if name.starts_with("renew") {
            shown.outcome(name, &provider.renew_link(&exam.session()).await);
        } else if name.starts_with("redact") {
            let redact = provider.abilities().redact.expect("it has recordings");
            let outcome = redact.redact(&exam.session()).await;
            if let Ok(Redaction {
                snapshot: Some(snapshot),
                ..
            }) = &outcome
            {
                shown.stored(name, snapshot);
            }
            shown.outcome(name, &outcome);
        } else if name.starts_with("update") {
            let update = provider.abilities().update.expect("it has recordings");
            let mut change = SessionChange::default();
            change.person = Some(subject.intent().person);
            shown.debug(name, &change);
            let outcome = update.update(&exam.session(), &change).await;
            shown.snapshot(name, &outcome);
        } else if name.starts_with("restore") {
            let restore = provider.abilities().restore.expect("it has recordings");
            shown.snapshot(name, &restore.restore(&exam.session()).await);
        } else if name.starts_with("list") {
            let list = provider.abilities().list.expect("it has recordings");
            let mut query = ListQuery::default();
            if list.scope() == ListScope::Subject {
                query.subject = Some(subject.intent().subject);
            }
            shown.debug(name, &query);
            let outcome = list.list(&query, None).await;
            for session in outcome.iter().flat_map(|page| &page.sessions) {
                shown.stored(name, session);
            }
            shown.outcome(name, &outcome);
        } else if name.starts_with("retry") {
            let retry = provider.abilities().retry.expect("it has recordings");
            let mut checkpoint = MemoryCheckpoint::new();
            let outcome = retry.retry(&subject.intent(), &mut checkpoint).await;
            if let Ok(session) = &outcome {
                shown.stored(name, &session.snapshot);
            }
            shown.outcome(name, &outcome);
            shown.debug(name, &checkpoint);
        } else if let Some(cancel) = provider.abilities().cancel {
            shown.snapshot(name, &cancel.cancel(&exam.session()).await);
        }
        went_in.extend(replay.asked().iter().map(|asked| {
            let headers: Vec<_> = asked.headers.values().collect();
            format!("{headers:?} {}", String::from_utf8_lossy(&asked.body))
        }));
    }

    shown_of_fixtures(&exam, &mut shown, &mut went_in);
    let webhook = exam.good_webhook();
    let provider = exam.verifier();
    let verified = accepted("a good webhook", &*provider, &webhook).await;
    shown.debug("webhook", &webhook);
    shown.debug("verified webhook", &verified);
    shown.debug("event", &provider.interpret(&verified));
    shown.debug("intent", &subject.intent());

    for mark in exam.facts.marks {
        assert!(
            went_in.contains(mark),
            "{mark:?} is in no request, answer or fixture: that it is not shown proves nothing"
        );
    }
    for mark in exam.facts.marks.iter().chain(exam.facts.secrets) {
        for (what, text) in &shown.0 {
            assert!(!text.contains(mark), "{what} shows {mark:?}: {text}");
        }
    }
}

/// Once the values at the credential pointers are blanked, no stored part holds the subject's link any more.
pub async fn credential_pointers_cover_every_link(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let (provider, _) = exam.over("start");
    let mut checkpoint = MemoryCheckpoint::new();
    let started = provider.start(&subject.intent(), &mut checkpoint).await;
    let (Started::Created(session) | Started::Existing(session)) = expect_ok("start", started);
    let links: Vec<String> = session.link.iter().flat_map(secrets).collect();
    for part in &session.snapshot.parts {
        let kept = provider.info().without_credentials(&part.name, &part.bytes);
        let left = String::from_utf8_lossy(&kept);
        for link in &links {
            assert!(
                !left.contains(link),
                "the part {} holds the link outside the credential pointers",
                part.name
            );
        }
    }
}

const RECORDINGS: &[&str] = &[
    "start",
    "start_terminal",
    "start_refused",
    "start_existing",
    "fetch_verdict",
    "fetch_full",
    "fetch_part_missing",
    "fetch_unknown_status",
    "fetch_not_found",
    "renew_link",
    "renew_link_refused",
    "cancel",
    "cancel_again",
    "cancel_refused",
    "redact",
    "redact_again",
    "redact_refused",
    "redact_not_found",
    "list",
    "list_unreadable",
    "restore",
    "restore_refused",
    "retry_session",
    "retry_refused",
    "update",
    "update_refused",
];

/// What somebody could get to see: where it was, and the text.
#[derive(Default)]
struct Shown(Vec<(String, String)>);

impl Shown {
    fn debug(&mut self, what: &str, value: &impl Debug) {
        self.0.push((what.to_owned(), format!("{value:?}")));
    }

    /// An error is shown with all that lies below it.
    fn outcome<T: Debug>(&mut self, what: &str, outcome: &Result<T, idv_core::Error>) {
        self.debug(what, outcome);
        let mut below: Option<&dyn std::error::Error> = match outcome {
            Ok(_) => None,
            Err(error) => Some(error),
        };
        while let Some(error) = below {
            self.0.push((what.to_owned(), error.to_string()));
            below = error.source();
        }
    }

    fn snapshot(&mut self, what: &str, outcome: &Result<Snapshot, idv_core::Error>) {
        if let Ok(snapshot) = outcome {
            self.stored(what, snapshot);
        }
        self.outcome(what, outcome);
    }

    /// The mapped result is stored in the clear.
    fn stored(&mut self, what: &str, snapshot: &Snapshot) {
        let json = serde_json::to_string(&snapshot.mapped).expect("a mapped result serializes");
        self.0.push((format!("{what}, stored"), json));
    }
}

/// Every fixture, sound and cut off in the middle.
fn shown_of_fixtures(exam: &Exam<'_>, shown: &mut Shown, went_in: &mut String) {
    let provider = exam.offline();
    for case in exam.fixtures().cases() {
        went_in.push_str(&String::from_utf8_lossy(&case.bytes));
        let sound = translate(&*provider, case, &case.bytes);
        shown.debug(&case.name, &sound);
        if let Ok(mapped) = &sound {
            let json = serde_json::to_string(mapped).expect("a mapped result serializes");
            shown.0.push((format!("{}, stored", case.name), json));
        }
        let cut = &case.bytes[..case.bytes.len() * 2 / 3];
        shown.debug(&case.name, &translate(&*provider, case, cut));
    }
}

fn answers(exchanges: &Exchanges) -> String {
    let bodies = exchanges.exchanges.iter().map(|one| &one.answer.body);
    bodies
        .map(|body| String::from_utf8_lossy(body).into_owned())
        .collect()
}

fn secrets(link: &UserLink) -> Vec<String> {
    let ways = link.hosted_url.iter().chain(&link.sdk_token);
    ways.map(|way: &Secret| way.expose().clone()).collect()
}
