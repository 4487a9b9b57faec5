//! The settings of one account with the vendor.

use idv_core::webhook::Tolerance;
use idv_core::{BaseUrl, ConfigError, Secret};
use serde::Deserialize;

use crate::map::is_vendor_id;
use crate::webhook::Jwk;

/// One account: its credentials and its settings.
#[derive(Clone, Debug, Default)]
pub struct PlaidConfig {
    /// The vendor's `secret`, which belongs to one environment; the `client_id` beside it is an option. Without it
    /// the account can only receive webhooks.
    pub api_key: Option<Secret>,
    /// Keys that sign webhooks, known beforehand. An account with an API key finds them by itself and needs none;
    /// one without believes these keys and no others.
    pub keys: Vec<Jwk>,
    /// Everything that is not a credential.
    pub options: PlaidOptions,
}

impl PlaidConfig {
    /// Checks what the types cannot.
    ///
    /// # Errors
    /// [`ConfigError`], which names the key, what is wrong and the remedy.
    pub fn check(&self) -> Result<(), ConfigError> {
        self.options.check()?;
        let Some(key) = &self.api_key else {
            return Ok(());
        };
        if key.is_blank() {
            return refuse(
                "api_key",
                "is blank",
                "leave it out for an account that only receives",
            );
        }
        if !key.expose().bytes().all(|byte| byte.is_ascii_graphic()) {
            return refuse(
                "api_key",
                "holds white space or a character that no secret has",
                "copy the secret again from the vendor's dashboard",
            );
        }
        if self.options.client_id.is_none() {
            return refuse(
                "options.client_id",
                "is missing beside an API key",
                "copy the client_id from the vendor's dashboard, where the secret is",
            );
        }
        Ok(())
    }
}

/// Which of the vendor's two environments: they share nothing, neither secrets nor keys nor sessions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Environment {
    /// Real people.
    #[default]
    Production,
    /// Test people.
    Sandbox,
}

impl Environment {
    const fn api_host(self) -> &'static str {
        match self {
            Self::Production => "production.plaid.com",
            Self::Sandbox => "sandbox.plaid.com",
        }
    }
}

/// Settings that are not credentials. Unknown keys are refused.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PlaidOptions {
    /// `production` or `sandbox`. Default `production`.
    pub environment: Environment,
    /// Where the API is. Default: that of the environment. `http` is accepted on the loopback address only.
    pub api_base_url: Option<BaseUrl>,
    /// The vendor's `client_id`. Needed beside an API key.
    pub client_id: Option<String>,
    /// The template (`idvtmp_…`) to use unless a request names another. Made in the vendor's dashboard; it decides
    /// what is verified, and which documents are accepted. Default: none, and then every request must name one.
    pub template_id: Option<String>,
    /// Ask for a page of the vendor to send the subject to. Its address does not expire. Default true.
    pub is_shareable: bool,
    /// Say that the subject has already agreed to the vendor's terms; the vendor then does not ask. Default false.
    pub gave_consent: bool,
    /// Make tokens for the vendor's SDK (Link) where there is no page to send the subject to. Default: none.
    pub link_tokens: Option<LinkTokens>,
    /// How far the time of signing of a webhook may be from now, in seconds and in both directions. Default 300, as
    /// the vendor recommends.
    ///
    /// A trade. The vendor delivers again after about 30 s, 2 min, 8 min, 32 min, 2 h and 8 h, and does not say
    /// whether it signs anew. If it does not, 300 s refuses everything from the third delivery on, and what was in
    /// it is only found by polling. 41400 (11.5 h) accepts them all, and whoever got hold of one delivery may repeat
    /// it for as long; that costs a lookup in the inbox each time and no more, since a delivery seen before is known
    /// by its token, and no webhook of this vendor carries a status.
    pub tolerance_secs: u64,
    /// After how many seconds a key that signs webhooks is asked for again, to learn of its end. Default 3600.
    pub key_refresh_secs: u64,
    /// How many seconds a key is believed at most without the vendor confirming it. Default 86400.
    pub key_max_age_secs: u64,
    /// How many seconds a key id is remembered of which the vendor said that it knows no such key. Default 300.
    pub unknown_key_secs: u64,
    /// How many such key ids are remembered at most. Default 256.
    pub unknown_keys_max: usize,
    /// How many key ids nobody has seen before may be looked up at once. Default 5.
    pub key_requests_burst: u32,
    /// How many of them may be looked up per minute. Default 10: the vendor has very few keys, so any more are
    /// forgeries. Beyond that, webhooks with strange key ids are put off, and those with known keys are not.
    pub key_requests_per_min: u32,
}

impl Default for PlaidOptions {
    fn default() -> Self {
        Self {
            environment: Environment::default(),
            api_base_url: None,
            client_id: None,
            template_id: None,
            is_shareable: true,
            gave_consent: false,
            link_tokens: None,
            tolerance_secs: Tolerance::DEFAULT.as_secs(),
            key_refresh_secs: 3_600,
            key_max_age_secs: 86_400,
            unknown_key_secs: 300,
            unknown_keys_max: 256,
            key_requests_burst: 5,
            key_requests_per_min: 10,
        }
    }
}

