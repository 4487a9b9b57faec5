//! The settings of one account with the vendor.

use idv_core::webhook::{SigningKey, Tolerance};
use idv_core::{BaseUrl, ConfigError, DocumentKind, Secret};
use serde::Deserialize;

use crate::map::{document_word, is_vendor_id};

/// One account: its credentials and its settings.
#[derive(Clone, Debug, Default)]
pub struct StripeConfig {
    /// A secret key (`sk_…`) or a restricted key (`rk_…`). Without one the account can only receive webhooks.
    pub api_key: Option<Secret>,
    /// The secrets of the webhook endpoints (`whsec_…`), all of them valid at once so that they can be rolled.
    /// Without one no webhook is believed.
    pub webhook_secrets: Vec<SigningKey>,
    /// Everything that is not a credential.
    pub options: StripeOptions,
}

impl StripeConfig {
    /// Checks what the types cannot.
    ///
    /// # Errors
    /// [`ConfigError`], which names the key, what is wrong and the remedy.
    pub fn check(&self) -> Result<(), ConfigError> {
        if let Some(key) = &self.api_key {
            check_key(key.expose())?;
        }
        self.options.check()
    }

    /// True for a live key, false for one of the test mode; none without a key or if the key does not say.
    #[must_use]
    pub fn is_live(&self) -> Option<bool> {
        let key = self.api_key.as_ref()?.expose();
        let mode = key.split('_').nth(1)?;
        match mode {
            "live" => Some(true),
            "test" => Some(false),
            _ => None,
        }
    }
}

fn check_key(key: &str) -> Result<(), ConfigError> {
    let refuse = |problem, remedy| {
        Err(ConfigError {
            key: "api_key",
            problem,
            remedy,
        })
    };
    if key.trim().is_empty() {
        return refuse("is blank", "leave it out for an account that only receives");
    }
    if key.starts_with("pk_") {
        return refuse(
            "is a publishable key, which may read nothing",
            "use a restricted key (rk_…) or a secret key (sk_…)",
        );
    }
    if key.starts_with("whsec_") {
        return refuse(
            "is a webhook secret",
            "put it among the webhook secrets and use a restricted key (rk_…) here",
        );
    }
    if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return refuse(
            "holds white space or a character that no key has",
            "copy it again from the dashboard",
        );
    }
    Ok(())
}

/// Settings that are not credentials. Unknown keys are refused.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StripeOptions {
    /// Where the API is. Default `https://api.stripe.com`. `http` is accepted on the loopback address only.
    pub api_base_url: BaseUrl,
    /// The version of the API to ask for. Default `2026-07-29.dahlia`.
    pub api_version: ApiVersion,
    /// How far the time of signing of a webhook may be from now, in seconds and in both directions. Default 300.
    pub tolerance_secs: u64,
    /// What is verified, unless a flow says so. Default `document`.
    pub verification: Verification,
    /// A verification flow (`vf_…`) made in the vendor's dashboard. It takes the place of the settings below and of
    /// `verification`. Default: none.
    pub verification_flow: Option<String>,
    /// The documents that are accepted: `passport`, `id_card`, `driving_licence`. Default: all of them.
    pub allowed_documents: Vec<DocumentKind>,
    /// Ask for an identification number too and check it against the document. Default false.
    pub require_id_number: bool,
    /// Accept pictures taken on the spot only. Default false.
    pub require_live_capture: bool,
    /// Compare a selfie with the document. Default false, as at the vendor: without it nobody checks that the
    /// document belongs to who shows it.
    pub require_matching_selfie: bool,
    /// Read the date of birth and the numbers of documents too. Needs a restricted key with the permission
    /// "Access recent sensitive verification results". Default false.
    pub sensitive_results: bool,
}

impl Default for StripeOptions {
    fn default() -> Self {
        Self {
            api_base_url: BaseUrl::of_host("api.stripe.com"),
            api_version: ApiVersion::default(),
            tolerance_secs: Tolerance::DEFAULT.as_secs(),
            verification: Verification::default(),
            verification_flow: None,
            allowed_documents: Vec::new(),
            require_id_number: false,
            require_live_capture: false,
            require_matching_selfie: false,
            sensitive_results: false,
        }
    }
}

impl StripeOptions {
    /// The largest tolerance a configuration may set, in seconds.
    pub const MAX_TOLERANCE_SECS: u64 = 3_600;

    /// Checks what the types cannot.
    ///
    /// # Errors
    /// [`ConfigError`], which names the key, what is wrong and the remedy.
    pub fn check(&self) -> Result<(), ConfigError> {
        let refuse = |key, problem, remedy| {
            Err(ConfigError {
                key,
                problem,
                remedy,
            })
        };
        if !(1..=Self::MAX_TOLERANCE_SECS).contains(&self.tolerance_secs) {
            return refuse(
                "tolerance_secs",
                "is not between 1 and 3600",
                "leave it out for the 300 s the vendor recommends",
            );
        }
        let has_documents = !self.allowed_documents.is_empty();
        let has_requirements =
            self.require_id_number || self.require_live_capture || self.require_matching_selfie;
        if self
            .allowed_documents
            .iter()
            .any(|kind| document_word(kind).is_none())
        {
            return refuse(
                "allowed_documents",
                "names a document that the vendor cannot check",
                "use passport, id_card and driving_licence, or leave it out for all three",
            );
        }
        if let Some(flow) = &self.verification_flow {
            if !is_vendor_id(flow) {
                return refuse(
                    "verification_flow",
                    "is not the id of a flow",
                    "copy the id (vf_…) from the vendor's dashboard",
                );
            }
            if has_documents || has_requirements || self.verification != Verification::Document {
                return refuse(
                    "verification_flow",
                    "stands beside settings that the flow itself decides",
                    "set verification, allowed_documents and require_… in the flow, and leave them out here",
                );
            }
        }
        if self.verification == Verification::IdNumber && (has_documents || has_requirements) {
            return refuse(
                "verification",
                "is id_number, which looks at no document",
                "leave out allowed_documents and require_…, or verify a document",
            );
        }
        Ok(())
    }
}

/// What a session verifies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Verification {
    /// An identity document.
    #[default]
    Document,
    /// An identification number, without a document.
    IdNumber,
}

impl Verification {
    /// The vendor's word.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Document => "document",
            Self::IdNumber => "id_number",
        }
    }
}

/// A version of the vendor's API that this crate was checked against.
///
/// Identity is the same in both. The default is the one whose OpenAPI file the mapping tables are compared with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub enum ApiVersion {
    /// `2026-07-29.dahlia`.
    #[default]
    #[serde(rename = "2026-07-29.dahlia")]
    Dahlia20260729,
    /// `2026-10-28.endive`.
    #[serde(rename = "2026-10-28.endive")]
    Endive20261028,
}

impl ApiVersion {
    /// As in the header `Stripe-Version`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dahlia20260729 => "2026-07-29.dahlia",
            Self::Endive20261028 => "2026-10-28.endive",
        }
    }
}
