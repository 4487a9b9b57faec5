//! Reminding the subject, and the mails that go out.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use idv_core::{OrganizationId, Purpose, RequestId, Status};
use idv_engine::store::EventKind;
use idv_engine::{Cancel, CommandError, Mail, MailError, MailKind, Mailer, Remind};
use idv_testkit::fake::FakeState;

use super::{ada, asking, key, staff, view, words};
use crate::world::{Options, World};

/// Keeps the mails it is given, and fails as often as it is told to.
#[derive(Debug, Default)]
pub(super) struct RecordingMailer {
    tried: Mutex<Vec<Mail>>,
    failures: Mutex<VecDeque<MailError>>,
    sent: Mutex<Vec<Mail>>,
}

impl RecordingMailer {
    pub(super) fn sent(&self) -> Vec<Mail> {
        self.sent.lock().unwrap().clone()
    }

    fn tried(&self) -> Vec<Mail> {
        self.tried.lock().unwrap().clone()
    }

    fn fail_next(&self, retryable: bool) {
        self.failures.lock().unwrap().push_back(MailError {
            retryable,
            reason: "the mail server said no",
        });
    }
}

#[async_trait]
impl Mailer for RecordingMailer {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        self.tried.lock().unwrap().push(mail.clone());
        if let Some(failure) = self.failures.lock().unwrap().pop_front() {
            return Err(failure);
        }
        self.sent.lock().unwrap().push(mail.clone());
        Ok(())
    }
}

fn remind(request: RequestId) -> Remind {
    Remind {
        request,
        actor: staff(),
        idempotency_key: None,
    }
}

/// A request of somebody who can be written to.
async fn writable() -> Option<(World, Arc<RecordingMailer>, RequestId)> {
    let mailer = Arc::new(RecordingMailer::default());
    let world = World::open(Options {
        mailer: Some(mailer.clone()),
        ..Options::default()
    })
    .await?;
    let mut command = asking("subject-1");
    command.person = ada();
    command.organization = Some(OrganizationId::new("company-1"));
    command.reason = Some("onboarding_company".to_owned());
    let made = world.engine.get_or_request(command).await.unwrap();
    Some((world, mailer, made.request.request.id))
}

#[tokio::test]
async fn a_subject_who_must_act_is_reminded_by_an_event_and_a_mail() {
    let Some((world, mailer, id)) = writable().await else {
        return;
    };
    world.engine.remind(remind(id)).await.unwrap();
    assert_eq!(
        world.kinds_told(id).await.last(),
        Some(&EventKind::ReminderDue)
    );
    assert!(mailer.tried().is_empty(), "mails go out after the commit");
    world.engine.settle().await;
    let sent = mailer.sent();
    assert_eq!(sent.len(), 1);
    let mail = &sent[0];
    assert_eq!((mail.kind, mail.request), (MailKind::Reminder, id));
    assert_eq!(mail.to.expose(Purpose::Test), "ada@example.com");
    assert_eq!(
        mail.given_name.as_ref().unwrap().expose(Purpose::Test),
        "Ada"
    );
    assert_eq!(mail.language.as_deref(), Some("fr"));
    assert_eq!(mail.organization, Some(OrganizationId::new("company-1")));
    assert_eq!(mail.reason.as_deref(), Some("onboarding_company"));
    assert_eq!(world.store.jobs().count().await.unwrap(), 0);
}

#[tokio::test]
async fn nobody_is_reminded_while_somebody_else_must_act() {
    let Some((world, mailer, id)) = writable().await else {
        return;
    };
    let session = world.vendor.sessions()[0].clone();
    for state in [FakeState::Checking, FakeState::Review, FakeState::Approved] {
        world.hear_of(&session, state).await;
        let status = view(&world, id).await.request.state.status;
        let error = world.engine.remind(remind(id)).await.unwrap_err();
        assert!(
            matches!(&error, CommandError::NotAwaitingSubject { status: named } if *named == status),
            "{error:?}"
        );
    }
    world.engine.settle().await;
    assert!(mailer.tried().is_empty());
    let kinds = world.kinds_told(id).await;
    assert!(!kinds.contains(&EventKind::ReminderDue), "{kinds:?}");
}

