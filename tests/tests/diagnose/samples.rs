//! Deliveries that vendors have signed: recorded, and recorded ones that were broken.

use std::fs;

use idv_testkit::shared_samples;
use serde_json::Value;

use super::broken::{Broken, account};
use super::diagnose;

#[test]
fn recorded_tokens_that_are_refused_are_given_their_cause() {
    let cases = [
        ("jwt_vector_real_1", ""),
        ("jwt_vector_real_4_income", ""),
        ("jwt_vector_derived_body_indent4", "body_reserialised"),
        ("jwt_vector_derived_stale_301s", "stale"),
        ("jwt_vector_derived_bad_signature", "no_matching_key"),
        ("jwt_vector_real_5_other_body", "body_hash_mismatch"),
    ];
    let Some(folder) = shared_samples("plaid", cases.len()) else {
        return;
    };
    for (name, cause) in cases {
        let bytes = fs::read(folder.join(name).with_extension("json")).unwrap();
        let vector: Value = serde_json::from_slice(&bytes).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let mut case = Broken::new(name, cause)
            .header("Plaid-Verification", text(&vector["request_headers"]["Plaid-Verification"]))
            .body(text(&vector["raw_body_utf8"]))
            .file("one.jwk", vector["jwk"].to_string())
            .config(
                "[accounts.one]\nprovider = \"plaid\"\nenvironment = \"sandbox\"\nwebhook_keys_file = \"one.jwk\"\n",
            );
        case.now = vector["now_unix"].as_i64().unwrap();
        let (code, found) = diagnose(&case);
        assert_eq!(code, i32::from(!cause.is_empty()), "{name}: {found}");
        assert_eq!(
            found["cause"].as_str().unwrap_or_default(),
            cause,
            "{name}: {found}"
        );
    }
}

#[test]
fn recorded_bodies_that_were_written_again_are_given_their_cause() {
    let cases = [
        (
            "wh_workflow_task_completed_document_check.json",
            "YKOC6mkBxi6yK2zlUIrLMvsJMFEZObP5",
            "e3e5565647f5ccf07b2fd8ac22eab94a0a0619413d981fb768295c820523f7d7",
        ),
        (
            "wh_check_started_2021_requestbin.json",
            "ileDMrEn29YPQqZBZi8HJ-e33nqXMrtx",
            "bac836ffcc32856bcf70deb77dd63e432ab13e4d940751db927795f616c85352",
        ),
    ];
    let Some(folder) = shared_samples("onfido", cases.len()) else {
        return;
    };
    for (name, token, signature) in cases {
        let body = fs::read_to_string(folder.join(name)).unwrap();
        let case = |name, cause, body: &str| {
            Broken::new(name, cause)
                .header("X-SHA2-Signature", signature)
                .config(account("one", "onfido", "live", token))
                .body(body)
        };
        assert_eq!(diagnose(&case(name, "", &body)).0, 0, "{name}");
        let lines = body
            .lines()
            .map(str::trim)
            .collect::<String>()
            .replace("\": ", "\":");
        let is_indented = lines.len() < body.trim_end().len();
        let again = if is_indented {
            lines
        } else {
            body.replace("\":", "\": ")
        };
        for (cause, body) in [
            ("body_reserialised", again),
            ("body_white_space", format!("{body}\r\n")),
        ] {
            let (code, found) = diagnose(&case(name, cause, &body));
            assert_eq!(
                (code, found["cause"].as_str()),
                (1, Some(cause)),
                "{name}: {found}"
            );
            assert_eq!(found["certainty"], "proven", "{name}");
        }
    }
}
