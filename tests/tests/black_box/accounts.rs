//! `idv accounts`: without a vendor, and with one that shows a secret once.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Method, Request, Response};
use idv_simulator::stripe::{self, API_KEY, Account};
use idv_simulator::{Simulator, Vendor as _, VendorKind, Watch};
use serde_json::{Value, json};

use super::program::{Ended, run};

/// The account that receives, one with a key and no secret yet, and one whose vendor registers nothing.
const CONFIG: &str = r#"
[accounts.acme-eu]
provider = "stripe"
environment = "sandbox"
webhook_secrets = ["whsec_Marked"]

[accounts.acme-new]
provider = "stripe"
environment = "sandbox"
api_key = "sk_test_Marked"
webhook_secrets_file = "secrets"

[accounts.acme-keys]
provider = "plaid"
environment = "sandbox"
api_key = "Marked"
[accounts.acme-keys.options]
client_id = "client"
"#;

fn configured(text: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("idv.toml"), text).unwrap();
    dir
}

fn complaint(dir: &Path, args: &[&str]) -> String {
    let ended = run(dir, args);
    assert_eq!(ended.code, 2, "{args:?}: {}{}", ended.stdout, ended.stderr);
    assert!(!ended.stderr.contains("Marked"), "{}", ended.stderr);
    ended.stderr
}

#[test]
fn an_account_that_cannot_be_connected_says_why_and_what_to_do() {
    let dir = configured(CONFIG);
    let connect = |account| {
        let url = "https://idv.example.com";
        complaint(dir.path(), &["accounts", "connect", account, "--url", url])
    };
    assert!(connect("acme-eu").contains("no API key"));
    let by_hand = connect("acme-keys");
    assert!(
        by_hand.contains("dashboard") && by_hand.contains("/webhooks/acme-keys"),
        "{by_hand}"
    );
    let unknown = connect("acme");
    assert!(
        unknown.contains("use one of acme-eu, acme-keys, acme-new"),
        "{unknown}"
    );
    assert!(!dir.path().join("secrets").exists());
}

#[test]
fn secrets_may_be_missing_before_an_account_is_connected_and_never_to_serve() {
    let dir = configured(CONFIG);
    let refused = complaint(dir.path(), &["config", "check"]);
    assert!(refused.contains("webhook_secrets_file"), "{refused}");
    let refused = complaint(dir.path(), &["serve"]);
    assert!(refused.contains("webhook_secrets_file"), "{refused}");
    for blank in [None, Some(""), Some("\n \n")] {
        if let Some(text) = blank {
            fs::write(dir.path().join("secrets"), text).unwrap();
        }
        let args = ["accounts", "disconnect", "acme", "--id", "we_1"];
        let told = complaint(dir.path(), &args);
        assert!(
            told.contains("there is no account"),
            "nothing else is wrong: {told}"
        );
    }
}

