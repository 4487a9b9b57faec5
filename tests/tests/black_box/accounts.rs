//! `idv accounts`: without a vendor, and with one that shows a secret once.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Method, Request, Response};
use idv_simulator::{Api, Loopback};
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

/// The vendor's list of webhook endpoints.
#[derive(Default)]
struct Vendor {
    there: Mutex<Vec<Value>>,
    made: Mutex<usize>,
}

impl Vendor {
    fn ids(&self) -> Vec<String> {
        let there = self.there.lock().unwrap();
        there
            .iter()
            .map(|one| one["id"].as_str().unwrap().to_owned())
            .collect()
    }

    fn make(&self, form: &[u8]) -> Value {
        let mut made = self.made.lock().unwrap();
        *made += 1;
        let pairs: Vec<_> = url::form_urlencoded::parse(form).into_owned().collect();
        let all = |prefix: &str| -> Vec<_> {
            let of = pairs.iter().filter(|(name, _)| name.starts_with(prefix));
            of.map(|(_, value)| value.clone()).collect()
        };
        let mut one = json!({
            "id": format!("we_{made}"), "object": "webhook_endpoint", "status": "enabled", "livemode": false,
            "url": all("url")[0], "enabled_events": all("enabled_events"), "created": 1_790_000_000,
        });
        self.there.lock().unwrap().push(one.clone());
        one["secret"] = format!("whsec_Marked{made}").into();
        one
    }
}

impl Api for Vendor {
    fn answer(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let path = request.uri().path();
        let body = match (request.method(), path.strip_prefix("/v1/webhook_endpoints")) {
            (&Method::GET, Some("")) => {
                json!({"object": "list", "has_more": false, "data": *self.there.lock().unwrap()})
            }
            (&Method::POST, Some("")) => self.make(request.body()),
            (&Method::DELETE, Some(id)) => {
                let id = id.trim_start_matches('/');
                self.there.lock().unwrap().retain(|one| one["id"] != id);
                json!({"id": id, "object": "webhook_endpoint", "deleted": true})
            }
            _ => json!({}),
        };
        let answer = Response::builder().header("content-type", "application/json");
        answer.body(Bytes::from(body.to_string())).unwrap()
    }
}

/// An account at that vendor, and the command over it.
struct Connected {
    dir: tempfile::TempDir,
    vendor: Arc<Vendor>,
    _served: Loopback,
}

impl Connected {
    async fn new() -> Self {
        let vendor = Arc::new(Vendor::default());
        let served = Loopback::serve(vendor.clone()).await.unwrap();
        let base = served.base_url();
        let dir = configured(&format!(
            "[accounts.acme]\nprovider = \"stripe\"\nenvironment = \"sandbox\"\napi_key = \"sk_test_Marked\"\n\
             webhook_secrets_file = \"secrets\"\n[accounts.acme.options]\napi_base_url = \"{base}\"\n"
        ));
        Self {
            dir,
            vendor,
            _served: served,
        }
    }

    fn run(&self, args: &[&str]) -> Ended {
        let ended = run(self.dir.path(), &[&["accounts"], args].concat());
        let said = format!("{}{}", ended.stdout, ended.stderr);
        assert!(!said.contains("Marked"), "{args:?}: a secret is in {said}");
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
        let header = idv_simulator::stripe::sign(secret, b"{}", 1_790_000_000);
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
    assert!(
        ended
            .stdout
            .contains("https://idv.example.com/webhooks/acme (we_1)"),
        "{}",
        ended.stdout
    );
    assert_eq!(world.secrets(), "whsec_Marked1\n");
    assert!(world.believes("whsec_Marked1"));

    let again = world.connect(&["--json"]).json();
    assert_eq!(
        (&again["outcome"], &again["ids"]),
        (&json!("already"), &json!(["we_1"]))
    );
    let listed = world.run(&["list"]).stdout;
    assert!(
        listed.contains("registered") && listed.contains("we_1 https://idv"),
        "{listed}"
    );

    let rotated = world.connect(&["--rotate"]);
    assert_eq!(rotated.code, 0, "{}", rotated.stderr);
    let next = "idv accounts disconnect acme --id we_1";
    assert!(rotated.stdout.contains(next), "{}", rotated.stdout);
    assert!(world.believes("whsec_Marked1") && world.believes("whsec_Marked2"));
    let ended = world.run(&["disconnect", "acme", "--id", "we_1"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(world.vendor.ids(), ["we_2"]);
    assert!(!world.believes("whsec_Marked1") && world.believes("whsec_Marked2"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_whose_secret_was_lost_is_named_and_replaced() {
    let world = Connected::new().await;
    world
        .vendor
        .make(b"url=https%3A%2F%2Fidv.example.com%2Fwebhooks%2Facme");
    let ended = world.connect(&[]);
    assert_eq!(ended.code, 1, "{}", ended.stdout);
    assert!(
        ended.stderr.contains("we_1") && ended.stderr.contains("--replace"),
        "{}",
        ended.stderr
    );
    assert_eq!(world.vendor.ids(), ["we_1"]);
    let ended = world.connect(&["--replace"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(world.vendor.ids(), ["we_2"]);
    assert!(world.believes("whsec_Marked2"));
}
