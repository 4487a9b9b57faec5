//! The master key, replaced while the gateway serves.
#![cfg(test)]

#[path = "world/on_file.rs"]
mod on_file;

use std::sync::Arc;
use std::time::Duration;

use idv_core::{AccountId, ObservationId, Purpose, RequestId, Status};
use idv_engine::crypt::{KeyRing, MasterKey, MasterKeys};
use idv_engine::store::{DataKeyId, DeliveryState, PageRequest, Reads, RequestFilter, Store};
use idv_engine::{Accepted, Engine, OpenError, RequestView};
use idv_sqlite::SqliteStore;
use idv_testkit::ManualClock;
use idv_testkit::fake::{FakeState, FakeVendor};
use on_file::{Mortal, about, is_in_files, open};
use uuid::Uuid;

/// Both master keys, and what else the engines of a test share.
struct Keys {
    old: MasterKey,
    new: MasterKey,
    clock: Arc<ManualClock>,
    vendor: Arc<FakeVendor>,
}

impl Keys {
    fn make() -> Self {
        let clock = ManualClock::noon();
        Self {
            old: MasterKey::generate().unwrap(),
            new: MasterKey::generate().unwrap(),
            vendor: FakeVendor::new(clock.clone()),
            clock,
        }
    }

    fn both(&self) -> MasterKeys {
        MasterKeys {
            current: self.new.clone(),
            earlier: vec![self.old.clone()],
        }
    }

    async fn engine(
        &self,
        store: &Arc<dyn Store>,
        keys: impl Into<MasterKeys>,
    ) -> Result<Engine, OpenError> {
        open(Arc::clone(store), &self.vendor, &self.clock, keys).await
    }
}

async fn request(engine: &Engine, subject: &str) -> RequestId {
    let made = engine.get_or_request(about(subject, subject)).await;
    made.unwrap().request.request.id
}

fn name_in(view: &RequestView) -> String {
    let names = &view.request.person.expose(Purpose::Test).names;
    let name = names.first().unwrap().value.as_present().unwrap();
    name.given_name.clone().unwrap()
}

async fn name_of(engine: &Engine, request: RequestId) -> String {
    name_in(&engine.request(request).await.unwrap().unwrap())
}

/// Every sealed value there is: references, persons, intents, raw bytes.
async fn sealed_values(reads: &dyn Reads) -> Vec<Vec<u8>> {
    let all = PageRequest {
        after: None,
        limit: 1000,
    };
    let requests = reads.requests(&RequestFilter::default(), all).await;
    let mut values = Vec::new();
    for request in requests.unwrap().rows {
        let subject = reads.subject(request.subject).await.unwrap().unwrap();
        values.push(Some(subject.reference));
        values.push(request.person);
        for session in reads.sessions_of(request.id).await.unwrap() {
            values.push(session.intent);
        }
        let all = PageRequest::<ObservationId> {
            after: None,
            limit: 1000,
        };
        let observations = reads.observations_of(request.id, all).await.unwrap();
        for observation in observations.rows {
            values.push(reads.raw_of(observation.id).await.unwrap());
        }
        for event in reads.events_of(request.id).await.unwrap() {
            values.push(Some(event.payload));
        }
    }
    let values = values.into_iter().flatten();
    values.map(|sealed| sealed.as_bytes().to_vec()).collect()
}

/// The id of the data key a value is sealed with stands in front of it, after the format.
async fn wrapping_of(reads: &dyn Reads, sealed: &[u8]) -> Vec<u8> {
    let id = Uuid::from_slice(&sealed[1..17]).unwrap();
    let key = reads.data_key(DataKeyId(id)).await.unwrap().unwrap();
    key.wrapped
}

async fn keys_of(store: &Arc<dyn Store>, master: &MasterKey) -> u64 {
    let counted = store.reads().data_keys_by_master_key().await.unwrap();
    let mut of_this = counted.iter().filter(|(id, _)| *id == master.key_id());
    of_this.next().map_or(0, |(_, keys)| *keys)
}

