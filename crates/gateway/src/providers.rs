//! The list of providers: what a vendor is called in the configuration, and how to build it.
//!
//! Adding a vendor is one row here. Nothing else in the gateway names one, except the demo, the default file, and what
//! `idv simulate` prints to paste for a vendor there is a stand-in for.

use std::sync::Arc;

use idv_core::spec::VendorSpec;
use idv_core::webhook::{DeliveryShape, SigningKey};
use idv_core::{BaseUrl, Clock, IdProvider, Transport};
use idv_engine::Environment;

use crate::config::{self, AccountSettings, Problem};

mod connection;
mod kind;

pub(crate) use connection::{ConnectError, connect};
pub(crate) use kind::{Kind, kinds};

/// One kind of provider.
pub struct Provider {
    /// Its short name: in the configuration and on the command line.
    pub id: &'static str,
    /// The vendor and product, for people.
    pub vendor: &'static str,
    /// True if its webhooks are signed with secrets that the vendor shares with the account. Else they are signed
    /// with keys whose public halves the vendor hands out: to an account with an API key, or in a file beforehand.
    pub wants_webhook_secrets: bool,
    /// What its vendor's deliveries look like.
    pub shape: DeliveryShape,
    /// What it knows of its vendor's published description of the API.
    pub spec: fn() -> VendorSpec,
    /// The header in which the vendor says whether to send a request again.
    retry_hint_header: Option<&'static str>,
    check: fn(&AccountSettings) -> Vec<Problem>,
    connect: Connect,
    receiver: Receiver,
    api_base_url: fn(&AccountSettings) -> Result<BaseUrl, Problem>,
}

/// Builds the provider of an account; with a way to the network if it has an API key.
type Connect = fn(
    &AccountSettings,
    Option<Arc<dyn Transport>>,
    Arc<dyn Clock>,
) -> Result<Arc<dyn IdProvider>, Problem>;

/// Builds a provider that verifies and translates, and has no account.
type Receiver = fn(Trusted, Option<u64>, Arc<dyn Clock>) -> Result<Arc<dyn IdProvider>, String>;

/// What webhooks are proven with where there is no account. With nothing, none is believed.
#[derive(Default)]
pub(crate) struct Trusted {
    /// The secrets, for a kind that wants them.
    pub(crate) secrets: Vec<SigningKey>,
    /// Public keys as the vendor hands them out, for a kind that wants no secrets: each document's name, and its bytes.
    pub(crate) public_keys: Vec<(String, Vec<u8>)>,
}

/// Every kind of provider.
pub static PROVIDERS: &[Provider] = &[
    Provider {
        id: "stripe",
        vendor: "Stripe Identity",
        wants_webhook_secrets: true,
        retry_hint_header: Some("stripe-should-retry"),
        shape: idv_stripe::DELIVERY_SHAPE,
        spec: idv_stripe::spec,
        check: stripe::check,
        connect: stripe::connect,
        receiver: stripe::receiver,
        api_base_url: |account| Ok(stripe::config(account)?.options.api_base_url),
    },
    Provider {
        id: "onfido",
        vendor: "Onfido Studio",
        wants_webhook_secrets: true,
        retry_hint_header: None,
        shape: idv_onfido::DELIVERY_SHAPE,
        spec: idv_onfido::spec,
        check: onfido::check,
        connect: onfido::connect,
        receiver: onfido::receiver,
        api_base_url: |account| Ok(onfido::config(account)?.options.base_url()),
    },
    Provider {
        id: "plaid",
        vendor: "Plaid Identity Verification",
        wants_webhook_secrets: false,
        retry_hint_header: None,
        shape: idv_plaid::DELIVERY_SHAPE,
        spec: idv_plaid::spec,
        check: plaid::check,
        connect: plaid::connect,
        receiver: plaid::receiver,
        api_base_url: |account| Ok(plaid::config(account)?.options.api()),
    },
];

/// The kind of this name.
pub(crate) fn find(id: &str) -> Option<&'static Provider> {
    PROVIDERS.iter().find(|provider| provider.id == id)
}

/// The names of all kinds, for messages.
pub(crate) fn names() -> String {
    let names: Vec<_> = PROVIDERS.iter().map(|provider| provider.id).collect();
    names.join(", ")
}

/// Where the API of an account is.
///
/// # Errors
/// What [`check`] would have said about its options.
pub(crate) fn api_base_url(account: &AccountSettings) -> Result<BaseUrl, Problem> {
    (account.provider.api_base_url)(account)
}

/// What is wrong with an account, as far as its provider can tell without the network.
pub(crate) fn check(account: &AccountSettings) -> Vec<Problem> {
    (account.provider.check)(account)
}

