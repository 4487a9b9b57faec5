//! The settings of one account with the vendor.

use std::collections::BTreeMap;

use idv_core::webhook::SigningKey;
use idv_core::{BaseUrl, ConfigError, Country, ReasonCode, Secret};
use serde::Deserialize;
use url::Url;

use crate::map::is_vendor_id;

/// One account: its credentials and its settings.
#[derive(Clone, Debug, Default)]
pub struct OnfidoConfig {
    /// An API token (`api_live….` or `api_sandbox….`), or the client secret that goes with
    /// [`oauth_client_id`](OnfidoOptions::oauth_client_id). Without one the account can only receive webhooks.
    pub api_key: Option<Secret>,
    /// The tokens of the webhooks, all of them valid at once so that one can take the place of another. Without one
    /// no webhook is believed.
    pub webhook_secrets: Vec<SigningKey>,
    /// Everything that is not a credential.
    pub options: OnfidoOptions,
}

impl OnfidoConfig {
    /// Checks what the types cannot.
    ///
    /// # Errors
    /// [`ConfigError`], which names the key, what is wrong and the remedy.
    pub fn check(&self) -> Result<(), ConfigError> {
        if let Some(key) = &self.api_key {
            // A client secret has no prefix that says where it belongs.
            let region = self
                .options
                .oauth_client_id
                .is_none()
                .then_some(self.options.region);
            check_key(key.expose(), region)?;
        }
        self.options.check()
    }

    /// True for a live token, false for one of the sandbox; none without a token. A token of the time before there
    /// were prefixes counts as live. Of OAuth credentials the options say it.
    #[must_use]
    pub fn is_live(&self) -> Option<bool> {
        let key = self.api_key.as_ref()?;
        if self.options.oauth_client_id.is_some() {
            return Some(!self.options.oauth_sandbox);
        }
        Some(!key.expose().starts_with("api_sandbox"))
    }
}

fn check_key(key: &str, region: Option<Region>) -> Result<(), ConfigError> {
    let refuse = |key, problem, remedy| {
        Err(ConfigError {
            key,
            problem,
            remedy,
        })
    };
    if key.trim().is_empty() {
        let remedy = "leave it out for an account that only receives";
        return refuse("api_key", "is blank", remedy);
    }
    if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return refuse(
            "api_key",
            "holds white space or a character that no token has",
            "copy it again from the dashboard, without \"Token token=\" before it",
        );
    }
    match region.zip(region_of(key)) {
        Some((region, of_key)) if of_key != region => refuse(
            "region",
            "is another region than that of the API token",
            "name the region in the token's prefix (api_live_us means us; none means eu)",
        ),
        _ => Ok(()),
    }
}

/// The region in the prefix of a token, such as `api_sandbox_ca.…`.
fn region_of(key: &str) -> Option<Region> {
    let (prefix, _) = key.split_once('.')?;
    let rest = ["api_live", "api_sandbox"]
        .iter()
        .find_map(|start| prefix.strip_prefix(start))?;
    match rest {
        "" => Some(Region::Eu),
        "_us" => Some(Region::Us),
        "_ca" => Some(Region::Ca),
        _ => None,
    }
}

/// Settings that are not credentials. Unknown keys are refused.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OnfidoOptions {
    /// Where the account lives: `eu`, `us` or `ca`. Default `eu`. A token is valid in one region only.
    pub region: Region,
    /// The client id of OAuth credentials, in the place of an API token; the `api_key` is then the client secret. Default:
    /// none.
    pub oauth_client_id: Option<String>,
    /// True if the OAuth credentials are of the sandbox: unlike tokens they do not say so. Default false.
    pub oauth_sandbox: bool,
    /// Another address of the API, in the place of that of the region, without the version. Default: none. `http` is
    /// accepted on the loopback address only.
    pub api_base_url: Option<BaseUrl>,
    /// The workflow to run (a UUID), unless a request names one. Default: none, and then each request must.
    pub workflow_id: Option<String>,
    /// Where the subject goes from the hosted page when done, unless a request says so. Default: the vendor's page.
    pub completed_redirect_url: Option<String>,
    /// Where the subject goes when the link has expired. Default: the vendor's page.
    pub expired_redirect_url: Option<String>,
    /// The language of the hosted page, such as `en_US` or `fr_FR`. Default: as the vendor finds fit.
    pub link_language: Option<String>,
    /// How long the link to the hosted page works, in seconds from the start. Default: as long as the run waits.
    pub link_lifetime_secs: Option<u64>,
    /// Tags for every run, beside the id of the request. At most 29, each of 1 to 128 characters. Default: none.
    pub tags: Vec<String>,
    /// The first name of an applicant whose name the application does not tell; the vendor wants one. Default
    /// `Anonymous`. A report that compares names will find that they differ.
    pub placeholder_first_name: String,
    /// The same for the last name. Default `Applicant`.
    pub placeholder_last_name: String,
    /// The country where applicants live (ISO 3166-1, two or three letters), where their address does not say so.
    /// Default: none. Reports about faces ask for it.
    pub country_of_residence: Option<Country>,
    /// The consents that the application has from every subject before it makes a request. Default: none. In some
    /// countries the vendor refuses applicants without them.
    pub consents: Vec<Consent>,
    /// The pages on which a token for the vendor's web SDK may be used, such as `https://*.example.org/*`. Default:
    /// all.
    pub sdk_referrer: Option<String>,
    /// The mobile application in which a token for the vendor's SDK may be used. Default: none.
    pub sdk_application_id: Option<String>,
    /// What the reasons mean that the workflow gives for its outcome: `"expired document" = "document_expired"`.
    /// They are the account's own texts; one that is not named here is kept as `unclassified:<text>`.
    pub reasons: BTreeMap<String, ReasonCode>,
    /// What a classic check means whose result is `consider`: `review` or `fail`. Default `review`. For display only:
    /// classic checks form no session.
    pub classic_consider: ClassicConsider,
}

