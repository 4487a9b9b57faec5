//! An engine, a vendor, and persons who are marked all over.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use idv_core::{
    AccountId, Actor, Name, OrganizationId, Person, PersonRecord, Pii, Provenance, RequestId,
    SessionId, Sourced, Status, SubjectRef,
};
use idv_engine::crypt::{MasterKey, MasterKeys};
use idv_engine::store::{KeyOwner, Store};
use idv_engine::{
    CommandError, Engine, EngineSettings, Erase, GetOrRequest, IdempotencyKey, Mail, MailError,
    Mailer, Whom,
};
use idv_testkit::ManualClock;
use idv_testkit::fake::{FakeOptions, FakeProvider, FakeState, FakeVendor};
use idv_tests::simulated::engine;

/// In every free text of the person, and of whoever speaks about them.
pub(crate) const MARK: &str = "Zyxomark";
/// What the fake vendor reads off a document.
pub(crate) const READ_OFF: &str = "Fakeperson";
/// What may be found, to see that the search finds things.
pub(crate) const ORGANIZATION: &str = "organization-of-the-search";
pub(crate) const ACCOUNT: &str = "fake-eu";

/// Takes mails, and keeps whom they went to.
#[derive(Default)]
pub(crate) struct Post(pub(crate) Mutex<Vec<Mail>>);

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

pub(crate) struct World {
    pub(crate) store: Arc<dyn Store>,
    clock: Arc<ManualClock>,
    pub(crate) vendor: Arc<FakeVendor>,
    pub(crate) post: Arc<Post>,
    pub(crate) engine: Engine,
    pub(crate) refusals: Mutex<String>,
}

pub(crate) fn staff() -> Actor {
    Actor::Staff("staff-7".into())
}

pub(crate) fn marked(what: &str) -> Pii<String> {
    Pii::new(format!("{MARK} {what}"))
}

pub(crate) fn key(number: u32) -> Option<IdempotencyKey> {
    Some(IdempotencyKey {
        scope: "app".into(),
        key: format!("{MARK}-{number}"),
    })
}

pub(crate) fn person() -> Person {
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
    pub(crate) async fn over(store: Arc<dyn Store>) -> Self {
        Self::with_keys(store, MasterKey::generate().unwrap()).await
    }

    pub(crate) async fn with_keys(store: Arc<dyn Store>, keys: impl Into<MasterKeys>) -> Self {
        let clock = ManualClock::noon();
        let vendor = FakeVendor::new(clock.clone());
        Self::open(store, clock, vendor, keys).await
    }

    /// The same world, seen by another engine with other keys.
    pub(crate) async fn again_with_keys(&self, keys: impl Into<MasterKeys>) -> Self {
        let (clock, vendor) = (self.clock.clone(), self.vendor.clone());
        Self::open(self.store.clone(), clock, vendor, keys).await
    }

    async fn open(
        store: Arc<dyn Store>,
        clock: Arc<ManualClock>,
        vendor: Arc<FakeVendor>,
        keys: impl Into<MasterKeys>,
    ) -> Self {
        let settings = EngineSettings::default();
        let post = Arc::new(Post::default());
        let provider = Arc::new(FakeProvider::new(FakeOptions::default(), vendor.clone()));
        let engine = engine(
            store.clone(),
            keys,
            ACCOUNT,
            provider,
            clock.clone(),
            settings,
        )
        .await
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
    pub(crate) async fn ask_for(&self, number: u32) -> (RequestId, SessionId) {
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

    pub(crate) async fn hear_of(&self, session: &SessionId, state: FakeState) {
        self.clock.advance(Duration::from_secs(1));
        self.vendor.move_to(session, state);
        self.deliver(self.vendor.webhook(session)).await;
    }

    pub(crate) async fn deliver(&self, webhook: idv_core::webhook::InboundWebhook) {
        let account = AccountId::from(ACCOUNT);
        let taken = self.engine.accept_webhook(&account, webhook).await;
        taken.unwrap();
        self.engine.settle().await;
    }

    /// What is refused says why, and quotes nobody.
    pub(crate) fn refused<T>(&self, outcome: Result<T, CommandError>) {
        let Err(error) = outcome else {
            panic!("it was not refused");
        };
        let mut refusals = self.refusals.lock().unwrap();
        refusals.push_str(&format!("{error} {error:?}\n"));
    }

    pub(crate) async fn status(&self, request: RequestId) -> Status {
        let view = self.engine.request(request).await.unwrap().unwrap();
        view.request.state.status
    }

    /// The wrapped key of the subject of a request.
    pub(crate) async fn wrapped_key(&self, request: RequestId) -> Option<Vec<u8>> {
        let row = self.store.reads().request(request).await.unwrap().unwrap();
        let mut unit = self.store.begin().await.unwrap();
        let owner = KeyOwner::Subject(row.subject);
        let key = unit.data_key_of(&owner).await.unwrap();
        key.map(|key| key.wrapped)
    }
}

pub(crate) fn of_subject(reference: SubjectRef) -> Erase {
    Erase {
        whom: Whom::Subject {
            reference,
            environment: None,
        },
        actor: staff(),
        idempotency_key: key(91),
    }
}
