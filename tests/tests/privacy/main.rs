//! One marked person goes through every command, on both stores. The mark comes out nowhere; and once the person was
//! erased, neither does their key.
#![cfg(test)]

mod searched;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use idv_core::{
    AccountId, Actor, Name, OrganizationId, Person, PersonRecord, Pii, Provenance, Purpose,
    RequestId, SessionId, Sourced, Status, SubjectRef,
};
use idv_engine::crypt::MasterKey;
use idv_engine::store::{KeyOwner, Store};
use idv_engine::{
    Account, Accounts, Bypass, Cancel, CancelAndRecreate, CancelBySession, CommandError, Engine,
    EngineSettings, Environment, Erase, GetOrRequest, IdempotencyKey, Mail, MailError, Mailer,
    Refresh, Remind, RequestQuery, ResolveReview, Unmatched, Update, VendorErasure, Whom,
};
use idv_testkit::ManualClock;
use idv_testkit::fake::{FakeOptions, FakeProvider, FakeState, FakeVendor};
use searched::{Searched, logs, postgres, sqlite};

/// In every free text of the person, and of whoever speaks about them.
const MARK: &str = "Zyxomark";
/// What the fake vendor reads off a document.
const READ_OFF: &str = "Fakeperson";
/// What may be found, to see that the search finds things.
const ORGANIZATION: &str = "organization-of-the-search";
const ACCOUNT: &str = "fake-eu";

/// Takes mails, and keeps whom they went to.
#[derive(Default)]
struct Post(Mutex<Vec<Mail>>);

impl std::fmt::Debug for Post {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Post")
    }
}

#[async_trait]
impl Mailer for Post {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        self.0.lock().unwrap().push(mail.clone());
        Ok(())
    }
}

struct World {
    store: Arc<dyn Store>,
    clock: Arc<ManualClock>,
    vendor: Arc<FakeVendor>,
    post: Arc<Post>,
    engine: Engine,
    refusals: Mutex<String>,
}

fn staff() -> Actor {
    Actor::Staff("staff-7".into())
}

fn marked(what: &str) -> Pii<String> {
    Pii::new(format!("{MARK} {what}"))
}

fn key(number: u32) -> Option<IdempotencyKey> {
    Some(IdempotencyKey {
        scope: "app".into(),
        key: format!("{MARK}-{number}"),
    })
}

fn person() -> Person {
    let mut name = Name::default();
    name.given_name = Some(MARK.to_owned());
    name.family_name = Some(format!("Von {MARK}"));
    let claimed = Provenance::Claimed;
    let mut record = PersonRecord::default();
    record.names.push(Sourced::present(name, claimed.clone()));
    let address = format!("{MARK}@example.org");
    record.emails.push(Sourced::present(address, claimed));
    Person::new(record)
}

impl World {
    async fn over(store: Arc<dyn Store>) -> Self {
        let clock = ManualClock::noon();
        let vendor = FakeVendor::new(clock.clone());
        let account = Account {
            id: AccountId::from(ACCOUNT),
            provider: Arc::new(FakeProvider::new(FakeOptions::default(), vendor.clone())),
            environment: Environment::Sandbox,
            can_fetch: true,
            unmatched: Unmatched::Park,
            siblings: Vec::new(),
        };
        let accounts = Accounts::new(vec![account], Some(AccountId::from(ACCOUNT)));
        let master = MasterKey::generate().unwrap();
        let settings = EngineSettings::default();
        let post = Arc::new(Post::default());
        let engine = Engine::open(store.clone(), accounts, master, clock.clone(), settings)
            .await
            .unwrap()
            .with_mailer(post.clone());
        Self {
            store,
            clock,
            vendor,
            post,
            engine,
            refusals: Mutex::default(),
        }
    }

    /// Asks for a verification of a person with this number.
    async fn ask_for(&self, number: u32) -> (RequestId, SessionId) {
        let subject = SubjectRef::new(format!("{MARK}-{number}@example.org"));
        let mut command = GetOrRequest::new(subject, Actor::ApiKey("app".into()));
        command.person = person();
        command.organization = Some(OrganizationId::new(ORGANIZATION));
        command.return_url = Some(format!("https://app.example/{MARK}"));
        command.template = Some(format!("template {MARK}"));
        command.idempotency_key = key(number);
        let made = self.engine.get_or_request(command).await.unwrap();
        let session = made.request.sessions.last().unwrap();
        (made.request.request.id, session.session_id.clone().unwrap())
    }

