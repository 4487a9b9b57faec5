//! A person is erased: here at once, at the vendor as soon as it has said so.
#![cfg(test)]

#[path = "world/on_file.rs"]
mod on_file;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use idv_core::{Actor, ErrorKind, Pii, Purpose, RequestId, SessionId, Status, SubjectRef};
use idv_engine::crypt::{KeyRing, MasterKey, Place};
use idv_engine::store::{
    DataKeyId, DeliveryFilter, DeliveryRow, DeliveryState, EventKind, PageRequest, Sealed, Store,
};
use idv_engine::{
    Accepted, Cancel, CommandError, Engine, EngineSettings, Erase, Erasure, IdempotencyKey,
    RequestQuery, RequestView, VendorErasure, Whom,
};
use idv_sqlite::SqliteStore;
use idv_testkit::ManualClock;
use idv_testkit::fake::{Effect, FakeOptions, FakeProvider, FakeState, FakeVendor, Fault};
use on_file::{ACCOUNT, Mortal, about, is_in_files, open_with};
use tempfile::TempDir;
use uuid::Uuid;

const SUBJECT: &str = "customer-4711";
const NAME: &str = "Ada";

struct Case {
    folder: TempDir,
    store: Arc<dyn Store>,
    clock: Arc<ManualClock>,
    vendor: Arc<FakeVendor>,
    engine: Engine,
    master: MasterKey,
}

impl Case {
    async fn new() -> Self {
        Self::with(|provider| provider, EngineSettings::default(), 0).await
    }

    async fn with(
        change: impl FnOnce(FakeProvider) -> FakeProvider,
        settings: EngineSettings,
        failing_scrubs: u32,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("idv.db");
        let sqlite: Arc<dyn Store> = Arc::new(SqliteStore::open(&file).await.unwrap());
        let store: Arc<dyn Store> = Mortal::with(&sqlite, u32::MAX, failing_scrubs);
        let clock = ManualClock::noon();
        let vendor = FakeVendor::new(clock.clone());
        let provider = change(FakeProvider::new(FakeOptions::default(), vendor.clone()));
        let master = MasterKey::generate().unwrap();
        let engine = open_with(
            Arc::clone(&store),
            provider,
            &clock,
            master.clone(),
            settings,
        )
        .await
        .unwrap();
        Self {
            folder,
            store,
            clock,
            vendor,
            engine,
            master,
        }
    }

    fn files(&self) -> &Path {
        self.folder.path()
    }

    /// A request of the subject that the vendor has approved.
    async fn passed(&self) -> (RequestId, SessionId) {
        let made = self.engine.get_or_request(about(SUBJECT, NAME)).await;
        let request = made.unwrap().request;
        let session = request.sessions[0].session_id.clone().unwrap();
        self.hear_of(&session, FakeState::Approved).await;
        (request.request.id, session)
    }

    async fn hear_of(&self, session: &SessionId, state: FakeState) {
        self.clock.advance(Duration::from_secs(1));
        self.vendor.move_to(session, state);
        self.deliver(self.vendor.webhook(session)).await;
    }

    async fn deliver(&self, webhook: idv_core::webhook::InboundWebhook) -> DeliveryRow {
        let accepted = self.engine.accept_webhook(&ACCOUNT.into(), webhook).await;
        let (Accepted::Stored(id) | Accepted::Duplicate(id)) = accepted.unwrap();
        self.engine.settle().await;
        self.store.inbox().delivery(id).await.unwrap().unwrap()
    }

    async fn erase(&self) -> Result<Erasure, CommandError> {
        self.engine.erase(of_subject()).await
    }

    async fn view(&self, request: RequestId) -> RequestView {
        self.engine.request(request).await.unwrap().unwrap()
    }

    async fn vendor_says(&self, erasure: &Erasure) -> VendorErasure {
        let receipt = self.engine.erasure(erasure.receipt.id).await;
        let receipt = receipt.unwrap().unwrap();
        assert_eq!(receipt.sessions.len(), 1);
        receipt.sessions[0].vendor.clone()
    }

    async fn deliveries(&self) -> Vec<DeliveryRow> {
        let all = PageRequest {
            after: None,
            limit: 100,
        };
        let inbox = self.store.inbox();
        let page = inbox.deliveries(&DeliveryFilter::default(), all).await;
        page.unwrap().rows
    }

