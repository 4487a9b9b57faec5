//! What a simulator is made of.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use idv_core::{Clock, SystemClock, Timestamp, Transport};

use super::inner::{Inner, Parts};
use super::{Simulator, Watch};
use crate::chaos::Chaos;
use crate::loopback::Loopback;
use crate::page::Choice;
use crate::plain_http::PlainHttp;
use crate::scenario::{Library, Scenario, ScenarioError};
use crate::speed::Speed;
use crate::virtual_clock::VirtualClock;
use crate::{Vendor, VendorKind};

/// A simulator that cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A scenario cannot be read.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    /// The address of a vendor cannot be listened on.
    #[error("{vendor}: {address} cannot be listened on ({error})")]
    Listen {
        /// The vendor.
        vendor: VendorKind,
        /// Where it was to be served.
        address: SocketAddr,
        /// What the system says.
        error: std::io::Error,
    },
}

/// Chooses what a [`Simulator`] is made of.
#[must_use]
pub struct SimulatorBuilder {
    vendors: BTreeMap<VendorKind, Arc<dyn Vendor>>,
    library: Library,
    usual: BTreeMap<VendorKind, String>,
    chaos: Chaos,
    clock: Arc<dyn Clock>,
    virtual_clock: Option<Arc<VirtualClock>>,
    deliver_through: Arc<dyn Transport>,
    watchers: Vec<Arc<dyn Watch>>,
    speed_times: u32,
    listen: BTreeMap<VendorKind, SocketAddr>,
}

impl Default for SimulatorBuilder {
    fn default() -> Self {
        Self {
            vendors: BTreeMap::new(),
            library: Library::built_in(),
            usual: BTreeMap::new(),
            chaos: Chaos::Calm,
            clock: Arc::new(SystemClock),
            virtual_clock: None,
            deliver_through: Arc::new(PlainHttp),
            watchers: Vec::new(),
            speed_times: 1,
            listen: BTreeMap::new(),
        }
    }
}

impl SimulatorBuilder {
    /// With this vendor.
    pub fn vendor(mut self, vendor: Arc<dyn Vendor>) -> Self {
        self.vendors.insert(vendor.kind(), vendor);
        self
    }

    /// With these scenarios, in the place of the built-in ones.
    pub fn library(mut self, library: Library) -> Self {
        self.library = library;
        self
    }

    /// The scenario of objects that choose none. Without one they wait for somebody to fill in their page.
    pub fn usual_scenario(mut self, vendor: VendorKind, scenario: impl Into<String>) -> Self {
        self.usual.insert(vendor, scenario.into());
        self
    }

    /// What goes wrong. Nothing, unless this is called.
    pub fn chaos(mut self, chaos: Chaos) -> Self {
        self.chaos = chaos;
        self
    }

    /// Time that begins here and passes only by [`Simulator::advance`].
    pub fn virtual_time(mut self, start: Timestamp) -> Self {
        let clock = VirtualClock::at(start);
        self.clock = clock.clone();
        self.virtual_clock = Some(clock);
        self
    }

    /// Time of a clock that somebody else moves. [`Simulator::work_due`] does what it has made due.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self.virtual_clock = None;
        self
    }

    /// The way webhooks take. Plain HTTP, unless this is called.
    pub fn deliver_through(mut self, transport: Arc<dyn Transport>) -> Self {
        self.deliver_through = transport;
        self
    }

    /// With somebody who watches.
    pub fn watch(mut self, watch: Arc<dyn Watch>) -> Self {
        self.watchers.push(watch);
        self
    }

    /// Delays of scenarios, of the vendor's retries and of what the vendor does by itself pass so many times faster. The
    /// clock itself does not: signatures stay fresh.
    pub fn speed(mut self, times: u32) -> Self {
        self.speed_times = times;
        self
    }

    /// Serves the vendor there. On 127.0.0.1 and a port the system chooses, unless this is called.
    pub fn listen(mut self, vendor: VendorKind, address: SocketAddr) -> Self {
        self.listen.insert(vendor, address);
        self
    }

    /// A simulator that is asked in process. Its time is virtual, or that of the clock it was given.
    ///
    /// # Errors
    /// The first scenario of the library that its vendor cannot read.
    pub fn build(self) -> Result<Simulator, ScenarioError> {
        for vendor in self.vendors.values() {
            self.library.check(vendor.as_ref())?;
            vendor.set_speed(self.speed_times);
            vendor.set_choices(choices(&self.library, vendor.kind()));
        }
        let parts = Parts {
            vendors: self.vendors,
            library: self.library,
            usual: self.usual,
            chaos: self.chaos,
            clock: self.clock,
            virtual_clock: self.virtual_clock,
            deliver_through: self.deliver_through,
            watchers: self.watchers,
            speed: Speed::times(self.speed_times),
        };
        Ok(Simulator {
            inner: Arc::new(Inner::new(parts)),
            served: BTreeMap::new(),
            driver: None,
        })
    }

    /// A simulator whose vendors are served over HTTP, and whose time passes by itself unless it is virtual. Needs a
    /// tokio runtime.
    ///
    /// # Errors
    /// [`StartError`] if an address cannot be listened on, or a scenario cannot be read.
    pub async fn start(self) -> Result<Simulator, StartError> {
        let listen = self.listen.clone();
        let mut simulator = self.build()?;
        let inner = Arc::clone(&simulator.inner);
        for (kind, vendor) in &inner.vendors {
            let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
            let address = listen.get(kind).copied().unwrap_or(free);
            let door = super::call::Door::new(Arc::clone(&inner), *kind);
            let served = Loopback::serve_at(address, Arc::new(door)).await;
            let served = served.map_err(|error| StartError::Listen {
                vendor: *kind,
                address,
                error,
            })?;
            vendor.set_base_url(&served.base_url());
            simulator.served.insert(*kind, served);
        }
        if inner.virtual_clock.is_none() {
            simulator.driver = Some(tokio::spawn(inner.drive()));
        }
        Ok(simulator)
    }
}

/// What a person can choose on a page of the vendor's: whatever makes something happen, the shortest ways to a pass first.
fn choices(library: &Library, kind: VendorKind) -> Vec<Choice> {
    let is_pass = |scenario: &Scenario| scenario.shows.iter().any(|place| place == "status:passed");
    let happens = |scenario: &&Scenario| !scenario.steps.is_empty();
    let mut scenarios: Vec<_> = library.of(kind).filter(happens).collect();
    scenarios.sort_by_key(|scenario| match is_pass(scenario) {
        true => (0, scenario.steps.len()),
        false => (1, 0),
    });
    let choice = |scenario: &Scenario| Choice {
        value: scenario.name.clone(),
        label: scenario.title.clone(),
    };
    scenarios.into_iter().map(choice).collect()
}