    async fn hear_of(&self, session: &SessionId, state: FakeState) {
        self.clock.advance(Duration::from_secs(1));
        self.vendor.move_to(session, state);
        self.deliver(self.vendor.webhook(session)).await;
    }

    async fn deliver(&self, webhook: idv_core::webhook::InboundWebhook) {
        let account = AccountId::from(ACCOUNT);
        let taken = self.engine.accept_webhook(&account, webhook).await;
        taken.unwrap();
        self.engine.settle().await;
    }

    /// What is refused says why, and quotes nobody.
    fn refused<T>(&self, outcome: Result<T, CommandError>) {
        let Err(error) = outcome else {
            panic!("it was not refused");
        };
        let mut refusals = self.refusals.lock().unwrap();
        refusals.push_str(&format!("{error} {error:?}\n"));
    }

    async fn status(&self, request: RequestId) -> Status {
        let view = self.engine.request(request).await.unwrap().unwrap();
        view.request.state.status
    }

    /// Every command there is, about persons that are marked all over.
    async fn go_through_everything(&self) -> Vec<RequestId> {
        // Create, correct, look, remind; then fail, begin anew, and be granted a pass.
        let (first, session) = self.ask_for(1).await;
        let mut update = Update::new(first, staff());
        update.person = Some(person());
        update.idempotency_key = key(11);
        self.engine.update(update).await.unwrap();
        let refresh = Refresh {
            request: first,
            actor: staff(),
        };
        self.engine.refresh(refresh).await.unwrap();
        let remind = Remind {
            request: first,
            actor: staff(),
            idempotency_key: key(12),
        };
        self.engine.remind(remind).await.unwrap();
        self.engine.settle().await;
        self.hear_of(&session, FakeState::Declined).await;
        let anew = CancelAndRecreate {
            request: first,
            actor: staff(),
            comment: marked("shall try again"),
            idempotency_key: key(13),
        };
        let anew = self.engine.cancel_and_recreate(anew).await.unwrap();
        let second = anew.request.request.id;
        self.engine.settle().await;
        let bypass = Bypass {
            request: second,
            actor: staff(),
            comment: marked("is known to us"),
            idempotency_key: key(14),
        };
        self.engine.bypass(bypass).await.unwrap();
        assert_eq!(self.status(second).await, Status::Passed);

        // Be reviewed by us.
        let (reviewed, session) = self.ask_for(2).await;
        self.hear_of(&session, FakeState::ReviewByClient).await;
        let resolve = ResolveReview {
            request: reviewed,
            actor: staff(),
            passed: true,
            comment: marked("looks fine"),
            idempotency_key: key(21),
        };
        self.engine.resolve_review(resolve).await.unwrap();
        assert_eq!(self.status(reviewed).await, Status::Passed);

        // Be withdrawn, by request and by session.
        let (withdrawn, _) = self.ask_for(3).await;
        let cancel = Cancel {
            request: withdrawn,
            actor: staff(),
            reason: marked("has left"),
            idempotency_key: key(31),
        };
        self.engine.cancel(cancel).await.unwrap();
        let (by_session, session) = self.ask_for(4).await;
        let mut unit = self.store.begin().await.unwrap();
        let cancel = CancelBySession {
            account: AccountId::from(ACCOUNT),
            session,
            actor: staff(),
            reason: marked("has left too"),
        };
        let done = self
            .engine
            .cancel_by_session(unit.as_unit_of_work(), cancel)
            .await;
        done.unwrap();
        unit.commit().await.unwrap();
        self.engine.settle().await;
        vec![first, second, reviewed, withdrawn, by_session]
    }

    /// What is refused, and what cannot be read.
    async fn spoil(&self, request: RequestId) {
        for name in [format!("{MARK} Doe"), format!("{MARK}@example.org")] {
            let cancel = Cancel {
                request,
                actor: Actor::Staff(name),
                reason: marked("has left"),
                idempotency_key: None,
            };
            self.refused(self.engine.cancel(cancel).await);
        }
        let bypass = Bypass {
            request,
            actor: staff(),
            comment: Pii::new(MARK.repeat(1000)),
            idempotency_key: None,
        };
        self.refused(self.engine.bypass(bypass).await);
        let subject = SubjectRef::new(MARK.repeat(100));
        let command = GetOrRequest::new(subject, staff());
        self.refused(self.engine.get_or_request(command).await);
        let reference = SubjectRef::new(format!("{MARK} is unknown"));
        self.refused(self.engine.erase(of_subject(reference)).await);
        for body in [
            format!("{{\"object\":\"event\",\"{MARK}\":\"{MARK}\"}}"),
            format!("{{\"object\":\"{MARK}\",\"id\":\"{MARK}\"}}"),
            MARK.to_owned(),
        ] {
            self.deliver(self.vendor.signed(body)).await;
        }
    }