    async fn requests_of(&self, subject: &str) -> usize {
        let query = RequestQuery {
            subject: Some(SubjectRef::new(subject)),
            limit: 10,
            ..RequestQuery::default()
        };
        self.engine.requests(query).await.unwrap().rows.len()
    }

    async fn story(&self, request: RequestId) -> Vec<String> {
        let all = PageRequest {
            after: None,
            limit: 100,
        };
        let page = self.engine.timeline(request, all).await.unwrap().unwrap();
        page.rows.into_iter().map(|entry| entry.what).collect()
    }

    async fn announced(&self, request: RequestId) -> Vec<EventKind> {
        let events = self.store.reads().events_of(request).await.unwrap();
        for event in &events {
            let payload = self.engine.event_payload(event).await.unwrap();
            let erased = self.view(request).await.erased_at.is_some();
            assert_eq!(payload.is_none(), erased, "{:?}", event.kind);
        }
        events.into_iter().map(|event| event.kind).collect()
    }

    /// Everything about a request that is sealed under the subject's key.
    async fn sealed_values(&self, request: RequestId) -> Vec<(Place, Sealed)> {
        let reads = self.store.reads();
        let row = reads.request(request).await.unwrap().unwrap();
        let subject = reads.subject(row.subject).await.unwrap().unwrap();
        let at = |column, row| Place { column, row };
        let mut values = vec![
            (
                at("subjects.reference", subject.id.0),
                Some(subject.reference),
            ),
            (at("requests.person", request.as_uuid()), row.person),
        ];
        for session in reads.sessions_of(request).await.unwrap() {
            let place = at("sessions.intent", session.key.as_uuid());
            values.push((place, session.intent));
        }
        let all = PageRequest {
            after: None,
            limit: 100,
        };
        let observations = reads.observations_of(request, all).await.unwrap();
        for observation in observations.rows {
            let place = at("observations.raw", observation.id.as_uuid());
            values.push((place, reads.raw_of(observation.id).await.unwrap()));
        }
        for event in reads.events_of(request).await.unwrap() {
            let place = at("events.payload", event.id.as_uuid());
            values.push((place, Some(event.payload)));
        }
        for delivery in self.deliveries().await {
            let place = at("inbox.body", delivery.id.as_uuid());
            values.push((place, Some(delivery.body)));
        }
        let values = values.into_iter();
        values
            .filter_map(|(at, sealed)| Some((at, sealed?)))
            .collect()
    }

    /// How many of these somebody opens who holds the master key.
    async fn opened(&self, values: &[(Place, Sealed)]) -> usize {
        let ring = KeyRing::open(&*self.store, self.master.clone()).await;
        let ring = ring.unwrap();
        let mut opened = 0;
        for (place, sealed) in values {
            let outcome = ring.open_value(&*self.store, *place, sealed).await;
            opened += usize::from(outcome.is_ok());
        }
        opened
    }

    /// The wrapped key of whoever a value is about, by the key's id that stands in front of the value.
    async fn wrapped_key(&self, (_, sealed): &(Place, Sealed)) -> Option<Vec<u8>> {
        let id = DataKeyId(Uuid::from_slice(&sealed.as_bytes()[1..17]).unwrap());
        let key = self.store.reads().data_key(id).await.unwrap();
        key.map(|key| key.wrapped)
    }
}

fn staff() -> Actor {
    Actor::Staff("staff-7".into())
}

fn erase(whom: Whom) -> Erase {
    Erase {
        whom,
        actor: staff(),
        idempotency_key: None,
    }
}

fn of_subject() -> Erase {
    erase(Whom::Subject {
        reference: SubjectRef::new(SUBJECT),
        environment: None,
    })
}