#[tokio::test]
async fn the_master_key_is_replaced_while_others_serve() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("idv.db");
    let keys = Keys::make();
    let serving: Arc<dyn Store> = Arc::new(SqliteStore::open(&file).await.unwrap());
    let rotating: Arc<dyn Store> = Arc::new(SqliteStore::open(&file).await.unwrap());

    let before = keys.engine(&serving, keys.old.clone()).await.unwrap();
    let first = request(&before, "Ada").await;
    drop(before);
    let values = sealed_values(serving.reads()).await;
    let old_wrapping = wrapping_of(serving.reads(), values.first().unwrap()).await;

    // Servers with both keys, of which one has the order of before the swap.
    let swapped = keys.engine(&serving, keys.both()).await.unwrap();
    let late = MasterKeys {
        current: keys.old.clone(),
        earlier: vec![keys.new.clone()],
    };
    let late = keys.engine(&rotating, late).await.unwrap();
    let rotation = keys.engine(&rotating, keys.both()).await.unwrap();
    let mut told = Vec::new();
    let (rotated, second) = tokio::join!(
        rotation.rotate_master(|so_far| told.push(so_far)),
        request(&swapped, "Grace")
    );
    let rotated = rotated.unwrap();
    assert_eq!(rotated.master_key_id, keys.new.key_id());
    assert_eq!(
        rotated.rewrapped, 2,
        "the account's, and the first subject's"
    );
    assert!(rotated.index_rewrapped && rotated.scrubbed);
    assert_eq!(told.first().unwrap().done, 0);
    assert_eq!(told.last().unwrap().done, 2);

    // One that wraps with the earlier key goes on as well, and what it made is re-wrapped by the next rotation.
    let third = request(&late, "Emmy").await;
    for (id, name) in [(first, "Ada"), (second, "Grace"), (third, "Emmy")] {
        assert_eq!(name_of(&swapped, id).await, name);
        assert_eq!(name_of(&late, id).await, name);
    }
    let again = swapped.rotate_master(|_| {}).await.unwrap();
    assert_eq!((again.rewrapped, again.already), (1, 3));
    assert!(!again.index_rewrapped);

    drop((swapped, late, rotation));
    let after = keys.engine(&serving, keys.new.clone()).await.unwrap();
    assert_eq!(name_of(&after, first).await, "Ada");
    let refused = keys.engine(&serving, keys.old.clone()).await;
    assert!(matches!(refused, Err(OpenError::WrongMasterKey)));

    let values_after = sealed_values(serving.reads()).await;
    let unchanged = values.iter().filter(|value| values_after.contains(value));
    assert_eq!(unchanged.count(), values.len(), "no value was sealed anew");
    assert!(values.len() >= 4);
    assert!(!is_in_files(folder.path(), &old_wrapping));
    let wrapping = wrapping_of(serving.reads(), values.first().unwrap()).await;
    assert!(
        is_in_files(folder.path(), &wrapping),
        "the search finds keys"
    );
}

#[tokio::test]
async fn a_rotation_that_was_killed_half_way_is_finished_by_the_next() {
    let keys = Keys::make();
    let store: Arc<dyn Store> = Arc::new(SqliteStore::in_memory().await.unwrap());
    let before = keys.engine(&store, keys.old.clone()).await.unwrap();
    for number in 0..230 {
        request(&before, &format!("subject-{number}")).await;
    }
    drop(before);
    assert_eq!(keys_of(&store, &keys.old).await, 231);

    let ring = KeyRing::open(&*store, keys.both()).await.unwrap();
    let mortal = Mortal::with(&store, 1, 0);
    ring.rotate(&*mortal, |_| {}).await.unwrap_err();
    let (by_old, by_new) = (
        keys_of(&store, &keys.old).await,
        keys_of(&store, &keys.new).await,
    );
    assert_eq!((by_old, by_new), (31, 200), "it was in the middle of it");

    // Half-way, both keys are needed, and each alone is refused by what it lacks.
    let serving = keys.engine(&store, keys.both()).await.unwrap();
    assert_eq!(all_names(&serving).await.len(), 230);
    for (given, lacks, keys_of_it, index) in [
        (&keys.new, &keys.old, 31, true),
        (&keys.old, &keys.new, 200, false),
    ] {
        match keys.engine(&store, given.clone()).await {
            Err(OpenError::MissingMasterKeys { missing }) => {
                assert_eq!(missing.of_data_keys, [(lacks.key_id(), keys_of_it)]);
                assert_eq!(missing.of_index, index);
                let sentence = missing.to_string();
                assert!(sentence.contains(&lacks.key_id()), "{sentence}");
            }
            other => panic!("{other:?}"),
        }
    }
    let stranger = MasterKey::generate().unwrap();
    let refused = keys.engine(&store, stranger).await;
    assert!(matches!(refused, Err(OpenError::WrongMasterKey)));

    let rotated = ring.rotate(&*store, |_| {}).await.unwrap();
    assert_eq!((rotated.rewrapped, rotated.already), (31, 200));
    assert!(rotated.index_rewrapped);
    let after = keys.engine(&store, keys.new.clone()).await.unwrap();
    assert_eq!(all_names(&after).await.len(), 230);
}

