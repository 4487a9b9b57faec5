//! Onfido's SDKs against its simulator.

use std::sync::Arc;
use std::time::Duration;

use idv_core::Timestamp;
use idv_simulator::onfido::{self, Account};
use idv_simulator::{Simulator, VendorKind};
use idv_testkit::clients::Script;
use serde_json::json;

use super::kits;
use super::openapi::Checker;

const START: Timestamp = Timestamp::from_unix_secs(1_795_176_000);

#[tokio::test(flavor = "multi_thread")]
async fn the_sdks_load_and_are_the_versions_that_are_pinned() {
    kits::assert_imports_in_python("onfido", "onfido-python").await;
    kits::assert_imports_in_javascript("@onfido/api").await;
}

async fn start(account: Account, watched: &Arc<Checker>) -> Simulator {
    let builder = Simulator::builder().vendor(Arc::new(account));
    let builder = builder.virtual_time(START).watch(watched.clone());
    builder.start().await.unwrap()
}

/// The account, and one of the same kind that may be called as often as the vendor says.
struct World {
    simulator: Simulator,
    limited: Simulator,
}

impl World {
    async fn new(watched: &Arc<Checker>) -> Self {
        Self {
            simulator: start(Account::simulated(), watched).await,
            limited: start(Account::simulated().with_rate_limits(), watched).await,
        }
    }

    fn described(&self) -> String {
        json!({
            "base": self.simulator.base_url(VendorKind::Onfido),
            "limited_base": self.limited.base_url(VendorKind::Onfido),
            "api_token": onfido::API_TOKEN,
            "oauth_client_id": onfido::OAUTH_CLIENT_ID,
            "oauth_client_secret": onfido::OAUTH_CLIENT_SECRET,
            "workflow_id": onfido::WORKFLOW_ID,
            "workflow_with_output": onfido::WORKFLOW_WITH_OUTPUT,
            "workflow_without_input": onfido::WORKFLOW_WITHOUT_INPUT,
        })
        .to_string()
    }

    /// Lets time pass as the script says, until it ends.
    async fn serve(&self, mut script: Script) {
        while let Some(wish) = script.hear_or_end().await {
            let secs = wish["advance_secs"].as_u64().unwrap();
            self.simulator.advance(Duration::from_secs(secs)).await;
            script.tell("passed");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn both_sdks_do_what_they_are_used_for_and_every_answer_is_as_described() {
    let (Some(python), Some(javascript)) = (kits::python(), kits::javascript()) else {
        return;
    };
    let watched = Arc::new(Checker::default());
    let world = World::new(&watched).await;
    let file = kits::script("python/onfido_suite.py");
    let script = python.start_script(&file, &[&world.described()], &[]);
    world.serve(script).await;

    let world = World::new(&watched).await;
    let file = kits::script("javascript/onfido_suite.js");
    let script = javascript.start_script(&file, &[&world.described()], &[]);
    world.serve(script).await;

    watched.assert_clean();
    watched.assert_every_deviation_was_needed("onfido");
}