#[tokio::test]
async fn the_key_of_an_erased_person_occurs_nowhere_and_nothing_of_theirs_opens() {
    let case = Case::new().await;
    let (request, _) = case.passed().await;
    let values = case.sealed_values(request).await;
    assert!(values.len() >= 7, "{}", values.len());
    assert_eq!(case.opened(&values).await, values.len());
    let wrapped = case.wrapped_key(&values[0]).await.unwrap();
    assert!(is_in_files(case.files(), &wrapped), "the search finds keys");
    assert_eq!(case.requests_of(SUBJECT).await, 1);

    let erasure = case.erase().await.unwrap();
    assert!(!is_in_files(case.files(), &wrapped));
    assert_eq!(case.opened(&values).await, 0);
    for value in &values {
        assert_eq!(case.wrapped_key(value).await, None, "its key is gone");
    }
    assert_eq!(erasure.receipt.requests, [request]);
    assert_eq!(erasure.receipt.actor, staff());

    // The decision stays, about nobody.
    let left = case.view(request).await;
    assert_eq!(left.request.state.status, Status::Passed);
    assert_eq!(left.erased_at, Some(erasure.receipt.erased_at));
    let nobody = SubjectRef::new("[redacted]");
    assert_eq!(left.request.subject, nobody);
    assert!(left.request.person.expose(Purpose::Test).is_empty());
    assert_eq!(
        case.requests_of(SUBJECT).await,
        0,
        "nobody finds them again"
    );
    let story = case.story(request).await;
    assert!(story.contains(&"subject_erased".to_owned()), "{story:?}");
    let announced = case.announced(request).await;
    assert!(announced.contains(&EventKind::Passed), "no gaps");

    // The same reference is somebody new.
    let again = case.engine.get_or_request(about(SUBJECT, NAME)).await;
    let again = again.unwrap();
    assert!(again.created);
    assert_ne!(again.request.request.id, request);
}

#[tokio::test]
async fn a_person_with_an_open_request_is_not_erased() {
    let case = Case::new().await;
    let made = case.engine.get_or_request(about(SUBJECT, NAME)).await;
    let request = made.unwrap().request.request.id;
    match case.erase().await {
        Err(CommandError::OpenRequest { request: open }) => assert_eq!(open, request),
        other => panic!("{other:?}"),
    }
    assert!(
        !case
            .view(request)
            .await
            .request
            .person
            .expose(Purpose::Test)
            .is_empty()
    );

    let cancel = Cancel {
        request,
        actor: staff(),
        reason: Pii::new("asked to leave".to_owned()),
        idempotency_key: None,
    };
    case.engine.cancel(cancel).await.unwrap();
    case.engine.settle().await;
    case.erase().await.unwrap();
    let left = case.view(request).await;
    assert_eq!(left.request.state.status, Status::Cancelled);
}

#[tokio::test]
async fn nobody_is_erased_before_it_is_known_what_the_vendor_holds() {
    let case = Case::new().await;
    let lost = Fault::of_kind(&ErrorKind::Unavailable, Effect::Taken);
    case.vendor.fail_next(lost);
    let _ = case.engine.get_or_request(about(SUBJECT, NAME)).await;
    let page = case.engine.requests(RequestQuery {
        limit: 1,
        ..RequestQuery::default()
    });
    let request = page.await.unwrap().rows.remove(0);
    assert_eq!(request.sessions[0].session_id, None, "the answer was lost");
    let cancel = Cancel {
        request: request.request.id,
        actor: staff(),
        reason: Pii::new("asked to leave".to_owned()),
        idempotency_key: None,
    };
    case.engine.cancel(cancel).await.unwrap();
    match case.erase().await {
        Err(CommandError::BeingStarted { request: starting }) => {
            assert_eq!(starting, request.request.id);
        }
        other => panic!("{other:?}"),
    }
    case.clock.advance(Duration::from_secs(3600));
    case.engine.settle().await;
    let erasure = case.erase().await.unwrap();
    case.engine.settle().await;
    assert_eq!(case.vendor_says(&erasure).await, VendorErasure::Confirmed);
}

#[tokio::test]
async fn a_vendor_that_erases_at_once_has_confirmed() {
    let case = Case::new().await;
    let (request, _) = case.passed().await;
    let erasure = case.erase().await.unwrap();
    assert_eq!(case.vendor_says(&erasure).await, VendorErasure::Asked);
    assert!(!erasure.receipt.is_settled());
    case.engine.settle().await;
    assert_eq!(case.vendor_says(&erasure).await, VendorErasure::Confirmed);
    assert_eq!(case.vendor.calls("erase_check"), 1);
    let left = case.view(request).await.request;
    assert_eq!(
        left.state.status,
        Status::Passed,
        "the verdict outlives the data"
    );
    let announced = case.announced(request).await;
    let redacted = announced.iter().filter(|k| **k == EventKind::Redacted);
    assert_eq!(redacted.count(), 1);
}