#[tokio::test]
async fn a_rotation_that_was_killed_before_the_index_key_still_asks_for_the_earlier_key() {
    let keys = Keys::make();
    let store: Arc<dyn Store> = Arc::new(SqliteStore::in_memory().await.unwrap());
    let before = keys.engine(&store, keys.old.clone()).await.unwrap();
    request(&before, "Ada").await;
    let ring = KeyRing::open(&*store, keys.both()).await.unwrap();
    // One for the batch, one to see that there is none left, none for the index.
    let mortal = Mortal::with(&store, 2, 0);
    ring.rotate(&*mortal, |_| {}).await.unwrap_err();
    assert_eq!(keys_of(&store, &keys.old).await, 0);
    match keys.engine(&store, keys.new.clone()).await {
        Err(OpenError::MissingMasterKeys { missing }) => assert!(missing.of_index),
        other => panic!("{other:?}"),
    }
    ring.rotate(&*store, |_| {}).await.unwrap();
    keys.engine(&store, keys.new.clone()).await.unwrap();
}

async fn all_names(engine: &Engine) -> Vec<String> {
    let mut names = Vec::new();
    let mut after = None;
    loop {
        let query = idv_engine::RequestQuery {
            limit: 100,
            after,
            ..idv_engine::RequestQuery::default()
        };
        let page = engine.requests(query).await.unwrap();
        names.extend(page.rows.iter().map(name_in));
        after = page.next;
        if after.is_none() {
            return names;
        }
    }
}

#[tokio::test]
async fn a_process_without_the_new_master_key_gives_no_webhook_up() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("idv.db");
    let keys = Keys::make();
    let stores: [Arc<dyn Store>; 2] = [
        Arc::new(SqliteStore::open(&file).await.unwrap()),
        Arc::new(SqliteStore::open(&file).await.unwrap()),
    ];
    let left_behind = keys.engine(&stores[0], keys.old.clone()).await.unwrap();
    let swapped = keys.engine(&stores[1], keys.both()).await.unwrap();
    // Her key is wrapped by the new master key.
    let ada = request(&swapped, "Ada").await;
    let session = keys.vendor.sessions()[0].clone();
    keys.vendor.move_to(&session, FakeState::Approved);

    let account = AccountId::from(on_file::ACCOUNT);
    let webhook = keys.vendor.webhook(&session);
    let accepted = left_behind.accept_webhook(&account, webhook).await.unwrap();
    let Accepted::Stored(delivery) = accepted else {
        panic!("it is new: {accepted:?}");
    };
    left_behind.settle().await;
    let row = stores[0].inbox().delivery(delivery).await.unwrap().unwrap();
    assert_eq!(row.state, DeliveryState::Pending, "{:?}", row.reason);

    keys.clock.advance(Duration::from_secs(3600));
    swapped.settle().await;
    let row = stores[0].inbox().delivery(delivery).await.unwrap().unwrap();
    assert_eq!(row.state, DeliveryState::Done, "{:?}", row.reason);
    let view = swapped.request(ada).await.unwrap().unwrap();
    assert_eq!(view.request.state.status, Status::Passed);
}
