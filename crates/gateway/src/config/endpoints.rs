//! How events reach the application's endpoints.

use std::path::PathBuf;
use std::time::Duration;

use idv_engine::EngineSettings;
use idv_http::{EndpointHttpSettings, IpNet};

use super::section::{Complaints, Section};

const DAY_SECS: u64 = 24 * 3600;

/// A delivery is claimed for as long as a lease, and renewed; whoever waits for longer than this waits in vain.
const MOST_SECS: u64 = 60;

/// What the section says: the way to endpoints, and what the engine makes of them.
pub(super) struct Endpoints {
    pub(super) http: EndpointHttpSettings,
    in_flight: Option<u64>,
    disable_after_days: Option<u64>,
    deliveries_kept_days: Option<u64>,
}

impl Endpoints {
    pub(super) fn read(mut section: Section, complaints: &mut Complaints) -> Self {
        let mut http = EndpointHttpSettings::default();
        if let Some(allow) = section.boolean("allow_http", complaints) {
            http.policy.allow_http = allow.value;
        }
        http.policy.allowed_networks = networks(&mut section, complaints);
        let connect = section.whole("connect_timeout_secs", "seconds", 1..=MOST_SECS, complaints);
        let timeout = section.whole("timeout_secs", "seconds", 1..=MOST_SECS, complaints);
        http.connect_timeout = connect.map_or(http.connect_timeout, Duration::from_secs);
        http.timeout = timeout.map_or(http.timeout, Duration::from_secs);
        let ca_file = section.text("ca_file", "the path of a PEM file", complaints);
        http.ca_file = ca_file.map(|found| PathBuf::from(found.value));
        let in_flight = section.whole("deliveries_in_flight", "deliveries", 1..=256, complaints);
        let disable = section.whole("disable_after_days", "days", 1..=365, complaints);
        let kept = section.whole("deliveries_kept_days", "days", 1..=3660, complaints);
        section.finish(complaints);
        Self {
            http,
            in_flight,
            disable_after_days: disable,
            deliveries_kept_days: kept,
        }
    }

    /// Tells the engine.
    pub(super) fn tell(&self, engine: &mut EngineSettings) {
        let days = |days: u64| Duration::from_secs(days.saturating_mul(DAY_SECS));
        if let Some(most) = self.in_flight.and_then(|most| usize::try_from(most).ok()) {
            engine.deliveries_in_flight = most;
        }
        if let Some(after) = self.disable_after_days.map(days) {
            engine.disable_endpoints_after = after;
        }
        if let Some(kept) = self.deliveries_kept_days.map(days) {
            engine.deliveries_kept = kept;
        }
    }
}

fn networks(section: &mut Section, complaints: &mut Complaints) -> Vec<IpNet> {
    const EXPECTED: &str = "networks such as \"10.1.0.0/16\" or \"fd00::/8\", or single addresses such as \"10.1.2.3/32\"";
    let name = section.name_of("allowed_networks");
    let found = section.texts("allowed_networks", EXPECTED, complaints);
    let mut networks = Vec::new();
    for (index, text) in found.into_iter().flat_map(|found| found.value).enumerate() {
        match text.value.trim().parse() {
            Ok(network) => networks.push(network),
            Err(_) => complaints.add(
                &text.origin,
                &format!("{name}[{index}]"),
                "is not a network of addresses",
                &format!("give {EXPECTED}"),
            ),
        }
    }
    networks
}
