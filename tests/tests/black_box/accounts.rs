//! `idv accounts`: what can be told without a vendor.

use std::fs;
use std::path::Path;

use super::program::run;

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