#[tokio::test]
async fn a_vendor_that_takes_its_time_is_followed_until_it_has_erased() {
    let case = Case::new().await;
    let (request, session) = case.passed().await;
    case.vendor.erase_slowly();
    let erasure = case.erase().await.unwrap();
    for _ in 0..20 {
        case.engine.settle().await;
        assert_eq!(case.vendor_says(&erasure).await, VendorErasure::Pending);
        case.clock.advance(Duration::from_secs(3600));
    }
    assert!(!case.announced(request).await.contains(&EventKind::Redacted));
    case.vendor.set_data(&session, "erased");
    case.clock.advance(Duration::from_secs(5 * 3600));
    case.engine.settle().await;
    assert_eq!(case.vendor_says(&erasure).await, VendorErasure::Confirmed);
    assert!(case.announced(request).await.contains(&EventKind::Redacted));
    assert_eq!(case.store.jobs().count().await.unwrap(), 0);
    let story = case.story(request).await;
    let said = story.iter().filter(|what| *what == "redaction_requested");
    assert_eq!(
        said.count(),
        2,
        "what it says is written down once: {story:?}"
    );
}

#[tokio::test]
async fn a_vendor_that_never_confirms_has_failed_until_it_says_otherwise() {
    let mut settings = EngineSettings::default();
    settings.max_attempts = 5;
    let case = Case::with(|provider| provider, settings, 0).await;
    let (_, session) = case.passed().await;
    case.vendor.erase_slowly();
    let erasure = case.erase().await.unwrap();
    for _ in 0..10 {
        case.engine.settle().await;
        case.clock.advance(Duration::from_secs(5 * 3600));
    }
    let failed = VendorErasure::Failed {
        reason: "not_confirmed".to_owned(),
    };
    assert_eq!(case.vendor_says(&erasure).await, failed);
    assert_eq!(case.store.jobs().count().await.unwrap(), 0);

    case.vendor.set_data(&session, "erased");
    case.deliver(case.vendor.webhook(&session)).await;
    assert_eq!(case.vendor_says(&erasure).await, VendorErasure::Confirmed);
}

#[tokio::test]
async fn a_vendor_that_has_no_such_session_has_not_erased_it() {
    let case = Case::new().await;
    let (_, session) = case.passed().await;
    case.vendor.forget(&session);
    let erasure = case.erase().await.unwrap();
    case.engine.settle().await;
    let failed = VendorErasure::Failed {
        reason: ErrorKind::NotFound.as_word().to_owned(),
    };
    assert_eq!(case.vendor_says(&erasure).await, failed);
    assert_eq!(case.store.jobs().count().await.unwrap(), 0);
}

#[tokio::test]
async fn a_vendor_that_cannot_erase_is_said_so_in_the_receipt() {
    let settings = EngineSettings::default();
    let case = Case::with(FakeProvider::without_redact, settings, 0).await;
    let (_, session) = case.passed().await;
    let erasure = case.erase().await.unwrap();
    assert_eq!(
        case.vendor_says(&erasure).await,
        VendorErasure::NotSupported
    );
    assert!(erasure.receipt.is_settled());
    let told = &erasure.receipt.sessions[0];
    assert_eq!(told.session_id, Some(session), "to be found at the vendor");
    case.engine.settle().await;
    assert_eq!(case.vendor.calls("erase_check"), 0);
}

#[tokio::test]
async fn a_webhook_that_comes_later_brings_nobody_back() {
    let case = Case::new().await;
    let (request, session) = case.passed().await;
    let late = case.vendor.webhook(&session);
    let first = case.deliver(late.clone()).await;
    case.erase().await.unwrap();
    case.engine.settle().await;
    for delivery in case.deliveries().await {
        assert!(delivery.body.as_bytes().is_empty(), "{delivery:?}");
    }

    // The same again, which wakes up what was emptied; and news.
    let again = case.deliver(late).await;
    assert_eq!(again.id, first.id);
    assert_eq!(again.state, DeliveryState::Done, "{:?}", again.reason);
    case.clock.advance(Duration::from_secs(1));
    let news = case.deliver(case.vendor.webhook(&session)).await;
    assert_eq!(news.state, DeliveryState::Done, "{:?}", news.reason);
    for delivery in case.deliveries().await {
        assert!(delivery.body.as_bytes().is_empty(), "{delivery:?}");
    }
    let keys = case.store.reads().data_keys_by_master_key().await.unwrap();
    let number: u64 = keys.iter().map(|(_, keys)| keys).sum();
    assert_eq!(number, 1, "the account's, and nobody's");
    let left = case.view(request).await;
    assert_eq!(left.request.subject, SubjectRef::new("[redacted]"));
    assert!(left.request.person.expose(Purpose::Test).is_empty());
    assert_eq!(case.requests_of(SUBJECT).await, 0);
}

