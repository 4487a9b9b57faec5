//! `idv webhook verify`: would this webhook be believed?

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Subcommand};
use http::{HeaderMap, HeaderName, HeaderValue};
use idv_core::webhook::{InboundWebhook, KeyLabel, SigningKey, VerifyError};
use idv_core::{Clock, Secret, SystemClock, Timestamp};
use serde::Serialize;

use super::{Failure, Outcome, input};
use crate::providers::{self, Provider, Trusted};
use crate::terminal;

#[derive(Debug, Subcommand)]
pub(super) enum Webhook {
    /// Say whether a webhook would be believed, and if not, why. Exit code 0 accepted, 1 refused, 2 wrong usage
    Verify(Verify),
}

#[derive(Debug, Args)]
pub(super) struct Verify {
    /// The kind of provider that is said to have sent it
    #[arg(long)]
    provider: String,
    /// A signing secret; several may be given. Other processes of this machine can see it while the command runs
    #[arg(long = "secret", value_name = "SECRET")]
    secrets: Vec<SecretArgument>,
    /// A file with a signing secret, instead of --secret; several may be given
    #[arg(long = "secret-file", value_name = "FILE")]
    secret_files: Vec<PathBuf>,
    /// A file with one or several public keys (JWK) as the vendor's key endpoint returns them, for a vendor that
    /// signs with keys of its own; several may be given
    #[arg(long = "jwk", value_name = "FILE")]
    jwk_files: Vec<PathBuf>,
    /// What time it is, in seconds since 1970 UTC [default: now]
    #[arg(long, value_name = "UNIX_SECS")]
    now: Option<i64>,
    /// How far the time of signing may be from now, in seconds [default: the provider's]. Not for a vendor that signs
    /// no time
    #[arg(long, value_name = "SECS")]
    tolerance: Option<u64>,
    /// A header, as `Name: value`; several may be given
    #[arg(long = "header", value_name = "NAME: VALUE")]
    headers: Vec<String>,
    /// The exact bytes of the body; - for standard input
    file: PathBuf,
    /// Print one line of JSON: {accepted, reason, scheme, key}
    #[arg(long)]
    json: bool,
}

/// A secret given on the command line: it does not print.
#[derive(Clone, Debug)]
struct SecretArgument(Secret);

impl std::str::FromStr for SecretArgument {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(Secret::from(text)))
    }
}

/// The result, as `--json` prints it. Stable.
#[derive(Serialize)]
struct Verdict {
    accepted: bool,
    /// Why not: a word of `idv_core::webhook::Refusal`, or `undecided`.
    reason: Option<&'static str>,
    /// The scheme that proved it.
    scheme: Option<String>,
    /// What matched: `secret-1` is the first secret given; a public key is called as its vendor calls it.
    key: Option<String>,
}

impl Webhook {
    pub(super) async fn run(&self) -> Outcome {
        match self {
            Self::Verify(verify) => verify.run().await,
        }
    }
}

/// A clock that stands where `--now` put it.
#[derive(Debug)]
struct StoppedClock(Timestamp);

impl Clock for StoppedClock {
    fn now(&self) -> Timestamp {
        self.0
    }
}

