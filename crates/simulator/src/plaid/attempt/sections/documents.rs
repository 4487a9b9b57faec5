//! Documents: one for each upload.

use serde_json::{Value, json};

use super::{Attempt, Findings};
use crate::plaid::person;

/// A driving licence of the person: genuine, or one that could not be verified.
pub(super) fn usual(attempt: &Attempt, has_passed: bool, is_genuine: bool) -> Value {
    let user = &attempt.user;
    let extracted = person::given(user, "name").map(|name| {
        let of = |name: &str| user.get(name).cloned().unwrap_or(Value::Null);
        read(name, &of("date_of_birth"), &of("address"))
    });
    let outcome = if is_genuine { "match" } else { "no_match" };
    json!({
        "analysis": {
            "aamva_verification": null,
            "authenticity": outcome,
            "extracted_data": {
                "date_of_birth": "match",
                "expiration_date": "not_expired",
                "issuing_country": "match",
                "name": "match",
            },
            "fraud_analysis_details": {
                "detail_check": "success",
                "image_composition_check": "success",
                "integrity_check": "success",
                "issue_date_check": "success",
                "portrait_details_check": "success",
                "portrait_presence_check": "success",
                "type_supported": "success",
            },
            "image_quality": "high",
            "image_quality_details": {
                "blur_check": "success",
                "dimensions_check": "success",
                "glare_check": "success",
            },
        },
        "attempt": attempt.sections.documents.len() + 1,
        "extracted_data": extracted,
        "images": {
            "cropped_back": "cropped_back.png",
            "cropped_front": "cropped_front.png",
            "face": "face.png",
            "original_back": "original_back.png",
            "original_front": "original_front.png",
        },
        "redacted_at": null,
        "status": if has_passed { "success" } else { "failed" },
    })
}

/// What the register of driving licences says, where a scenario says a part of it: the rest is a match.
pub(super) fn complete(document: &mut Value) {
    let register = document.pointer_mut("/analysis/aamva_verification");
    let Some(members) = register.and_then(Value::as_object_mut) else {
        return;
    };
    members.entry("is_verified").or_insert(true.into());
    for name in REGISTER {
        members.entry(name).or_insert("match".into());
    }
}

/// What is compared with that register.
const REGISTER: [&str; 13] = [
    "city",
    "date_of_birth",
    "eye_color",
    "first_name",
    "gender",
    "height",
    "id_expiration_date",
    "id_issue_date",
    "id_number",
    "last_name",
    "middle_name",
    "postal_code",
    "street",
];

/// What a document is read as in the sandbox, whatever it shows.
pub(super) fn read_as_hers(name: &'static str, date_of_birth: &'static str) -> Findings {
    let her = person::leslie_knope();
    let of = |name: &str| her.get(name).cloned().unwrap_or(Value::Null);
    let extracted = read(&of("name"), &of("date_of_birth"), &of("address"));
    let analysis = json!({ "extracted_data": { "name": name, "date_of_birth": date_of_birth } });
    Findings::from_iter([
        ("extracted_data".to_owned(), extracted),
        ("analysis".to_owned(), analysis),
    ])
}

fn read(name: &Value, date_of_birth: &Value, address: &Value) -> Value {
    let of_address = |name: &str| address.get(name).cloned().unwrap_or(Value::Null);
    let country = of_address("country");
    let is_whole = of_address("street").is_string() && of_address("city").is_string();
    let printed = is_whole.then(|| {
        json!({
            "city": of_address("city"),
            "country": country,
            "postal_code": of_address("postal_code"),
            "region": of_address("region"),
            "street": of_address("street"),
        })
    });
    let issuing_country = if country.is_string() {
        country.clone()
    } else {
        "US".into()
    };
    json!({
        "address": printed,
        "category": "drivers_license",
        "date_of_birth": date_of_birth,
        "expiration_date": "2033-01-18",
        "id_number": "SIM-0118-7505",
        "issue_date": "2025-01-18",
        "issuing_country": issuing_country,
        "issuing_region": of_address("region"),
        "name": name,
    })
}

/// The person is gone, and with them the pictures; what was found stays.
pub(super) fn redact(document: &mut Value, at: &str) {
    let Some(members) = document.as_object_mut() else {
        return;
    };
    members.insert("extracted_data".to_owned(), Value::Null);
    members.insert("redacted_at".to_owned(), at.into());
    let images = members.get_mut("images").and_then(Value::as_object_mut);
    for (_, image) in images.into_iter().flatten() {
        *image = Value::Null;
    }
}