#[tokio::test]
async fn webhooks_that_were_given_up_are_emptied_too() {
    let case = Case::new().await;
    let (_, session) = case.passed().await;
    let from_live = |number: u32| {
        let event = format!(
            r#"{{"object":"event","id":"ev_live_{number}","type":"check.changed","at":"2026-11-20T12:00:00Z","live":true,"check_id":"{session}","name":"{NAME}"}}"#
        );
        case.vendor.signed(event)
    };
    let dead = case.deliver(from_live(1)).await;
    assert_eq!(dead.state, DeliveryState::Dead);
    assert!(!dead.body.as_bytes().is_empty(), "an operator may look");
    let erasure = case.erase().await.unwrap();
    assert_eq!(erasure.receipt.emptied_deliveries, 2, "a done one and this");
    let dead = case.store.inbox().delivery(dead.id).await.unwrap().unwrap();
    assert!(dead.body.as_bytes().is_empty());

    let late = case.deliver(from_live(2)).await;
    assert_eq!(late.state, DeliveryState::Dead);
    assert!(late.body.as_bytes().is_empty());
}

#[tokio::test]
async fn an_erasure_that_is_asked_for_again_is_the_same_erasure() {
    let case = Case::new().await;
    let (request, _) = case.passed().await;
    let key = |key: &str| {
        Some(IdempotencyKey {
            scope: "app".into(),
            key: key.into(),
        })
    };
    let mut command = of_subject();
    command.idempotency_key = key("one");
    let first = case.engine.erase(command.clone()).await.unwrap();
    let again = case.engine.erase(command).await.unwrap();
    assert!(!first.replayed && again.replayed);
    assert_eq!(first.receipt.id, again.receipt.id);

    let mut other = erase(Whom::SubjectOf(request));
    let refused = case.engine.erase(other.clone()).await;
    assert!(matches!(refused, Err(CommandError::Erased)));
    other.idempotency_key = key("one");
    let refused = case.engine.erase(other).await;
    assert!(matches!(refused, Err(CommandError::KeyReused)));
    let refused = case.erase().await;
    assert!(matches!(refused, Err(CommandError::UnknownSubject)));
}

#[tokio::test]
async fn a_person_is_erased_by_one_of_their_requests() {
    let case = Case::new().await;
    let (first, _) = case.passed().await;
    let (second, _) = case.passed().await;
    let by_request = erase(Whom::SubjectOf(second));
    let erasure = case.engine.erase(by_request).await.unwrap();
    assert_eq!(erasure.receipt.requests, [first, second]);
    for request in [first, second] {
        assert!(
            case.view(request)
                .await
                .request
                .person
                .expose(Purpose::Test)
                .is_empty()
        );
    }
}

#[tokio::test]
async fn a_key_that_could_not_be_cleaned_from_the_files_is_cleaned_later() {
    let case = Case::with(|provider| provider, EngineSettings::default(), 1).await;
    let (request, _) = case.passed().await;
    let values = case.sealed_values(request).await;
    let wrapped = case.wrapped_key(&values[0]).await.unwrap();
    case.erase().await.unwrap();
    assert!(is_in_files(case.files(), &wrapped), "there is work left");
    case.clock.advance(Duration::from_secs(120));
    case.engine.settle().await;
    assert!(!is_in_files(case.files(), &wrapped));
    assert_eq!(case.store.jobs().count().await.unwrap(), 0);
}

#[tokio::test]
async fn who_was_not_heard_of_for_long_is_erased_by_policy_and_nobody_else() {
    let week = Duration::from_secs(7 * 24 * 3600);
    let mut settings = EngineSettings::default();
    settings.policy.erase_after = Some(week);
    let case = Case::with(|provider| provider, settings, 0).await;
    let (old, _) = case.passed().await;
    case.clock.advance(week / 2);
    let made = case.engine.get_or_request(about("open", "Grace")).await;
    let open = made.unwrap().request.request.id;
    assert_eq!(case.engine.erase_at_rest(100).await.unwrap(), 0);
    case.clock.advance(week / 2 + Duration::from_secs(1));
    assert_eq!(case.engine.sweep().await.unwrap().erased, 1);
    assert!(case.view(old).await.erased_at.is_some());
    assert_eq!(case.engine.erase_at_rest(100).await.unwrap(), 0);
    case.clock.advance(week * 2);
    assert_eq!(case.engine.erase_at_rest(100).await.unwrap(), 0);
    assert_eq!(case.view(open).await.erased_at, None, "it is open");
}
