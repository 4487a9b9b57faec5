//! An attempt that behaves, and the webhooks it sends.

use std::collections::BTreeMap;

use http::{HeaderMap, HeaderValue};
use idv_core::Timestamp;
use idv_core::webhook::InboundWebhook;
use serde_json::{Value, json};

use super::{CannotSign, Step, WebhookKey};

/// One attempt (`idv_…`) and its life.
///
/// What the vendor would refuse is refused here too. Times are Unix seconds, given by the caller: there is no clock
/// inside. The template asks for the steps the caller names; which failures it forgives is the caller's to say, for it
/// is in no API.
#[derive(Clone, Debug)]
pub struct Attempt {
    id: String,
    previous_id: Option<String>,
    client_user_id: String,
    created_unix_secs: i64,
    completed_unix_secs: Option<i64>,
    status: &'static str,
    steps: BTreeMap<Step, &'static str>,
}

/// The verdict on an attempt, or another end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The template is satisfied.
    Success,
    /// It is not.
    Failed,
    /// A screening has hits that somebody must look at.
    PendingReview,
    /// Somebody withdrew it in the dashboard.
    Canceled,
    /// The time was up.
    Expired,
}

/// A webhook, ready to be signed and sent. It names the attempt and says nothing of its state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// `STATUS_UPDATED`, `STEP_UPDATED` or `RETRIED`.
    pub code: &'static str,
    attempt_id: String,
}

impl Event {
    /// The bytes of the body. `environment`: `sandbox` or `production`.
    ///
    /// Keys in order, two spaces of indentation, no new line at the end: whoever verifies re-encoded JSON notices.
    #[must_use]
    pub fn body(&self, environment: &str) -> Vec<u8> {
        let body = json!({
            "environment": environment,
            "identity_verification_id": self.attempt_id,
            "webhook_code": self.code,
            "webhook_type": "IDENTITY_VERIFICATION",
        });
        format!("{body:#}").into_bytes()
    }

    /// The event as it arrives at a receiver, signed at the moment it arrives.
    ///
    /// # Errors
    /// [`CannotSign`].
    pub fn delivered(
        &self,
        environment: &str,
        key: &WebhookKey,
        at_unix_secs: i64,
    ) -> Result<InboundWebhook, CannotSign> {
        let body = self.body(environment);
        let mut headers = HeaderMap::new();
        headers.insert("content-type", HeaderValue::from_static("application/json"));
        // Base64url and dots: always a header value.
        if let Ok(value) = key.sign(&body, at_unix_secs)?.parse() {
            headers.insert("plaid-verification", value);
        }
        let received_at = Timestamp::from_unix_secs(at_unix_secs);
        Ok(InboundWebhook::new(headers, body.into(), received_at))
    }
}

/// The vendor would refuse this in the attempt's present state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an attempt that is {status} cannot {wanted}")]
pub struct NotPossible {
    status: &'static str,
    wanted: &'static str,
}