/// A provider that verifies and translates and has no credentials. Any tolerance is taken, also one that no
/// configuration may have: a person who looks at an old webhook knows that it is old.
///
/// # Errors
/// A sentence about what cannot be used.
pub(crate) fn receiver(
    provider: &Provider,
    trusted: Trusted,
    tolerance_secs: Option<u64>,
    clock: Arc<dyn Clock>,
) -> Result<Arc<dyn IdProvider>, String> {
    (provider.receiver)(trusted, tolerance_secs, clock)
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
        let option = key.split('.').next().unwrap_or(key);
        if let Some(origin) = self.options.origin_of(option) {
            problem.place = origin.to_string();
        }
        problem
    }

    /// What a provider says about its settings: about the API key, or else about an option.
    fn unusable(&self, key: &str, what: &str, remedy: &str) -> Problem {
        if key == "api_key" {
            return self.problem(key, what, remedy);
        }
        let option = key.strip_prefix("options.").unwrap_or(key);
        self.option_problem(option, what, remedy)
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
    use idv_stripe::{StripeConfig, StripeOptions, StripeProvider};

    use super::*;

    pub(super) fn config(account: &AccountSettings) -> Result<StripeConfig, Problem> {
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
        let unusable = config.check().err();
        let unusable = unusable.map(|e| account.unusable(e.key, e.problem, e.remedy));
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
        trusted: Trusted,
        tolerance_secs: Option<u64>,
        clock: Arc<dyn Clock>,
    ) -> Result<Arc<dyn IdProvider>, String> {
        let mut options = StripeOptions::default();
        if let Some(secs) = tolerance_secs {
            options.tolerance_secs = secs;
        }
        let config = StripeConfig {
            api_key: None,
            webhook_secrets: trusted.secrets,
            options,
        };
        Ok(Arc::new(StripeProvider::receiver(config, clock)))
    }
}

mod onfido {
    use idv_onfido::{OnfidoConfig, OnfidoOptions, OnfidoProvider};

    use super::*;

    pub(super) fn config(account: &AccountSettings) -> Result<OnfidoConfig, Problem> {
        let options: OnfidoOptions =
            config::read_options(&account.options_path(), &account.options)?;
        Ok(OnfidoConfig {
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
        let unusable = config.check().err();
        let unusable = unusable.map(|e| account.unusable(e.key, e.problem, e.remedy));
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
            Some(transport) => Arc::new(OnfidoProvider::new(config, transport, clock)),
            None => Arc::new(OnfidoProvider::receiver(config, clock)),
        })
    }

    pub(super) fn receiver(
        trusted: Trusted,
        tolerance_secs: Option<u64>,
        clock: Arc<dyn Clock>,
    ) -> Result<Arc<dyn IdProvider>, String> {
        if tolerance_secs.is_some() {
            let sentence = "webhooks of this vendor say no time of signing, so there is nothing to tolerate: leave it out";
            return Err(sentence.to_owned());
        }
        let config = OnfidoConfig {
            webhook_secrets: trusted.secrets,
            ..OnfidoConfig::default()
        };
        Ok(Arc::new(OnfidoProvider::receiver(config, clock)))
    }
}

mod plaid {
    use idv_plaid::{Jwk, PlaidConfig, PlaidOptions, PlaidProvider};

    use super::*;

    /// The vendor's environment follows from the account's. Saying it once more is allowed, contradicting it is not.
    pub(super) fn config(account: &AccountSettings) -> Result<PlaidConfig, Problem> {
        let mut options: PlaidOptions =
            config::read_options(&account.options_path(), &account.options)?;
        let environment = match account.environment {
            Environment::Live => idv_plaid::Environment::Production,
            Environment::Sandbox => idv_plaid::Environment::Sandbox,
        };
        let is_written = account.options.origin_of("environment").is_some();
        if is_written && options.environment != environment {
            return Err(account.option_problem(
                "environment",
                "is another one than the environment of the account",
                "leave it out: it follows from that of the account",
            ));
        }
        options.environment = environment;
        let keys = match &account.webhook_keys {
            None => Vec::new(),
            Some(file) => Jwk::read_all(&file.bytes).map_err(|error| {
                let mut problem = account.problem(
                    "webhook_keys_file",
                    &format!("names a file of which {}", error.what),
                    "put the answer of /webhook_verification_key/get there as it came",
                );
                problem.place = file.origin.to_string();
                problem
            })?,
        };
        Ok(PlaidConfig {
            api_key: account.api_key.clone(),
            keys,
            options,
        })
    }

    pub(super) fn check(account: &AccountSettings) -> Vec<Problem> {
        let config = match config(account) {
            Ok(config) => config,
            Err(problem) => return vec![problem],
        };
        let unusable = config.check().err();
        let unusable = unusable.map(|e| account.unusable(e.key, e.problem, e.remedy));
        let has_no_keys = config.api_key.is_none() && config.keys.is_empty();
        let has_no_keys = has_no_keys.then(|| {
            account.problem(
                "webhook_keys_file",
                "is missing, and there is no api_key to ask the vendor for its keys with",
                "give api_key and options.client_id, or a file with the keys if the account only receives",
            )
        });
        unusable.into_iter().chain(has_no_keys).collect()
    }

    pub(super) fn connect(
        account: &AccountSettings,
        transport: Option<Arc<dyn Transport>>,
        clock: Arc<dyn Clock>,
    ) -> Result<Arc<dyn IdProvider>, Problem> {
        let config = config(account)?;
        Ok(match transport {
            Some(transport) => Arc::new(PlaidProvider::new(config, transport, clock)),
            None => Arc::new(PlaidProvider::receiver(config, clock)),
        })
    }

    pub(super) fn receiver(
        trusted: Trusted,
        tolerance_secs: Option<u64>,
        clock: Arc<dyn Clock>,
    ) -> Result<Arc<dyn IdProvider>, String> {
        let mut config = PlaidConfig::default();
        for (name, bytes) in trusted.public_keys {
            let keys = Jwk::read_all(&bytes).map_err(|error| format!("{name}: {error}"))?;
            config.keys.extend(keys);
        }
        if let Some(secs) = tolerance_secs {
            config.options.tolerance_secs = secs;
        }
        Ok(Arc::new(PlaidProvider::receiver(config, clock)))
    }
}
