//! Stripe's SDKs against its simulator.

use std::sync::Arc;
use std::time::Duration;

use idv_core::{Clock as _, SystemClock};
use idv_simulator::scenario::Library;
use idv_simulator::stripe::{self, Account};
use idv_simulator::{Simulator, VendorKind};
use idv_testkit::clients::Script;
use serde_json::{Value, json};

use super::kits;
use super::openapi::Checker;

/// How far the vendor's clock is behind at first: more than the SDKs' verifiers put up with.
const BEHIND: Duration = Duration::from_secs(1_000);

/// A webhook whose body was changed on the way, and one under another key.
const SHADY: &str = r#"
vendor = "stripe"
title = "Somebody is at the webhooks"
[[steps]]
do = "submit"
after_secs = 2
webhook = "forged"
[[steps]]
do = "fail"
after_secs = 2
code = "document_expired"
webhook = "wrong_key"
"#;

/// A call that is carried out and answered with an error.
const TROUBLE: &str = r#"
vendor = "stripe"
title = "The vendor has troubles of its own"
[[steps]]
do = "calls"
after_secs = 2
answer = { server_error_after = 500 }
"#;

#[tokio::test(flavor = "multi_thread")]
async fn the_sdks_load_and_are_the_versions_that_are_pinned() {
    kits::assert_imports_in_python("stripe", "stripe").await;
    kits::assert_imports_in_javascript("stripe").await;
}

/// The account, and one of the same kind that may be called as often as the vendor says.
struct World {
    account: Arc<Account>,
    simulator: Simulator,
    limited: Simulator,
}

async fn start(account: Arc<Account>, watched: &Arc<Checker>) -> Simulator {
    let mut library = Library::built_in();
    library.add("shady", SHADY).unwrap();
    library.add("trouble", TROUBLE).unwrap();
    // The verifiers of the SDKs have a clock of their own, which nobody can set.
    let now = SystemClock.now().minus(BEHIND);
    let builder = Simulator::builder().vendor(account).library(library);
    let builder = builder.virtual_time(now).watch(watched.clone());
    builder.start().await.unwrap()
}

impl World {
    async fn new(watched: &Arc<Checker>) -> Self {
        let account = Arc::new(Account::simulated());
        let limited = Arc::new(Account::simulated().with_rate_limits());
        Self {
            simulator: start(account.clone(), watched).await,
            limited: start(limited, watched).await,
            account,
        }
    }

    fn described(&self) -> String {
        json!({
            "base": self.simulator.base_url(VendorKind::Stripe),
            "limited_base": self.limited.base_url(VendorKind::Stripe),
            "behind_secs": BEHIND.as_secs(),
            "api_key": stripe::API_KEY,
            "restricted_key": stripe::RESTRICTED_KEY,
            "read_only_key": stripe::READ_ONLY_KEY,
            "expired_key": stripe::EXPIRED_KEY,
            "thin_secret": stripe::THIN_WEBHOOK_SECRET,
        })
        .to_string()
    }

    /// Does what the script asks for, until it is done.
    async fn serve(&self, mut script: Script) {
        loop {
            let wish = script.hear().await;
            if wish["done"] == true {
                break;
            }
            if let Some(secs) = wish["advance_secs"].as_u64() {
                // Once more for what begins at the very end.
                for by in [Duration::from_secs(secs), Duration::ZERO] {
                    self.simulator.advance(by).await;
                }
            }
            if let Some(url) = wish["thin"].as_str() {
                self.account.add_thin_endpoint(url);
            }
            let now = Value::from(self.simulator.now().as_unix_secs());
            script.tell(&now.to_string());
        }
        assert_eq!(script.end().await, "");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn both_sdks_do_what_they_are_used_for_and_every_answer_is_as_described() {
    let (Some(python), Some(javascript)) = (kits::python(), kits::javascript()) else {
        return;
    };
    let watched = Arc::new(Checker::default());
    let world = World::new(&watched).await;
    let file = kits::script("python/stripe_suite.py");
    world
        .serve(python.start_script(&file, &[&world.described()], &[]))
        .await;

    let world = World::new(&watched).await;
    let file = kits::script("javascript/stripe_suite.js");
    world
        .serve(javascript.start_script(&file, &[&world.described()], &[]))
        .await;

    watched.assert_clean();
    watched.assert_every_deviation_was_needed("stripe");
}
