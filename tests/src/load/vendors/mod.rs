//! Three vendors on this machine, and what is true at each of them.

mod clerk;
mod door;
mod life;
mod onfido;
mod plaid;
mod stripe;

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use fastrand::Rng;
use http::{Request, Response};
use idv_core::{Timestamp, Transport};
use idv_simulator::{Simulator, UnderWay, Vendor, VendorKind};
use serde_json::Value;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::ledger::{Kind, Ledger};
use crate::simulated::truth;
use clerk::Clerk;
use door::Door;
pub(crate) use door::Visits;

/// The vendors' delays, those of their retries too, pass so many times faster.
const SPEED: u32 = 100;

/// The account in the gateway's configuration.
pub(crate) const fn account(vendor: VendorKind) -> &'static str {
    match vendor {
        VendorKind::Stripe => "stripe-load",
        VendorKind::Onfido => "onfido-load",
        VendorKind::Plaid => "plaid-load",
    }
}

pub(crate) fn of_account(name: &str) -> Option<VendorKind> {
    VendorKind::ALL
        .into_iter()
        .find(|vendor| account(*vendor) == name)
}

/// The three of them. They behave, answer, sign and send as the vendors do.
pub(crate) struct Vendors {
    accounts: Side,
    /// Accounts of somebody else, whose webhooks come to the same address and are signed with the same secrets: the
    /// gateway's accounts have no such sessions.
    strangers: Side,
    doors: BTreeMap<VendorKind, Arc<Door>>,
}

/// One account at each vendor.
struct Side {
    simulator: Simulator,
    /// Behind the doors.
    vendors: BTreeMap<VendorKind, Arc<dyn Vendor>>,
    /// Sessions that were made, by whomever.
    begun: tokio::sync::Mutex<UnboundedReceiver<(VendorKind, String)>>,
}

/// Sends what was made to whoever lets things happen to it.
type Begun = UnboundedSender<(VendorKind, String)>;

impl Vendors {
    pub(crate) async fn open(
        network: Arc<dyn Transport>,
        ledger: &Arc<Ledger>,
        rng: &mut Rng,
    ) -> Self {
        let library = life::library(rng);
        let doors: BTreeMap<_, _> = VendorKind::ALL
            .into_iter()
            .map(|vendor| (vendor, Arc::new(Door::default())))
            .collect();
        let [own, others] = both(rng.u64(..));
        let open = async |vendors: BTreeMap<VendorKind, Arc<dyn Vendor>>, kind| {
            let (began, begun) = unbounded_channel();
            let clerk = Clerk::new(Arc::clone(ledger), kind, began);
            let mut builder = Simulator::builder()
                .library(library.clone())
                .deliver_through(Arc::clone(&network))
                .speed(SPEED)
                .watch(Arc::new(clerk));
            for (kind, vendor) in &vendors {
                builder = builder.vendor(doors[kind].before(Arc::clone(vendor)));
            }
            Side {
                simulator: builder.start().await.unwrap(),
                vendors,
                begun: tokio::sync::Mutex::new(begun),
            }
        };
        Self {
            accounts: open(own, Kind::OfSession).await,
            strangers: open(others, Kind::OfUnknownSession).await,
            doors,
        }
    }

    /// Nobody answers any more, or everybody again.
    pub(crate) fn set_down(&self, is_down: bool) {
        for door in self.doors.values() {
            door.set_down(is_down);
        }
    }

    pub(crate) fn visits(&self, vendor: VendorKind) -> Visits {
        self.doors[&vendor].visits()
    }

    /// The accounts, for the gateway's configuration. `calls_per_sec`: how often each vendor may be called.
    pub(crate) fn tables(&self, calls_per_sec: usize) -> String {
        let mut tables = String::new();
        for vendor in VendorKind::ALL {
            let (secrets, options) = match vendor {
                VendorKind::Stripe => stripe::settings(),
                VendorKind::Onfido => onfido::settings(),
                VendorKind::Plaid => plaid::settings(),
            };
            let (account, base_url) = (account(vendor), self.accounts.simulator.base_url(vendor));
            tables += &format!(
                "[accounts.{account}]\nprovider = \"{vendor}\"\nunmatched = \"adopt\"\n\
                 calls_per_sec = {calls_per_sec}\n{secrets}\
                 [accounts.{account}.options]\napi_base_url = \"{base_url}\"\n{options}",
            );
        }
        tables
    }

