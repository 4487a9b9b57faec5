//! `idv webhook verify`: would this webhook be believed?

use std::process::ExitCode;

use clap::Args;
use idv_core::webhook::VerifyError;
use idv_core::{Clock, SystemClock, Timestamp};
use serde::Serialize;

use super::given::{Delivery, Proof};
use crate::cli::{Failure, Outcome};
use crate::diagnose::StandingClock;
use crate::providers;
use crate::terminal;

#[derive(Debug, Args)]
pub(in crate::cli) struct Verify {
    /// The kind of provider that is said to have sent it
    #[arg(long)]
    provider: String,
    #[command(flatten)]
    proof: Proof,
    /// What time it is, in seconds since 1970 UTC [default: now]
    #[arg(long, value_name = "UNIX_SECS")]
    now: Option<i64>,
    /// How far the time of signing may be from now, in seconds [default: the provider's]. Not for a vendor that signs
    /// no time
    #[arg(long, value_name = "SECS")]
    tolerance: Option<u64>,
    #[command(flatten)]
    delivery: Delivery,
    /// Print one line of JSON: {accepted, reason, scheme, key}
    #[arg(long)]
    json: bool,
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

impl Verify {
    pub(super) async fn run(&self) -> Outcome {
        let provider = crate::cli::provider(&self.provider)?;
        let now = self
            .now
            .map_or_else(|| SystemClock.now(), Timestamp::from_unix_secs);
        let clock = StandingClock::at(now);
        let trusted = self.proof.trusted(provider)?;
        let receiver = providers::receiver(provider, trusted, self.tolerance, clock)
            .map_err(|sentence| Failure::usage(format!("{}: {sentence}", self.blamed())))?;
        let webhook = self.delivery.read(now)?;

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

    /// The argument a provider can still find fault with.
    const fn blamed(&self) -> &'static str {
        if self.proof.jwk_files.is_empty() {
            "--tolerance"
        } else {
            "--jwk"
        }
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
