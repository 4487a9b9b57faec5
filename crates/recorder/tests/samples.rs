//! Recorded samples of the vendors: all that are about identity verification can be redacted, and nobody is left in them.
#![cfg(test)]
#![allow(
    clippy::disallowed_methods,
    reason = "tests read JSON directly, about synthetic people"
)]

use std::path::Path;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use idv_recorder::{Delivery, Exchange, Redactor, TestKeys, Vendor};
use idv_testkit::shared_samples;
use serde_json::Value;

/// Samples that are no bodies, or about other products than identity verification.
const OTHER: &[&str] = &[
    "event_fixture_ga_non_identity",
    "signature_vectors",
    "webhook_signed_customer_created",
    "jwt_vector",
];

/// Members under which a person stands.
const PERSONAL: &[&str] = &[
    "first_name",
    "last_name",
    "middle_name",
    "given_name",
    "family_name",
    "legal_name",
    "full",
    "dob",
    "date_of_birth",
    "date_of_expiry",
    "expiration_date",
    "issue_date",
    "beginning",
    "ending",
    "email",
    "email_address",
    "phone",
    "phone_number",
    "line1",
    "line2",
    "line3",
    "street",
    "street2",
    "sub_street",
    "building_name",
    "town",
    "city",
    "postal_code",
    "postcode",
    "zip",
    "number",
    "document_number",
    "value",
    "id_number",
    "ip_address",
    "client_user_id",
    "customer_user_id",
    "client_reference_id",
    "client_secret",
    "sdk_token",
    "token",
    "url",
    "shareable_url",
    "link_token",
    "user_token",
    "tags",
    "x",
    "y",
    "kid",
];

fn redactor(vendor: Vendor) -> Redactor {
    let keys = TestKeys::generate(vendor, 1_795_176_000).unwrap();
    Redactor::seeded(vendor, &keys, [7; 32])
}

fn json_headers() -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("content-type", HeaderValue::from_static("application/json"));
    headers
}

fn answered(path: &str, request: &[u8], response: &[u8]) -> Exchange {
    Exchange {
        method: Method::POST,
        path: path.to_owned(),
        query: String::new(),
        request_headers: json_headers(),
        request_body: Bytes::copy_from_slice(request),
        status: StatusCode::OK,
        response_headers: json_headers(),
        response_body: Some(Bytes::copy_from_slice(response)),
    }
}

/// Every text that stands under one of these members, in lists too.
fn personal(name: &str, value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => members
            .iter()
            .for_each(|(name, value)| personal(name, value, found)),
        Value::Array(items) => items.iter().for_each(|item| personal(name, item, found)),
        Value::String(text) if PERSONAL.contains(&name) && text.len() >= 4 => {
            found.push(text.clone());
        }
        _ => {}
    }
}

fn redacted(vendor: Vendor, name: &str, bytes: &[u8]) -> Result<Bytes, String> {
    let mut redactor = redactor(vendor);
    let is_webhook = name.starts_with("wh_")
        || name.starts_with("event_")
        || name.starts_with("constructed_event")
        || (name.starts_with("webhook_")
            && vendor == Vendor::Plaid
            && !name.contains("verification_key"));
    let path = match vendor {
        Vendor::Stripe => "/v1/identity/verification_sessions",
        Vendor::Onfido => "/v3.6/workflow_runs",
        Vendor::Plaid => "/identity_verification/create",
    };
    if is_webhook {
        let delivery = Delivery {
            headers: json_headers(),
            body: Bytes::copy_from_slice(bytes),
            received_unix_secs: 1_795_176_000,
        };
        return redactor
            .webhook(&delivery)
            .map(|message| message.body)
            .map_err(|refusal| refusal.to_string());
    }
    let is_request = name.contains("request_") || name.ends_with("_request");
    let (request, response) = if is_request {
        (bytes, &b""[..])
    } else {
        (&b""[..], bytes)
    };
    let redacted = redactor
        .exchange(&answered(path, request, response))
        .map_err(|refusal| refusal.to_string())?;
    Ok(if is_request {
        redacted.request.body
    } else {
        redacted.response.body
    })
}

#[test]
fn every_sample_of_identity_verification_is_redacted_and_nobody_is_left() {
    let mut complaints = Vec::new();
    let mut seen = 0;
    for vendor in Vendor::ALL {
        let Some(folder) = shared_samples(vendor.as_word(), 28) else {
            continue;
        };
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let is_json = path
                .extension()
                .is_some_and(|extension| extension == "json");
            if !is_json || OTHER.iter().any(|other| name.starts_with(other)) {
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            seen += 1;
            match redacted(vendor, &name, &bytes) {
                Err(refusal) => complaints.push(format!("{}: {refusal}", at(&path))),
                Ok(body) => {
                    let mut marks = Vec::new();
                    personal("", &serde_json::from_slice(&bytes).unwrap(), &mut marks);
                    let body = String::from_utf8(body.to_vec()).unwrap().to_lowercase();
                    let is_a_word = |mark: &String| {
                        mark.starts_with("/v1/") || matches!(mark.as_str(), "match" | "not_expired")
                    };
                    marks.retain(|mark| !is_a_word(mark));
                    for mark in marks {
                        let is_left = body.contains(&format!("\"{}\"", mark.to_lowercase()));
                        // Names of members have "First" and "Last" in them; long values must not be anywhere.
                        if is_left || (mark.len() >= 8 && body.contains(&mark.to_lowercase())) {
                            complaints.push(format!("{}: {mark} is left", at(&path)));
                        }
                    }
                }
            }
        }
    }
    println!("{seen} samples redacted");
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

fn at(path: &Path) -> String {
    let folder = path.parent().and_then(Path::file_name).unwrap_or_default();
    format!(
        "{}/{}",
        folder.to_string_lossy(),
        path.file_name().unwrap_or_default().to_string_lossy()
    )
}
