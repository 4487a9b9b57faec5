//! An account's provider, with its way to the network and what watches over that way.

use std::sync::Arc;

use http::HeaderName;
use idv_core::{AccountHealth, Clock, IdProvider, Transport};
use idv_http::{
    Breaker, BreakerPolicy, HttpSettings, HttpTransport, RateLimit, Retry, RetryPolicy, SetupError,
    VendorWatch,
};

use crate::config::{AccountSettings, Problem};

/// The provider of an account could not be built.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConnectError {
    #[error("{0}")]
    Settings(Problem),
    #[error("outbound: {0}")]
    Network(#[from] SetupError),
}

/// A provider, and how the vendor's side of its account is doing.
pub(crate) struct Connected {
    pub(crate) provider: Arc<dyn IdProvider>,
    /// None for an account that makes no calls.
    pub(crate) health: Option<Arc<dyn AccountHealth>>,
}

/// Builds the provider of an account. It gets a way to the network, and connections of its own, only if it has an
/// API key. Its calls keep within the account's limit, and pause while the vendor is down.
///
/// # Errors
/// What [`check`] would have said, or that the network cannot be set up.
pub(crate) fn connect(
    account: &AccountSettings,
    network: &HttpSettings,
    clock: Arc<dyn Clock>,
) -> Result<Connected, ConnectError> {
    let kind = account.provider;
    if account.api_key.is_none() {
        let provider = (kind.connect)(account, None, clock).map_err(ConnectError::Settings)?;
        let health = None;
        return Ok(Connected { provider, health });
    }
    let mut policy = RetryPolicy::default();
    if let Some(header) = kind.retry_hint_header {
        policy = policy.with_hint_header(HeaderName::from_static(header));
    }
    let breaker = BreakerPolicy::default();
    // What the vendor allows is known once there is a provider.
    let at_first = account.calls_per_sec.unwrap_or(1);
    let id = account.id.clone();
    let watch = Arc::new(VendorWatch::new(id, Arc::clone(&clock), breaker, at_first));
    let way = RateLimit::new(HttpTransport::new(network)?, Arc::clone(&watch));
    let way = Breaker::new(way, Arc::clone(&watch));
    let way: Arc<dyn Transport> = Arc::new(Retry::new(way, policy));
    #[cfg(feature = "fault-points")]
    let way = crate::fault_points::FaultyTransport::around(way);
    let provider = (kind.connect)(account, Some(way), clock).map_err(ConnectError::Settings)?;
    if account.calls_per_sec.is_none() {
        watch.set_calls_per_sec(provider.info().calls_per_sec);
    }
    let health = Some(watch as Arc<dyn AccountHealth>);
    Ok(Connected { provider, health })
}

#[cfg(test)]
mod tests {
    use idv_core::SystemClock;

    use super::*;
    use crate::config::load;

    fn connected(lines: &str) -> Connected {
        let kind = super::super::PROVIDERS
            .iter()
            .find(|kind| kind.wants_webhook_secrets);
        let kind = kind.expect("there is one").id;
        let text = format!(
            "[accounts.a]\nprovider = \"{kind}\"\nenvironment = \"sandbox\"\nwebhook_secrets = [\"whsec_1\"]\n{lines}"
        );
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("idv.toml");
        std::fs::write(&file, text).unwrap();
        let settings = load(Some(&file), []).unwrap().settings;
        let clock = Arc::new(SystemClock);
        connect(&settings.accounts[0], &settings.outbound, clock).unwrap()
    }

    #[test]
    fn calls_keep_within_the_vendors_limit_or_the_one_that_is_set() {
        let usual = connected("api_key = \"sk_test_1\"\n");
        let of_the_vendor = f64::from(usual.provider.info().calls_per_sec);
        let limit = |connected: Connected| connected.health.unwrap().snapshot().calls_per_sec;
        assert_eq!(limit(usual), of_the_vendor);
        let set = connected("api_key = \"sk_test_1\"\ncalls_per_sec = 3\n");
        assert_eq!(limit(set), 3.0);
    }

    #[test]
    fn an_account_that_makes_no_calls_has_no_health() {
        assert!(connected("").health.is_none());
    }
}
