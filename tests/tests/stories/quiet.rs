//! The vendor's last webhook of a story never comes: an Onfido run that ends without one, a Plaid receiver that was away
//! for more than a day, an event of Stripe's that was lost. The verdict arrives all the same.

use std::sync::Arc;
use std::time::Duration;

use idv_core::{
    AccountId, Actor, Clock as _, IdProvider, Name, Person, PersonRecord, Provenance, Secret,
    Sourced, SubjectRef,
};
use idv_engine::crypt::MasterKey;
use idv_engine::store::{InboxCounts, MissedWebhookFilter, PageRequest, Store};
use idv_engine::{Account, Accounts, Engine, EngineSettings, Environment, GetOrRequest, Unmatched};
use idv_sqlite::SqliteStore;
use idv_testkit::ManualClock;
use idv_testkit::replay::{Exchange, Exchanges, ReplayTransport};
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::table::{Cell, TABLE};
use crate::vendor::{Vendor, exchange};
use crate::{onfido, plaid, stripe};

const API: &str = "https://vendor.example";
const HOUR: Duration = Duration::from_secs(3600);

/// The options of an account as its table in the configuration has them.
fn options<T: DeserializeOwned>(vendor: &dyn Vendor) -> T {
    let table: toml::Table = vendor.account(API).parse().unwrap();
    let options = table["accounts"]["identity"]["options"].clone();
    options.try_into().unwrap()
}

struct Quiet {
    engine: Engine,
    clock: Arc<ManualClock>,
    replay: Arc<ReplayTransport>,
    status: &'static str,
}

impl Quiet {
    /// A request of which the vendor tells nothing after the link was given out. `more`: what it answers besides.
    async fn begin(
        vendor: &dyn Vendor,
        more: Vec<Exchange>,
        provider: impl FnOnce(Arc<ReplayTransport>, Arc<ManualClock>) -> Arc<dyn IdProvider>,
    ) -> Self {
        let story = TABLE[0].story;
        let Cell::Shows(moments) = vendor.cell(&TABLE[0]) else {
            panic!("{} cannot tell of a pass", vendor.name());
        };
        let mut exchanges = vendor.beginning(story, story);
        let last = vendor.scenes(story).pop().unwrap();
        exchanges.extend(last.answers);
        exchanges.extend(more);
        let replay = ReplayTransport::new(Exchanges::of(vendor.name(), exchanges));
        let clock = ManualClock::noon();
        let account = Account {
            id: AccountId::from("identity"),
            provider: provider(replay.clone(), clock.clone()),
            environment: Environment::Sandbox,
            can_fetch: true,
            unmatched: Unmatched::Park,
            siblings: Vec::new(),
            health: None,
        };
        let accounts = Accounts::new(vec![account], Some(AccountId::from("identity")));
        let store: Arc<dyn Store> = Arc::new(SqliteStore::in_memory().await.unwrap());
        let master = MasterKey::generate().unwrap();
        let settings = EngineSettings::default();
        let engine = Engine::open(store, accounts, master, clock.clone(), settings)
            .await
            .unwrap();
        let actor = Actor::ApiKey("test".into());
        let mut command = GetOrRequest::new(SubjectRef::new(story), actor.clone());
        let mut name = Name::default();
        name.given_name = Some("Sjoukje".to_owned());
        name.family_name = Some("Voorbeeld".to_owned());
        let mut record = PersonRecord::default();
        record.names = vec![Sourced::present(name, Provenance::Claimed)];
        command.person = Person::new(record);
        let made = engine.get_or_request(command).await.unwrap();
        let id = made.request.request.id;
        engine.renew_link(id, actor).await.unwrap();
        replay.assert_no_misses();
        Self {
            engine,
            clock,
            replay,
            status: moments.last().unwrap().status,
        }
    }

    /// Waits this long, and looks what came of it.
    async fn wait(&self, hours: u32) {
        let done = self.engine.reconcile().await.unwrap();
        assert_eq!(
            done,
            idv_engine::Reconciled::default(),
            "nothing was quiet yet"
        );
        self.clock.advance(HOUR * hours);
        let done = self.engine.reconcile().await.unwrap();
        self.replay.assert_no_misses();
        assert_eq!((done.polled, done.missed), (1, 1), "{done:?}");
        let page = PageRequest {
            after: None,
            limit: 10,
        };
        let filter = MissedWebhookFilter::default();
        let missed = self.engine.missed_webhooks(&filter, page).await.unwrap();
        assert_eq!(missed.rows.len(), 1);
        let row = &missed.rows[0];
        assert_eq!(json!(row.to), self.status);
        assert_eq!(row.found_at, self.clock.now());
        let view = self.engine.request(row.request).await.unwrap().unwrap();
        assert_eq!(json!(view.request.state.status), self.status);
        let inbox = self.engine.store().inbox().counts().await.unwrap();
        assert_eq!(inbox, InboxCounts::default(), "no webhook came");
    }
}

#[tokio::test]
async fn an_onfido_run_that_ends_without_a_webhook_is_read() {
    let vendor = onfido::Onfido;
    let quiet = Quiet::begin(&vendor, Vec::new(), |transport, clock| {
        let config = idv_onfido::OnfidoConfig {
            api_key: Some(Secret::from("api_sandbox.ofTheStories")),
            options: options(&onfido::Onfido),
            ..Default::default()
        };
        config.check().unwrap();
        Arc::new(idv_onfido::OnfidoProvider::new(config, transport, clock))
    });
    quiet.await.wait(1).await;
}

#[tokio::test]
async fn a_session_of_plaids_is_read_whose_webhooks_were_given_up_after_a_day() {
    let vendor = plaid::Plaid::new();
    let quiet = Quiet::begin(&vendor, Vec::new(), |transport, clock| {
        let config = idv_plaid::PlaidConfig {
            api_key: Some(Secret::from("secret-of-the-stories")),
            options: options(&plaid::Plaid::new()),
            ..Default::default()
        };
        config.check().unwrap();
        Arc::new(idv_plaid::PlaidProvider::new(config, transport, clock))
    });
    quiet.await.wait(25).await;
}

#[tokio::test]
async fn an_event_of_stripes_that_was_lost_is_made_up_for() {
    let vendor = stripe::Stripe;
    // It has nothing to say of lost events; the session itself was quiet for too long.
    let none = json!({ "object": "list", "url": "/v1/events", "has_more": false, "data": [] });
    let more = vec![exchange("GET", "/v1/events", 200, &none)];
    let quiet = Quiet::begin(&vendor, more, |transport, clock| {
        let config = idv_stripe::StripeConfig {
            api_key: Some(Secret::from("sk_test_of_the_stories")),
            options: options(&stripe::Stripe),
            ..Default::default()
        };
        config.check().unwrap();
        Arc::new(idv_stripe::StripeProvider::new(config, transport, clock))
    });
    quiet.await.wait(1).await;
}