/// Settings of the tokens for the vendor's SDK. Unknown keys are refused.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkTokens {
    /// The name of the application, as the subject sees it; at most 30 characters.
    pub client_name: String,
    /// The language the vendor wants to be told; it does not use it for this product. Default `en`.
    #[serde(default = "default_language")]
    pub language: String,
    /// The country of the company, not of the subject: ISO 3166-1 alpha-2. Default `US`.
    #[serde(default = "default_country_codes")]
    pub country_codes: Vec<String>,
    /// The products the token is for. This product excludes all others, so the default `identity_verification` is
    /// the one that works.
    #[serde(default = "default_products")]
    pub products: Vec<String>,
    /// Ask for a page (Hosted Link) along with the token. Default false.
    #[serde(default)]
    pub hosted: bool,
}

impl LinkTokens {
    /// Settings with nothing but the name of the application.
    #[must_use]
    pub fn new(client_name: impl Into<String>) -> Self {
        Self {
            client_name: client_name.into(),
            language: default_language(),
            country_codes: default_country_codes(),
            products: default_products(),
            hosted: false,
        }
    }
}

fn default_language() -> String {
    "en".to_owned()
}

fn default_country_codes() -> Vec<String> {
    vec!["US".to_owned()]
}

fn default_products() -> Vec<String> {
    vec!["identity_verification".to_owned()]
}

impl PlaidOptions {
    /// The largest tolerance a configuration may set, in seconds: the vendor gives up after a day.
    pub const MAX_TOLERANCE_SECS: u64 = 86_400;

    /// Where the API is.
    #[must_use]
    pub fn api(&self) -> BaseUrl {
        let default = || BaseUrl::of_host(self.environment.api_host());
        self.api_base_url.clone().unwrap_or_else(default)
    }

    /// Checks what the types cannot.
    ///
    /// # Errors
    /// [`ConfigError`], which names the key, what is wrong and the remedy.
    pub fn check(&self) -> Result<(), ConfigError> {
        let client_id = self.client_id.as_deref();
        if client_id.is_some_and(|id| id.is_empty() || !id.bytes().all(|b| b.is_ascii_graphic())) {
            return refuse(
                "client_id",
                "is blank or holds a character that no client_id has",
                "copy it again from the vendor's dashboard",
            );
        }
        if self
            .template_id
            .as_deref()
            .is_some_and(|id| !is_vendor_id(id))
        {
            return refuse(
                "template_id",
                "is not the id of a template",
                "copy the id (idvtmp_…) from the vendor's dashboard",
            );
        }
        if !(1..=Self::MAX_TOLERANCE_SECS).contains(&self.tolerance_secs) {
            return refuse(
                "tolerance_secs",
                "is not between 1 and 86400",
                "leave it out for the 300 s the vendor recommends",
            );
        }
        if self.key_refresh_secs == 0 {
            return refuse(
                "key_refresh_secs",
                "is 0, which would ask the vendor for each webhook",
                "leave it out for 3600",
            );
        }
        if !(self.key_refresh_secs..=7 * 86_400).contains(&self.key_max_age_secs) {
            return refuse(
                "key_max_age_secs",
                "is not between key_refresh_secs and 604800 (a week)",
                "leave it out for 86400",
            );
        }
        if !(1..=86_400).contains(&self.unknown_key_secs) {
            return refuse(
                "unknown_key_secs",
                "is not between 1 and 86400",
                "leave it out for 300",
            );
        }
        if !(1..=65_536).contains(&self.unknown_keys_max) {
            return refuse(
                "unknown_keys_max",
                "is not between 1 and 65536",
                "leave it out for 256",
            );
        }
        if !(1..=1_000).contains(&self.key_requests_burst) {
            return refuse(
                "key_requests_burst",
                "is not between 1 and 1000",
                "leave it out for 5",
            );
        }
        if !(1..=1_000).contains(&self.key_requests_per_min) {
            return refuse(
                "key_requests_per_min",
                "is not between 1 and 1000",
                "leave it out for 10",
            );
        }
        self.link_tokens.as_ref().map_or(Ok(()), LinkTokens::check)
    }
}

impl LinkTokens {
    fn check(&self) -> Result<(), ConfigError> {
        if !(1..=30).contains(&self.client_name.trim().chars().count()) {
            return refuse(
                "link_tokens.client_name",
                "is not 1 to 30 characters long",
                "give the name of the application as the subject knows it",
            );
        }
        let is_country =
            |code: &String| code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase());
        if self.country_codes.is_empty() || !self.country_codes.iter().all(is_country) {
            return refuse(
                "link_tokens.country_codes",
                "is empty or holds what is no country",
                "use codes of two capital letters, such as US, or leave it out",
            );
        }
        if self.language.is_empty() || self.products.is_empty() {
            return refuse(
                "link_tokens",
                "has an empty language or no products",
                "leave both out for en and identity_verification",
            );
        }
        Ok(())
    }
}

const fn refuse(
    key: &'static str,
    problem: &'static str,
    remedy: &'static str,
) -> Result<(), ConfigError> {
    Err(ConfigError {
        key,
        problem,
        remedy,
    })
}
