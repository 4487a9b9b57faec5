//! How Onfido's stand-in is used.

use std::sync::Arc;

use idv_simulator::onfido::{API_TOKEN, Account, WEBHOOK_TOKEN, WORKFLOW_ID};
use idv_simulator::{Vendor, VendorKind};

use super::Paste;

pub(super) fn stand_in() -> Arc<dyn Vendor> {
    Arc::new(Account::simulated())
}

pub(super) fn account_table(name: &str, base_url: &str) -> String {
    format!(
        r#"[accounts.{name}]
provider = "onfido"
environment = "sandbox"
api_key = "{API_TOKEN}"
webhook_secrets = ["{WEBHOOK_TOKEN}"]
[accounts.{name}.options]
api_base_url = "{base_url}"
workflow_id = "{WORKFLOW_ID}"
"#
    )
}

pub(super) fn paste(base_url: &str) -> Paste {
    Paste {
        kind: VendorKind::Onfido,
        name: "Onfido Studio",
        base_url: base_url.to_owned(),
        credentials: vec![
            ("API token", API_TOKEN),
            ("webhook token", WEBHOOK_TOKEN),
            ("workflow", WORKFLOW_ID),
        ],
        variables: vec![
            ("ONFIDO_API_TOKEN", API_TOKEN.to_owned()),
            ("ONFIDO_WEBHOOK_SECRET_TOKEN", WEBHOOK_TOKEN.to_owned()),
            ("ONFIDO_WORKFLOW_ID", WORKFLOW_ID.to_owned()),
        ],
        clients: vec![
            (
                "Python",
                format!(
                    "onfido.Configuration(api_token=\"{API_TOKEN}\",\n                     host=\"{base_url}/v3.6\")"
                ),
            ),
            (
                "Node",
                format!(
                    "new Configuration({{ apiToken: \"{API_TOKEN}\",\n                    basePath: \"{base_url}/v3.6\" }})"
                ),
            ),
        ],
        choosing: vec![
            "on the page behind `link.url` of a run; or with the applicant's",
            "email=anything+NAME@example.com, or a tag scenario:NAME of the run;",
            "as in the vendor's sandbox, the last name Consider is not passed",
        ],
    }
}
