//! The comparison with data sources.

use serde_json::{Value, json};

use super::{Attempt, Findings, lay_over};
use crate::plaid::person::Compared;

/// Of a person whom the data sources know; or of one of whom they know another address.
pub(super) fn usual(attempt: &Attempt, is_known: bool) -> Value {
    let compared = Compared::with_themselves(&attempt.user);
    let mut section = json!({
        "address": { "po_box": "no", "type": "residential" },
        "date_of_birth": {},
        // Newer than the vendor's file; its SDKs demand it.
        "id_number": { "ssa_verification": null },
        "name": {},
        "phone_number": { "area_code": "no_data" },
        "status": null,
    });
    lay_over(&mut section, &Value::Object(findings(compared)));
    if !is_known {
        lay_over(
            &mut section,
            &json!({ "address": { "summary": "no_match" } }),
        );
    }
    section
}

pub(super) fn findings(compared: Compared) -> Findings {
    let summary = |word: &str| json!({ "summary": word });
    let area_code = match compared.phone_number {
        "no_input" => "no_input",
        "match" => "match",
        _ => "no_match",
    };
    Findings::from_iter([
        ("address".to_owned(), summary(compared.address)),
        ("date_of_birth".to_owned(), summary(compared.date_of_birth)),
        ("id_number".to_owned(), summary(compared.id_number)),
        ("name".to_owned(), summary(compared.name)),
        (
            "phone_number".to_owned(),
            json!({ "summary": compared.phone_number, "area_code": area_code }),
        ),
    ])
}
