//! The vendors of the demo, and what is seen of them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use idv_core::{BodyStream, Clock as _, SystemClock, Timestamp, Transport, TransportError};
use idv_http::{EndpointHttpSettings, EndpointTransport};
use idv_simulator::scenario::{Action, Library};
use idv_simulator::{Delivered, Outgoing, Signer, Simulator, Vendor, VendorKind, Watch};
use serde_json::Value;

use crate::cli::Failure;
use crate::simulate;

/// Time passes so many times faster for a person who takes a picture, and for staff who look at one.
pub(super) const SPEED: u32 = 10;

/// The vendors, for as long as they are held.
pub(super) struct Vendors {
    simulator: Simulator,
    seen: Arc<Seen>,
    sent: Arc<Sent>,
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
        let sent = Arc::new(Sent {
            way,
            last: Mutex::default(),
        });
        let seen = Arc::new(Seen::default());
        let mut builder = Simulator::builder()
            .library(library)
            .speed(SPEED)
            .deliver_through(sent.clone())
            .watch(seen.clone());
        for kind in VendorKind::ALL {
            let vendor = simulate::stand_in(kind);
            vendor.add_endpoint(&webhooks(kind));
            builder = builder.vendor(vendor);
        }
        let simulator = builder.start().await.map_err(|error| failed(&error))?;
        Ok(Self {
            simulator,
            seen,
            sent,
        })
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
        let last = self.seen.last().get(object).cloned()?;
        let headers = self.sent.last().get(&last.body).cloned()?;
        Some((last, headers))
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
    last: Mutex<BTreeMap<String, Outgoing>>,
}

impl Seen {
    fn deeds(&self) -> MutexGuard<'_, Vec<Deed>> {
        self.deeds.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn last(&self) -> MutexGuard<'_, BTreeMap<String, Outgoing>> {
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

    fn delivered(&self, delivered: &Delivered) {
        let object = &delivered.outgoing.object;
        self.last()
            .insert(object.clone(), delivered.outgoing.clone());
        let answer = delivered.status.map(|status| status.as_str().to_owned());
        let answer = answer.unwrap_or_else(|| "no answer".to_owned());
        self.add(object, What::Told(delivered.outgoing.event.clone(), answer));
    }

    fn not_played(&self, _: VendorKind, object: &str, why: &str) {
        self.add(object, What::Stuck(why.to_owned()));
    }
}

/// The way to the gateway, which remembers under which headers a body was sent last.
#[derive(Debug)]
struct Sent {
    way: EndpointTransport,
    last: Mutex<BTreeMap<Bytes, HeaderMap>>,
}

impl Sent {
    fn last(&self) -> MutexGuard<'_, BTreeMap<Bytes, HeaderMap>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Transport for Sent {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        self.last()
            .insert(request.body().clone(), request.headers().clone());
        self.way.send(request).await
    }

    async fn open(&self, request: Request<Bytes>) -> Result<Response<BodyStream>, TransportError> {
        Ok(self.send(request).await?.map(BodyStream::from))
    }
}
