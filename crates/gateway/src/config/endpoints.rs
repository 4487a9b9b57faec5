//! The application's endpoints: `[endpoints]`.

use std::path::PathBuf;
use std::time::Duration;

use idv_http::EndpointHttpSettings;

use super::networks;
use super::section::{Complaints, Section};
use super::settings::HOUR_SECS;

/// Reads `[endpoints]`. Of a key that cannot be used, the default is as good as any: nothing starts then.
pub(super) fn read(mut section: Section, complaints: &mut Complaints) -> EndpointHttpSettings {
    let mut settings = EndpointHttpSettings::default();
    let allow_http = section.boolean("allow_http", complaints);
    let allowed_networks = networks::read(&mut section, "allowed_networks", complaints);
    let connect = section.whole("connect_timeout_secs", "seconds", 1..=HOUR_SECS, complaints);
    let timeout = section.whole("timeout_secs", "seconds", 1..=HOUR_SECS, complaints);
    let ca_file = section.text("ca_file", "the path of a PEM file", complaints);
    section.finish(complaints);
    settings.policy.allow_http = allow_http.is_some_and(|found| found.value);
    settings.policy.allowed_networks = allowed_networks.unwrap_or_default();
    if let Some(secs) = connect {
        settings.connect_timeout = Duration::from_secs(secs);
    }
    if let Some(secs) = timeout {
        settings.timeout = Duration::from_secs(secs);
    }
    settings.ca_file = ca_file.map(|found| PathBuf::from(found.value));
    settings
}
