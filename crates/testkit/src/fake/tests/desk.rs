//! What is handed in, changed, taken back, asked again and registered at the fake vendor.

use bytes::Bytes;
use idv_core::{
    CompleteTask as _, DocumentKind, EvidenceRole, Restore as _, Retry as _, RetryScope,
    SessionChange, Update as _, Upload, UploadDocuments as _, WebhookAdmin as _,
};
use serde_json::json;

use super::*;

#[tokio::test]
async fn an_open_check_takes_data_changes_and_files_and_a_decided_one_does_not() {
    let (provider, vendor) = pair();
    let session = start(&provider, "a").await;
    let data = json!({ "answer": 42 });
    let task = "tsk_0001";
    provider.complete_task(&session, task, &data).await.unwrap();
    assert_eq!(vendor.handed_in(&session), [data.clone()]);
    let error = provider.complete_task(&session, "tsk_9", &data).await;
    assert_eq!(error.unwrap_err().kind, ErrorKind::NotFound);
    let error = provider.complete_task(&session, task, &json!("text")).await;
    let kind = error.unwrap_err().kind;
    assert!(matches!(kind, ErrorKind::InvalidInput { .. }), "{kind:?}");

    let mut change = SessionChange::default();
    change.document_kinds = Some(vec![DocumentKind::Passport]);
    provider.update(&session, &change).await.unwrap();
    let changes = vendor.changes(&session);
    assert_eq!(changes, [json!({ "documents": ["passport"] })]);

    let upload = |role| Upload::new(role, "image/png", Bytes::from_static(b"\x89PNG"));
    let front = upload(EvidenceRole::DocumentFront);
    let first = provider.upload(&session, &front).await.unwrap();
    let second = provider.upload(&session, &front).await.unwrap();
    assert_ne!(first.vendor_file_id, second.vendor_file_id);
    let strange = upload(EvidenceRole::Timeline);
    let error = provider.upload(&session, &strange).await;
    let kind = error.unwrap_err().kind;
    assert!(matches!(kind, ErrorKind::Unsupported { .. }), "{kind:?}");

    vendor.move_to(&session, FakeState::Approved);
    let error = provider.update(&session, &change).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Conflict);
    let error = provider.complete_task(&session, task, &data).await;
    assert_eq!(error.unwrap_err().kind, ErrorKind::Conflict);
}

#[tokio::test]
async fn an_erasure_is_taken_back_until_it_is_done() {
    let (provider, vendor) = pair();
    let session = start(&provider, "a").await;
    let error = provider.restore(&session).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Conflict);
    vendor.erase_slowly();
    provider.redact(&session).await.unwrap();
    let restored = provider.restore(&session).await.unwrap();
    assert_eq!(restored.mapped.data_state, Some(DataState::Present));
    vendor.set_data(&session, "erased");
    let error = provider.restore(&session).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Conflict);
}

#[tokio::test]
async fn another_check_is_made_for_a_person_who_has_one_and_only_what_failed_asked_again() {
    let (provider, vendor) = pair();
    assert!(
        provider.abilities().retry.is_none(),
        "unless it is asked for"
    );
    let provider = provider.with_retry();
    let mut intent = intent("a");
    let mut checkpoint = MemoryCheckpoint::new();
    let error = provider.retry(&intent, &mut checkpoint).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);

    let first = start(&provider, "a").await;
    intent.again = RetryScope::WhatFailed;
    vendor.move_to(&first, FakeState::Approved);
    let error = provider.retry(&intent, &mut checkpoint).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Conflict);
    vendor.move_to(&first, FakeState::Declined);
    let second = provider.retry(&intent, &mut checkpoint).await.unwrap();
    assert_ne!(second.session_id, first);
    let again = provider.retry(&intent, &mut checkpoint).await.unwrap();
    assert_eq!(
        again.session_id, second.session_id,
        "the checkpoint is used"
    );
    assert_eq!(vendor.sessions().len(), 2);
}

#[tokio::test]
async fn an_address_is_registered_shown_and_ended() {
    let (provider, _) = pair();
    let error = provider.register_webhook("http://plain.example").await;
    let kind = error.unwrap_err().kind;
    let url = Some("url".to_owned());
    assert_eq!(kind, ErrorKind::InvalidInput { field: url });

    let made = provider.register_webhook("https://a.example/w").await;
    let made = made.unwrap();
    assert!(made.lacks.is_empty() && made.secret.is_some());
    let [shown] = provider.webhooks().await.unwrap().try_into().unwrap();
    assert_eq!((shown.id.as_str(), shown.secret), (made.id.as_str(), None));
    for _ in 0..2 {
        provider.unregister_webhook(&made.id).await.unwrap();
    }
    assert!(provider.webhooks().await.unwrap().is_empty());
}
