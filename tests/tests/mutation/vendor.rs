//! The three vendors as the fuzzer sees them: a provider, the vendor's own hand, and the rules written down anew.

use std::path::Path;
use std::sync::Arc;

use idv_core::webhook::{KeyLabel, Receipt, SigningKey};
use idv_core::{IdProvider, Secret};
use idv_onfido::{OnfidoConfig, OnfidoProvider};
use idv_plaid::{Jwk, PlaidConfig, PlaidProvider};
use idv_simulator::{onfido as simulated_onfido, plaid::WebhookKey, stripe as simulated_stripe};
use idv_stripe::{StripeConfig, StripeProvider};
use idv_testkit::{ManualClock, shared_samples};

use crate::fuzz;
use crate::header::{self, MeansTheSame, Respellings};
use crate::tree::Tree;
use crate::verdict::{self, Grants};

/// One vendor, with everything it is fuzzed from.
pub(crate) struct Vendor {
    pub(crate) name: &'static str,
    pub(crate) provider: Arc<dyn IdProvider>,
    /// The name of the header that carries the signature.
    pub(crate) header: &'static str,
    pub(crate) sign: Sign,
    /// Of how many changed bodies one gets a signature of its own. A hash costs nothing; a signature with an elliptic
    /// curve costs more than all the rest.
    pub(crate) signs_one_of: u8,
    pub(crate) grants: Grants,
    pub(crate) means_the_same: MeansTheSame,
    pub(crate) respellings: Respellings,
    pub(crate) sources: Vec<Source>,
}

/// The vendor's hand: the value of the header for these bytes, signed now.
type Sign = Box<dyn Fn(&[u8]) -> String + Send + Sync>;

/// What inputs are made of.
pub(crate) struct Source {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
    /// Absent where the bytes are no JSON.
    pub(crate) tree: Option<Tree>,
    /// Its signature, rightly made.
    pub(crate) signature: String,
    /// What came of it.
    pub(crate) receipt: Receipt,
}

impl Vendor {
    /// Every fixture, and every sample where there are samples.
    fn with_sources(mut self) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let fixtures = root.join("fixtures").join(self.name);
        let mut files = bodies(&fixtures);
        assert!(files.len() > 20, "{}: too few", fixtures.display());
        if let Some(samples) = shared_samples(self.name, 1) {
            files.extend(bodies(&samples));
        }
        for (name, bytes) in files {
            let signature = (self.sign)(&bytes);
            let verified = fuzz::verify(&self, fuzz::signed(&self, &signature), &bytes).unwrap();
            self.sources.push(Source {
                tree: Tree::read(&bytes),
                receipt: verified.receipt().clone(),
                signature,
                name,
                bytes,
            });
        }
        self
    }
}

fn bodies(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut bodies: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read(path).unwrap())
        })
        .filter(|(name, _)| !name.ends_with(".expect.json"))
        .collect();
    bodies.sort();
    bodies
}

const SECRET: &str = "whsec_of_the_mutation_test";

fn keys() -> Vec<SigningKey> {
    vec![SigningKey::new(KeyLabel::new("fuzz"), Secret::from(SECRET)).unwrap()]
}

fn now_unix_secs() -> i64 {
    ManualClock::NOON.as_unix_secs()
}

pub(crate) fn stripe() -> Vendor {
    let config = StripeConfig {
        webhook_secrets: keys(),
        ..StripeConfig::default()
    };
    Vendor {
        name: "stripe",
        provider: Arc::new(StripeProvider::receiver(config, ManualClock::noon())),
        header: "stripe-signature",
        sign: Box::new(|body| simulated_stripe::sign(SECRET, body, now_unix_secs())),
        signs_one_of: 1,
        grants: verdict::stripe,
        means_the_same: header::stripe_means_the_same,
        respellings: header::stripe_respellings,
        sources: Vec::new(),
    }
    .with_sources()
}

pub(crate) fn onfido() -> Vendor {
    let config = OnfidoConfig {
        webhook_secrets: keys(),
        ..OnfidoConfig::default()
    };
    Vendor {
        name: "onfido",
        provider: Arc::new(OnfidoProvider::receiver(config, ManualClock::noon())),
        header: "x-sha2-signature",
        sign: Box::new(|body| simulated_onfido::sign(SECRET, body)),
        signs_one_of: 1,
        grants: verdict::onfido,
        means_the_same: header::onfido_means_the_same,
        respellings: header::onfido_respellings,
        sources: Vec::new(),
    }
    .with_sources()
}

pub(crate) fn plaid() -> Vendor {
    let key = WebhookKey::generate("fuzz", now_unix_secs()).unwrap();
    let config = PlaidConfig {
        keys: Jwk::read_all(key.jwk().to_string().as_bytes()).unwrap(),
        ..PlaidConfig::default()
    };
    Vendor {
        name: "plaid",
        provider: Arc::new(PlaidProvider::receiver(config, ManualClock::noon())),
        header: "plaid-verification",
        sign: Box::new(move |body| key.sign(body, now_unix_secs()).unwrap()),
        signs_one_of: 8,
        grants: verdict::plaid,
        means_the_same: header::plaid_means_the_same,
        respellings: header::plaid_respellings,
        sources: Vec::new(),
    }
    .with_sources()
}

pub(crate) fn all() -> [Vendor; 3] {
    [stripe(), onfido(), plaid()]
}