impl Attempt {
    /// A new attempt of the person with this reference, whose template asks for these steps in this order.
    pub fn new(
        id: impl Into<String>,
        client_user_id: impl Into<String>,
        steps: &[Step],
        created_unix_secs: i64,
    ) -> Self {
        let mut all: BTreeMap<_, _> = Step::ALL.map(|step| (step, "not_applicable")).into();
        for (index, step) in steps.iter().enumerate() {
            let status = if index == 0 {
                "active"
            } else {
                "waiting_for_prerequisite"
            };
            all.insert(*step, status);
        }
        Self {
            id: id.into(),
            previous_id: None,
            client_user_id: client_user_id.into(),
            created_unix_secs,
            completed_unix_secs: None,
            status: "active",
            steps: all,
        }
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// A step succeeds, and the next one, if any, is the subject's.
    ///
    /// # Errors
    /// [`NotPossible`] unless the step is the one under way.
    pub fn pass(&mut self, step: Step, next: Option<Step>) -> Result<Event, NotPossible> {
        self.leave(step, "success", next)
    }

    /// A step fails. The template may have another one make up for it: the next.
    ///
    /// # Errors
    /// [`NotPossible`] unless the step is the one under way.
    pub fn fail(&mut self, step: Step, next: Option<Step>) -> Result<Event, NotPossible> {
        self.leave(step, "failed", next)
    }

    /// The attempt ends. A step that is under way ends with it only if it is canceled or expires.
    ///
    /// # Errors
    /// [`NotPossible`] if it has ended, or for a verdict while a step is under way.
    pub fn end(&mut self, at_unix_secs: i64, verdict: Verdict) -> Result<Event, NotPossible> {
        self.require_active("end")?;
        let (status, of_step) = match verdict {
            Verdict::Success => ("success", None),
            Verdict::Failed => ("failed", None),
            Verdict::PendingReview => ("pending_review", None),
            Verdict::Canceled => ("canceled", Some("canceled")),
            Verdict::Expired => ("expired", Some("expired")),
        };
        let mut under_way = self
            .steps
            .values_mut()
            .filter(|status| **status == "active");
        match (under_way.next(), of_step) {
            (Some(step), Some(of_step)) => *step = of_step,
            (Some(_), None) => return Err(self.not_possible("be decided in the middle of a step")),
            (None, _) => {}
        }
        self.status = status;
        // Of an attempt in review only the subject's part is over.
        self.completed_unix_secs = (verdict != Verdict::PendingReview).then_some(at_unix_secs);
        Ok(self.event("STATUS_UPDATED"))
    }

    /// Another attempt after this one, with the same steps from the beginning (strategy `reset`). The vendor's pages
    /// leave open which of the two its webhook names; here it is the new one.
    pub fn retry(&self, id: impl Into<String>, created_unix_secs: i64) -> (Self, Event) {
        let asked_for: Vec<_> = self
            .steps
            .iter()
            .filter(|(_, status)| **status != "not_applicable")
            .map(|(step, _)| *step)
            .collect();
        let mut new = Self::new(id, &self.client_user_id, &asked_for, created_unix_secs);
        new.previous_id = Some(self.id.clone());
        let event = new.event("RETRIED");
        (new, event)
    }

    /// The attempt as the API shows it, without the id of the answer.
    #[must_use]
    pub fn object(&self) -> Value {
        let time = |secs: i64| Timestamp::from_unix_secs(secs).to_string();
        let steps: serde_json::Map<_, _> = self
            .steps
            .iter()
            .map(|(step, status)| (step.word().to_owned(), Value::from(*status)))
            .collect();
        let detail = |step: Step| {
            let status = self.steps.get(&step).copied().unwrap_or_default();
            step.detail(status)
        };
        json!({
            "beacon_user_id": null,
            "client_user_id": self.client_user_id,
            "completed_at": self.completed_unix_secs.map(time),
            "created_at": time(self.created_unix_secs),
            "documentary_verification": detail(Step::DocumentaryVerification),
            "id": self.id,
            "kyc_check": detail(Step::KycCheck),
            "previous_attempt_id": self.previous_id,
            "redacted_at": null,
            "risk_check": null,
            "selfie_check": detail(Step::SelfieCheck),
            "shareable_url": null,
            "status": self.status,
            "steps": steps,
            "template": { "id": "idvtmp_simulated", "version": 1 },
            "user": {
                "address": null,
                "date_of_birth": null,
                "email_address": null,
                "id_number": null,
                "ip_address": null,
                "name": null,
                "phone_number": null,
            },
            "user_id": null,
            "verify_sms": null,
            "watchlist_screening_id": null,
        })
    }

    fn leave(
        &mut self,
        step: Step,
        status: &'static str,
        next: Option<Step>,
    ) -> Result<Event, NotPossible> {
        self.require_active("finish a step")?;
        if self.steps.get(&step) != Some(&"active") {
            return Err(self.not_possible("finish a step that is not under way"));
        }
        if let Some(next) = next {
            if self.steps.get(&next) != Some(&"waiting_for_prerequisite") {
                return Err(self.not_possible("go on with a step that does not wait"));
            }
            self.steps.insert(next, "active");
        }
        self.steps.insert(step, status);
        Ok(self.event("STEP_UPDATED"))
    }

    fn event(&self, code: &'static str) -> Event {
        Event {
            code,
            attempt_id: self.id.clone(),
        }
    }

    fn require_active(&self, wanted: &'static str) -> Result<(), NotPossible> {
        if self.status == "active" {
            Ok(())
        } else {
            Err(self.not_possible(wanted))
        }
    }

    const fn not_possible(&self, wanted: &'static str) -> NotPossible {
        NotPossible {
            status: self.status,
            wanted,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEPS: &[Step] = &[
        Step::AcceptTos,
        Step::KycCheck,
        Step::DocumentaryVerification,
    ];

    #[test]
    fn a_failed_step_is_made_up_for_by_the_next() {
        let mut attempt = Attempt::new("idv_1", "subject-1", STEPS, 100);
        attempt.pass(Step::AcceptTos, Some(Step::KycCheck)).unwrap();
        let next = Some(Step::DocumentaryVerification);
        let event = attempt.fail(Step::KycCheck, next).unwrap();
        assert_eq!(event.code, "STEP_UPDATED");
        let object = attempt.object();
        assert_eq!(object["status"], "active");
        assert_eq!(object["completed_at"], Value::Null);
        assert_eq!(object["steps"]["kyc_check"], "failed");
        assert_eq!(object["steps"]["documentary_verification"], "active");
        assert_eq!(object["steps"]["selfie_check"], "not_applicable");
        assert_eq!(object["kyc_check"]["address"]["summary"], "no_match");
        assert_eq!(object["documentary_verification"], Value::Null);

        attempt.pass(Step::DocumentaryVerification, None).unwrap();
        let event = attempt.end(160, Verdict::Success).unwrap();
        assert_eq!(event.code, "STATUS_UPDATED");
        let object = attempt.object();
        assert_eq!(object["status"], "success");
        assert_eq!(object["completed_at"], "1970-01-01T00:02:40Z");
        assert_eq!(object["steps"]["kyc_check"], "failed");
    }

    #[test]
    fn what_cannot_happen_is_refused() {
        let mut attempt = Attempt::new("idv_1", "subject-1", STEPS, 0);
        assert!(attempt.pass(Step::KycCheck, None).is_err());
        assert!(
            attempt
                .pass(Step::AcceptTos, Some(Step::SelfieCheck))
                .is_err()
        );
        assert!(attempt.end(1, Verdict::Success).is_err());
        attempt.end(1, Verdict::Canceled).unwrap();
        assert_eq!(attempt.object()["steps"]["accept_tos"], "canceled");
        let refused = attempt.end(2, Verdict::Failed).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "an attempt that is canceled cannot end"
        );
    }

    #[test]
    fn another_attempt_names_the_one_before() {
        let mut attempt = Attempt::new("idv_1", "subject-1", STEPS, 0);
        attempt.fail(Step::AcceptTos, None).unwrap();
        attempt.end(1, Verdict::Failed).unwrap();
        let (again, event) = attempt.retry("idv_2", 5);
        assert_eq!(again.object()["previous_attempt_id"], "idv_1");
        assert_eq!(again.object()["steps"]["accept_tos"], "active");
        assert_eq!(
            String::from_utf8(event.body("sandbox")).unwrap(),
            "{\n  \"environment\": \"sandbox\",\n  \"identity_verification_id\": \"idv_2\",\n  \"webhook_code\": \"RETRIED\",\n  \"webhook_type\": \"IDENTITY_VERIFICATION\"\n}"
        );
    }
}
