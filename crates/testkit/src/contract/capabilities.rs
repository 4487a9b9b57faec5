//! Clauses about what a provider says it has.

use std::collections::BTreeSet;

use idv_core::{Capabilities, Concern, Depth, Finding, Kind, Mapped, Purpose, SessionId};

use super::examination::{Exam, expect_ok};
use super::subject::{ContractSubject, Signer};
use super::translate::translate;
use super::verify::accepted;

/// Each list is in the order of its words, holds each value once, and nothing that nobody has listed.
pub async fn capabilities_are_sorted_and_hold_each_value_once(subject: &dyn ContractSubject) {
    let capabilities = Exam::of(subject).offline().capabilities();
    let tidied = capabilities.clone().tidied();
    assert_eq!(capabilities, tidied, "see Capabilities::tidied");
}

/// What is listed is what the recordings show, no less and no more: the statuses, the steps, the reasons, the kinds of
/// document and the files. So a row of a table that leads to a new word is in the list, and a word without a row is not.
pub async fn capabilities_are_what_the_recordings_show(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let mut shown = Words::default();
    let provider = exam.offline();
    for case in exam.fixtures().cases() {
        if let Ok(mapped) = translate(&*provider, case, &case.bytes) {
            shown.take(&mapped);
        }
    }
    let (provider, _) = exam.over("fetch_full");
    let fetched = provider.fetch(&exam.session(), Depth::Full).await;
    shown.take(&expect_ok("fetch", fetched).mapped);
    shown.take_evidence(&exam).await;

    let listed = Words::of(&exam.offline().capabilities());
    let complaints: Vec<String> = listed
        .lists()
        .into_iter()
        .zip(shown.lists())
        .flat_map(|((what, listed), (_, shown))| {
            let unlisted = shown.difference(listed);
            let unlisted =
                unlisted.map(move |word| format!("{what}: {word} is shown, and not listed"));
            let unshown = listed.difference(shown);
            let unshown =
                unshown.map(move |word| format!("{what}: {word} is listed, and nothing shows it"));
            unlisted.chain(unshown).collect::<Vec<_>>()
        })
        .collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// Each type of webhook that is listed as leading to something is recorded, and does. One that leads to nothing is not
/// listed as if it did.
pub async fn webhook_types_are_what_the_recordings_show(subject: &dyn ContractSubject) {
    let exam = Exam::of(subject);
    let listed = exam.offline().capabilities().webhooks;
    let mut about_sessions = BTreeSet::new();
    for case in exam.fixtures().cases() {
        if case.expectation.kind != Kind::Webhook {
            continue;
        }
        let Some((event_type, concern)) = interpreted(&exam, &case.bytes).await else {
            continue;
        };
        let concerns_session = concern.is_some();
        let known = listed.iter().find(|one| one.event_type == event_type);
        let name = &case.name;
        // A type that nobody has listed yet may be about a session all the same.
        if let Some(known) = known {
            assert_eq!(
                known.concerns_session, concerns_session,
                "{name}: {event_type} is listed otherwise"
            );
        }
        // The one that is known to be about a session must not be missing.
        if *name == exam.facts.webhook {
            assert!(known.is_some(), "{name}: {event_type} is not listed");
        }
        if concerns_session {
            about_sessions.insert(event_type);
        }
    }
    for one in listed.iter().filter(|one| one.concerns_session) {
        assert!(
            about_sessions.contains(one.event_type),
            "{} is listed, and no fixture shows it",
            one.event_type
        );
    }
    assert!(!about_sessions.is_empty(), "no fixture is about a session");
}

/// The type of an event and the session it is about; none if it could not be read.
async fn interpreted(exam: &Exam<'_>, body: &[u8]) -> Option<(String, Option<SessionId>)> {
    let webhook = exam.webhook(Signer::Current, body, exam.now());
    let provider = exam.verifier();
    let verified = accepted("a signed webhook", &*provider, &webhook).await;
    let event = provider.interpret(&verified).ok()?;
    let session = match event.concern {
        Concern::Session(session) => Some(session),
        _ => None,
    };
    Some((event.event_type, session))
}

#[derive(Default)]
struct Words {
    statuses: BTreeSet<String>,
    steps: BTreeSet<String>,
    reasons: BTreeSet<String>,
    document_kinds: BTreeSet<String>,
    evidence: BTreeSet<String>,
}

impl Words {
    fn of(capabilities: &Capabilities) -> Self {
        let words = |list: &mut dyn Iterator<Item = std::borrow::Cow<'_, str>>| {
            list.map(std::borrow::Cow::into_owned).collect()
        };
        Self {
            statuses: words(&mut capabilities.statuses.iter().map(|one| one.as_word())),
            steps: words(&mut capabilities.steps.iter().map(|one| one.as_word())),
            reasons: words(&mut capabilities.reasons.iter().map(|one| one.as_word())),
            document_kinds: words(&mut capabilities.document_kinds.iter().map(|one| one.as_word())),
            evidence: words(&mut capabilities.evidence.iter().map(|one| one.as_word())),
        }
    }

    fn lists(&self) -> [(&'static str, &BTreeSet<String>); 5] {
        [
            ("statuses", &self.statuses),
            ("steps", &self.steps),
            ("reasons", &self.reasons),
            ("document kinds", &self.document_kinds),
            ("evidence", &self.evidence),
        ]
    }

    fn take(&mut self, mapped: &Mapped) {
        let status = mapped.status.iter().filter(|one| !one.is_unknown());
        self.statuses
            .extend(status.map(|one| one.as_word().into_owned()));
        self.take_findings(&mapped.findings);
        for step in &mapped.steps {
            if !step.kind.is_unknown() {
                self.steps.insert(step.kind.as_word().into_owned());
            }
            self.take_findings(&step.findings);
        }
        self.take_files(&mapped.evidence);
        if let Some(person) = &mapped.person {
            let documents = person.expose(Purpose::Test).documents.iter();
            let kinds = documents.filter_map(|one| one.value.as_present()?.kind.as_ref());
            let known = kinds.filter(|one| !one.is_unknown());
            self.document_kinds
                .extend(known.map(|one| one.as_word().into_owned()));
        }
        for item in &mapped.items {
            self.take(item);
        }
    }

    fn take_findings(&mut self, findings: &[Finding]) {
        let codes = findings.iter().map(|one| &one.code);
        let known = codes.filter(|one| !matches!(one, idv_core::ReasonCode::Unclassified(_)));
        self.reasons
            .extend(known.map(|one| one.as_word().into_owned()));
    }

    fn take_files(&mut self, files: &[idv_core::EvidenceFile]) {
        let known = files.iter().filter(|one| !one.role.is_unknown());
        self.evidence
            .extend(known.map(|one| one.role.as_word().into_owned()));
    }

    async fn take_evidence(&mut self, exam: &Exam<'_>) {
        if exam.offline().abilities().evidence.is_none() {
            return;
        }
        let (provider, _) = exam.over("evidence_list");
        let ability = provider.abilities().evidence.expect("declared above");
        let list = ability.list_evidence(&exam.session()).await;
        self.take_files(&expect_ok("list the evidence", list).files);
    }
}
