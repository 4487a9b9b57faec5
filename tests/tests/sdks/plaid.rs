//! Plaid's SDKs against its simulator. They verify no webhooks, so a public JOSE library does.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use idv_core::Timestamp;
use idv_simulator::plaid::Environment;
use idv_simulator::{Simulator, Vendor as _, VendorKind};
use idv_testkit::clients::Script;
use serde_json::{Value, json};

use super::kits;
use super::openapi::Checker;

#[tokio::test(flavor = "multi_thread")]
async fn the_sdks_load_and_are_the_versions_that_are_pinned() {
    kits::assert_imports_in_python("plaid", "plaid-python").await;
    kits::assert_imports_in_javascript("plaid").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_jose_libraries_load_and_are_the_versions_that_are_pinned() {
    kits::assert_imports_in_python("jwt", "PyJWT").await;
    kits::assert_imports_in_javascript("jose").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sdks_do_all_that_an_application_does_and_get_what_the_vendor_describes() {
    let checker = Arc::new(Checker::default());
    if let Some(python) = kits::python() {
        let file = kits::script("python/plaid_suite.py");
        let world = World::new(&checker).await;
        let script = python.start_script(&file, &world.arguments(), &[]);
        world.hear(script).await;
    }
    if let Some(javascript) = kits::javascript() {
        let file = kits::script("javascript/plaid_suite.js");
        let world = World::new(&checker).await;
        let script = javascript.start_script(&file, &world.arguments(), &[]);
        world.hear(script).await;
    }
    if kits::python().is_some() || kits::javascript().is_some() {
        checker.assert_clean();
        checker.assert_every_deviation_was_needed("plaid");
    }
}

/// Three environments: one for nearly everything, one that counts calls, one in which the product is not enabled.
struct World {
    environment: Arc<Environment>,
    simulators: [Simulator; 3],
    base_urls: [String; 3],
}

impl World {
    async fn new(watch: &Arc<Checker>) -> Self {
        let environment = Arc::new(Environment::simulated().with_page_size(2));
        let counting = Arc::new(Environment::simulated().with_rate_limits());
        let not_enabled = Arc::new(Environment::simulated().not_enabled());
        let start = async |environment: &Arc<Environment>| {
            let builder = Simulator::builder()
                .vendor(Arc::clone(environment) as _)
                .virtual_time(Timestamp::from_unix_secs(1_795_176_000))
                .watch(Arc::clone(watch) as _);
            builder.start().await.unwrap()
        };
        let simulators = [
            start(&environment).await,
            start(&counting).await,
            start(&not_enabled).await,
        ];
        let base_urls = simulators
            .each_ref()
            .map(|simulator| simulator.base_url(VendorKind::Plaid));
        Self {
            environment,
            simulators,
            base_urls,
        }
    }

    fn arguments(&self) -> [&str; 5] {
        let [base_url, counting, not_enabled] = self.base_urls.each_ref();
        let (id, secret) = (Environment::CLIENT_ID, Environment::SECRET);
        [base_url, counting, not_enabled, id, secret]
    }

    /// Does what a script asks for, until it ends.
    async fn hear(&self, mut script: Script) {
        let [simulator, ..] = &self.simulators;
        loop {
            let asked = script.hear().await;
            if let Some(url) = asked["webhooks_to"].as_str() {
                self.environment.add_endpoint(url);
            } else if let Some(secs) = asked["advance_secs"].as_u64() {
                simulator.advance(Duration::from_secs(secs)).await;
            } else if asked["turn_key"] == true {
                self.environment.rotate_key(simulator.now());
            } else {
                assert_eq!(asked, json!({ "done": true }));
                break;
            }
            let now = simulator.now().as_unix_secs();
            script.tell(&json!({ "now_unix_secs": now }).to_string());
        }
        assert_eq!(script.end().await, "");
    }
}

/// Those that show values nobody has heard of, the description least of all.
const UNHEARD_OF: [&str; 2] = ["unknown-status", "unknown-step-status"];

#[tokio::test]
async fn whatever_a_scenario_does_the_answers_are_what_the_vendor_describes() {
    let (watch, environment) = (Arc::new(Checker::default()), Environment::simulated());
    let simulator = Simulator::builder()
        .vendor(Arc::new(environment))
        .virtual_time(Timestamp::from_unix_secs(1_795_176_000))
        .watch(Arc::clone(&watch) as _)
        .build()
        .unwrap();
    let transport = simulator.transport(VendorKind::Plaid);
    let ask = async |path: &str, body: Value| {
        let request = Request::post(path)
            .header("plaid-client-id", Environment::CLIENT_ID)
            .header("plaid-secret", Environment::SECRET)
            .body(Bytes::from(body.to_string()));
        let answer = transport.send(request.unwrap()).await.unwrap();
        let body: Value = serde_json::from_slice(answer.body()).unwrap();
        assert_eq!(answer.status(), 200, "{path}: {body}");
        body
    };
    let scenarios = simulator.library().of(VendorKind::Plaid);
    let names = scenarios.map(|scenario| scenario.name.clone());
    let names: Vec<_> = names
        .filter(|name| !UNHEARD_OF.contains(&name.as_str()))
        .collect();
    for name in &names {
        let body = json!({
            "client_user_id": format!("subject+{name}"),
            "gave_consent": false,
            "is_shareable": true,
            "template_id": "idvtmp_simulated",
        });
        ask("/identity_verification/create", body).await;
    }
    // Everything is looked at while it happens, and after everything.
    for wait_secs in [2, 2, 2, 2, 2, 40, 600, 3_600, 86_400] {
        simulator.advance(Duration::from_secs(wait_secs)).await;
        for name in &names {
            let body = json!({
                "client_user_id": format!("subject+{name}"),
                "template_id": "idvtmp_simulated",
            });
            let list = ask("/identity_verification/list", body).await;
            let attempt = &list["identity_verifications"][0];
            let body = json!({ "identity_verification_id": attempt["id"] });
            let attempt = ask("/identity_verification/get", body).await;
            if !attempt["watchlist_screening_id"].is_null() {
                let body = json!({ "watchlist_screening_id": attempt["watchlist_screening_id"] });
                ask("/watchlist_screening/individual/get", body.clone()).await;
                ask("/watchlist_screening/individual/hit/list", body).await;
            }
        }
    }
    watch.assert_clean();
}