#[tokio::test]
async fn a_mail_that_did_not_go_out_is_sent_again_under_the_same_id() {
    let Some((world, mailer, id)) = writable().await else {
        return;
    };
    mailer.fail_next(true);
    mailer.fail_next(true);
    world.engine.remind(remind(id)).await.unwrap();
    for _ in 0..4 {
        world.engine.settle().await;
        world.clock.advance(Duration::from_secs(10));
    }
    let tried = mailer.tried();
    assert_eq!((tried.len(), mailer.sent().len()), (3, 1));
    assert!(
        tried
            .iter()
            .all(|mail| mail.message_id == tried[0].message_id)
    );
    world.engine.remind(remind(id)).await.unwrap();
    world.engine.settle().await;
    assert_ne!(
        mailer.sent()[1].message_id,
        tried[0].message_id,
        "another mail"
    );
}

#[tokio::test]
async fn a_mail_that_can_never_go_out_is_not_tried_again() {
    let Some((world, mailer, id)) = writable().await else {
        return;
    };
    mailer.fail_next(false);
    world.engine.remind(remind(id)).await.unwrap();
    for _ in 0..3 {
        world.engine.settle().await;
        world.clock.advance(Duration::from_secs(3600));
    }
    assert_eq!((mailer.tried().len(), mailer.sent().len()), (1, 0));
    assert_eq!(world.store.jobs().count().await.unwrap(), 0);
}

#[tokio::test]
async fn somebody_without_an_address_is_reminded_by_the_event_alone() {
    let mailer = Arc::new(RecordingMailer::default());
    let options = Options {
        mailer: Some(mailer.clone()),
        ..Options::default()
    };
    let Some(world) = World::open(options).await else {
        return;
    };
    let id = world.request_of("subject-1").await.request.request.id;
    world.engine.remind(remind(id)).await.unwrap();
    world.engine.settle().await;
    assert!(mailer.tried().is_empty());
    assert_eq!(
        world.kinds_told(id).await.last(),
        Some(&EventKind::ReminderDue)
    );
}

#[tokio::test]
async fn a_reminder_of_what_is_over_by_then_is_not_sent() {
    let Some((world, mailer, id)) = writable().await else {
        return;
    };
    mailer.fail_next(true);
    world.engine.remind(remind(id)).await.unwrap();
    world.engine.settle().await;
    let cancel = Cancel {
        request: id,
        actor: staff(),
        reason: words("not wanted"),
        idempotency_key: None,
    };
    world.engine.cancel(cancel).await.unwrap();
    world.clock.advance(Duration::from_secs(60));
    world.engine.settle().await;
    assert!(mailer.sent().is_empty());
    assert_eq!(
        view(&world, id).await.request.state.status,
        Status::Cancelled
    );
}

#[tokio::test]
async fn one_key_reminds_once() {
    let Some((world, mailer, id)) = writable().await else {
        return;
    };
    let mut command = remind(id);
    command.idempotency_key = key("remind-1");
    assert!(!world.engine.remind(command.clone()).await.unwrap().replayed);
    assert!(world.engine.remind(command).await.unwrap().replayed);
    world.engine.settle().await;
    assert_eq!(mailer.sent().len(), 1);
}

#[tokio::test]
async fn a_mail_waits_for_a_replica_that_can_send_it() {
    let Some((mut world, mailer, id)) = writable().await else {
        return;
    };
    world.engine.remind(remind(id)).await.unwrap();
    world.options.mailer = None;
    world.restart().await;
    world.engine.settle().await;
    assert!(mailer.tried().is_empty());

    world.options.mailer = Some(mailer.clone());
    world.restart().await;
    world.clock.advance(Duration::from_secs(3600));
    world.engine.settle().await;
    assert_eq!(mailer.sent().len(), 1);
}
