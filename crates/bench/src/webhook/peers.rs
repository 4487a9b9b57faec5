//! What others verify the same bytes with: each language a process, which is given the deliveries once and then told
//! whose turn it is. It measures itself, so that no pipe is in its figures.

use std::path::Path;
use std::time::Duration;

use idv_testkit::clients::{JavaScript, Python, Rust, Script};
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

use super::{Delivery, SECRET};

/// The versions are those with which the tests drive the simulators.
const PACKAGE: &str = include_str!("../../../../tests/tests/sdks/javascript/package.json");
const LOCK: &str = include_str!("../../../../tests/tests/sdks/javascript/package-lock.json");
const REQUIREMENTS: &str = include_str!("../../../../tests/tests/sdks/python/requirements.txt");

/// A process that verifies with others' libraries.
#[derive(Debug)]
pub(super) struct Peer {
    script: Script,
    runtime: Runtime,
    /// What verifies each delivery, or why nothing does; nothing if nobody claims to.
    verifiers: Vec<Option<Result<Verifier, String>>>,
}

/// A library that verifies one delivery.
#[derive(Clone, Debug)]
pub(super) struct Verifier {
    /// With its version and language.
    pub(super) name: String,
    /// Whether it is what the vendor, or the vendor's page, says to use.
    pub(super) is_official: bool,
}

impl Peer {
    /// All there are, with these deliveries before them; and what could not be had.
    pub(super) fn all(deliveries: &[Delivery]) -> (Vec<Self>, Vec<String>) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers");
        let made = [
            javascript(&folder.join("javascript/verify.js")),
            python(&folder.join("python/verify.py")),
            rust(&folder.join("rust")),
        ];
        let (mut peers, mut skipped) = (Vec::new(), Vec::new());
        for (script, is_official) in made.into_iter().zip([true, true, false]) {
            match script {
                Ok(script) => peers.push(Self::begin(script, is_official, deliveries)),
                Err(reason) => skipped.push(reason),
            }
        }
        (peers, skipped)
    }

    fn begin(mut script: Script, is_official: bool, deliveries: &[Delivery]) -> Self {
        let runtime = Builder::new_current_thread().enable_time().build();
        let runtime = runtime.expect("a runtime without I/O");
        let told: Vec<Value> = deliveries.iter().map(told).collect();
        script.tell(&Value::from(told).to_string());
        let heard = runtime.block_on(script.hear());
        let verifiers = heard.as_array().expect("a list").iter();
        let verifiers = verifiers.map(|one| {
            let name = one["name"].as_str()?.to_owned();
            Some(match one["error"].as_str() {
                Some(error) => Err(format!("{name}: {error}")),
                None => Ok(Verifier { name, is_official }),
            })
        });
        Self {
            verifiers: verifiers.collect(),
            script,
            runtime,
        }
    }

    /// What verifies this delivery here, if anything should.
    pub(super) fn verifier(&self, which: usize) -> Option<&Result<Verifier, String>> {
        self.verifiers.get(which)?.as_ref()
    }

    /// Verifies this delivery so many times.
    pub(super) fn verify(&mut self, which: usize, times: u32) -> Duration {
        let told = json!({ "which": which, "times": times });
        self.script.tell(&told.to_string());
        let heard = self.runtime.block_on(self.script.hear());
        Duration::from_secs_f64(heard["secs"].as_f64().expect("seconds"))
    }
}

fn told(delivery: &Delivery) -> Value {
    json!({
        "vendor": delivery.vendor.name(),
        "body": String::from_utf8_lossy(&delivery.body),
        "signature": delivery.signature,
        "secret": SECRET,
        "public_key": delivery.public_key,
        "at_unix_secs": delivery.signed_at.as_unix_secs(),
    })
}

fn javascript(script: &Path) -> Result<Script, String> {
    Ok(JavaScript::with(PACKAGE, LOCK)?.start_script(script, &[], &[]))
}

fn python(script: &Path) -> Result<Script, String> {
    Ok(Python::with(REQUIREMENTS)?.start_script(script, &[], &[]))
}

fn rust(package: &Path) -> Result<Script, String> {
    Ok(Rust::with(package, "idv-bench-peer")?.start())
}
