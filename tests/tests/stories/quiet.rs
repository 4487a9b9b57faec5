//! The vendor's last webhook of a story never comes: an Onfido run that ends without one, a Plaid receiver that was away
//! for more than a day, an event of Stripe's that was lost. The verdict arrives all the same.

use std::sync::Arc;
use std::time::Duration;

use idv_core::{
    Actor, Clock as _, IdProvider, Name, Person, PersonRecord, Provenance, Secret, Sourced,
    SubjectRef, Transport,
};
use idv_engine::crypt::MasterKey;
use idv_engine::store::{InboxCounts, MissedWebhookFilter, PageRequest};
use idv_engine::{Engine, EngineSettings, GetOrRequest};
use idv_simulator::Simulator;
use idv_sqlite::SqliteStore;
use idv_testkit::ManualClock;
use idv_tests::simulated::engine;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::table::{Cell, TABLE};
use crate::vendor::Vendor;
use crate::{onfido, plaid, stripe};

const API: &str = "https://vendor.example";
const HOUR: Duration = Duration::from_secs(3600);

/// The options of an account as its table in the configuration has them.
fn options<T: DeserializeOwned>(vendor: &dyn Vendor) -> T {
    let options = table(vendor)["options"].clone();
    options.try_into().unwrap()
}

/// Its key.
fn api_key(vendor: &dyn Vendor) -> Option<Secret<String>> {
    table(vendor)["api_key"].as_str().map(Secret::from)
}

fn table(vendor: &dyn Vendor) -> toml::Value {
    let table: toml::Table = vendor.account(API).parse().unwrap();
    table["accounts"]["identity"].clone()
}

struct Quiet {
    engine: Engine,
    clock: Arc<ManualClock>,
    status: &'static str,
}

impl Quiet {
    /// A request of which the vendor tells nothing after the link was given out: nobody has told it where to.
    async fn begin(
        vendor: &dyn Vendor,
        provider: impl FnOnce(Arc<dyn Transport>, Arc<ManualClock>) -> Arc<dyn IdProvider>,
    ) -> Self {
        let story = TABLE[0].story;
        let Cell::Shows(moments) = vendor.cell(&TABLE[0]) else {
            panic!("{} cannot tell of a pass", vendor.name());
        };
        let clock = ManualClock::noon();
        let simulated = vendor.simulated();
        let simulator = Simulator::builder()
            .vendor(simulated.clone())
            .clock(clock.clone())
            .build()
            .unwrap();
        let transport = simulator.transport(simulated.kind());
        let store = Arc::new(SqliteStore::in_memory().await.unwrap());
        let (key, settings) = (MasterKey::generate().unwrap(), EngineSettings::default());
        let provider = provider(transport, clock.clone());
        let engine = engine(store, key, "identity", provider, clock.clone(), settings).await;
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
        let [session] = simulated.objects().try_into().unwrap();
        let scene = vendor.scenes(story)[0];
        simulator.begin(simulated.kind(), &session, scene).unwrap();
        while !simulator.under_way().is_over() {
            clock.advance(Duration::from_secs(1));
            simulator.work_due().await;
        }
        Self {
            engine,
            clock,
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
    let quiet = Quiet::begin(&vendor, |transport, clock| {
        let config = idv_onfido::OnfidoConfig {
            api_key: api_key(&vendor),
            options: options(&vendor),
            ..Default::default()
        };
        config.check().unwrap();
        Arc::new(idv_onfido::OnfidoProvider::new(config, transport, clock))
    });
    quiet.await.wait(1).await;
}

#[tokio::test]
async fn a_session_of_plaids_is_read_whose_webhooks_were_given_up_after_a_day() {
    let vendor = plaid::Plaid;
    let quiet = Quiet::begin(&vendor, |transport, clock| {
        let config = idv_plaid::PlaidConfig {
            api_key: api_key(&vendor),
            options: options(&vendor),
            ..Default::default()
        };
        config.check().unwrap();
        Arc::new(idv_plaid::PlaidProvider::new(config, transport, clock))
    });
    quiet.await.wait(25).await;
}

/// The vendor's list of events that were not delivered is empty; the session itself was quiet for too long.
#[tokio::test]
async fn an_event_of_stripes_that_was_lost_is_made_up_for() {
    let vendor = stripe::Stripe;
    let quiet = Quiet::begin(&vendor, |transport, clock| {
        let config = idv_stripe::StripeConfig {
            api_key: api_key(&vendor),
            options: options(&vendor),
            ..Default::default()
        };
        config.check().unwrap();
        Arc::new(idv_stripe::StripeProvider::new(config, transport, clock))
    });
    quiet.await.wait(1).await;
}
