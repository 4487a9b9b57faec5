//! Vendors on this machine: served over HTTP, or asked in process.

mod builder;
mod call;
mod deliver;
mod inner;
mod transport;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use idv_core::{Timestamp, Transport};
use tokio::task::JoinHandle;

use crate::chaos::{CallFault, Mishaps};
use crate::loopback::Loopback;
use crate::scenario::{Action, Library};
use crate::{Vendor, VendorKind};

pub use builder::{SimulatorBuilder, StartError};
pub use deliver::{Delivered, Posted};
use inner::Inner;

/// Sees what is asked and answered, and what is delivered. For tests, and for a terminal that shows what goes on.
pub trait Watch: Send + Sync + 'static {
    /// A call was answered. What chaos then did to the answer is not in it.
    fn answered(&self, vendor: VendorKind, request: &Request<Bytes>, response: &Response<Bytes>) {
        let _ = (vendor, request, response);
    }

    /// Something goes wrong with a call on purpose.
    fn broken(&self, vendor: VendorKind, request: &Request<Bytes>, fault: CallFault) {
        let _ = (vendor, request, fault);
    }

    /// An object was made, or its page was filled in: the scenario that begins. None: it waits for somebody to fill in
    /// its page.
    fn began(&self, vendor: VendorKind, object: &str, scenario: Option<&str>) {
        let _ = (vendor, object, scenario);
    }

    /// A step of a scenario was played at the vendor.
    fn played(&self, vendor: VendorKind, object: &str, action: &Action) {
        let _ = (vendor, object, action);
    }

    /// A webhook was posted: one of what an attempt to deliver puts on the network, genuine or not.
    fn posted(&self, posted: &Posted<'_>) {
        let _ = posted;
    }

    /// An attempt to deliver a webhook is over.
    fn delivered(&self, delivered: &Delivered) {
        let _ = delivered;
    }

    /// A step of a scenario could not be played: why.
    fn not_played(&self, vendor: VendorKind, object: &str, why: &str) {
        let _ = (vendor, object, why);
    }
}

/// Vendors with their webhooks, their scenarios and their moods.
///
/// Built by [`Simulator::builder`]. [`SimulatorBuilder::start`] serves each vendor over HTTP and lets time pass by
/// itself; [`SimulatorBuilder::build`] does neither: its calls go through [`Simulator::transport`] and its time passes
/// by [`Simulator::advance`] or with the clock it was given.
pub struct Simulator {
    inner: Arc<Inner>,
    served: BTreeMap<VendorKind, Loopback>,
    driver: Option<JoinHandle<()>>,
}

impl std::fmt::Debug for Simulator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Simulator")
            .field("vendors", &self.inner.vendors.keys().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        if let Some(driver) = &self.driver {
            driver.abort();
        }
    }
}

impl Simulator {
    /// Chooses what the simulator is made of.
    pub fn builder() -> SimulatorBuilder {
        SimulatorBuilder::default()
    }

    /// Where the vendor's API is served: without a slash at the end. Empty if it is not served.
    #[must_use]
    pub fn base_url(&self, vendor: VendorKind) -> String {
        let served = self.served.get(&vendor);
        served.map(Loopback::base_url).unwrap_or_default()
    }

    /// The vendor. None if this simulator has no such vendor.
    #[must_use]
    pub fn vendor(&self, vendor: VendorKind) -> Option<&Arc<dyn Vendor>> {
        self.inner.vendors.get(&vendor)
    }

    /// The vendor's API without a network: calls go through chaos as over HTTP. Any host is taken for the vendor's.
    #[must_use]
    pub fn transport(&self, vendor: VendorKind) -> Arc<dyn Transport> {
        Arc::new(transport::InProcess::new(Arc::clone(&self.inner), vendor))
    }

    /// The scenarios that can be chosen.
    #[must_use]
    pub fn library(&self) -> &Library {
        &self.inner.library
    }

    /// Begins a scenario for an object, in the place of one that is under way.
    ///
    /// # Errors
    /// [`NoSuchScenario`].
    pub fn begin(
        &self,
        vendor: VendorKind,
        object: &str,
        scenario: &str,
    ) -> Result<(), NoSuchScenario> {
        self.inner.begin(vendor, object, scenario)
    }

    /// The present time of the simulator.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    /// When something is due next. None if nothing is.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        self.inner.collect_all();
        self.inner.next_due()
    }

    /// What is still to happen by itself.
    #[must_use]
    pub fn under_way(&self) -> UnderWay {
        self.inner.collect_all();
        self.inner.state().under_way
    }

    /// Does all that is due by now. With a clock of one's own, this is called after each movement of it.
    pub async fn work_due(&self) {
        self.inner.work_due().await;
    }

    /// Lets time pass on the virtual clock: whatever falls due meanwhile happens at its time.
    ///
    /// # Panics
    /// If the simulator was not built with [`SimulatorBuilder::virtual_time`].
    #[expect(clippy::expect_used, reason = "the caller has chosen the clock")]
    pub async fn advance(&self, by: Duration) {
        let clock = self.inner.virtual_clock.as_ref();
        let clock = clock.expect("advance() needs virtual_time()");
        let until = self.now().plus(by);
        while let Some(at) = self.next_due().filter(|at| *at <= until) {
            clock.move_to(at);
            self.inner.work_due().await;
        }
        clock.move_to(until);
    }

    /// Nothing goes wrong from now on, but for what scenarios say.
    pub fn calm_down(&self) {
        self.inner.state().chooser.calm_down();
    }

    /// What has gone wrong so far.
    #[must_use]
    pub fn mishaps(&self) -> Mishaps {
        self.inner.state().chooser.chosen().clone()
    }
}

/// What is still to happen by itself, beside what falls due at a vendor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UnderWay {
    /// Scenarios with a step that is still to be played.
    pub scenarios: usize,
    /// Webhooks that wait to be sent, are being sent, or are to be sent again.
    pub webhooks: usize,
}

impl UnderWay {
    /// Whether nothing is.
    #[must_use]
    pub const fn is_over(self) -> bool {
        self.scenarios == 0 && self.webhooks == 0
    }
}

/// There is no scenario of this name for this vendor.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no scenario {name} for {vendor}; there are: {known}")]
pub struct NoSuchScenario {
    /// The vendor.
    pub vendor: VendorKind,
    /// The name that was asked for.
    pub name: String,
    /// The names there are.
    pub known: String,
}

#[cfg(test)]
mod tests;