#[test]
fn the_accounts_are_listed_with_what_they_can() {
    let receiver = CONFIG.split("[accounts.acme-new]").next().unwrap();
    let dir = configured(receiver);
    let ended = run(dir.path(), &["accounts", "list", "--json"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let all = ended.json();
    assert_eq!(all[0]["account"], "acme-eu");
    assert_eq!(all[0]["environment"], "sandbox");
    assert_eq!(all[0]["can_fetch"], false);
    assert!(all[0]["abilities"].is_array() && all[0]["registrations"].is_null());
    let ended = run(dir.path(), &["accounts", "list"]);
    assert!(ended.stdout.starts_with("account"), "{}", ended.stdout);
    assert!(!ended.stdout.contains("Marked"));
}

/// The webhook endpoints that the vendor has made, in order: each with its id and the secret that it shows once.
#[derive(Default)]
struct Made(Mutex<Vec<(String, String)>>);

impl Watch for Made {
    fn answered(&self, _: VendorKind, request: &Request<Bytes>, response: &Response<Bytes>) {
        if request.method() == Method::POST {
            let endpoint: Value = serde_json::from_slice(response.body()).unwrap();
            let text = |name: &str| endpoint[name].as_str().unwrap().to_owned();
            self.0.lock().unwrap().push((text("id"), text("secret")));
        }
    }
}

/// An account at the simulated vendor, and the command over it.
struct Connected {
    dir: tempfile::TempDir,
    account: Arc<Account>,
    simulator: Simulator,
    made: Arc<Made>,
}

const ENDPOINTS: &str = "/v1/webhook_endpoints";

impl Connected {
    async fn new() -> Self {
        let (account, made) = (Arc::new(Account::simulated()), Arc::new(Made::default()));
        let builder = Simulator::builder().vendor(account.clone());
        let simulator = builder.watch(made.clone()).start().await.unwrap();
        let base = simulator.base_url(VendorKind::Stripe);
        let dir = configured(&format!(
            "[accounts.acme]\nprovider = \"stripe\"\nenvironment = \"sandbox\"\napi_key = \"{API_KEY}\"\n\
             webhook_secrets_file = \"secrets\"\n[accounts.acme.options]\napi_base_url = \"{base}\"\n"
        ));
        Self {
            dir,
            account,
            simulator,
            made,
        }
    }

    /// The id and the secret of the endpoint that was made so late, counted from 0.
    fn made(&self, number: usize) -> (String, String) {
        self.made.0.lock().unwrap()[number].clone()
    }

    /// The endpoints that are registered at the vendor.
    fn ids(&self) -> Vec<String> {
        let request = Request::get(ENDPOINTS).header("authorization", format!("Bearer {API_KEY}"));
        let request = request.body(Bytes::new()).unwrap();
        let answer = self.account.answer(&request, self.simulator.now());
        let list: Value = serde_json::from_slice(answer.body()).unwrap();
        let there = list["data"].as_array().unwrap().iter();
        there
            .map(|one| one["id"].as_str().unwrap().to_owned())
            .collect()
    }

    /// Somebody registers the gateway by hand, and loses the secret.
    async fn register_by_hand(&self) {
        let form = "url=https%3A%2F%2Fidv.example.com%2Fwebhooks%2Facme&enabled_events%5B%5D=*";
        let request = Request::post(format!("https://vendor.example{ENDPOINTS}"))
            .header("authorization", format!("Bearer {API_KEY}"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.into())
            .unwrap();
        let vendor = self.simulator.transport(VendorKind::Stripe);
        let made = vendor.send(request).await.unwrap();
        assert_eq!(made.status(), 200, "{made:?}");
    }

    fn run(&self, args: &[&str]) -> Ended {
        let ended = run(self.dir.path(), &[&["accounts"], args].concat());
        let said = format!("{}{}", ended.stdout, ended.stderr);
        let made = self.made.0.lock().unwrap();
        let secrets = made.iter().map(|(_, secret)| secret.as_str());
        for secret in secrets.chain([API_KEY]) {
            assert!(!said.contains(secret), "{args:?}: a secret is in {said}");
        }
        ended
    }

    fn connect(&self, more: &[&str]) -> Ended {
        let args = ["connect", "acme", "--url", "https://idv.example.com"];
        self.run(&[&args, more].concat())
    }

    fn secrets(&self) -> String {
        fs::read_to_string(self.dir.path().join("secrets")).unwrap_or_default()
    }

    /// Whether a delivery that the vendor signs with this secret would be believed.
    fn believes(&self, secret: &str) -> bool {
        fs::write(self.dir.path().join("body"), "{}").unwrap();
        let header = stripe::sign(secret, b"{}", 1_790_000_000);
        let header = format!("Stripe-Signature: {header}");
        let args = [
            "webhook",
            "diagnose",
            "--account",
            "acme",
            "--now",
            "1790000000",
        ];
        let args = [&args[..], &["--header", &header, "body"]].concat();
        run(self.dir.path(), &args).code == 0
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_connected_rotated_and_disconnected_and_every_secret_is_believed_while_it_counts()
 {
    let world = Connected::new().await;
    let listed = world.run(&["list", "--json"]).json();
    assert_eq!(listed[0]["registrations"], json!([]), "{listed}");
    let ended = world.connect(&[]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let (first, first_secret) = world.made(0);
    let registered = format!("https://idv.example.com/webhooks/acme ({first})");
    assert!(ended.stdout.contains(&registered), "{}", ended.stdout);
    assert_eq!(world.secrets(), format!("{first_secret}\n"));
    assert!(world.believes(&first_secret));

    let again = world.connect(&["--json"]).json();
    assert_eq!(
        (&again["outcome"], &again["ids"]),
        (&json!("already"), &json!([first]))
    );
    let listed = world.run(&["list"]).stdout;
    assert!(
        listed.contains("registered") && listed.contains(&format!("{first} https://idv")),
        "{listed}"
    );

    let rotated = world.connect(&["--rotate"]);
    assert_eq!(rotated.code, 0, "{}", rotated.stderr);
    let next = format!("idv accounts disconnect acme --id {first}");
    assert!(rotated.stdout.contains(&next), "{}", rotated.stdout);
    let (second, second_secret) = world.made(1);
    assert!(world.believes(&first_secret) && world.believes(&second_secret));
    let ended = world.run(&["disconnect", "acme", "--id", &first]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(world.ids(), [second]);
    assert!(!world.believes(&first_secret) && world.believes(&second_secret));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_whose_secret_was_lost_is_named_and_replaced() {
    let world = Connected::new().await;
    world.register_by_hand().await;
    let (by_hand, _) = world.made(0);
    let ended = world.connect(&[]);
    assert_eq!(ended.code, 1, "{}", ended.stdout);
    assert!(
        ended.stderr.contains(&by_hand) && ended.stderr.contains("--replace"),
        "{}",
        ended.stderr
    );
    assert_eq!(world.ids(), [by_hand]);
    let ended = world.connect(&["--replace"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let (replaced, secret) = world.made(1);
    assert_eq!(world.ids(), [replaced]);
    assert!(world.believes(&secret));
}