impl Default for OnfidoOptions {
    fn default() -> Self {
        Self {
            region: Region::default(),
            oauth_client_id: None,
            oauth_sandbox: false,
            api_base_url: None,
            workflow_id: None,
            completed_redirect_url: None,
            expired_redirect_url: None,
            link_language: None,
            link_lifetime_secs: None,
            tags: Vec::new(),
            placeholder_first_name: "Anonymous".to_owned(),
            placeholder_last_name: "Applicant".to_owned(),
            country_of_residence: None,
            consents: Vec::new(),
            sdk_referrer: None,
            sdk_application_id: None,
            reasons: BTreeMap::new(),
            classic_consider: ClassicConsider::default(),
        }
    }
}

impl OnfidoOptions {
    /// How many tags of the account's own a run can have: the vendor takes 30, and one is the id of the request.
    pub const MAX_TAGS: usize = 29;
    /// The shortest life of a link that a subject can use, in seconds.
    pub const MIN_LINK_LIFETIME_SECS: u64 = 60;
    /// The longest life of a link, in seconds: a year.
    pub const MAX_LINK_LIFETIME_SECS: u64 = 365 * 86_400;

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
        let is_blank = |id: &String| id.trim().is_empty();
        if self.oauth_client_id.as_ref().is_some_and(is_blank) {
            let remedy =
                "copy it from the vendor's dashboard, or leave it out and use an API token";
            return refuse("oauth_client_id", "is blank", remedy);
        }
        if self.oauth_sandbox && self.oauth_client_id.is_none() {
            let remedy = "leave it out: an API token says itself where it belongs";
            return refuse("oauth_sandbox", "stands without oauth_client_id", remedy);
        }
        if self.workflow_id.as_ref().is_some_and(|id| !is_uuid(id)) {
            return refuse(
                "workflow_id",
                "is not the id of a workflow",
                "copy the UUID of the workflow from the vendor's Studio",
            );
        }
        for (key, url) in [
            ("completed_redirect_url", &self.completed_redirect_url),
            ("expired_redirect_url", &self.expired_redirect_url),
        ] {
            if url.as_ref().is_some_and(|url| !is_web_address(url)) {
                let remedy = "write a whole address, such as https://example.org/verified";
                return refuse(key, "is no web address", remedy);
            }
        }
        if let Some(secs) = self.link_lifetime_secs
            && !(Self::MIN_LINK_LIFETIME_SECS..=Self::MAX_LINK_LIFETIME_SECS).contains(&secs)
        {
            return refuse(
                "link_lifetime_secs",
                "is not between 60 and 31536000",
                "leave it out for a link that works as long as the run waits",
            );
        }
        let fits = |tag: &String| (1..=128).contains(&tag.chars().count());
        if self.tags.len() > Self::MAX_TAGS || !self.tags.iter().all(fits) {
            return refuse(
                "tags",
                "holds more than 29 tags, or one that is empty or longer than 128 characters",
                "shorten it: the vendor refuses the rest",
            );
        }
        for (key, name) in [
            ("placeholder_first_name", &self.placeholder_first_name),
            ("placeholder_last_name", &self.placeholder_last_name),
        ] {
            if name.trim().is_empty() || name.contains(is_refused_in_names) {
                return refuse(
                    key,
                    "is blank or holds one of ! # $ % * = < > ; { } \"",
                    "leave it out for the default",
                );
            }
        }
        if matches!(self.country_of_residence, Some(Country::Unknown(_))) {
            let remedy = "use the two or three upper-case letters of ISO 3166-1";
            return refuse("country_of_residence", "is no country", remedy);
        }
        let is_word = |code: &ReasonCode| !matches!(code, ReasonCode::Unclassified(_));
        if !self.reasons.values().all(is_word) {
            return refuse(
                "reasons",
                "gives a reason that is none of ours",
                "use our words for reasons, such as document_expired or face_mismatch",
            );
        }
        Ok(())
    }

    /// Where the API is, without the version.
    #[must_use]
    pub fn base_url(&self) -> BaseUrl {
        match (&self.api_base_url, self.region) {
            (Some(base), _) => base.clone(),
            (None, Region::Eu) => BaseUrl::of_host("api.eu.onfido.com"),
            (None, Region::Us) => BaseUrl::of_host("api.us.onfido.com"),
            (None, Region::Ca) => BaseUrl::of_host("api.ca.onfido.com"),
        }
    }
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36 && is_vendor_id(text) && text.matches('-').count() == 4
}

fn is_web_address(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "https" | "http") && url.has_host())
}

/// What the vendor does not take in a name.
fn is_refused_in_names(c: char) -> bool {
    "!#$%*=<>;{}\"".contains(c)
}

/// Where an account lives. Each region has its own host, tokens and data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Region {
    /// European Union.
    #[default]
    Eu,
    /// United States.
    Us,
    /// Canada.
    Ca,
}

/// A consent of the subject that the vendor asks for when an applicant is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Consent {
    /// The subject has read the vendor's privacy notices.
    PrivacyNoticesRead,
    /// The subject agrees that the social security number is looked up.
    SsnVerification,
    /// The subject agrees that the phone number is looked up.
    PhoneNumberVerification,
}

impl Consent {
    /// The vendor's word.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::PrivacyNoticesRead => "privacy_notices_read",
            Self::SsnVerification => "ssn_verification",
            Self::PhoneNumberVerification => "phone_number_verification",
        }
    }
}

/// What a classic check means whose result is `consider`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ClassicConsider {
    /// Somebody of the account has to look.
    #[default]
    Review,
    /// It counts as failed.
    Fail,
}