    /// The wrapped key of the subject of a request.
    async fn wrapped_key(&self, request: RequestId) -> Option<Vec<u8>> {
        let row = self.store.reads().request(request).await.unwrap().unwrap();
        let mut unit = self.store.begin().await.unwrap();
        let owner = KeyOwner::Subject(row.subject);
        let key = unit.data_key_of(&owner).await.unwrap();
        key.map(|key| key.wrapped)
    }
}

fn of_subject(reference: SubjectRef) -> Erase {
    Erase {
        whom: Whom::Subject {
            reference,
            environment: None,
        },
        actor: staff(),
        idempotency_key: key(91),
    }
}

async fn a_marked_person_leaves_no_mark(searched: Searched) {
    let world = World::over(searched.store.clone()).await;
    let requests = world.go_through_everything().await;
    world.spoil(requests[0]).await;

    // They did go through: the engine gives them back, and the mails went to them.
    let all = RequestQuery {
        limit: 100,
        ..RequestQuery::default()
    };
    let views = world.engine.requests(all.clone()).await.unwrap().rows;
    assert_eq!(views.len(), requests.len());
    for view in &views {
        let record = view.request.person.expose(Purpose::Test);
        let email = record.emails[0].value.as_present().unwrap();
        assert!(email.contains(MARK));
    }
    let cancelled = views.iter().filter_map(|v| v.request.cancellation.as_ref());
    assert_eq!(cancelled.count(), 3);
    let mails = world.post.0.lock().unwrap().len();
    assert_eq!(mails, 2, "a reminder, and one about beginning anew");

    searched.holds_no(&[MARK, READ_OFF]);
    assert!(
        searched.has(ORGANIZATION.as_bytes()),
        "the search finds things"
    );
    let refusals = world.refusals.lock().unwrap().clone();
    assert!(refusals.lines().count() >= 5 && !refusals.contains(MARK));
    assert!(!format!("{views:?} {:?}", world.engine).contains(MARK));

    // Erased, neither the mark nor the key is left, and the decisions are.
    for request in &requests {
        if let Some(wrapped) = world.wrapped_key(*request).await {
            assert!(searched.has(&wrapped), "the search finds keys");
            let erase = Erase {
                whom: Whom::SubjectOf(*request),
                actor: staff(),
                idempotency_key: None,
            };
            world.engine.erase(erase).await.unwrap();
            assert!(!searched.has(&wrapped), "a destroyed key is left");
        }
    }
    world.engine.settle().await;
    for view in world.engine.requests(all).await.unwrap().rows {
        assert!(view.erased_at.is_some());
        assert_eq!(view.request.subject, SubjectRef::new("[redacted]"));
        assert!(view.request.person.expose(Purpose::Test).is_empty());
        assert!(view.request.state.status.is_final());
    }
    searched.holds_no(&[MARK, READ_OFF]);

    let logs = logs();
    assert!(!logs.contains(MARK) && !logs.contains(READ_OFF));
    for told in ["a person was erased", "\"DEBUG\"", "\"WARN\""] {
        assert!(logs.contains(told), "{told} is in the logs");
    }
}

async fn what_a_vendor_said_about_an_erasure_names_nobody(searched: Searched) {
    let world = World::over(searched.store.clone()).await;
    let (request, session) = world.ask_for(5).await;
    world.hear_of(&session, FakeState::Approved).await;
    let subject = SubjectRef::new(format!("{MARK}-5@example.org"));
    let erasure = world.engine.erase(of_subject(subject)).await.unwrap();
    world.engine.settle().await;
    let receipt = world.engine.erasure(erasure.receipt.id).await.unwrap();
    let receipt = receipt.unwrap();
    assert_eq!(receipt.sessions[0].vendor, VendorErasure::Confirmed);
    assert!(!format!("{receipt:?}").contains(MARK));
    world.deliver(world.vendor.webhook(&session)).await;
    assert_eq!(world.status(request).await, Status::Passed);
    searched.holds_no(&[MARK, READ_OFF]);
}

idv_testkit::on_every_store! {
    sqlite: super::sqlite();
    postgres: super::postgres();
    a_marked_person_leaves_no_mark
    what_a_vendor_said_about_an_erasure_names_nobody
}
