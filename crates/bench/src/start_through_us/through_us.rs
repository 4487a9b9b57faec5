//! Starts through the gateway.

use std::path::Path;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Request, StatusCode};
use idv_simulator::{VendorKind, onfido, plaid, stripe};
use serde_json::{Value, json};

use super::far_vendor::FarVendor;
use crate::caller::Caller;
use crate::gateway::{Database, Gateway};

/// A gateway whose one account is at the vendor, and an application that asks it for one start after the other.
pub(super) struct ThroughUs {
    gateway: Gateway,
    caller: Caller,
    authorization: String,
    started: u32,
}

/// What tells one start from all others.
pub(super) struct Asked {
    pub(super) subject: String,
    pub(super) request: String,
}

impl ThroughUs {
    pub(super) fn start(database: Database, vendor: &FarVendor) -> Result<Self, String> {
        let gateway = Gateway::start(database, &tables(vendor))?;
        let key = gateway.make_api_key();
        Ok(Self {
            caller: Caller::new(gateway.address()),
            gateway,
            authorization: format!("Bearer {key}"),
            started: 0,
        })
    }

    /// Where its database is.
    pub(super) fn folder(&self) -> &Path {
        self.gateway.folder()
    }

    /// Starts a session for a subject whom nobody has heard of, and has the link.
    pub(super) async fn once(&mut self) -> Asked {
        self.started += 1;
        let subject = format!("bench-subject-{:08}", self.started);
        let body = json!({
            "subject": subject,
            "reason": "onboarding",
            "person": {
                "given_name": "Ada", "family_name": "Example", "birthdate": "1990-03-01",
                "email": "ada@example.org", "phone": "+15555550100",
            },
        });
        let request = Request::post("/v1/verification-requests")
            .header(AUTHORIZATION, &self.authorization)
            .header(CONTENT_TYPE, "application/json")
            .body(Bytes::from(body.to_string()))
            .unwrap();
        let answer = self.caller.send(request).await;
        assert_eq!(
            answer.status(),
            StatusCode::CREATED,
            "{:?} {}",
            answer.body(),
            self.gateway.end_of_log()
        );
        let made: Value = serde_json::from_slice(answer.body()).unwrap();
        assert!(made["link"].is_object(), "{made}");
        let request = made["id"].as_str().unwrap().to_owned();
        Asked { subject, request }
    }
}

/// The configuration. The vendor's limit of calls is not what is measured.
fn tables(vendor: &FarVendor) -> String {
    let (credentials, options) = match vendor.kind {
        VendorKind::Stripe => (
            format!(
                "api_key = \"{}\"\nwebhook_secrets = [\"{}\"]",
                stripe::API_KEY,
                stripe::WEBHOOK_SECRET
            ),
            String::new(),
        ),
        VendorKind::Onfido => (
            format!(
                "api_key = \"{}\"\nwebhook_secrets = [\"{}\"]",
                onfido::API_TOKEN,
                onfido::WEBHOOK_TOKEN
            ),
            format!("workflow_id = \"{}\"", onfido::WORKFLOW_ID),
        ),
        VendorKind::Plaid => (
            format!("api_key = \"{}\"", plaid::Environment::SECRET),
            format!(
                "client_id = \"{}\"\ntemplate_id = \"{}\"",
                plaid::Environment::CLIENT_ID,
                plaid::Template::FULL
            ),
        ),
    };
    format!(
        "[log]\nformat = \"json\"\nfilter = \"warn\"\n[outbound]\nproxy_from_environment = false\n\
         [accounts.far]\nprovider = \"{}\"\nenvironment = \"sandbox\"\ncalls_per_sec = 10000\n{credentials}\n\
         [accounts.far.options]\napi_base_url = \"http://{}\"\n{options}\n",
        vendor.kind.as_word(),
        vendor.address
    )
}