impl Verify {
    async fn run(&self) -> Outcome {
        let provider = super::provider(&self.provider)?;
        let now = self
            .now
            .map_or_else(|| SystemClock.now(), Timestamp::from_unix_secs);
        let clock = Arc::new(StoppedClock(now));
        let trusted = self.trusted(provider)?;
        let receiver = providers::receiver(provider, trusted, self.tolerance, clock)
            .map_err(|sentence| Failure::usage(format!("{}: {sentence}", self.blamed())))?;
        let body = input::read(&self.file)?;
        let webhook = InboundWebhook::new(headers(&self.headers)?, body.into(), now);

        let (verdict, sentence) = match receiver.verify(&webhook).await {
            Ok(verified) => {
                let receipt = verified.receipt();
                let verdict = Verdict {
                    accepted: true,
                    reason: None,
                    scheme: Some(receipt.scheme.clone()),
                    key: Some(receipt.key.clone()),
                };
                let signed_at = receipt
                    .signed_at
                    .map(|at| format!(", at {at}"))
                    .unwrap_or_default();
                (
                    verdict,
                    format!(
                        "accepted: signed with {} ({}){signed_at}",
                        receipt.key, receipt.scheme
                    ),
                )
            }
            Err(VerifyError::Refused(refusal)) => (
                Verdict::refused(refusal.as_word()),
                format!("refused: {refusal} ({})", refusal.as_word()),
            ),
            Err(error) => (
                Verdict::refused("undecided"),
                format!("not accepted: {error}"),
            ),
        };
        if self.json {
            let line = serde_json::to_string(&verdict);
            terminal::say(
                &line.map_err(|_| Failure::failed("the verdict could not be written as JSON"))?,
            );
        } else {
            terminal::say(&sentence);
        }
        Ok(if verdict.accepted {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }

    /// What the webhook is to be proven with: of the two ways, the one the provider's vendor has.
    fn trusted(&self, provider: &Provider) -> Result<Trusted, Failure> {
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

    /// The argument a provider can still find fault with.
    const fn blamed(&self) -> &'static str {
        if self.jwk_files.is_empty() {
            "--tolerance"
        } else {
            "--jwk"
        }
    }

    fn secrets(&self) -> Result<Vec<SigningKey>, Failure> {
        let mut secrets: Vec<Secret> = self.secrets.iter().map(|secret| secret.0.clone()).collect();
        for path in &self.secret_files {
            let text = String::from_utf8(input::read(path)?)
                .map_err(|_| Failure::usage(format!("{}: is not UTF-8 text", path.display())))?;
            secrets.push(Secret::from(text.trim_end_matches(['\r', '\n'])));
        }
        let key = |(index, secret)| {
            SigningKey::new(KeyLabel::new(format!("secret-{}", index + 1)), secret)
                .map_err(|error| Failure::usage(error.to_string()))
        };
        secrets.into_iter().enumerate().map(key).collect()
    }
}

impl Verdict {
    const fn refused(reason: &'static str) -> Self {
        Self {
            accepted: false,
            reason: Some(reason),
            scheme: None,
            key: None,
        }
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

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::providers::PROVIDERS;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        verify: Verify,
    }

    /// RFC 7515, appendix A.3: a key whose private half everybody knows.
    const PUBLIC_KEY: &str = r#"{"kty":"EC","crv":"P-256","kid":"of-the-rfc","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;

    struct Folder(tempfile::TempDir);

    impl Folder {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            for (name, text) in [
                ("body", "{}".to_owned()),
                ("one", PUBLIC_KEY.to_owned()),
                (
                    "answer",
                    format!("{{\"key\":{PUBLIC_KEY},\"request_id\":\"r\"}}"),
                ),
                ("several", format!("[{PUBLIC_KEY}]")),
                ("no-key", "{\"kty\":\"RSA\"}".to_owned()),
            ] {
                std::fs::write(folder.path().join(name), text).unwrap();
            }
            Self(folder)
        }

        /// Runs the command; `@name` is a file of the folder.
        async fn run(&self, provider: &str, arguments: &[&str]) -> Outcome {
            let mut line = vec![
                "verify".to_owned(),
                "--provider".to_owned(),
                provider.to_owned(),
            ];
            for argument in arguments.iter().chain(&["@body"]) {
                line.push(match argument.strip_prefix('@') {
                    Some(name) => self.0.path().join(name).display().to_string(),
                    None => (*argument).to_owned(),
                });
            }
            Line::parse_from(line).verify.run().await
        }
    }

    /// The sentence of a command that was wrong.
    fn complaint(outcome: Outcome) -> String {
        match outcome {
            Err(Failure::Usage(sentence)) => sentence,
            other => panic!("it is no wrong usage: {other:?}"),
        }
    }

    #[tokio::test]
    async fn each_vendor_is_verified_with_what_it_signs_with_and_nothing_else() {
        let folder = Folder::new();
        for provider in PROVIDERS {
            let (secret, key) = (["--secret", "s"], ["--jwk", "@one"]);
            let (right, wrong, named) = if provider.wants_webhook_secrets {
                (secret, key, "--secret")
            } else {
                (key, secret, "--jwk")
            };
            let refused = folder.run(provider.id, &right).await.unwrap();
            assert_eq!(format!("{refused:?}"), format!("{:?}", ExitCode::FAILURE));
            let both = [right, wrong].concat();
            for arguments in [&wrong[..], &[], &both] {
                let sentence = complaint(folder.run(provider.id, arguments).await);
                assert!(sentence.contains(&format!("give {named}")), "{sentence}");
                assert!(sentence.contains(provider.vendor), "{sentence}");
            }
        }
    }

    #[tokio::test]
    async fn public_keys_are_taken_in_every_form_and_what_is_none_is_named() {
        let folder = Folder::new();
        let provider = PROVIDERS.iter().find(|p| !p.wants_webhook_secrets).unwrap();
        let all = ["--jwk", "@one", "--jwk", "@answer", "--jwk", "@several"];
        assert!(folder.run(provider.id, &all).await.is_ok());
        let sentence = complaint(folder.run(provider.id, &["--jwk", "@no-key"]).await);
        assert!(sentence.starts_with("--jwk: "), "{sentence}");
        assert!(
            sentence.contains("no-key: the key is not of the kind EC"),
            "{sentence}"
        );
        let sentence = complaint(folder.run(provider.id, &["--jwk", "@not-there"]).await);
        assert!(sentence.contains("not-there cannot be read"), "{sentence}");
    }
}
