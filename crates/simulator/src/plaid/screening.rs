//! Screenings against lists of persons, as far as an attempt leads to one.

use idv_core::Timestamp;
use serde_json::{Map, Value, json};

use super::attempt::{Attempt, Findings};
use super::person;

/// A screening of one person (`scr_…`). An attempt has one at most.
#[derive(Clone, Debug)]
pub(super) struct Screening {
    id: String,
    client_user_id: String,
    status: &'static str,
    legal_name: String,
    date_of_birth: Value,
    country: Value,
    /// None: nothing was found.
    hit: Option<Value>,
    source: &'static str,
    changed_unix_secs: i64,
}

/// Somebody's decision.
#[derive(Clone, Copy, Debug)]
pub(super) struct Review {
    /// `cleared`, `rejected` or `pending_review`.
    pub(super) status: &'static str,
    /// `dashboard` or `api`.
    pub(super) source: &'static str,
}

/// Those who decide in the dashboard are all the same person here.
const REVIEWER: &str = "54350110fedcbaf01234ffee";

impl Screening {
    pub(super) fn without_hit(attempt: &Attempt, now: i64) -> Self {
        let name = person::given(attempt.user(), "name");
        let part = |part: &str| {
            let part = name.and_then(|name| name.get(part)).and_then(Value::as_str);
            part.unwrap_or_default().to_owned()
        };
        let address = person::given(attempt.user(), "address");
        Self {
            id: screening_id(attempt.id()),
            client_user_id: attempt.client_user_id().to_owned(),
            status: "cleared",
            legal_name: [part("given_name"), part("family_name")].join(" "),
            date_of_birth: of(attempt.user(), "date_of_birth"),
            country: address
                .and_then(|address| address.get("country"))
                .cloned()
                .unwrap_or_default(),
            hit: None,
            source: "system",
            changed_unix_secs: now,
        }
    }

    /// With somebody on a list, whose entry has these members in the place of the usual ones.
    pub(super) fn with_hit(attempt: &Attempt, findings: &Findings, now: i64) -> Self {
        let mut screening = Self::without_hit(attempt, now);
        let at = Timestamp::from_unix_secs(now).to_string();
        let mut hit = json!({
            "analysis": {
                "dates_of_birth": "match",
                "documents": "no_input",
                "locations": "no_data",
                "names": "match",
                "search_terms_version": 1,
            },
            "data": {
                "dates_of_birth": [],
                "documents": [],
                "locations": [],
                "names": [{
                    "analysis": { "summary": "match" },
                    "data": {
                        "full": screening.legal_name,
                        "is_primary": true,
                        "weak_alias_determination": "none",
                    },
                }],
            },
            "first_active": at,
            "historical_since": null,
            "id": screening.id.replacen("scr_", "scrhit_", 1),
            "inactive_since": null,
            "list_code": "US_SDN",
            "plaid_uid": "uid_simulated",
            "review_status": "pending_review",
            "source_uid": null,
            "sub_programs": ["SDGT"],
        });
        if let Some(members) = hit.as_object_mut() {
            members.extend(findings.clone());
        }
        screening.status = "pending_review";
        screening.hit = Some(hit);
        screening
    }

    pub(super) fn rejected(mut self, now: i64) -> Self {
        self.decide(
            Review {
                status: "rejected",
                source: "dashboard",
            },
            now,
        );
        self
    }

    pub(super) fn decide(&mut self, review: Review, now: i64) {
        self.status = review.status;
        self.source = review.source;
        self.changed_unix_secs = now;
        let of_hit = match review.status {
            "cleared" => "dismissed",
            "rejected" => "confirmed",
            _ => "pending_review",
        };
        if let Some(hit) = self.hit.as_mut().and_then(Value::as_object_mut) {
            hit.insert("review_status".to_owned(), of_hit.into());
        }
    }

    pub(super) fn redact(&mut self) {
        "redacted".clone_into(&mut self.legal_name);
        self.date_of_birth = Value::Null;
        self.hit = None;
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// The screening as the API shows it, without the id of the answer.
    pub(super) fn object(&self) -> Value {
        let is_by_hand = self.source == "dashboard";
        json!({
            "assignee": null,
            "audit_trail": {
                "dashboard_user_id": is_by_hand.then_some(REVIEWER),
                "source": self.source,
                "timestamp": Timestamp::from_unix_secs(self.changed_unix_secs).to_string(),
            },
            "client_user_id": self.client_user_id,
            "id": self.id,
            "search_terms": {
                "country": self.country,
                "date_of_birth": self.date_of_birth,
                "document_number": null,
                "legal_name": self.legal_name,
                "version": 1,
                "watchlist_program_id": "prg_simulated",
            },
            "status": self.status,
        })
    }

    pub(super) fn hits(&self) -> Vec<Value> {
        self.hit.clone().into_iter().collect()
    }
}

/// The attempt of a screening: their ids are the same but for the prefix.
pub(super) fn attempt_id(screening_id: &str) -> String {
    screening_id.replacen("scr_", "idv_", 1)
}

fn screening_id(attempt_id: &str) -> String {
    attempt_id.replacen("idv_", "scr_", 1)
}

fn of(user: &Map<String, Value>, name: &str) -> Value {
    user.get(name).cloned().unwrap_or_default()
}
