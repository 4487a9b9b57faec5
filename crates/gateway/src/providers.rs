//! The list of providers: what a vendor is called in the configuration, and how to build it.
//!
//! Adding a vendor is one row here. Nothing else in the gateway names one, except the demo and the default file.

use std::sync::Arc;

use http::HeaderName;
use idv_core::webhook::SigningKey;
use idv_core::{Clock, IdProvider, Transport};
use idv_engine::Environment;
use idv_http::{HttpSettings, HttpTransport, Retry, RetryPolicy, SetupError};
use idv_stripe::{StripeConfig, StripeOptions, StripeProvider};

use crate::config::{self, AccountSettings, Problem};

/// One kind of provider.
pub struct Provider {
    /// Its short name: in the configuration and on the command line.
    pub id: &'static str,
    /// The vendor and product, for people.
    pub vendor: &'static str,
    /// The header in which the vendor says whether to send a request again.
    retry_hint_header: Option<&'static str>,
    check: fn(&AccountSettings) -> Vec<Problem>,
    connect: Connect,
    receiver: Receiver,
}

/// Builds the provider of an account; with a way to the network if it has an API key.
type Connect = fn(
    &AccountSettings,
    Option<Arc<dyn Transport>>,
    Arc<dyn Clock>,
) -> Result<Arc<dyn IdProvider>, Problem>;

/// Builds a provider from signing keys and a tolerance in seconds alone.
type Receiver = fn(Vec<SigningKey>, Option<u64>, Arc<dyn Clock>) -> Arc<dyn IdProvider>;

/// Every kind of provider.
pub static PROVIDERS: &[Provider] = &[Provider {
    id: "stripe",
    vendor: "Stripe Identity",
    retry_hint_header: Some("stripe-should-retry"),
    check: stripe::check,
    connect: stripe::connect,
    receiver: stripe::receiver,
}];

/// The kind of this name.
pub(crate) fn find(id: &str) -> Option<&'static Provider> {
    PROVIDERS.iter().find(|provider| provider.id == id)
}

/// The names of all kinds, for messages.
pub(crate) fn names() -> String {
    let names: Vec<_> = PROVIDERS.iter().map(|provider| provider.id).collect();
    names.join(", ")
}

/// What is wrong with an account, as far as its provider can tell without the network.
pub(crate) fn check(account: &AccountSettings) -> Vec<Problem> {
    (account.provider.check)(account)
}

/// The provider of an account could not be built.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConnectError {
    #[error("{0}")]
    Settings(Problem),
    #[error("outbound: {0}")]
    Network(#[from] SetupError),
}

/// Builds the provider of an account. It gets a way to the network, and connections of its own, only if it has an
/// API key.
///
/// # Errors
/// What [`check`] would have said, or that the network cannot be set up.
pub(crate) fn connect(
    account: &AccountSettings,
    network: &HttpSettings,
    clock: Arc<dyn Clock>,
) -> Result<Arc<dyn IdProvider>, ConnectError> {
    let mut transport = None;
    if account.api_key.is_some() {
        let mut policy = RetryPolicy::default();
        if let Some(header) = account.provider.retry_hint_header {
            policy = policy.with_hint_header(HeaderName::from_static(header));
        }
        let retrying = Retry::new(HttpTransport::new(network)?, policy);
        transport = Some(Arc::new(retrying) as Arc<dyn Transport>);
    }
    (account.provider.connect)(account, transport, clock).map_err(ConnectError::Settings)
}

/// A provider that verifies and translates and has no credentials. Any tolerance is taken, also one that no
/// configuration may have: a person who looks at an old webhook knows that it is old.
pub(crate) fn receiver(
    provider: &Provider,
    keys: Vec<SigningKey>,
    tolerance_secs: Option<u64>,
    clock: Arc<dyn Clock>,
) -> Arc<dyn IdProvider> {
    (provider.receiver)(keys, tolerance_secs, clock)
}

impl AccountSettings {
    /// A problem with one of the account's own keys.
    fn problem(&self, key: &str, what: &str, remedy: &str) -> Problem {
        let origin = match (key, &self.api_key_origin) {
            ("api_key", Some(origin)) => origin,
            _ => &self.origin,
        };
        Problem {
            place: origin.to_string(),
            key: format!("accounts.{}.{key}", self.id),
            what: what.to_owned(),
            remedy: remedy.to_owned(),
        }
    }

    /// A problem with one of the provider's options, placed at that option if it is written anywhere.
    fn option_problem(&self, key: &str, what: &str, remedy: &str) -> Problem {
        let mut problem = self.problem(&format!("options.{key}"), what, remedy);
        if let Some(origin) = self.options.origin_of(key) {
            problem.place = origin.to_string();
        }
        problem
    }

    fn options_path(&self) -> String {
        format!("accounts.{}.options", self.id)
    }

    /// Refuses a key of the other environment: a sandbox that asks about real people, or the other way round.
    fn check_environment_of_key(&self, key_is_live: Option<bool>) -> Option<Problem> {
        let (is_live, other) = match self.environment {
            Environment::Live => (true, "sandbox"),
            Environment::Sandbox => (false, "live"),
        };
        (key_is_live? != is_live).then(|| {
            let what =
                format!("is a key of the {other} environment, and the account says otherwise");
            let remedy =
                format!("use a key of the account's environment, or say environment = \"{other}\"");
            self.problem("api_key", &what, &remedy)
        })
    }
}

mod stripe {
    use super::*;

    fn config(account: &AccountSettings) -> Result<StripeConfig, Problem> {
        let options: StripeOptions =
            config::read_options(&account.options_path(), &account.options)?;
        Ok(StripeConfig {
            api_key: account.api_key.clone(),
            webhook_secrets: account.webhook_secrets.clone(),
            options,
        })
    }

    pub(super) fn check(account: &AccountSettings) -> Vec<Problem> {
        let config = match config(account) {
            Ok(config) => config,
            Err(problem) => return vec![problem],
        };
        let unusable = config.check().err().map(|error| {
            let place = if error.key == "api_key" {
                AccountSettings::problem
            } else {
                AccountSettings::option_problem
            };
            place(account, error.key, error.problem, error.remedy)
        });
        unusable
            .into_iter()
            .chain(account.check_environment_of_key(config.is_live()))
            .collect()
    }

    pub(super) fn connect(
        account: &AccountSettings,
        transport: Option<Arc<dyn Transport>>,
        clock: Arc<dyn Clock>,
    ) -> Result<Arc<dyn IdProvider>, Problem> {
        let config = config(account)?;
        Ok(match transport {
            Some(transport) => Arc::new(StripeProvider::new(config, transport, clock)),
            None => Arc::new(StripeProvider::receiver(config, clock)),
        })
    }

    pub(super) fn receiver(
        webhook_secrets: Vec<SigningKey>,
        tolerance_secs: Option<u64>,
        clock: Arc<dyn Clock>,
    ) -> Arc<dyn IdProvider> {
        let mut options = StripeOptions::default();
        if let Some(secs) = tolerance_secs {
            options.tolerance_secs = secs;
        }
        let config = StripeConfig {
            api_key: None,
            webhook_secrets,
            options,
        };
        Arc::new(StripeProvider::receiver(config, clock))
    }
}
