//! Every file of the shared samples, and what it must become. The table was written before the first run.
#![cfg(test)]

use std::collections::BTreeSet;

use bytes::Bytes;
use http::HeaderMap;
use idv_core::webhook::{InboundWebhook, KeyLabel, SigningKey};
use idv_core::{
    Concern, DataState, IdProvider, Kind, Mapped, Secret, SessionId, Status, StepStatus,
};
use idv_stripe::{StripeConfig, StripeProvider};
use idv_testkit::{ManualClock, shared_samples};

/// What a file becomes.
struct Case {
    file: &'static str,
    translated: Translated,
    /// What it means as the body of a signed webhook.
    as_webhook: AsWebhook,
}

/// What `translate` makes of it, without being told the kind.
enum Translated {
    Session(Session),
    /// The session an event carries.
    Event(Session),
    /// An event without a session in it, and the session it names.
    Notification(Option<&'static str>),
    /// A report: its session, the steps with their findings.
    Report(
        &'static str,
        &'static [(&'static str, &'static [&'static str])],
    ),
    List(&'static [Translated]),
    Error(&'static str),
    Other,
    NotOfThisVendor,
    NotJson,
}

struct Session {
    id: &'static str,
    status: Status,
    summary: &'static str,
    findings: &'static [&'static str],
    data_state: DataState,
}

