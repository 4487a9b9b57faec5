//! The vendors of the demo, and what is seen of them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::HeaderMap;
use idv_core::{Clock as _, SystemClock, Timestamp};
use idv_http::{EndpointHttpSettings, EndpointTransport};
use idv_simulator::scenario::{Action, Library};
use idv_simulator::{Delivered, Outgoing, Posted, Signer, Simulator, Vendor, VendorKind, Watch};
use serde_json::Value;

use crate::cli::Failure;
use crate::simulate;

/// Time passes so many times faster for a person who takes a picture, and for staff who look at one.
pub(super) const SPEED: u32 = 10;

/// The vendors, for as long as they are held.
pub(super) struct Vendors {
    simulator: Simulator,
    seen: Arc<Seen>,
}

/// Something a vendor did.
#[derive(Clone, Debug)]
pub(super) struct Deed {
    pub(super) at: Timestamp,
    pub(super) object: String,
    pub(super) what: What,
}

/// What it was.
#[derive(Clone, Debug)]
pub(super) enum What {
    /// It made a session.
    Made,
    /// Something happened there, or was found out.
    Happened(String),
    /// It posted a webhook: which, and what it was answered.
    Told(String, String),
    /// It could not do what it was to do.
    Stuck(String),
}

impl Vendors {
    /// Serves them. `webhooks`: where each posts to.
    pub(super) async fn start(
        scenarios: &[(&str, &str)],
        webhooks: impl Fn(VendorKind) -> String,
    ) -> Result<Self, Failure> {
        let failed = |error: &dyn std::error::Error| Failure::failed(error.to_string());
        let mut library = Library::built_in();
        for (name, text) in scenarios {
            library.add(name, text).map_err(|error| failed(&error))?;
        }
        let mut settings = EndpointHttpSettings::default();
        settings.policy = simulate::anywhere();
        let way = EndpointTransport::new(&settings).map_err(|error| failed(&error))?;
        let seen = Arc::new(Seen::default());
        let mut builder = Simulator::builder()
            .library(library)
            .speed(SPEED)
            .deliver_through(Arc::new(way))
            .watch(seen.clone());
        for kind in VendorKind::ALL {
            let vendor = simulate::stand_in(kind);
            vendor.add_endpoint(&webhooks(kind));
            builder = builder.vendor(vendor);
        }
        let simulator = builder.start().await.map_err(|error| failed(&error))?;
        Ok(Self { simulator, seen })
    }

    /// Where a vendor's API and pages are.
    pub(super) fn base_url(&self, kind: VendorKind) -> String {
        self.simulator.base_url(kind)
    }

    /// Something happens to an object without the person: staff decide, say.
    pub(super) fn begin(
        &self,
        kind: VendorKind,
        object: &str,
        scenario: &str,
    ) -> Result<(), Failure> {
        let begun = self.simulator.begin(kind, object, scenario);
        begun.map_err(|error| Failure::failed(error.to_string()))
    }

    /// What was done about an object, oldest first.
    pub(super) fn deeds(&self, object: &str) -> Vec<Deed> {
        let deeds = self.seen.deeds();
        let about = deeds.iter().filter(|deed| deed.object == object);
        about.cloned().collect()
    }

    /// The last webhook about an object, with the headers under which it was sent.
    pub(super) fn last_webhook(&self, object: &str) -> Option<(Outgoing, HeaderMap)> {
        self.seen.last().get(object).cloned()
    }

    /// The headers of a webhook that somebody else signs.
    pub(super) fn forged(&self, kind: VendorKind, outgoing: &Outgoing) -> Option<HeaderMap> {
        let vendor: &Arc<dyn Vendor> = self.simulator.vendor(kind)?;
        let now = SystemClock.now();
        Some(vendor.sign(outgoing, &outgoing.body, Signer::SomebodyElse, now))
    }
}

#[derive(Default)]
struct Seen {
    deeds: Mutex<Vec<Deed>>,
    /// By object: the last webhook, with its headers.
    last: Mutex<BTreeMap<String, (Outgoing, HeaderMap)>>,
}

impl Seen {
    fn deeds(&self) -> MutexGuard<'_, Vec<Deed>> {
        self.deeds.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn last(&self) -> MutexGuard<'_, BTreeMap<String, (Outgoing, HeaderMap)>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, object: &str, what: What) {
        self.deeds().push(Deed {
            at: SystemClock.now(),
            object: object.to_owned(),
            what,
        });
    }
}

impl Watch for Seen {
    fn began(&self, _: VendorKind, object: &str, _: Option<&str>) {
        let is_new = !self.deeds().iter().any(|deed| deed.object == object);
        if is_new {
            self.add(object, What::Made);
        }
    }

    fn played(&self, _: VendorKind, object: &str, action: &Action) {
        let words = action.members.values().filter_map(Value::as_str);
        let mut what = action.name.replace('_', " ");
        for word in words {
            what.push_str(&format!(" {word}"));
        }
        self.add(object, What::Happened(what));
    }

    fn posted(&self, posted: &Posted<'_>) {
        let last = (posted.outgoing.clone(), posted.headers.clone());
        self.last().insert(posted.outgoing.object.clone(), last);
    }

    fn delivered(&self, delivered: &Delivered) {
        let object = &delivered.outgoing.object;
        let answer = delivered.status.map(|status| status.as_str().to_owned());
        let answer = answer.unwrap_or_else(|| "no answer".to_owned());
        self.add(object, What::Told(delivered.outgoing.event.clone(), answer));
    }

    fn not_played(&self, _: VendorKind, object: &str, why: &str) {
        self.add(object, What::Stuck(why.to_owned()));
    }
}
