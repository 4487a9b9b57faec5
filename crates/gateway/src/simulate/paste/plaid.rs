//! How Plaid's stand-in is used.

use std::sync::Arc;

use idv_simulator::plaid::{Environment, Template};
use idv_simulator::{Vendor, VendorKind};

use super::Paste;

const CLIENT_ID: &str = Environment::CLIENT_ID;
const SECRET: &str = Environment::SECRET;
const TEMPLATE_ID: &str = Template::FULL;

pub(super) fn stand_in() -> Arc<dyn Vendor> {
    Arc::new(Environment::simulated())
}

pub(super) fn account_table(name: &str, base_url: &str) -> String {
    format!(
        r#"[accounts.{name}]
provider = "plaid"
environment = "sandbox"
api_key = "{SECRET}"
[accounts.{name}.options]
api_base_url = "{base_url}"
client_id = "{CLIENT_ID}"
template_id = "{TEMPLATE_ID}"
"#
    )
}

pub(super) fn paste(base_url: &str) -> Paste {
    Paste {
        kind: VendorKind::Plaid,
        name: "Plaid Identity Verification",
        base_url: base_url.to_owned(),
        credentials: vec![
            ("client_id", CLIENT_ID),
            ("secret", SECRET),
            ("template", TEMPLATE_ID),
        ],
        variables: vec![
            ("PLAID_CLIENT_ID", CLIENT_ID.to_owned()),
            ("PLAID_SECRET", SECRET.to_owned()),
        ],
        clients: vec![
            (
                "Python",
                format!(
                    "plaid.Configuration(host=\"{base_url}\", api_key={{\n    \"clientId\": \"{CLIENT_ID}\",\n    \"secret\": \"{SECRET}\"}})"
                ),
            ),
            (
                "Node",
                format!(
                    "new Configuration({{ basePath: \"{base_url}\", baseOptions: {{ headers: {{\n    \"PLAID-CLIENT-ID\": \"{CLIENT_ID}\",\n    \"PLAID-SECRET\": \"{SECRET}\" }} }} }})"
                ),
            ),
        ],
        choosing: vec![
            "on the page behind `shareable_url`; or with user.email_address",
            "anything+NAME@example.com; as in the vendor's sandbox, Leslie Knope passes.",
            "Webhooks are signed with keys that /webhook_verification_key/get hands out.",
        ],
    }
}