enum AsWebhook {
    /// About a session, with its status or, in a notification, without.
    About(&'static str, Option<Status>),
    Nothing,
    Unreadable,
}

const fn awaiting(id: &'static str) -> Session {
    Session {
        id,
        status: Status::AwaitingUser,
        summary: "created",
        findings: &[],
        data_state: DataState::Present,
    }
}

const fn passed(id: &'static str) -> Session {
    Session {
        id,
        status: Status::Passed,
        summary: "passed",
        findings: &[],
        data_state: DataState::Present,
    }
}

const fn expired_document(id: &'static str) -> Session {
    Session {
        id,
        status: Status::RetryRequired,
        summary: "started",
        findings: &["document_expired"],
        data_state: DataState::Present,
    }
}

const fn cancelled(id: &'static str, data_state: DataState) -> Session {
    Session {
        id,
        status: Status::Cancelled,
        summary: "cancelled",
        findings: &[],
        data_state,
    }
}

const LICENCE_PASSED: &[(&str, &[&str])] = &[("document passed", &[])];

const CASES: &[Case] = &[
    Case {
        file: "INDEX.md",
        translated: Translated::NotJson,
        as_webhook: AsWebhook::Unreadable,
    },
    Case {
        file: "constructed_event_v2_thin_identity_verified.json",
        translated: Translated::Notification(Some("vs_constructed_1")),
        as_webhook: AsWebhook::About("vs_constructed_1", None),
    },
    Case {
        file: "error_400_idempotency.json",
        translated: Translated::Error("conflict"),
        as_webhook: AsWebhook::Unreadable,
    },
    Case {
        file: "error_404_resource_missing_api.json",
        translated: Translated::Error("not_found"),
        as_webhook: AsWebhook::Unreadable,
    },
    Case {
        file: "error_404_resource_missing_with_log_url.json",
        translated: Translated::Error("not_found"),
        as_webhook: AsWebhook::Unreadable,
    },
    Case {
        file: "error_429_lock_timeout.json",
        translated: Translated::Error("conflict"),
        as_webhook: AsWebhook::Unreadable,
    },
    Case {
        file: "event_fixture_ga_non_identity.json",
        translated: Translated::Notification(None),
        as_webhook: AsWebhook::Nothing,
    },
    Case {
        file: "event_processing_full_envelope.json",
        translated: Translated::Event(Session {
            id: "vs_fake_1",
            status: Status::Processing,
            summary: "started",
            findings: &[],
            data_state: DataState::Present,
        }),
        as_webhook: AsWebhook::About("vs_fake_1", Some(Status::Processing)),
    },
    Case {
        file: "event_requires_input_full_envelope.json",
        translated: Translated::Event(expired_document("vs_fake_1")),
        as_webhook: AsWebhook::About("vs_fake_1", Some(Status::RetryRequired)),
    },
    Case {
        file: "event_verified_recorded_livemode_2026.json",
        translated: Translated::Event(passed("vs_1U1u0LPHdBXq957OAhfG5WGq")),
        as_webhook: AsWebhook::About("vs_1U1u0LPHdBXq957OAhfG5WGq", Some(Status::Passed)),
    },
    Case {
        file: "file_link_fixture_ga.json",
        translated: Translated::Other,
        as_webhook: AsWebhook::Unreadable,
    },
    Case {
        file: "file_retrieve.json",
        translated: Translated::Other,
        as_webhook: AsWebhook::Unreadable,
    },
    Case {
        file: "report_fixture_ga.json",
        translated: Translated::Report("vs_1Pgc76B7WZ01zgkW1uXbT3Y9", LICENCE_PASSED),
        as_webhook: AsWebhook::Unreadable,
    },
    Case {
        file: "report_list.json",
        translated: Translated::List(&[Translated::Report(
            "vs_NhaxYCqOE27AqaUTxbIZOnHw",
            LICENCE_PASSED,
        )]),
        as_webhook: AsWebhook::Unreadable,
    },
    Case {
        file: "report_retrieve.json",
        translated: Translated::Report("vs_NhaxYCqOE27AqaUTxbIZOnHw", LICENCE_PASSED),
        as_webhook: AsWebhook::Unreadable,
    },
    Case {
        file: "session_cancel.json",
        translated: Translated::Session(cancelled(
            "vs_1NuN3kLkdIwHu7ixk5OvTq3b",
            DataState::Present,
        )),
        as_webhook: AsWebhook::Unreadable,
    },
    Case {
        file: "session_create_recorded_testmode_2025.json",
        translated: Translated::Session(awaiting("vs_1RWx7vFkz2A7XNTilUfYxhop")),
        as_webhook: AsWebhook::Unreadable,
    },
    Case {
        file: "session_fixture_ga.json",
        // Its redaction is under way; its `last_error` has two null members and is none.
        translated: Translated::Session(Session {
            id: "vs_1Pgc76B7WZ01zgkWBdQi8PTU",
            status: Status::Passed,
            summary: "passed",
            findings: &[],
            data_state: DataState::RedactionPending,
        }),
        as_webhook: AsWebhook::Unreadable,
    },
    Case {
        file: "session_list.json",
        translated: Translated::List(&[Translated::Session(awaiting(
            "vs_1NuNAILkdIwHu7ixh7OtGMLw",
        ))]),
        as_webhook: AsWebhook::Unreadable,
    },
    Case {
        file: "session_redact_processing.json",
        translated: Translated::Session(cancelled(
            "vs_1NuN3kLkdIwHu7ixk5OvTq3b",
            DataState::RedactionPending,
        )),
        as_webhook: AsWebhook::Unreadable,
    },
    Case {
        file: "session_requires_input_document_expired.json",
        translated: Translated::Session(expired_document("vs_orWziM4j7CiRL8J4vQmXgW2w")),
        as_webhook: AsWebhook::Unreadable,
    },
    Case {
        file: "session_retrieve_requires_input.json",
        translated: Translated::Session(awaiting("vs_1NuNAILkdIwHu7ixh7OtGMLw")),
        as_webhook: AsWebhook::Unreadable,
    },
    Case {
        file: "session_update_id_number.json",
        translated: Translated::Session(awaiting("vs_1NuN9WLkdIwHu7ix597AR9uz")),
        as_webhook: AsWebhook::Unreadable,
    },
    Case {
        file: "session_verified_outputs_with_dob.json",
        translated: Translated::Session(passed("vs_test_123")),
        as_webhook: AsWebhook::Unreadable,
    },
    Case {
        file: "session_verified_with_outputs.json",
        translated: Translated::Session(passed("vs_orWziM4j7CiRL8J4vQmXgW2w")),
        as_webhook: AsWebhook::Unreadable,
    },
    Case {
        // A file about signatures, not an object of the vendor.
        file: "signature_vectors.json",
        translated: Translated::NotOfThisVendor,
        as_webhook: AsWebhook::Unreadable,
    },
    Case {
        file: "webhook_endpoint_deleted_fixture_ga.json",
        translated: Translated::Other,
        as_webhook: AsWebhook::Unreadable,
    },
    Case {
        file: "webhook_endpoint_fixture_ga.json",
        translated: Translated::Other,
        as_webhook: AsWebhook::Unreadable,
    },
    Case {
        file: "webhook_signed_customer_created.json",
        translated: Translated::Notification(None),
        as_webhook: AsWebhook::Nothing,
    },
];

const SECRET: &str = "whsec_samples";

fn provider() -> StripeProvider {
    let label = KeyLabel::new("samples");
    let key = SigningKey::new(label, Secret::from(SECRET)).unwrap();
    let mut config = StripeConfig::default();
    config.webhook_secrets.push(key);
    StripeProvider::receiver(config, ManualClock::noon())
}

fn read(folder: &std::path::Path, file: &str) -> Vec<u8> {
    std::fs::read(folder.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

#[test]
fn the_table_names_every_sample() {
    let Some(folder) = shared_samples("stripe", CASES.len()) else {
        return;
    };
    let there: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let named: BTreeSet<String> = CASES.iter().map(|case| case.file.to_owned()).collect();
    assert_eq!(named.len(), CASES.len(), "a file is named twice");
    assert_eq!(there, named);
}

#[test]
fn every_sample_is_translated_as_the_table_says() {
    let Some(folder) = shared_samples("stripe", CASES.len()) else {
        return;
    };
    let provider = provider();
    for case in CASES {
        let result = provider.translate(None, &read(&folder, case.file));
        match (&case.translated, result) {
            (Translated::NotJson, Err(error)) => {
                assert!(error.to_string().starts_with("not JSON"), "{}", case.file);
            }
            (Translated::NotOfThisVendor, Err(error)) => {
                let text = error.to_string();
                assert!(text.contains("not of this provider"), "{}", case.file);
            }
            (expected, Ok(mapped)) => check(case.file, expected, &mapped),
            (_, Err(error)) => panic!("{}: {error}", case.file),
        }
    }
}

fn check(file: &str, expected: &Translated, mapped: &Mapped) {
    assert_eq!(mapped.unknown, [], "{file}");
    match expected {
        Translated::Session(session) => {
            assert_eq!(mapped.kind, Kind::Session, "{file}");
            check_session(file, session, mapped);
        }
        Translated::Event(session) => {
            assert_eq!(mapped.kind, Kind::Webhook, "{file}");
            check_session(file, session, mapped);
        }
        Translated::Notification(session) => {
            assert_eq!(mapped.kind, Kind::Webhook, "{file}");
            assert_eq!(mapped.session_id.as_ref().map(SessionId::as_str), *session);
            assert_eq!(mapped.status, None, "{file}");
        }
        Translated::Report(session, steps) => {
            assert_eq!(mapped.kind, Kind::Report, "{file}");
            assert_eq!(mapped.session_id.as_ref().unwrap().as_str(), *session);
            assert_eq!(mapped.status, None, "{file}: a report has no verdict");
            let found: Vec<(String, Vec<String>)> = mapped
                .steps
                .iter()
                .map(|step| {
                    let findings = step.findings.iter().map(|f| f.code.to_string());
                    (format!("{} {}", step.kind, step.status), findings.collect())
                })
                .collect();
            let expected: Vec<(String, Vec<String>)> = steps
                .iter()
                .map(|(step, findings)| {
                    let findings = findings.iter().map(|code| (*code).to_owned());
                    ((*step).to_owned(), findings.collect())
                })
                .collect();
            assert_eq!(found, expected, "{file}");
            assert!(mapped.steps.iter().all(|s| s.status == StepStatus::Passed));
        }
        Translated::List(items) => {
            assert_eq!(mapped.kind, Kind::List, "{file}");
            assert_eq!(mapped.items.len(), items.len(), "{file}");
            for (expected, item) in items.iter().zip(&mapped.items) {
                check(file, expected, item);
            }
        }
        Translated::Error(kind) => {
            assert_eq!(mapped.kind, Kind::Error, "{file}");
            assert_eq!(
                mapped.error_kind.as_ref().unwrap().as_word(),
                *kind,
                "{file}"
            );
        }
        Translated::Other => {
            assert_eq!(mapped.kind, Kind::Other, "{file}");
            assert_eq!(mapped.status, None, "{file}");
        }
        Translated::NotOfThisVendor | Translated::NotJson => {
            panic!("{file}: should not have been readable")
        }
    }
}

fn check_session(file: &str, expected: &Session, mapped: &Mapped) {
    assert_eq!(mapped.session_id.as_ref().unwrap().as_str(), expected.id);
    let status = mapped.status.as_ref().unwrap();
    assert_eq!(*status, expected.status, "{file}");
    let summary = status.summary(mapped.subject_started).as_word();
    assert_eq!(summary, expected.summary, "{file}");
    let findings: Vec<String> = mapped.findings.iter().map(|f| f.code.to_string()).collect();
    assert_eq!(findings, expected.findings, "{file}");
    assert_eq!(
        mapped.data_state.as_ref(),
        Some(&expected.data_state),
        "{file}"
    );
    assert_eq!(mapped.steps, [], "{file}: nothing but a report has steps");
}

#[tokio::test]
async fn every_sample_as_a_signed_webhook_means_what_the_table_says() {
    let Some(folder) = shared_samples("stripe", CASES.len()) else {
        return;
    };
    let provider = provider();
    for case in CASES {
        let body = Bytes::from(read(&folder, case.file));
        let now = ManualClock::NOON;
        let signature = idv_simulator::stripe::sign(SECRET, &body, now.as_unix_secs());
        let mut headers = HeaderMap::new();
        headers.insert("stripe-signature", signature.parse().unwrap());
        let inbound = InboundWebhook::new(headers, body, now);
        let verified = provider.verify(&inbound).await.unwrap();
        match (&case.as_webhook, provider.interpret(&verified)) {
            (AsWebhook::Unreadable, Err(_)) => {}
            (AsWebhook::Nothing, Ok(event)) => {
                assert!(
                    matches!(event.concern, Concern::Nothing { .. }),
                    "{}",
                    case.file
                );
                assert!(event.payload.is_none(), "{}", case.file);
            }
            (AsWebhook::About(session, status), Ok(event)) => {
                assert_eq!(event.concern, Concern::Session((*session).into()));
                let payload = event.payload.as_ref();
                let found = payload.and_then(|mapped| mapped.status.as_ref());
                assert_eq!(found, status.as_ref(), "{}", case.file);
            }
            (_, result) => panic!("{}: {result:?}", case.file),
        }
    }
}
