//! Starts through the gateway.

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Request, StatusCode};
use serde_json::{Value, json};

use crate::caller::Caller;
use crate::far_vendor::FarVendor;
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
        let gateway = Gateway::start(database, &vendor.tables())?;
        let key = gateway.make_api_key();
        Ok(Self {
            caller: Caller::new(gateway.address()),
            gateway,
            authorization: format!("Bearer {key}"),
            started: 0,
        })
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
