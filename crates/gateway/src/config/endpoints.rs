//! The application's endpoints: `[endpoints]`.

use std::path::PathBuf;
use std::time::Duration;

use idv_engine::EngineSettings;
use idv_http::EndpointHttpSettings;

use super::networks;
use super::section::{Complaints, Section};
use super::settings::HOUR_SECS;

const DAY_SECS: u64 = 24 * HOUR_SECS;

/// What the section says: the way to endpoints, and what the engine makes of them.
pub(super) struct Endpoints {
    pub(super) http: EndpointHttpSettings,
    in_flight: Option<u64>,
    disable_after_days: Option<u64>,
    kept_days: Option<u64>,
}

impl Endpoints {
    /// Reads `[endpoints]`. Of a key that cannot be used, the default is as good as any: nothing starts then.
    pub(super) fn read(mut section: Section, complaints: &mut Complaints) -> Self {
        let mut http = EndpointHttpSettings::default();
        let allow_http = section.boolean("allow_http", complaints);
        let allowed_networks = networks::read(&mut section, "allowed_networks", complaints);
        let connect = section.whole("connect_timeout_secs", "seconds", 1..=HOUR_SECS, complaints);
        let timeout = section.whole("timeout_secs", "seconds", 1..=HOUR_SECS, complaints);
        let ca_file = section.text("ca_file", "the path of a PEM file", complaints);
        let in_flight = section.whole("deliveries_in_flight", "deliveries", 1..=256, complaints);
        let disable_after_days = section.whole("disable_after_days", "days", 1..=365, complaints);
        let kept_days = section.whole("deliveries_kept_days", "days", 1..=3660, complaints);
        section.finish(complaints);
        http.policy.allow_http = allow_http.is_some_and(|found| found.value);
        http.policy.allowed_networks = allowed_networks.unwrap_or_default();
        if let Some(secs) = connect {
            http.connect_timeout = Duration::from_secs(secs);
        }
        if let Some(secs) = timeout {
            http.timeout = Duration::from_secs(secs);
        }
        http.ca_file = ca_file.map(|found| PathBuf::from(found.value));
        Self {
            http,
            in_flight,
            disable_after_days,
            kept_days,
        }
    }

    /// Tells the engine its part.
    pub(super) fn tell(&self, engine: &mut EngineSettings) {
        let days = |days: u64| Duration::from_secs(days.saturating_mul(DAY_SECS));
        if let Some(most) = self.in_flight.and_then(|most| usize::try_from(most).ok()) {
            engine.deliveries_in_flight = most;
        }
        if let Some(after) = self.disable_after_days.map(days) {
            engine.disable_endpoints_after = after;
        }
        if let Some(kept) = self.kept_days.map(days) {
            engine.deliveries_kept = kept;
        }
    }
}
