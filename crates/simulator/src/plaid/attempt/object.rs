//! An attempt as the API shows it.

use idv_core::Timestamp;
use serde_json::{Map, Value, json};

use super::Attempt;
use crate::plaid::Step;
use crate::plaid::screening::Screening;

/// Addresses in answers.
pub(in crate::plaid) trait Links {
    /// Of the page on which a person goes through an attempt.
    fn page(&self, attempt_id: &str, key: &str) -> String;

    /// Of a picture, for a short time. None: it is not shown.
    fn picture(&self, path: &str) -> Option<String>;
}

struct NoPictures;

impl Links for NoPictures {
    fn page(&self, attempt_id: &str, key: &str) -> String {
        format!("https://verify-sandbox.plaid.com/verify/{attempt_id}?key={key}")
    }

    fn picture(&self, _: &str) -> Option<String> {
        None
    }
}

/// Pages at the vendor's own address, and no pictures.
pub(in crate::plaid) const fn without_links() -> &'static dyn Links {
    &NoPictures
}

impl Attempt {
    /// The attempt as the API shows it, without the id of the answer and without pictures.
    #[must_use]
    pub fn object(&self) -> Value {
        self.object_with(without_links())
    }

    pub(in crate::plaid) fn object_with(&self, links: &dyn Links) -> Value {
        let time = |secs: i64| Timestamp::from_unix_secs(secs).to_string();
        let steps: Map<_, _> = self
            .steps
            .iter()
            .map(|(step, status)| (step.word().to_owned(), status.word().into()))
            .collect();
        let page = self.page_key.as_ref();
        let screening_id = self.screening.as_ref().map(Screening::id);
        let section = |step: Step| self.section(step, links);
        let object = json!({
            "beacon_user_id": null,
            "client_user_id": self.client_user_id,
            "completed_at": self.completed_unix_secs.map(time),
            "created_at": self.created_at().to_string(),
            "documentary_verification": section(Step::DocumentaryVerification),
            "id": self.id,
            "kyc_check": section(Step::KycCheck),
            "previous_attempt_id": self.previous_id,
            "redacted_at": self.redacted_unix_secs.map(time),
            "risk_check": section(Step::RiskCheck),
            "selfie_check": section(Step::SelfieCheck),
            "shareable_url": page.map(|key| links.page(&self.id, key)),
            "status": self.status.word(),
            "steps": steps,
            "template": { "id": self.template.id, "version": 1 },
            "user": self.user,
            "user_id": self.user_id,
            "verify_sms": section(Step::VerifySms),
            "watchlist_screening_id": screening_id,
        });
        self.with_amendments(object)
    }
}