    /// Somebody makes a session by the vendor's API, without the gateway: at the account, or at the strangers'.
    pub(crate) fn make_session(&self, vendor: VendorKind, kind: Kind, subject: &str) {
        let side = match kind {
            Kind::OfSession => &self.accounts,
            Kind::OfUnknownSession => &self.strangers,
        };
        // Whoever it is, the vendor is not down for them.
        let ask = |request| ask(&*side.vendors[&vendor], &request, side.simulator.now());
        match vendor {
            VendorKind::Stripe => stripe::make_session(ask, subject),
            VendorKind::Onfido => onfido::make_session(ask, subject),
            VendorKind::Plaid => plaid::make_session(ask, subject),
        }
    }

    /// Begins a life for every session that was made meanwhile.
    pub(crate) async fn let_live(&self, rng: &mut Rng) {
        for side in [&self.accounts, &self.strangers] {
            let mut begun = side.begun.lock().await;
            while let Ok((vendor, session)) = begun.try_recv() {
                let life = life::name(rng);
                side.simulator.begin(vendor, &session, &life).unwrap();
            }
        }
    }

    /// What is still to happen and to be sent.
    pub(crate) fn under_way(&self) -> UnderWay {
        let (own, others) = (
            self.accounts.simulator.under_way(),
            self.strangers.simulator.under_way(),
        );
        UnderWay {
            scenarios: own.scenarios + others.scenarios,
            webhooks: own.webhooks + others.webhooks,
        }
    }

    /// The status that a request about this session must have, in the gateway's word: what the vendor would answer
    /// now, by a table of its own. None if the vendor has no such session.
    pub(crate) fn truth(&self, vendor: VendorKind, id: &str) -> Option<String> {
        let object = self.accounts.object(vendor, id)?;
        Some(truth::status(vendor, &object))
    }

    /// Every session of an account, and the subject it is about.
    pub(crate) fn sessions(&self, vendor: VendorKind) -> Vec<(String, String)> {
        let member = match vendor {
            VendorKind::Stripe => "client_reference_id",
            VendorKind::Onfido => "customer_user_id",
            VendorKind::Plaid => "client_user_id",
        };
        let ids = self.accounts.vendors[&vendor].objects();
        let subject = |id: &String| {
            let object = self.accounts.object(vendor, id).expect("it was listed");
            object[member].as_str().unwrap_or_default().to_owned()
        };
        ids.into_iter().map(|id| (subject(&id), id)).collect()
    }
}

impl Side {
    fn object(&self, vendor: VendorKind, id: &str) -> Option<Value> {
        self.vendors[&vendor].object(id, self.simulator.now())
    }
}

/// The accounts, and those of somebody else with the same secrets.
fn both(seed: u64) -> [BTreeMap<VendorKind, Arc<dyn Vendor>>; 2] {
    let by_kind = |vendors: [Arc<dyn Vendor>; 3]| {
        let vendors = vendors.map(|vendor| (vendor.kind(), vendor));
        BTreeMap::from(vendors)
    };
    [seed, seed ^ 1].map(|seed| {
        by_kind([
            stripe::account(seed),
            onfido::account(seed),
            plaid::account(seed),
        ])
    })
}

/// Where an account's webhooks go. The network leads to the gateways, whatever the host is called.
fn webhook_url(vendor: VendorKind) -> String {
    format!("http://gateway.example/webhooks/{}", account(vendor))
}

/// Calls a vendor as its customer.
fn ask(vendor: &dyn Vendor, request: &Request<Bytes>, now: Timestamp) -> Response<Bytes> {
    let answer = vendor.answer(request, now);
    let text = String::from_utf8_lossy(answer.body());
    assert!(answer.status().is_success(), "{}: {text}", answer.status());
    answer
}
