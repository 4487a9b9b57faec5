//! What a report read or looked up, about a person of a sandbox.

use serde_json::{Value, json};

use super::super::person::Person;
use super::shape::Family;

impl Family {
    /// As in recorded sandboxes: always the same document, whose names are those of the applicant.
    pub(super) fn properties(self, person: &Person<'_>) -> Value {
        match self {
            Self::Document => json!({
                "date_of_birth": "1990-01-01",
                "date_of_expiry": "2031-05-28",
                "document_numbers": [{ "type": "document_number", "value": "999999999" }],
                "document_number": "999999999",
                "document_type": "passport",
                "first_name": person.first_name,
                "last_name": person.last_name,
                "issuing_country": "GBR",
            }),
            Self::FacePhoto | Self::FaceVideo => json!({ "score": 0.78 }),
            Self::KnownFaces => json!({ "matches": [] }),
            Self::IdentityEnhanced => json!({
                "matched_address": 1,
                "matched_addresses": [{
                    "id": 1,
                    "match_types": ["credit_agencies", "voting_register"],
                }],
            }),
            Self::Watchlist(_) => json!({ "records": [] }),
            Self::ProofOfAddress => json!({
                "address": "1 Example Street, London",
                "document_type": "utility_bill",
                "first_names": person.first_name,
                "last_names": person.last_name,
                "issue_date": "2026-09-01",
                "issuer": "Example Water",
            }),
            Self::UsDrivingLicence | Self::Plain => json!({}),
            Self::DeviceIntelligence => json!({
                "device": {
                    "sdk_version": "14.40.0",
                    "sdk_source": "onfido-web-sdk",
                    "authentication_type": "sdk_token",
                    "raw_model": "",
                    "os": "Linux",
                    "browser": "Firefox",
                    "emulator": false,
                    "randomized_device": false,
                    "fake_network_request": false,
                    "ip_reputation": "LOW_RISK",
                    "device_fingerprint_reuse": 1,
                    "single_device_used": true,
                    "document_capture": "live",
                    "biometric_capture": "live",
                },
                "ip": { "address": "192.0.2.1" },
                "geolocation": { "city": "London", "region": "England", "country": "GBR" },
            }),
            Self::IndiaPan => {
                let full_name = format!("{} {}", person.first_name, person.last_name);
                let pan = "ABCPE1234F";
                json!({ "device": { "pan": pan, "full_name": full_name } })
            }
        }
    }
}
