//! What a webhook command is given: the delivery, and what to prove it with.

use std::path::PathBuf;

use clap::Args;
use http::{HeaderMap, HeaderName, HeaderValue};
use idv_core::webhook::{InboundWebhook, KeyLabel, SigningKey};
use idv_core::{Secret, Timestamp};

use crate::cli::{Failure, input};
use crate::providers::{Provider, Trusted};

/// Secrets or public keys.
#[derive(Debug, Args)]
pub(super) struct Proof {
    /// A signing secret; several may be given. Other processes of this machine can see it while the command runs
    #[arg(long = "secret", value_name = "SECRET")]
    pub(super) secrets: Vec<SecretArgument>,
    /// A file with a signing secret, instead of --secret; several may be given
    #[arg(long = "secret-file", value_name = "FILE")]
    pub(super) secret_files: Vec<PathBuf>,
    /// A file with one or several public keys (JWK) as the vendor's key endpoint returns them, for a vendor that
    /// signs with keys of its own; several may be given
    #[arg(long = "jwk", value_name = "FILE")]
    pub(super) jwk_files: Vec<PathBuf>,
}

/// A delivery as it came.
#[derive(Debug, Args)]
pub(super) struct Delivery {
    /// A header, as `Name: value`; several may be given
    #[arg(long = "header", value_name = "NAME: VALUE")]
    headers: Vec<String>,
    /// The exact bytes of the body; - for standard input
    file: PathBuf,
}

/// A secret given on the command line: it does not print.
#[derive(Clone, Debug)]
pub(super) struct SecretArgument(Secret);

impl std::str::FromStr for SecretArgument {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(Secret::from(text)))
    }
}

impl Proof {
    pub(super) const fn is_given(&self) -> bool {
        !(self.secrets.is_empty() && self.secret_files.is_empty() && self.jwk_files.is_empty())
    }

    /// What the webhook is to be proven with: of the two ways, the one the provider's vendor has.
    pub(super) fn trusted(&self, provider: &Provider) -> Result<Trusted, Failure> {
        let has_secrets = !(self.secrets.is_empty() && self.secret_files.is_empty());
        let has_keys = !self.jwk_files.is_empty();
        let vendor = provider.vendor;
        let sentence = match (provider.wants_webhook_secrets, has_secrets, has_keys) {
            (true, true, false) | (false, false, true) => None,
            (true, _, true) => Some(format!(
                "--jwk: {vendor} signs webhooks with a secret of the account: give --secret or --secret-file instead"
            )),
            (false, true, _) => Some(format!(
                "--secret: {vendor} signs webhooks with keys of its own: give --jwk with a file that holds the key instead"
            )),
            (true, false, false) => Some(format!(
                "nothing to prove the webhook with: {vendor} signs with a secret, so give --secret or --secret-file"
            )),
            (false, false, false) => Some(format!(
                "nothing to prove the webhook with: {vendor} signs with keys of its own, so give --jwk with a file that holds the key"
            )),
        };
        if let Some(sentence) = sentence {
            return Err(Failure::usage(sentence));
        }
        let mut public_keys = Vec::new();
        for path in &self.jwk_files {
            public_keys.push((input::name(path), input::read(path)?));
        }
        Ok(Trusted {
            secrets: self.secrets()?,
            public_keys,
        })
    }

    fn secrets(&self) -> Result<Vec<SigningKey>, Failure> {
        signing_keys("secret", &self.secrets, &self.secret_files)
    }
}

/// Secrets from the command line and from files, called `secret-1` and so on.
pub(super) fn signing_keys(
    name: &str,
    given: &[SecretArgument],
    files: &[PathBuf],
) -> Result<Vec<SigningKey>, Failure> {
    let mut secrets: Vec<Secret> = given.iter().map(|secret| secret.0.clone()).collect();
    for path in files {
        let text = String::from_utf8(input::read(path)?)
            .map_err(|_| Failure::usage(format!("{}: is not UTF-8 text", path.display())))?;
        secrets.push(Secret::from(text.trim_end_matches(['\r', '\n'])));
    }
    let key = |(index, secret)| {
        SigningKey::new(KeyLabel::new(format!("{name}-{}", index + 1)), secret)
            .map_err(|error| Failure::usage(error.to_string()))
    };
    secrets.into_iter().enumerate().map(key).collect()
}

impl Delivery {
    /// The delivery as if it had come at this time.
    pub(super) fn read(&self, received_at: Timestamp) -> Result<InboundWebhook, Failure> {
        let body = input::read(&self.file)?;
        let headers = headers(&self.headers)?;
        Ok(InboundWebhook::new(headers, body.into(), received_at))
    }
}

fn headers(given: &[String]) -> Result<HeaderMap, Failure> {
    let mut headers = HeaderMap::new();
    for (index, header) in given.iter().enumerate() {
        let wrong = |what| {
            Failure::usage(format!(
                "--header number {} {what}: write it as 'Name: value'",
                index + 1
            ))
        };
        let (name, value) = header
            .split_once(':')
            .ok_or_else(|| wrong("has no colon"))?;
        let name = HeaderName::from_bytes(name.trim().as_bytes())
            .map_err(|_| wrong("has no header name"))?;
        // The value as it is: what is between it and the colon is not part of it.
        let value = HeaderValue::from_bytes(value.trim().as_bytes())
            .map_err(|_| wrong("has no header value"))?;
        headers.append(name, value);
    }
    Ok(headers)
}
