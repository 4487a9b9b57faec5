//! How Stripe's stand-in is used.

use std::sync::Arc;

use idv_simulator::stripe::{API_KEY, Account, RESTRICTED_KEY, WEBHOOK_SECRET};
use idv_simulator::{Vendor, VendorKind};

use super::Paste;

pub(super) fn stand_in() -> Arc<dyn Vendor> {
    Arc::new(Account::simulated())
}

pub(super) fn account_table(name: &str, base_url: &str) -> String {
    format!(
        r#"[accounts.{name}]
provider = "stripe"
environment = "sandbox"
api_key = "{API_KEY}"
webhook_secrets = ["{WEBHOOK_SECRET}"]
[accounts.{name}.options]
api_base_url = "{base_url}"
"#
    )
}

pub(super) fn paste(base_url: &str) -> Paste {
    let (host, port) = base_url
        .trim_start_matches("http://")
        .rsplit_once(':')
        .unwrap_or(("127.0.0.1", "80"));
    Paste {
        kind: VendorKind::Stripe,
        name: "Stripe Identity",
        base_url: base_url.to_owned(),
        credentials: vec![
            ("API key", API_KEY),
            // It may read dates of birth, numbers and pictures too.
            ("restricted key", RESTRICTED_KEY),
            ("webhook secret", WEBHOOK_SECRET),
        ],
        variables: vec![
            ("STRIPE_SECRET_KEY", API_KEY.to_owned()),
            ("STRIPE_WEBHOOK_SECRET", WEBHOOK_SECRET.to_owned()),
        ],
        clients: vec![
            (
                "Python",
                format!(
                    "stripe.api_key = \"{API_KEY}\"\nstripe.api_base = stripe.upload_api_base = \"{base_url}\""
                ),
            ),
            (
                "Node",
                format!(
                    "new Stripe(\"{API_KEY}\",\n           {{ protocol: \"http\", host: \"{host}\", port: {port} }})"
                ),
            ),
        ],
        choosing: vec![
            "on the page behind `url` of a session; or with the session's",
            "metadata[scenario]=NAME, or provided_details[email]=anything+NAME@example.com",
        ],
    }
}
