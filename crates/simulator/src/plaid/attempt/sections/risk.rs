//! Signals of fraud.

use serde_json::{Value, json};

use super::Attempt;
use crate::plaid::person;

/// Nothing against the person; or a person who is part of a ring. Without a screen in front of them there is neither a
/// device nor behaviour, and what is told of an e-mail address needs one.
pub(super) fn usual(attempt: &Attempt, is_harmless: bool) -> Value {
    let (interactions, ring) = if is_harmless {
        ("genuine", "no")
    } else {
        ("risky", "yes")
    };
    let behavior = (attempt.is_opened || !is_harmless).then(|| {
        json!({
            "bot_detected": "no",
            "fraud_ring_detected": ring,
            "user_interactions": interactions,
        })
    });
    let device = json!({
        "ip_proxy_type": "none_detected",
        "ip_spam_list_count": 0,
        "ip_timezone_offset": "-05:00:00",
    });
    let devices: Vec<_> = attempt.is_opened.then_some(device).into_iter().collect();
    let email = person::given(&attempt.user, "email_address").map(|_| {
        json!({
            "breach_count": 0,
            "domain_is_custom": "no",
            "domain_is_disposable": "no",
            "domain_is_free_provider": "yes",
            "domain_registered_at": "1995-08-14",
            "first_breached_at": null,
            "includes_date_of_birth": "no",
            "is_deliverable": "yes",
            "is_edu": "no",
            "last_breached_at": null,
            "linked_services": [],
            // Newer than the vendor's file; its SDKs demand it.
            "name": "match",
            "top_level_domain_is_suspicious": "no",
        })
    });
    let phone = person::given(&attempt.user, "phone_number");
    // Both numbers are given for a whole social security number only.
    let number = person::given(&attempt.user, "id_number");
    let has_ssn = number.is_some_and(|number| number.get("type") == Some(&"us_ssn".into()));
    let abuse = has_ssn.then(
        || json!({ "stolen_identity": { "score": 3 }, "synthetic_identity": { "score": 4 } }),
    );
    json!({
        "behavior": behavior,
        "devices": devices,
        "email": email,
        "facial_duplicates": [],
        "identity_abuse_signals": abuse,
        "phone": phone.map(|_| json!({ "linked_services": [] })),
        "status": null,
        "trust_index_score": has_ssn.then_some(86),
    })
}
