//! Clauses about what some vendors can do and others cannot.

mod cancel;
mod complete_task;
mod evidence;
mod list;
mod missed_events;
mod redact;
mod restore;
mod retry;
mod update;
mod upload;
mod webhook_admin;

pub use cancel::*;
pub use complete_task::*;
pub use evidence::*;
pub use list::*;
pub use missed_events::*;
pub use redact::*;
pub use restore::*;
pub use retry::*;
pub use update::*;
pub use upload::*;
pub use webhook_admin::*;

use idv_core::{Repeat, TransportFailure};

use super::examination::Exam;
use super::subject::ContractSubject;
use crate::replay::{Asked, Injection, ReplayTransport};

/// The abilities that have clauses, and the recordings that exercise each.
const EXERCISED: &[(&str, &[&str])] = &[
    ("cancel", &["cancel", "cancel_again", "cancel_refused"]),
    ("complete_task", &["complete_task", "complete_task_refused"]),
    (
        "evidence",
        &["evidence_list", "evidence_open", "evidence_not_found"],
    ),
    ("list", &["list", "list_unreadable"]),
    ("missed_events", &["missed_events", "missed_events_refused"]),
    (
        "redact",
        &[
            "redact",
            "redact_again",
            "redact_refused",
            "redact_not_found",
        ],
    ),
    ("restore", &["restore", "restore_refused"]),
    (
        "retry",
        &[
            "retry_session",
            "retry_session_resumed",
            "retry_what_failed",
            "retry_steps",
            "retry_refused",
        ],
    ),
    ("update", &["update", "update_refused"]),
    ("upload_documents", &["upload", "upload_refused"]),
    (
        "webhook_admin",
        &[
            "webhooks",
            "webhooks_register",
            "webhooks_register_refused",
            "webhooks_unregister",
        ],
    ),
];

/// An ability that is declared has recordings, and one with recordings is declared. An ability without a clause
/// must not be declared: nobody would know whether it works.
pub async fn declared_abilities_are_exercised_and_absent_ones_are_none(
    subject: &dyn ContractSubject,
) {
    let exam = Exam::of(subject);
    let provider = exam.offline();
    let declared = provider.abilities().words();
    for word in &declared {
        assert!(
            EXERCISED.iter().any(|(exercised, _)| exercised == word),
            "{word} is declared, and the contract has no clause for it"
        );
    }
    for (word, recordings) in EXERCISED {
        for recording in *recordings {
            assert_eq!(
                exam.has_exchanges(recording),
                declared.contains(word),
                "{word} is {}declared; exchanges/{recording}.json says otherwise",
                if declared.contains(word) { "" } else { "not " }
            );
        }
    }
}

/// Calls that only read, before and after one that must be sent once: each may be repeated freely, and none creates.
fn assert_only_read<'a>(subject: &dyn ContractSubject, calls: impl IntoIterator<Item = &'a Asked>) {
    for asked in calls {
        let operation = asked.call.operation;
        assert_ne!(operation, "unnamed", "a call has a name");
        assert_eq!(asked.call.repeat, Repeat::Safe, "{operation} only reads");
        assert!(
            !subject.creates(&asked.to_request()),
            "{operation} makes a session"
        );
    }
}

/// The one call that does it, and which of them it was, counted from 1. All others only read.
///
/// # Panics
/// If more than one call, or none, does more than reading, or the one may be sent again.
fn the_one_call(
    what: &str,
    subject: &dyn ContractSubject,
    replay: &ReplayTransport,
) -> (usize, Asked) {
    let asked = replay.asked();
    let does = |asked: &&Asked| asked.call.repeat != Repeat::Safe;
    let found: Vec<_> = asked.iter().filter(does).collect();
    let [one] = found.as_slice() else {
        let operations: Vec<_> = found.iter().map(|asked| asked.call.operation).collect();
        panic!("{what}: not one call that does it, but {operations:?}");
    };
    assert_eq!(
        one.call.repeat,
        Repeat::Never,
        "{what}: {} would do it again",
        one.call.operation
    );
    assert_only_read(
        subject,
        asked
            .iter()
            .filter(|asked| asked.call.repeat == Repeat::Safe),
    );
    let number = asked.iter().position(|asked| does(&asked));
    (number.expect("it was just found") + 1, (*one).clone())
}

/// The same recording, with the answer to the call of this number lost.
fn losing_the_answer(
    exam: &Exam<'_>,
    recording: &str,
    number: usize,
) -> std::sync::Arc<ReplayTransport> {
    let replay = ReplayTransport::new(exam.exchanges(recording));
    replay.inject(number, Injection::AnswerLost(TransportFailure::Timeout));
    replay
}
